"""The submission's standard streams: prints are counted and kept in part, reading has nobody to ask."""

import contextlib
import sys

import pytest

from autograder.worker.printed import NobodyTypes, Printed


def test_the_first_part_is_kept_and_all_is_counted():
    printed = Printed(10)
    print("abcdef", file=printed)
    print("ghijkl", file=printed)
    print("x" * 1000, file=printed, flush=True)
    assert printed.text() == "abcdef\nghi"
    assert printed.count == 7 + 7 + 1001


def test_what_is_dropped_takes_no_memory():
    printed = Printed(3)
    for _ in range(1000):
        printed.write("x" * 1000)
    assert printed.text() == "xxx"
    assert sum(map(len, printed._parts)) == 3
    assert printed.count == 1_000_000


def test_only_text_can_be_printed():
    with pytest.raises(TypeError, match="must be str, not bytes"):
        Printed(10).write(b"x")


def test_input_says_that_nobody_answers(monkeypatch):
    printed = Printed(100)
    monkeypatch.setattr(sys, "stdin", NobodyTypes())
    with contextlib.redirect_stdout(printed), pytest.raises(EOFError, match="nobody is typing: put the value"):
        input("Your name? ")
    assert printed.text() == "Your name? "


@pytest.mark.parametrize("read", [lambda: sys.stdin.read(), lambda: sys.stdin.readline(), lambda: list(sys.stdin)])
def test_reading_standard_input_says_so_too(monkeypatch, read):
    monkeypatch.setattr(sys, "stdin", NobodyTypes())
    with pytest.raises(EOFError, match="nobody is typing"):
        read()
