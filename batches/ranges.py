# SPDX-License-Identifier: GPL-3.0-or-later
"""Read ranges of rows: "1-40", "1-9:2,12". They count from 1; both ends belong to a range."""

from __future__ import annotations

import re
from typing import Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal

_RANGE: Final = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9})(?:\s*:\s*(\d{1,9}))?)?", re.ASCII)


def read_ranges(text: str, count: int) -> list[int]:
    """Return the numbers of the named rows from 0, each once, in their order; empty means all.

    Args:
        count: how many rows there are.

    Raises:
        Refusal: the text names no rows, or rows that don't exist.
    """
    if not text.strip():
        return list(range(count))
    chosen: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        first, last, step = (found[1], found[2] or found[1], found[3] or "1") if found else ("0", "0", "1")
        if not 1 <= int(first) <= int(last) or int(step) < 1:
            raise Refusal(phrase("“{text}” names no rows. Write 1-40, or 1-9:2,12.", text=part.strip()))
        if int(last) > count:
            raise Refusal(
                phrase("There is no row {number}: the table has {count}.", number=int(last), count=count)
            )
        chosen.update(range(int(first) - 1, int(last), int(step)))
    return sorted(chosen)
