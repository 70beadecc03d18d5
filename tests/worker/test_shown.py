"""What a cell shows: the value of its last line, its figures, and nothing of what it only computes."""

import numpy as np
import pytest

from autograder.worker.printed import Printed
from autograder.worker.service import Service
from autograder.worker.shown import show


def shown(source, namespace=None):
    space = {} if namespace is None else namespace
    return show(source, "<cell>", lambda code: eval(code, space))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 1", "2"),
        ("x = 3", ""),
        ("x = 3\nx", "3"),
        ("x = 3\nx;", ""),
        ("None", ""),
        ("", ""),
        ("'a\\nb'", "'a\\nb'"),
    ],
)
def test_the_value_of_the_last_line(source, value):
    assert shown(source) == {"value": value, "figures": []}


def test_a_long_value_is_cut():
    assert len(shown("list(range(100_000))")["value"]) == 10_000


def test_figures_are_pictures_and_are_closed(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    source = "import matplotlib.pyplot as plt\nfor _ in range(2):\n    plt.figure()\n    plt.plot([1, 2])\nplt.show()"
    figures = shown(source)["figures"]
    assert [(figure.dtype, figure[:4].tobytes()) for figure in figures] == [(np.dtype("uint8"), b"\x89PNG")] * 2
    assert shown("plt = None")["figures"] == []


def test_what_a_cell_raises_passes_through_with_what_it_printed_before():
    printed = Printed(100)
    service = Service({}, printed=printed)

    def ask(operation, *args):
        return service.answer(({"op": operation, "args": list(args)}, []))[0]

    printed.write("while it was loaded")
    ask("printed")
    service.namespace["print"] = printed.write
    reply = ask("show", "a", "cell 3", "print('first')\n1 / 0")
    assert (reply["raised"]["type"], reply["raised"]["where"]["label"]) == ("ZeroDivisionError", "cell 3")
    assert [ask("printed")["ok"] for _ in range(2)] == ["first", ""]
