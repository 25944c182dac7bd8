# SPDX-License-Identifier: GPL-3.0-or-later
"""Long names in little space: cut so that neighbours stay different, and found by words. No bpy."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import Final

from .wrapping import display_width

_LEAST: Final = 4
"""Columns of a name's beginning that are seen in any case."""


@lru_cache(maxsize=512)
def shortened(name: str, neighbours: tuple[str, ...], room: int) -> str:
    """Cut a name to `room` columns so that it can be told from its neighbours: "rusty… copper roof".

    Where a plain cut shows the difference, it is cut at its end.
    """
    line = _one_line(name)
    if display_width(line) <= room:
        return line
    cut = _cut(line, room)
    shared = _shared_with_any(line, neighbours)
    if shared < len(cut) - 2:
        return cut
    ends_there = shared < len(line) and line[shared] == " "  # "wall 1 …" beside "wall 10 …"
    return _elided(line, _word_at(line, shared - ends_there), room)


def is_found(text: str, search: str) -> bool:
    """Say whether a text has all words of a search, in any order and case."""
    if not search:
        return True
    folded = text.casefold()
    return all(word in folded for word in search.casefold().split())


def _elided(line: str, start: int, room: int) -> str:
    """Put a name's beginning and its end side by side: from `start` on, and what fits of the words before."""
    room_of_tail = room - display_width(_fitting(line, _LEAST)) - 2
    while (before := _word_at(line, start - 2)) > 0 and display_width(line[before:]) <= room_of_tail:
        start = before
    tail = _cut(line[start:], room - _LEAST - 2)
    head = _fitting(line, room - display_width(tail) - 2)
    return f"{head}… {tail}"


def _shared_with_any(line: str, neighbours: tuple[str, ...]) -> int:
    """Return how many letters a line has in common, at its beginning, with another one.

    Most are in common with one of the two beside it in their order: a page of long prompts has many.
    """
    lines = _in_order(neighbours)
    at = bisect_left(lines, line)
    beside = lines[max(at - 1, 0) : at + 2]
    return max((_shared(line, other) for other in beside if other != line), default=0)


@lru_cache(maxsize=8)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(map(_one_line, names))))


def _shared(one: str, other: str) -> int:
    """Return how many letters two texts have in common at their beginnings."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _one_line(text: str) -> str:
    return " ".join(text.strip().partition("\n\n")[0].split())


def _word_at(line: str, position: int) -> int:
    """Return where the word begins in which a position lies."""
    position = max(min(position, len(line) - 1), 0)
    return line.rfind(" ", 0, position + 1) + 1 or position


def _cut(line: str, room: int) -> str:
    return line if display_width(line) <= room else _fitting(line, room - 1) + "…"


def _fitting(line: str, room: int) -> str:
    """Return as much of a text's beginning as fits, at a word where the first one does."""
    end = min(len(line), max(room, 1))  # each letter takes a column at least
    while end > 1 and display_width(line[:end]) > room:
        end -= 1
    word = line.rfind(" ", 0, end + 1)
    return line[: word if word > 0 else end].rstrip(" ,;:.")
