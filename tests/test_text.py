"""Text from submissions, made safe to show."""

import pytest

from autograder.text import MAX_LINE, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("as it is: 김하늘 – ✓ é", "as it is: 김하늘 – ✓ é"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        ("bell\x07 null\x00 delete\x7f c1\x9b", "bell\ufffd null\ufffd delete\ufffd c1\ufffd"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\u2067rtl\u2069", "\ufffdrtl\ufffd"),
        ("line\u2028break\u2029s\x85s", "line\ufffdbreak\ufffds\ufffds"),
        ("half \ud800", "half \ufffd"),
        ("[bold]markup[/bold] is text", "[bold]markup[/bold] is text"),
    ],
)
def test_what_could_disturb_a_terminal_is_replaced(text, shown):
    assert plain(text) == shown


def test_lines_beyond_the_limit_are_counted():
    lines = plain("\n".join(f"line {n}" for n in range(50)), 20).split("\n")
    assert (len(lines), lines[18], lines[19]) == (20, "line 18", "[+31 lines]")
    assert plain("a\nb\nc", 3) == "a\nb\nc"


def test_one_line_keeps_its_beginning():
    assert plain("first\nsecond\nthird", 1) == "first [+2 lines]"


def test_a_long_line_says_how_much_is_missing():
    assert plain("x" * (MAX_LINE + 7)) == "x" * MAX_LINE + " [+7 characters]"


def test_a_huge_text_is_cut():
    assert len(plain("\n".join("y" * 1000 for _ in range(10_000)))) < 20 * (MAX_LINE + 30)
