"""Runs a cell as a notebook shows it: what it prints, the value of its last line, and its figures as PNG."""

from __future__ import annotations

import ast
import io
import sys
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

MOST_FIGURES = 12  # of one cell
MOST_TEXT = 10_000  # characters of a value shown


def show(source: str, filename: str, run: Callable[[CodeType], Any]) -> dict[str, Any]:
    """Run `source` by `run`, which executes or evaluates a code object; return its value's text and its figures.

    Figures are PNG files as arrays of bytes. Whatever the cell raises passes through.
    """
    tree = ast.parse(source, filename)
    end = tree.body[-1] if tree.body else None
    last = end.value if isinstance(end, ast.Expr) else None
    if last is not None:
        tree.body.pop()
    quiet = source.rstrip().endswith(";")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*non-interactive")  # plt.show() where no screen is
        run(compile(tree, filename, "exec", dont_inherit=True))
        value = None
        if last is not None:
            value = run(compile(ast.Expression(last), filename, "eval", dont_inherit=True))
    return {"value": "" if value is None or quiet else repr(value)[:MOST_TEXT], "figures": _figures()}


def _figures() -> list[Any]:
    """The open figures, in order; they are closed."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    import numpy as np

    found = []
    for number in pyplot.get_fignums()[:MOST_FIGURES]:
        file = io.BytesIO()
        pyplot.figure(number).savefig(file, format="png", bbox_inches="tight", dpi=72)
        found.append(np.frombuffer(file.getvalue(), dtype=np.uint8))
    pyplot.close("all")
    return found
