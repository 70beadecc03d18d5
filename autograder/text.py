"""Text from submissions made safe to show: no control characters, no direction tricks, bounded length."""

from __future__ import annotations

import unicodedata

MAX_LINE = 500
# Characters that reorder or hide text around them.
_TRICKS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)}
# Control characters, halves of pairs, and the separators that some programs break lines at.
_UNSHOWABLE = ("Cc", "Cs", "Zl", "Zp")


def plain(text: str, max_lines: int = 20) -> str:
    """`text` with control characters shown as �, long lines and extra lines cut with a count of what is missing."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) <= max_lines:
        return "\n".join(map(_line, lines))
    kept = max(max_lines - 1, 1)
    rest = f"[+{len(lines) - kept} lines]"
    shown = [_line(line) for line in lines[:kept]]
    return f"{shown[0]} {rest}" if max_lines == 1 else "\n".join([*shown, rest])


def _line(line: str) -> str:
    head = line[:MAX_LINE].replace("\t", "    ")
    clean = "".join("\ufffd" if c in _TRICKS or unicodedata.category(c) in _UNSHOWABLE else c for c in head)
    return clean if len(line) <= MAX_LINE else f"{clean} [+{len(line) - MAX_LINE} characters]"
