"""A variant of a source: the reference with some of its definitions replaced by those of another text.

The files of `solutions/<name>/bank/` are such texts: they hold only what they replace, and the imports that needs.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.percent import CODE_KINDS, EDIT, Cell, parse_python, source_error

_SOLUTION_MARKER = re.compile(r"[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?")


@dataclass
class _Part:
    """One or more top-level statements that share lines, with the comments above them."""

    text: str
    names: set[str]
    uses: set[str]
    """Names looked up when the statement itself runs, not later in a function's body."""


def bindings(node: ast.stmt) -> set[str]:
    """The names a top-level statement defines: a function, a class, or the plain targets of an assignment."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    else:
        return set()
    parts = [part for target in targets for part in ast.walk(target)]
    return {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def assemble(source_cells: Sequence[Cell], edit_source: str, path: Path | None = None) -> str:
    """A percent script: the code cells of a source, with the definitions in `edit_source` in place of its own.

    A function, class or assignment at top level replaces the same-named one of an answer cell where that stands.
    Imports and new names go into one cell after the given code; a statement that needs a definition of an answer
    cell while it runs (a base class, say) goes right below it. Cell ids and headings stay those of the source.
    SourceError names the line of what cannot be used; `path` is the file it names.
    """
    parts = _parts(edit_source, path)
    answers = {
        cell.id: _parts(_SOLUTION_MARKER.sub("", cell.source), None) for cell in source_cells if cell.kind == "answer"
    }
    own = [part for cell_parts in answers.values() for part in cell_parts]
    before = _place(parts, own)
    text: list[str] = []
    for cell in source_cells:
        if cell.kind == "answer":
            if before:
                text.append(f'# %% tags=["{EDIT}"]\n' + "\n\n".join(part.text for part in before))
                before = []
            if cell.heading:
                text.append(f"# %% [markdown]\n# ## {cell.heading}")
            body = "\n\n\n".join(part.text for part in answers[cell.id] if part.text)
            text.append(f'# %% answer="{cell.name}"\n{body}')
        elif cell.kind in CODE_KINDS:
            text.append(f'# %% tags=["{cell.kind}"]\n{cell.source}')
    return "\n\n".join(text) + "\n"


def _place(parts: list[_Part], own: list[_Part]) -> list[_Part]:
    """Move each part of an edit to where it belongs: into `own` (changed in place), or into the list returned."""
    replaced = {name for part in parts for name in part.names}
    place: dict[str, int] = {}
    for n, part in enumerate(own):
        for name in part.names:
            place.setdefault(name, n)
    kept = ["" if part.names and part.names <= replaced else part.text for part in own]
    added: list[list[str]] = [[] for _ in own]
    before: list[_Part] = []
    for part in parts:
        here = [place[name] for name in part.names if name in place]
        needed = [place[name] for name in part.uses if name in place]
        if not here and not needed:
            before.append(part)
            continue
        at = min(here) if here else max(needed)
        added[at].append(part.text)
        place |= dict.fromkeys(part.names, at)
    for n, part in enumerate(own):
        part.text = "\n\n\n".join(filter(None, [kept[n], *added[n]]))
    return before


def _parts(source: str, path: Path | None) -> list[_Part]:
    """The top-level statements of a text, its docstring left out."""
    lines = source.split("\n")
    body = parse_python(source, path).body
    parts: list[_Part] = []
    start = end = 0
    for n, node in enumerate(body):
        last = node.end_lineno or node.lineno
        if n == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            end = last
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            problem = "cells run one by one, so a __future__ import has no place here"
            raise source_error(path, node.lineno, problem, "remove it.")
        if parts and node.lineno <= end:  # `a = 1; b = 2`: one line cannot be split
            part = parts[-1]
            part.names |= bindings(node)
            part.uses |= _uses(node)
        else:
            start = end
            parts.append(_Part("", bindings(node), _uses(node)))
        parts[-1].text = "\n".join(lines[start:last]).strip("\n")
        end = last
    return parts


def _uses(node: ast.AST) -> set[str]:
    """Names a statement looks up when it runs; function bodies run later and do not count."""
    now: list[ast.AST]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        now = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    elif isinstance(node, ast.Lambda):
        now = []
    else:
        now = list(ast.iter_child_nodes(node))
    own = {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else set()
    return own.union(*(_uses(child) for child in now))
