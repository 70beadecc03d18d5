"""Take IPython's commands out of a cell: what is no Python becomes `pass`, line for line."""

import ast
import re
from typing import NamedTuple

from autograder.submission.names import shown
from autograder.submission.python import parse

_RUNS_PYTHON = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "debug"})
"""Cell magics whose cell is Python in the notebook's own namespace."""

_HELP = re.compile(r"[%\w.*\[\]]+\?{1,2}")
_TARGET = re.compile(r"[\w.\[\]'\", ]+")
_CELL_MAGIC = re.compile(r"%%(?P<name>\w*)")
_TOKEN = re.compile(r"\\.|\"\"\"|'''|[\"'#\[\](){}]")


class Plain(NamedTuple):
    """A cell as plain Python, and the commands that were left out, in words ("" for those that change nothing)."""

    source: str
    left_out: tuple[str, ...] = ()


def neutralise(source: str) -> Plain:
    """A cell without IPython's commands; text that already is Python keeps every character of its strings.

    Line magics, shell lines and questions become `pass` at their indentation, `%time f()` becomes `f()`, the first
    line of a `%%time`-like cell a comment; a cell in another language (`%%bash`, `%%html`) is emptied.
    """
    left_out: list[str] = []
    if parse(source) is None:
        source, left_out = _without_magics(source)
    source = _without_calls(source)
    return Plain(source, tuple(left_out))


def _without_magics(source: str) -> tuple[str, list[str]]:
    lines = source.split("\n")
    for number, line in enumerate(lines):
        magic = _CELL_MAGIC.match(line)
        if line.strip() and not magic:
            break
        if magic and magic["name"] not in _RUNS_PYTHON:
            return "", [f"`%%{magic['name'][:30]}`"]
        if magic:
            lines[number] = f"# {line}"
    return _without_line_magics(lines)


def _without_line_magics(lines: list[str]) -> tuple[str, list[str]]:
    """Replace commands where a statement can start: outside of strings, brackets and continued lines."""
    left_out: list[str] = []
    quote, depth, continued, in_command = "", 0, False, False
    for number, line in enumerate(lines):
        if in_command:
            lines[number] = f"# {line}"
            in_command = line.endswith("\\")
            continue
        command = "" if quote or depth or continued else _command(line)
        if command:
            lines[number] = command
            in_command = line.endswith("\\")
            if line.lstrip().startswith("!") or line.partition("=")[2].lstrip().startswith("!"):
                left_out.append(shown(line.strip(), 60))
            continue
        quote, depth = _scan(line, quote, depth)
        continued = line.endswith("\\") and not quote
    return "\n".join(lines), left_out


def _command(line: str) -> str:
    """What to put in place of a line that is an IPython command, or "" when it is none."""
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    if text.startswith(("%time ", "%%time ")):
        timed = text.partition(" ")[2].strip()
        return indent + (timed if parse(timed) else f"pass  # {text}")
    if text.startswith(("%", "!", "?")) or _HELP.fullmatch(text):
        return f"{indent}pass  # {text}"
    to, _, value = (part.strip() for part in text.partition("="))
    if value.startswith(("!", "%")) and _TARGET.fullmatch(to):
        timed = value.removeprefix("%time ") if value.startswith("%time ") else ""
        # A shell command gives a list of lines in IPython.
        instead = timed if timed and parse(timed) else "[]" if value[0] == "!" else "None"
        return f"{indent}{to} = {instead}  # {value}"
    return ""


def _scan(line: str, quote: str, depth: int) -> tuple[str, int]:
    """(the triple quote still open after a line, or "", and the depth of open brackets)."""
    for token in _TOKEN.findall(line):
        if quote:
            # Inside `'…'` three quotes in a row are one that closes and an empty string.
            if token == quote or (len(quote) == 1 and token == quote * 3):
                quote = ""
        elif token == "#":
            break
        elif token[0] in "\"'":
            quote = token
        elif token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(depth - 1, 0)
    return (quote if len(quote) == 3 else ""), depth


def _without_calls(source: str) -> str:
    """Blank `get_ipython()…` statements, which `nbconvert` writes, and calls of the kit's own `check`."""
    if "get_ipython" not in source and "check(" not in source:
        return source
    tree = parse(source)
    if tree is None:
        return source
    if len(tree.body) == 1 and (cell := _timed_cell(tree.body[0])):
        return cell
    lines = source.split("\n")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and _of_ipython(node.value)]
    for node in [*calls, *(node for node in tree.body if is_check(node))]:
        _blank(lines, node)
    return "\n".join(lines)


def _blank(lines: list[str], node: ast.stmt) -> None:
    """Put `pass` in place of a statement that has its lines for itself."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset]
    after = lines[last].encode()[node.end_col_offset :].decode().strip()
    if before.strip() or (after and not after.startswith("#")):
        return
    text = lines[first].strip()
    lines[first] = f"{before.decode()}pass  # {text}"
    for number in range(first + 1, last + 1):
        lines[number] = ""


def _of_ipython(node: ast.expr) -> bool:
    """Whether an expression is a call of something on `get_ipython()`."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython":
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _timed_cell(node: ast.stmt) -> str:
    """The Python inside `get_ipython().run_cell_magic('time', '', '…')`, or ""."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _of_ipython(node.value)):
        return ""
    values = [each.value for each in node.value.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    is_cell = isinstance(node.value.func, ast.Attribute) and node.value.func.attr == "run_cell_magic"
    return values[2] if is_cell and len(values) == 3 and values[0] in _RUNS_PYTHON else ""


def is_check(node: ast.stmt) -> bool:
    """Whether a statement calls the kit's `check`: with nothing, or with names in plain text."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    call = node.value
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    of_kit = isinstance(call.func, ast.Name) or (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "autograder"
    )
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    plain = all(isinstance(value, ast.Constant) and isinstance(value.value, str | None) for value in values)
    return name == "check" and of_kit and plain
