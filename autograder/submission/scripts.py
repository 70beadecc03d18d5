"""A Python script taken apart: into its cells where it has markers, otherwise into single statements."""

import io
import re
import tokenize
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from autograder.errors import SubmissionError
from autograder.submission.magics import neutralise
from autograder.submission.model import MAX_CELLS, Document, RawCell
from autograder.submission.notebooks import plain_heading
from autograder.submission.python import Definition, clean_text, is_code, names_in, parse, statements

_MARKER = re.compile(r"#\s?%%(?!%)(.*)")
_EXPORTED = re.compile(r"# In\[[ \d]*\]:\s*")
"""The line `jupyter nbconvert --to script` puts above each cell."""
_MARKDOWN = re.compile(r"\s*(?:[^\[\]\"={}]*\s)?\[(?:markdown|md|raw)\]")
_OPTION = re.compile(r'\b(answer|check|id)="([^"\\]{1,200})"')
_GRADE_ID = re.compile(r'"grade_id":\s*"([^"\\]{1,200})"')
_TAGS = re.compile(r"\btags=\[([^\[\]]{0,500})\]")
_HEADING = re.compile(r"#\s(#{1,6})\s+(.{1,500})")

_START = re.compile(r"[^\s#)\]}](?!lse\b|lif\b|xcept\b|inally\b)")
_RESUME = re.compile(r"(?:async )?(?:def|class)\s|(?:import|from|if|for|while|with)\s|try\s*:|@\w|\w+\s?[=:(.\[]")
"""What surely begins a statement, after one that does not end as it should."""
_MAX_GROWTH = 40
_MAX_PARSED = 2 * 2**20
_MAX_OPTIONS = 1_000


def read_script(text: str, name: str) -> Document:
    """The cells of a `.py` file.

    `# %%` markers (and those of nbconvert) make cells, as in an editor; a file without any is cut into its top-level
    statements, so that one that raises costs itself only. A plain file with a syntax error is cut as well as it
    can be. `name` is what messages call the file; SubmissionError when there are more than 5,000 pieces.
    """
    document = Document()
    if "\0" in text:
        document.notes.append("The file held NUL characters; they were removed.")
    text = clean_text(text)
    lines = text.split("\n")
    starts = _markers(text, lines)
    if starts:
        document.cells = list(_cells(lines, starts))
        return document
    document.plain = True
    pieces = [(start, end, names_in(nodes)) for start, end, nodes in statements(text)]
    if parse(text) is None:
        plain = neutralise(text)
        lines = plain.source.split("\n")
        pieces = [(start, end, names_in(nodes)) for start, end, nodes in statements(plain.source)]
        if parse(plain.source) is None:
            pieces = list(islice(_pieces(lines), MAX_CELLS + 1))
            document.notes.append("The file has a syntax error; it was cut into statements as well as that goes.")
    if len(pieces) > MAX_CELLS:
        fix = "Fix: hand in only your answers."
        raise SubmissionError(f"{name}: it has more than {MAX_CELLS:,} statements at its top level. {fix}")
    document.cells = [_statement(lines, start, end, names) for start, end, names in pieces]
    return document


def _statement(lines: list[str], start: int, end: int, names: list[str]) -> RawCell:
    where = f"line {start}" if start == end else f"lines {start} to {end}"
    about = f" (`{names[0][:60]}`)" if names else ""
    return RawCell(where + about, "\n".join(lines[start - 1 : end]), line=start)


def _markers(text: str, lines: list[str]) -> list[int]:
    """Indices of the marker lines; those inside strings are none, where the text can be told apart at all."""
    candidates = [number for number, line in enumerate(lines) if _MARKER.match(line) or _EXPORTED.fullmatch(line)]
    if not candidates or parse(text) is None:
        return candidates
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    try:
        comments = {token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT and token.start[1] == 0}
    except (tokenize.TokenError, SyntaxError):
        return candidates
    return [number for number in candidates if number in comments]


def _cells(lines: list[str], starts: list[int]) -> Iterator[RawCell]:
    """Code cells between markers; what stands above the first marker is a cell when it is more than comments."""
    headings = _headings(lines)
    above = [number for number, _ in headings]
    position = 0
    spans = [*zip(starts, [*starts[1:], len(lines)], strict=True)]
    if starts[0] > 0:
        spans.insert(0, (-1, starts[0]))
    for start, end in spans:
        marker = _MARKER.match(lines[start]) if start >= 0 else None
        options = marker[1][:_MAX_OPTIONS] if marker else ""
        source = "\n".join(lines[start + 1 : end]).rstrip()
        if start < 0 and not is_code(source):
            continue
        position += 1
        if _MARKDOWN.match(options):
            continue
        at = bisect_left(above, max(start, 0))
        heading = headings[at - 1][1] if at else ""
        label = f"cell {position}"
        if start >= 0 and not marker:  # nbconvert puts the text above the next cell at the end of this one
            source = _without_trailing(source)
            label = f"lines {start + 2} to {start + 2 + source.count(chr(10))}"
        keys = [match[1] for match in _GRADE_ID.finditer(options)]
        keys += [value if key == "id" else f"{key}-{value}" for key, value in _OPTION.findall(options)]
        tags = _TAGS.search(options)
        words = frozenset(word.strip(" '\"") for word in tags[1].split(",")) if tags else frozenset()
        yield RawCell(label, source, heading, tuple(keys), words, start + 2)


def _without_trailing(source: str) -> str:
    """A cell without the comments at its end."""
    lines = source.split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "\n".join(lines)


def _headings(lines: list[str]) -> list[tuple[int, str]]:
    """(line index, text) of the markdown headings in a script, as comments or inside a `\"\"\"` markdown cell."""
    found: list[tuple[int, str]] = []
    quoted = ""
    for number, line in enumerate(lines):
        marker = _MARKER.match(line)
        if marker:
            follows = next((after for after in lines[number + 1 : number + 4] if after.strip()), "")
            in_text = _MARKDOWN.match(marker[1][:_MAX_OPTIONS]) and follows.startswith(('"""', "'''"))
            quoted = follows[:3] if in_text else ""
            continue
        text = "# " + line.removeprefix(quoted) if quoted else line
        heading = _HEADING.match(text)
        if heading:
            found.append((number, plain_heading(heading[2])))
    return found


def _pieces(lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """(first line, last line, names defined) of the statements of a text that is no Python as a whole.

    From each line at the margin the shortest run of lines that is Python makes a piece. Where there is none, the
    lines down to the next that surely begins a statement are a piece that will fail on its own.
    """
    margins = [number for number, line in enumerate(lines) if _START.match(line)]
    margins = [number for number in margins if number == 0 or not lines[number - 1].startswith("@")]
    ends = [*margins[1:], len(lines)]
    parsed, at = 0, 0
    while at < len(margins):
        start = margins[at]
        for further in range(at, min(at + _MAX_GROWTH, len(margins))):
            text = "\n".join(lines[start : ends[further]])
            parsed += len(text)
            tree = parse(text) if parsed < _MAX_PARSED else None
            if tree is not None or parsed >= _MAX_PARSED:
                break
        if tree is None:
            further = at
            while further + 1 < len(margins) and not _RESUME.match(lines[margins[further + 1]]):
                further += 1
        names = [node.name for node in tree.body if isinstance(node, Definition)] if tree else []
        end = ends[further]
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        yield start + 1, end, names
        at = further + 1
