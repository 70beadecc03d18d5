"""Values in words: exact about type and shape, never long."""

import numpy as np
import pytest
import torch

from autograder.sandbox.describe import describe, describe_call

WORDS = [
    (np.zeros((2, 3)), "float64 array (2, 3)"),
    (np.zeros(9, dtype=np.int8), "int8 array (9,)"),
    (np.array([1, 2]), "array([1, 2])"),
    (torch.zeros(2, 3), "float32 tensor (2, 3)"),
    (torch.tensor(2.5), "tensor(2.5)"),
    (np.float32(1.5), "float32 1.5"),
    ("abc", "'abc'"),
    ("x" * 100, f"'{'x' * 60}' [+40 characters]"),
    (True, "True"),
    (None, "None"),
    (10**100, "1" + "0" * 59),
    (b"abc", "3 bytes"),
    ([1, (2,)], "[1, (2,)]"),
    (list(range(7)), "a list of 7 items"),
    ([[[[1]]]], "[[[a list of 1 items]]]"),
    ({}, "an empty dict"),
    ({"a": 1, 2: 3}, "a dict with keys 'a', 2"),
    (torch.Size([2]), "(2,)"),
    (object(), "a object"),
]


@pytest.mark.parametrize(("value", "words"), WORDS, ids=[words[:30] for _, words in WORDS])
def test_a_value_in_words(value, words):
    assert describe(value) == words


def test_a_call_as_a_student_would_write_it():
    words = describe_call("im2col", [np.zeros((2, 3, 7, 5)), 3], {"pad": 1})
    assert words == "im2col(float64 array (2, 3, 7, 5), 3, pad=1)"


def test_words_stay_short_whatever_the_value():
    value = [{("k" * 1000, n): ["x" * 1000] * 5 for n in range(6)} for _ in range(6)]
    assert len(describe(value)) < 4000
