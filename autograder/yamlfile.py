"""YAML with line numbers: a file's plain data, the line of every key, and words for what is wrong there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autograder.errors import CourseError

Keys = tuple[str | int, ...]
"""The way to a place in the file: mapping keys and list positions."""

_DEEPEST = 12
_EXPECTED = {
    "string": "text", "float": "a number", "int": "a whole number", "dict": "a mapping", "tuple": "a list",
    "model": "a mapping", "bool": "true or false",
}  # fmt: skip


def choice(wrong: str, known: Iterable[str]) -> str:
    """The known names in words for a "Fix: use …", the one most like `wrong` first when there is one."""
    names = list(known)
    close = get_close_matches(wrong, names, 1, 0.6)
    if close:
        return f"{close[0]!r}" + (f" (known: {', '.join(names)})" if len(names) > 1 else "")
    return f"one of: {', '.join(names)}" if names else "nothing here: none is known"


@dataclass(frozen=True)
class YamlFile:
    """A YAML mapping as plain data, and the line of every key in it."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Keys, int] = field(default_factory=dict)

    def error(self, keys: Keys, problem: str, fix: str) -> CourseError:
        """`name, line 12, assignments → im2col: problem. Fix: fix`; the line is that of the nearest key in the file."""
        line = next((self.lines[keys[:n]] for n in range(len(keys), -1, -1) if keys[:n] in self.lines), 1)
        place = f"{self.name}, line {line}" + "".join(f"{' → ' if n else ', '}{key}" for n, key in enumerate(keys))
        return CourseError(f"{place}: {problem}. Fix: {fix}")

    def explain(self, problems: ValidationError, allowed: Callable[[Keys], Sequence[str]]) -> CourseError:
        """The first problem in words; `allowed(keys)` lists the keys that may stand below `keys`.

        An unknown key comes before the others, since it often explains a missing one.
        """
        error = min(problems.errors(), key=lambda error: (error["type"] != "extra_forbidden", self._line(error)))
        keys = tuple(error["loc"])
        if error["type"] == "missing":
            return self.error(keys, "missing", f"add `{keys[-1]}: …`.")
        if error["type"] == "extra_forbidden":
            return self.error(keys, "unknown key", f"use {choice(str(keys[-1]), allowed(keys[:-1]))}.")
        return self.error(keys, *_value_words(error))

    def _line(self, error: ErrorDetails) -> int:
        return self.lines.get(tuple(error["loc"]), 0)


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file that holds one mapping; CourseError names the line of what cannot be read or comes twice."""
    try:
        written = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"{path}: there is no such file. Fix: run this in a course folder or name one.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise CourseError(f"{path}: cannot be read ({problem}). Fix: make it a readable UTF-8 text.") from None
    file = YamlFile(path.name)
    try:
        loader = yaml.SafeLoader(written)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            found = "the file is empty" if node is None else "the file is not a mapping"
            raise file.error((), found, "start it with `course:` and `assignments:`, as the README shows.")
        file.data.update(_pairs(node, (), loader, file))
    except yaml.YAMLError as problem:
        raise _syntax(path.name, problem) from None
    return file


def _syntax(name: str, problem: yaml.YAMLError) -> CourseError:
    mark = getattr(problem, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    words = " ".join(str(getattr(problem, "problem", None) or problem).split())
    return CourseError(f"{name}, line {line}: not valid YAML ({words}). Fix: correct the indentation or quotes there.")


def _pairs(node: yaml.MappingNode, at: Keys, loader: yaml.SafeLoader, file: YamlFile) -> Iterator[tuple[str, Any]]:
    """Key and plain value of a mapping; a key that is no text or comes twice is an error."""
    file.lines.setdefault(at, node.start_mark.line + 1)
    for key_node, value_node in node.value:
        key = _plain(key_node, at, loader, file)
        place, line = (*at, str(key)), key_node.start_mark.line + 1
        first = file.lines.get(place)
        file.lines[place] = line
        if not isinstance(key, str):
            raise file.error(place, f"the key {shown(key)} is no text", f'write it in quotes: "{key}".')
        if first is not None:
            raise file.error(place, f"this key is already on line {first}", "remove one of the two.")
        yield key, _plain(value_node, place, loader, file)


def _plain(node: yaml.Node, at: Keys, loader: yaml.SafeLoader, file: YamlFile) -> Any:
    if len(at) > _DEEPEST:  # an alias inside its own anchor never ends, and no course file is this deep
        raise file.error(at[:4], "nested too deeply", "remove the alias or the extra levels.")
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, at, loader, file))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*at, n), loader, file) for n, item in enumerate(node.value)]
    try:
        return loader.construct_object(node)
    except ValueError as problem:
        raise file.error(at, f"not readable ({problem})", "write it in quotes.") from None


def _value_words(error: ErrorDetails) -> tuple[str, str]:
    context, value = error.get("ctx", {}), shown(error["input"])
    kind = error["type"]
    if kind == "literal_error":
        return f"{value} is not allowed", f"use {context['expected']}."
    if kind == "greater_than":
        return f"{value} is not above {context['gt']:g}", f"write a number above {context['gt']:g}."
    if kind == "greater_than_equal":
        return f"{value} is below {context['ge']:g}", f"write {context['ge']:g} or more."
    if kind == "finite_number":
        return f"{value} is no number to count with", "write a plain number."
    if kind == "words":
        return error["msg"], context["fix"]
    wanted = _EXPECTED.get(kind.split("_")[0])
    if wanted:
        return f"{value} is not {wanted}", f"write {wanted} here."
    return f"{value}: {error['msg']}", "correct the value."


def shown(value: object) -> str:
    """A value as a message may show it: short, and only its kind when it is a whole mapping or list."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) < 60 else f"{text[:50]} (and {len(text) - 50} more characters)"
