"""Which cell of the kit a student's cell is, and what of the student's file is graded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Literal

from autograder.notebook import Cell, defined_in, stub
from autograder.submission.magics import is_check, neutralise
from autograder.submission.model import CodeCell, Document, RawCell
from autograder.submission.python import (
    Definition,
    Import,
    defined,
    imports,
    is_code,
    normal,
    parse,
    salvage,
    statements,
    texts,
)

_GIVEN = ("parameters", "setup")
_NEVER_RUN = ("check", "demo")
_PARAMETERS = frozenset({"parameters", "injected-parameters"})
_TAGS = dict.fromkeys(_PARAMETERS, "parameters") | {"setup": "setup", "demo": "demo"}
MAX_NOTES = 40


class Kit:
    """The cells of an assignment's source, to look a student's cells up in."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = [cell for cell in cells if cell.kind != "markdown"]
        self.order = {cell.id: number for number, cell in enumerate(self.cells)}
        self.by_id = {cell.id: cell for cell in self.cells}
        self.answers = [cell for cell in self.cells if cell.kind == "answer"]
        self.by_name = defined_in(self.answers)
        self.stubs = {cell.id: stub(cell.source) for cell in self.answers}
        released = [cell for cell in self.cells if cell.kind != "answer"]
        self.by_text = {normal(cell.source): cell for cell in released}
        self.by_text |= {normal(self.stubs[cell.id]): cell for cell in self.answers}
        self.given = [cell for cell in self.cells if cell.kind in _GIVEN]
        self.given_text = "\n".join(cell.source for cell in self.given)
        self.given_statements = {text for cell in self.given for text, _ in texts(cell.source)}
        self.demo_statements = {text for cell in released if cell.kind in _NEVER_RUN for text, _ in texts(cell.source)}
        self.stub_statements = {text for source in self.stubs.values() for text, _ in texts(source)}

    def match(self, raw: RawCell, source: str) -> Cell | None:
        """The kit's cell this is: by its id, by its text, or by the function or class it defines."""
        by_key = next((self.by_id[key] for key in raw.keys if key in self.by_id), None)
        if by_key:
            return by_key
        by_text = self.by_text.get(normal(raw.source))
        if by_text:
            return by_text
        return next((self.by_name[name] for name in defined(source) if name in self.by_name), None)

    def untouched(self, raw: RawCell, cell: Cell) -> bool:
        """Whether an answer is still what was handed out."""
        text = normal(raw.source)
        return text == normal(self.stubs[cell.id]) or (bool(raw.line) and text in self.stub_statements)


@lru_cache(maxsize=32)
def kit_of(cells: tuple[Cell, ...]) -> Kit:
    """The kit of an assignment, made once for a whole class."""
    return Kit(cells)


def kind_of(raw: RawCell, cell: Cell | None) -> str:
    """What a student's cell counts as: a kind of the kit's cells, or "other" for one of the student's own."""
    if cell:
        return cell.kind
    tagged = next((_TAGS[tag] for tag in sorted(raw.tags) if tag in _TAGS), "")
    return tagged or ("check" if _begins_with_check(raw.source) else "other")


def _begins_with_check(source: str) -> bool:
    """Whether the first thing a cell does, after imports of the kit, is to call its `check`."""
    tree = parse(source)
    for node in tree.body if tree else ():
        if not (isinstance(node, Import) and "autograder" in imports(node)):
            return is_check(node)
    return False


@dataclass
class Assembly:
    """The cells to grade, put together one by one in the student's order."""

    kit: Kit
    document: Document
    cells: list[CodeCell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _present: dict[str, list[str]] = field(default_factory=dict)
    _changed: bool = False
    _future: str = ""

    def run(self) -> "Assembly":
        """Go through the student's cells, then say what was missing or remarkable."""
        first_answer = min((self.kit.order[cell.id] for cell in self.kit.answers), default=len(self.kit.cells))
        parameters_first = sorted(self.kit.given, key=lambda cell: cell.kind != "parameters")
        for cell in parameters_first:
            if cell.kind == "parameters":
                self._give(cell)
        self._give_before(first_answer)
        for raw in self.document.cells:
            if is_code(raw.source):
                self._take(raw)
        self._give_before(len(self.kit.cells))
        self._remark()
        return self

    def _give_before(self, order: int) -> None:
        """Put in the given code that stands before a place in the kit, as far as it is not there yet."""
        for cell in self.kit.given:
            if self.kit.order[cell.id] < order:
                self._give(cell)

    def _give(self, cell: Cell) -> None:
        if cell.id not in self._used:
            self._add(cell.id, _label("given code", cell.heading), cell.source, "setup")

    def _add(self, name: str, label: str, source: str, kind: Literal["setup", "answer", "other"]) -> None:
        taken = self._used | (self.kit.by_id.keys() - {name})
        ident = next(i for n in count(1) if (i := name if n == 1 else f"{name}-{n}") not in taken)
        self._used.add(ident)
        self.cells.append(CodeCell(ident, label, source, kind))

    def _take(self, raw: RawCell) -> None:
        plain = neutralise(raw.source)
        if plain.left_out:
            commands = ", ".join(plain.left_out[:3])
            self.notes.append(f"{_start(raw.label)}: {commands} was not run; commands are left out.")
        cell = self.kit.match(raw, plain.source)
        if self.document.plain:
            self._statement(raw, plain.source, cell)
            return
        kind = kind_of(raw, cell)
        if kind in _GIVEN and not self.kit.cells:
            self._own(raw, plain.source, None)
        elif kind in _GIVEN:
            self._given_cell(raw, plain.source, cell)
        elif kind in _NEVER_RUN:
            self._keep_definitions(raw, plain.source, cell, tell=bool(self.kit.cells))
        else:
            self._own(raw, plain.source, cell)

    def _given_cell(self, raw: RawCell, source: str, cell: Cell | None) -> None:
        """The kit's own text stands in for given code; what the student added to it is kept."""
        if cell:
            self._give_before(self.kit.order[cell.id] + 1)
            if normal(raw.source) == normal(cell.source):
                return
        kept = self._keep_definitions(raw, source, cell, tell=False)
        added = f" Kept from yours: {kept}." if kept else ""
        # Parameters are there to be changed, so only what else was put beside them is worth a word.
        parameters = cell.kind == "parameters" if cell else not raw.tags.isdisjoint(_PARAMETERS)
        if kept or not parameters:
            self.notes.append(f"{_start(raw.label)} is given code and was changed; the kit's own is graded.{added}")

    def _keep_definitions(self, raw: RawCell, source: str, cell: Cell | None, tell: bool = True) -> str:
        """Of a cell that is not run, keep what the kit's has not and answers may need: definitions and imports."""
        given = f"{cell.source if cell else ''}\n{self.kit.given_text}"
        text, words = salvage(source, given)
        said = ", ".join(words[:5]) + (f" and {len(words) - 5} more" if words[5:] else "")
        if text and tell:
            self.notes.append(f"{_start(raw.label)} is a check or demo, which is not run; kept from it: {said}.")
        if text:
            self._own(RawCell(raw.label, text, raw.heading, line=raw.line), text, None)
        return said

    def _own(self, raw: RawCell, source: str, cell: Cell | None) -> None:
        """A cell of the student's, an answer or their own: kept whole."""
        names = [name for name in defined(source) if name in self.kit.by_name]
        answers = {self.kit.by_name[name].id: self.kit.by_name[name] for name in names}
        cell = cell or next(iter(answers.values()), None)
        if cell:
            answers.setdefault(cell.id, cell)
            self._give_before(self.kit.order[cell.id])
            self._changed |= not self.kit.untouched(raw, cell)
        for name in answers:
            self._present.setdefault(name, []).append(raw.label)
        heading = raw.heading or (cell.heading if cell else "")
        label = raw.label if self.document.plain else _label(raw.label, heading)
        name = cell.id if cell else raw.label.partition(" (")[0].replace(" ", "-")
        self._add(name, label, self._placed(raw, source), "answer" if cell else "other")

    def _statement(self, raw: RawCell, source: str, cell: Cell | None) -> None:
        """A statement of a plain script: given code, checks and demo calls are left out, all else is kept."""
        text = normal(raw.source)
        nodes = [node for _, _, nodes in statements(raw.source) for node in nodes]
        if text in self.kit.given_statements or any(is_check(node) for node in nodes):
            return
        if text in self.kit.demo_statements and not any(isinstance(node, (*Definition, *Import)) for node in nodes):
            return
        self._own(raw, source, cell if cell and cell.kind == "answer" else None)
        if source.startswith("from __future__ import") and "\n" not in source:
            self._future = "; ".join(filter(None, (self._future, source)))

    def _placed(self, raw: RawCell, source: str) -> str:
        """A statement of a plain script on the line it has in the file, so that messages name that line."""
        pieces = len(self.document.cells)
        if not self.document.plain or raw.line < 2 or pieces * self.document.cells[-1].line > 5_000_000:
            return source
        return self._future + "\n" * (raw.line - 1) + source

    def _remark(self) -> None:
        """Notes on answers that are missing, doubled or untouched, and on the wrong file."""
        missing = [cell for cell in self.kit.answers if cell.id not in self._present]
        if missing and not self._present:
            self.notes.append("None of this assignment's answers is in the file. Is it the right one?")
        else:
            self.notes += [f"The cell of `{cell.name}`{_under(cell.heading)} is missing." for cell in missing]
            if self._present and not self._changed:
                self.notes.append("No answer was changed from the released notebook.")
        for name, labels in self._present.items():
            cell = self.kit.by_id[name]
            if len(labels) > 1 and (not self.document.plain or len(labels) > len(defined(cell.source))):
                where = _listed(labels)
                self.notes.append(f"`{cell.name}` is answered in {where}: all run, and the last definition counts.")
        if len(self.notes) > MAX_NOTES:
            rest = len(self.notes) - MAX_NOTES
            self.notes[MAX_NOTES:] = [f"There are {rest} more remarks of this kind."]


def _listed(labels: list[str]) -> str:
    shown, last = (labels[:4], f"{len(labels) - 4} more") if labels[5:] else (labels[:-1], labels[-1])
    return f"{', '.join(shown)} and {last}"


def _under(heading: str) -> str:
    return f" (under *{heading}*)" if heading else ""


def _label(place: str, heading: str) -> str:
    return f"{place}, under *{heading}*" if heading else place


def _start(label: str) -> str:
    return label[:1].upper() + label[1:]
