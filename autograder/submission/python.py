"""Python source as text: parsed, compared and cut into statements, and nothing of it is ever run."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache

Definition = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Import = (ast.Import, ast.ImportFrom)


_CACHED = 20_000
"""Characters of a text whose tree is kept for a while: each cell is looked at several times in a row."""


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None when the text is no Python (or too deeply nested to be any); not to be changed."""
    return _parse_cached(source) if len(source) < _CACHED else _parse(source)


def _parse(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape: the student's affair
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_parse_cached = lru_cache(maxsize=16)(_parse)


def clean_text(text: str) -> str:
    """Text that can be sent and printed: one kind of line end, no NUL, no halves of surrogate pairs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def normal(source: str) -> str:
    """The text by which two cells are compared: no spaces at line ends, no blank lines."""
    return "\n".join(line.rstrip() for line in source.split("\n") if line.strip())


def is_code(source: str) -> bool:
    """Whether a line is more than blank or comment."""
    return any(line.strip() and not line.strip().startswith("#") for line in source.split("\n"))


def first_line(node: ast.stmt) -> int:
    """The line a statement starts on, its decorators included."""
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(each.lineno for each in decorators)])


def last_line(node: ast.stmt) -> int:
    """The line a statement ends on."""
    return node.end_lineno or node.lineno


def statements(source: str) -> list[tuple[int, int, list[ast.stmt]]]:
    """(first line, last line, nodes) of every top-level statement; those that share a line come together."""
    tree = parse(source)
    found: list[tuple[int, int, list[ast.stmt]]] = []
    for node in tree.body if tree else ():
        start, end = first_line(node), last_line(node)
        if found and start <= found[-1][1]:
            before, last, nodes = found[-1]
            nodes.append(node)
            found[-1] = (before, max(end, last), nodes)
        else:
            found.append((start, end, [node]))
    return found


def texts(source: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """(normalised text, nodes) of every top-level statement."""
    lines = source.split("\n")
    for start, end, nodes in statements(source):
        yield normal("\n".join(lines[start - 1 : end])), nodes


def defined(source: str) -> list[str]:
    """The functions and classes a text defines at its top level, in order."""
    tree = parse(source)
    return [node.name for node in tree.body if isinstance(node, Definition)] if tree else []


def imports(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules an import names."""
    return [node.module or "."] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]


def salvage(source: str, given: str) -> tuple[str, list[str]]:
    """(functions, classes and imports of `source` that `given` has not, what they are in words).

    Everything else is blanked, so that line numbers stay; "" when nothing is left.
    """
    lines = source.split("\n")
    have = set(defined(given))
    same = {text for text, _ in texts(given)}
    kept = [""] * len(lines)
    words: list[str] = []
    for start, end, nodes in statements(source):
        if normal("\n".join(lines[start - 1 : end])) in same or not all(_wanted(node, have) for node in nodes):
            continue
        kept[start - 1 : end] = lines[start - 1 : end]
        words += [word for node in nodes for word in _words(node)]
    return ("\n".join(kept).rstrip(), words) if words else ("", [])


def _wanted(node: ast.stmt, have: set[str]) -> bool:
    if isinstance(node, Import):
        return "autograder" not in imports(node)
    return isinstance(node, Definition) and node.name not in have


def _words(node: ast.stmt) -> list[str]:
    if isinstance(node, Import):
        return [f"the import of `{name[:60]}`" for name in imports(node)]
    return [f"`{name[:60]}`" for name in names_in([node])]


def names_in(nodes: Sequence[ast.stmt]) -> list[str]:
    """The functions and classes among some statements."""
    return [node.name for node in nodes if isinstance(node, Definition)]
