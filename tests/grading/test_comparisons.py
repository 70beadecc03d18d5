"""`expect_*`: what passes, what fails in which words, and that no value a student may return does anything else."""

import math

import numpy as np
import pytest
import torch

from autograder.grading import (
    CheckFailed,
    expect,
    expect_close,
    expect_dtype,
    expect_equal,
    expect_raises,
    expect_shape,
    expect_type,
)
from autograder.sandbox.proxy import Handle
from autograder.sandbox.session import AnswerLost, AnswerMissing, AnswerRaised, AnswerTimeout
from autograder.sandbox.wire import Ref

SQUARE = np.array([[1.0, 2.0], [3.0, 4.0]])
NET = Handle(None, Ref("handle", 1, "Linear"), 1)


def words(function, *args, **kwargs):
    """The text a failing comparison has."""
    with pytest.raises(CheckFailed) as failed:
        function(*args, **kwargs)
    return str(failed.value)


PASSING = [
    (expect, (True, "no")),
    (expect_type, (1, int)),
    (expect_type, (np.int64(1), int)),
    (expect_type, (np.float32(1), float)),
    (expect_type, (1, float)),
    (expect_type, ([], (tuple, list))),
    (expect_type, (np.zeros(1), np.ndarray)),
    (expect_shape, (np.zeros((2, 3)), (2, 3))),
    (expect_shape, (torch.zeros(2, 3), [2, 3])),
    (expect_shape, ([[1, 2], [3, 4]], (2, 2))),
    (expect_shape, (3.0, ())),
    (expect_dtype, (np.zeros(1, np.float32), np.float32)),
    (expect_dtype, (torch.zeros(1), torch.float32)),
    (expect_dtype, (torch.zeros(1, dtype=torch.bfloat16), "float")),
    (expect_dtype, (np.zeros(1, np.uint8), "int")),
    (expect_dtype, (np.zeros(1), float)),
    (expect_equal, (3, 3)),
    (expect_equal, (np.int32(3), 3)),
    (expect_equal, (torch.tensor(3), 3)),
    (expect_equal, (np.array(3.0), 3.0)),
    (expect_equal, (3, 3.0)),
    (expect_equal, (3, np.int64(3))),
    (expect_equal, (True, np.bool_(True))),
    (expect_equal, (np.bool_(False), False)),
    (expect_equal, (math.nan, math.nan)),
    (expect_equal, (None, None)),
    (expect_equal, ("a", "a")),
    (expect_equal, ([1, [2, (3,)]], [1, [2, (3,)]])),
    (expect_equal, ((2, 3), torch.Size([2, 3]))),
    (expect_equal, ({"a": [1]}, {"a": [1]})),
    (expect_equal, ([np.array([1, 2])], [np.array([1, 2])])),
    (expect_equal, (torch.tensor([1, 2]), np.array([1, 2]))),
    (expect_close, (SQUARE, torch.tensor(SQUARE))),
    (expect_close, (torch.tensor(SQUARE, requires_grad=True), SQUARE)),
    (expect_close, (SQUARE.tolist(), SQUARE)),
    (expect_close, (SQUARE * (1 + 1e-12), SQUARE)),
    (expect_close, (torch.tensor(SQUARE, dtype=torch.float32) * (1 + 1e-6), SQUARE)),
    (expect_close, (torch.tensor(SQUARE, dtype=torch.bfloat16) * 1.01, SQUARE)),
    (expect_close, (np.float16([1.004]), [1.0])),
    (expect_close, (np.array([1 + 2j]), np.array([1 + 2j]))),
    (expect_close, (np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 1.0]))),
    (expect_close, (np.zeros((0, 3)), np.zeros((0, 3)))),
    (expect_close, ([], np.zeros(0))),
    (expect_close, (0.1 + 0.2, 0.3)),
    (expect_close, (True, 1)),
    (expect_close, (np.array([1, 2]), np.array([1.0, 2.0]))),
]


@pytest.mark.parametrize(("function", "arguments"), PASSING)
def test_what_is_right_passes(function, arguments):
    function(*arguments)


FAILING = [
    (expect, (False, "Say so."), "Say so."),
    (expect_type, (None, int), "the result must be an int, but it is None (is a return missing?)."),
    (expect_type, (True, int), "the result must be an int, but it is True."),
    (expect_type, (2.0, int), "the result must be an int, but it is 2.0."),
    (expect_type, (False, float), "the result must be a float, but it is False."),
    (expect_type, ("1", (int, float)), "the result must be an int or a float, but it is '1'."),
    (expect_type, (NET, np.ndarray), "the result must be a NumPy array, but it is a Linear."),
    (expect_type, (np.zeros((2, 5)), torch.Tensor), "must be a tensor, but it is float64 array (2, 5)."),
    (expect_shape, (None, (2,)), "the result must be an array, but it is None (is a return missing?)."),
    (expect_shape, (3.0, (2,)), "must have shape (2,), but its shape is ()."),
    (expect_shape, (np.zeros((3, 2)), (2, 3)), "shape (2, 3), but its shape is (3, 2). It looks transposed."),
    (expect_shape, (np.zeros((3, 2, 1)), (1, 2, 3)), "Its axes are in another order."),
    (expect_shape, ([[1], [1, 2]], (2, 2)), "it is a list of items of different shapes."),
    (expect_shape, ([1, None], (2,)), "each item of the result must be an array, but it is None"),
    (expect_shape, ({"a": 1}, (1,)), "the result must be an array, but it is a dict with keys 'a'."),
    (expect_shape, ("text", (4,)), "the result must be an array, but it is 'text'."),
    (expect_dtype, (np.zeros(1), "int"), "the result must be int, but it is float64."),
    (expect_dtype, (torch.zeros(1), torch.float64), "the result must be float64, but it is float32."),
    (expect_dtype, ([1.0], "float"), "the result must be an array or tensor, but it is [1.0]."),
    (expect_dtype, (np.zeros(1, bool), "int"), "the result must be int, but it is bool."),
    (expect_equal, (4, 3), "the result must be 3, but it is 4."),
    (expect_equal, ((1, 3, 2), (3, 1, 2)), "the result must be (3, 1, 2), but it is (1, 3, 2)."),
    (expect_equal, (["a", "b"], ["a", "c"]), "the result must be ['a', 'c'], but it is ['a', 'b']."),
    (expect_equal, ([*range(9), 8], list(range(10))), "item 9 of the result must be 9, but it is 8."),
    (expect_equal, (3.0, 3), "the result must be an int, but it is 3.0."),
    (expect_equal, (True, 1), "the result must be an int, but it is True."),
    (expect_equal, (1, True), "the result must be True, but it is 1."),
    (expect_equal, (0, None), "the result must be None, but it is 0."),
    (expect_equal, ("b", "a"), "the result must be 'a', but it is 'b'."),
    (expect_equal, ((1, 2), [1, 2]), "the result must be a list, but it is (1, 2)."),
    (expect_equal, ([1], [1, 2]), "the result must have length 2, but its length is 1: [1]."),
    (expect_equal, ([1, 5], [1, 2]), "the result must be [1, 2], but it is [1, 5]."),
    (expect_equal, ([1, True], [1, 1]), "item 1 of the result must be an int, but it is True."),
    (expect_equal, ([[1, [3]]], [[1, [2]]]), "item 1 of item 0 of the result must be [2], but it is [3]."),
    (expect_equal, ([np.array([1, 3])], [np.array([1, 2])]), "item 0 of the result is not right: 1 of 2 values"),
    (expect_equal, ({}, {"a": 1}), "the result must have a key 'a', but it is an empty dict."),
    (expect_equal, ({"a": 1, "b": 2}, {"a": 1}), "the result must not have a key 'b'."),
    (expect_equal, ({"a": 2}, {"a": 1}), "item 'a' of the result must be 1, but it is 2."),
    (expect_equal, (np.zeros((2, 5)), 3), "the result must be an int, but it is float64 array (2, 5)."),
    (expect_equal, (np.array([2**60 + 1]), np.array([2**60])), "is 1152921504606846977, off by 1."),
    (expect_equal, (NET, 3), "the result must be an int, but it is a Linear."),
    (expect_close, (None, SQUARE), "the result must be an array, but it is None (is a return missing?)."),
    (expect_close, (NET, SQUARE), "the result must be an array, but it is a Linear."),
    (expect_close, (SQUARE.T, SQUARE), "2 of 4 values are wrong. The first, at index (0, 1), is 3, off by 1. "),
    (expect_close, (SQUARE.T, SQUARE), "It is the transpose of the right one."),
    (expect_close, (-SQUARE, SQUARE), "Its sign is flipped."),
    (expect_close, (SQUARE / 4, SQUARE), "Every value is 0.25 times what it should be."),
    (expect_close, (SQUARE + 3, SQUARE), "Every value is off by the same 3."),
    (expect_close, (SQUARE * 0, SQUARE), "All its values are 0."),
    (expect_close, (SQUARE[::-1], SQUARE), "It holds the right values in another order."),
    (expect_close, ((SQUARE / 3).astype(np.float32).astype(float), SQUARE / 3), "computed in float32?"),
    (expect_close, (np.array([1.0, np.nan]), np.array([1.0, 2.0])), "1 of 2 values are NaN or infinite."),
    (expect_close, (np.array([np.inf]), np.array([1.0])), "the result is not right: it is inf."),
    (expect_close, (math.nan, 1.0), "the result is not right: it is nan."),
    (expect_close, (2.0, 1.0), "the result is not right: it is 2, off by 1."),
    (expect_close, (np.array([1 + 1j, 2]), np.array([1, 2])), "The first, at index 0, is 1+1j, off by 1."),
    (expect_close, (np.array([True, True]), np.array([1.0, 0.0])), "The first, at index 1, is True."),
    (expect_close, (np.array([5, 7]), np.array([5, 8])), "The first, at index 1, is 7, off by 1."),
    (expect_close, ([[1, 2], [3]], SQUARE), "it is a list of items of different shapes."),
    (expect_close, ([NET], np.zeros(1)), "each item of the result must be an array, but it is a Linear."),
    (expect_close, (10**40, 1.0), "must hold numbers, but it holds integers too large for an array."),
    (expect_close, (np.zeros((0, 3)), np.zeros((3, 0))), "must have shape (3, 0), but its shape is (0, 3)."),
    (expect_close, (np.zeros((3, 1)), np.zeros(3)), "must have shape (3,), but its shape is (3, 1)."),
    (expect_close, (torch.tensor([1e4], dtype=torch.float16), np.array([9e3])), "it is 10000, off by 1e+03."),
]


@pytest.mark.parametrize(("function", "arguments", "said"), FAILING)
def test_what_is_wrong_is_said(function, arguments, said):
    assert said in words(function, *arguments)


def test_the_thing_is_called_by_its_name():
    assert words(expect_close, 1.0, 2.0, what="dW").startswith("dW is not right")


def test_tolerances_may_be_given():
    expect_close(1.0, 1.1, rtol=0.2)
    expect_close(0.0, 0.05, atol=0.1)
    assert "off by 0.1" in words(expect_close, 1.0, 1.1, rtol=0.01)


def test_the_coarser_dtype_decides_the_tolerance():
    third = SQUARE / 3
    expect_close(third.astype(np.float32), third)
    expect_close(torch.tensor(third).bfloat16(), third)
    assert words(expect_close, third.astype(np.float32).astype(np.float64), third)


def test_the_same_dtype_can_be_asked_for():
    expect_close(np.zeros(2, np.float32), torch.zeros(2), same_dtype=True)
    assert "must be float32, but it is float64" in words(expect_close, np.zeros(2), torch.zeros(2), same_dtype=True)
    assert "must be bfloat16" in words(expect_close, torch.zeros(2), torch.zeros(2).bfloat16(), same_dtype=True)


def test_values_between_sums_are_judged_by_the_scale_of_the_whole():
    """A sum that should be 0 carries the rounding error of its terms."""
    want = np.array([0.0, 1000.0], dtype=np.float32)
    expect_close(want + np.array([1e-3, 0], dtype=np.float32), want)
    assert words(expect_close, want + np.array([1.0, 0], dtype=np.float32), want)


def test_a_clue_needs_the_whole_pattern():
    assert "times" not in words(expect_close, np.array([2.0, 4.0, 7.0]), np.array([1.0, 2.0, 3.0]))
    assert "order" not in words(expect_close, np.array([1.0, 3.0, 2.5]), np.array([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("expected", [None, "text", [NET], {"a": 1}, [[1], [1, 2]]])
def test_what_a_check_expects_must_be_an_array_or_the_check_is_to_blame(expected):
    with pytest.raises(TypeError, match="the expected value must"):
        expect_close(np.zeros(2), expected)


def answer(value=None, problem=None):
    def function(*args, **kwargs):
        if problem is not None:
            raise problem
        return value

    return function


def test_an_exception_of_the_right_class_or_a_subclass_passes():
    raised = AnswerRaised("it raised Mine: no", ["Mine", "ValueError", "Exception", "BaseException", "object"])
    expect_raises("ValueError", answer(problem=raised))
    expect_raises(ValueError, answer(problem=raised))


def test_no_exception_or_another_one_fails():
    assert words(expect_raises, "ValueError", answer(3), what="size(2, 5)") == (
        "size(2, 5) must raise ValueError, but it returned 3."
    )
    other = AnswerRaised("it raised KeyError: 'x'", ["KeyError", "LookupError"])
    said = words(expect_raises, "ValueError", answer(problem=other), what="size(2, 5)")
    assert said == "size(2, 5) must raise ValueError, but it raised KeyError: 'x'"


@pytest.mark.parametrize("problem", [AnswerMissing("x"), AnswerTimeout("x"), AnswerLost("x")])
def test_what_gave_no_answer_is_no_exception(problem):
    with pytest.raises(type(problem)):
        expect_raises("ValueError", answer(problem=problem))


def deep(levels, value=1.0):
    for _ in range(levels):
        value = [value]
    return value


# What can cross the wire by value, and some more. Sparse tensors and the like arrive as handles.
ZOO = [
    None, True, False, 0, -1, 2**63, 10**300, 1.5, math.nan, math.inf, -0.0, 1e308, 1 + 2j, complex(1e308, 1e308), "",
    "text", "x" * 100_000, b"bytes", [], (), {}, [[]], [[], []], [1, "a"], [1, None], [None], {"a": None}, {1: 2},
    [True, 2, 3.5], [2**70, 1], [1, [2]], [[1, 2], [3]], [[1, 2], [3, 4]], ((1.0, 2.0), (3.0, 4.0)), [NET, NET], NET,
    deep(15), deep(40), list(range(10_000)), [{}], ["a", "b"], slice(1, 2), torch.float32, [[["a"]]],
    np.float64(1), np.float32("nan"), np.int8(-3), np.bool_(True), np.str_("s"), np.complex64(1j), np.array(3),
    np.zeros((2, 2)), np.ones((2, 2), bool), np.full((2, 2), np.nan), np.full((2, 2), np.inf), np.full((2, 2), 1e308),
    np.full((2, 2), 1e308 + 1e308j), np.zeros((2, 2), np.uint8), np.full((2, 2), 2**64 - 1, np.uint64),
    np.full((2, 2), -(2**63)), np.zeros((2, 2), object), np.array([["a", "b"], ["c", "d"]]), np.zeros((0, 2)),
    np.zeros((2, 2), np.complex64), np.zeros((1,) * 32), [np.zeros((1,) * 32)] * 2, np.ones((2, 2), np.float16),
    np.zeros((1000, 1000)), np.array(["2020"], "datetime64[Y]"), [np.zeros(2), torch.zeros(2)], [np.zeros(2), [1, 2]],
    torch.tensor(1.0), torch.zeros(2, 2), torch.ones(2, 2, dtype=torch.bool), torch.zeros(2, 2).bfloat16(),
    torch.full((2, 2), math.nan), torch.ones(2, 2, requires_grad=True), torch.zeros(2, 2, dtype=torch.complex64).conj(),
    torch.zeros(0), torch.eye(2), -torch.eye(2), torch.zeros(2, 2, dtype=torch.int8),
]  # fmt: skip

COMPARISONS = [
    *[lambda value, kind=kind: expect_type(value, kind) for kind in (int, float, list, np.ndarray, torch.Tensor)],
    lambda value: expect_shape(value, (2, 2)),
    *[lambda value, dtype=dtype: expect_dtype(value, dtype) for dtype in ("float", "int", np.float32, torch.int64)],
    *[
        lambda value, right=right: expect_equal(value, right)
        for right in (3, 1.5, True, None, "text", b"b", [1, 2], (1, [2]), {"a": 1}, SQUARE, torch.tensor([1, 2]), 1j)
    ],
    *[
        lambda value, right=right: expect_close(value, right, same_dtype=True)
        for right in (1.0, SQUARE, SQUARE > 2, SQUARE.astype(np.int8), SQUARE + 1j, torch.ones(2, 2).half(), 1e308)
    ],
    *[
        lambda value, right=right: expect_close(value, right)
        for right in (
            2, SQUARE, SQUARE > 2, SQUARE.astype(np.uint64), SQUARE + 1j, torch.ones(2, 2).bfloat16(), SQUARE * np.nan,
            np.full((2, 2), np.inf), np.full((2, 2), 1e308), np.zeros((2, 2)), np.zeros((0, 2)), np.zeros((1,) * 32),
        )
    ],
    lambda value: expect_close(value, SQUARE, rtol=0, atol=0),
    lambda value: expect_raises("ValueError", answer(value)),
]  # fmt: skip


@pytest.mark.parametrize("value", ZOO, ids=lambda value: f"{type(value).__name__}")
def test_any_value_passes_or_fails_in_words(value):
    """Warnings are errors here, so an overflow or a lost imaginary part would show as well."""
    failures = 0
    for compare in COMPARISONS:
        try:
            compare(value)
        except CheckFailed as failed:
            failures += 1
            text = str(failed)
            assert text.count("\n") < 20
            assert len(text) < 1500
            assert text.rstrip().endswith((".", "?"))
    assert failures > len(COMPARISONS) // 2


def test_no_message_holds_a_whole_array():
    large = np.arange(10_000.0).reshape(100, 100)
    for said in (
        words(expect_close, large + np.eye(100), large),
        words(expect_equal, large.tolist(), [1, 2]),
        words(expect_equal, large, 3),
        words(expect_type, large.tolist(), dict),
    ):
        assert len(said) < 300
