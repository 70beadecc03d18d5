"""How outcomes, numbers and other people's text are shown: the same on every page, whatever the text holds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from markupsafe import Markup, escape

_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
# `code` and *emphasis*, each within a line; a lone star between numbers is a product.
_INLINE = re.compile(r"`([^`\n]+)`|(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")


@dataclass(frozen=True)
class Word:
    """How an outcome is shown: a symbol, so that colour is never the only difference, and a word."""

    symbol: str
    word: str


WORDS = {
    "passed": Word("✓", "passed"),
    "failed": Word("✗", "failed"),
    "timeout": Word("⏱", "out of time"),
    "missing": Word("○", "missing"),
    "error": Word("⚠", "our error"),
}
"""Outcome of a check -> how it is shown."""

CELL_WORDS = {
    "raised": Word("✗", "raised an error"),
    "timeout": Word("⏱", "out of time"),
    "skipped": Word("○", "not run"),
    "exited": Word("✗", "ended the program"),
}
"""Outcome of a cell that did not run through -> how it is shown."""


def visible(text: object) -> str:
    """Return `text` with what could disturb a page made visible: control characters and bidirectional overrides.

    Newlines and tabs stay; each other such character becomes its escape, such as `\\u202e`.
    """
    return "".join(
        character if not _disturbs(character) else f"\\u{ord(character):04x}"
        for character in str(text).replace("\r\n", "\n").replace("\r", "\n")
    )


def _disturbs(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in _BIDI


def prose(text: object) -> Markup:
    """Return escaped HTML of `text`, with `code` and *emphasis* marked; nothing else in it is markup."""
    shown = visible(text)
    parts, end = [], 0
    for found in _INLINE.finditer(shown):
        code, emphasis = found.groups()
        parts.append(escape(shown[end : found.start()]))
        parts.append(Markup("<code>{}</code>").format(code) if code else Markup("<em>{}</em>").format(emphasis))
        end = found.end()
    return Markup("").join([*parts, escape(shown[end:])])


def short(points: float) -> str:
    """Return points for reading, with at most two decimals: 3 -> "3", 2/3 -> "0.67"."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
