# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts in lines of a given width, also of Chinese and Japanese. Pure functions, no bpy."""

from __future__ import annotations

import re
import textwrap
from functools import lru_cache
from typing import Final


@lru_cache(maxsize=4096)  # lists ask for the same at every draw
def first_line(text: str, length: int = 60) -> str:
    """Cut a text's first paragraph to one line of at most `length` columns, between words if possible."""
    paragraph = text.strip().partition("\n\n")[0]
    if not _is_wide(paragraph):
        return textwrap.shorten(paragraph, length, placeholder="…") or paragraph[:length]
    lines = wrap(" ".join(paragraph.split()), length - 1)
    return lines[0] if len(lines) == 1 else f"{lines[0]}…"


@lru_cache(maxsize=256)
def wrap(text: str, columns: int) -> tuple[str, ...]:
    """Break a text into lines of at most `columns` columns; its own line breaks are kept.

    A word that is longer than a line (a path, a task id) is broken too: cut text can't be read. Signs of
    Chinese and Japanese take two columns, and a line may end after each.
    """
    lines: list[str] = []
    tied = _tied(text, max(columns, 8))
    for paragraph in tied.splitlines():
        if _is_wide(paragraph):
            lines += _wrap_wide(paragraph, max(columns, 8))
        else:
            lines += textwrap.wrap(paragraph, max(columns, 8)) or [""]
    return tuple(lines if tied == text else (line.replace(_TIE, " ") for line in lines))


def _tied(text: str, columns: int) -> str:
    """Mark spaces where no line may end, but for those in what would be longer than a line."""
    if _TIE in text:
        return text
    tied = re.sub(_SPACE_INSIDE, _TIE, text)
    return re.sub(
        r"\S+", lambda word: word[0] if len(word[0]) <= columns else word[0].replace(_TIE, " "), tied
    )


_TIE: Final = "\x01"
_UNITS: Final = r"(?:[KMG]?[Bo]|px|s|min|h|[Cc]r[eé]dit(?:s|os)?)"
_SPACE_INSIDE: Final = rf" (?=[·:;!?»%])|(?<=\d) (?={_UNITS}\b)|(?<=«) "
"""A space where no line may end: before a sign that would begin the next one, and between number and unit."""

_WIDE: Final = r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]"
_OPENING: Final = "[\u3008\u300a\u300c\u300e\u3010\uff08]"
_CLOSING: Final = "[.,\u3001\u3002\u3009\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f…]"
_PIECES: Final = rf"{_OPENING}*{_WIDE}{_CLOSING}*|[^\s\u1100-\uffff]+{_CLOSING}*|\s+|."
"""What is not broken: a wide sign with the punctuation around it, a word of narrow letters."""


def _is_wide(text: str) -> bool:
    return re.search(_WIDE, text) is not None


def display_width(text: str) -> int:
    """Columns of a text: signs of Chinese and Japanese take two."""
    return len(text) + len(re.findall(_WIDE, text))


def _wrap_wide(paragraph: str, columns: int) -> list[str]:
    lines = [""]
    for piece in re.findall(_PIECES, paragraph):
        if display_width(lines[-1]) + display_width(piece.rstrip()) <= columns:
            lines[-1] += piece
        elif display_width(piece) <= columns:
            lines.append(piece.lstrip())
        else:
            lines += textwrap.wrap(piece, columns)
    return [line.rstrip() for line in lines if line.strip()]
