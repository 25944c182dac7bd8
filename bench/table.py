# SPDX-License-Identifier: GPL-3.0-or-later
"""What every benchmark reports: rows that compare the naive way, ours, and the limit, in one run."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured comparison; smaller is better in every unit."""

    what: str
    naive: float | None
    ours: float
    unit: str
    limit: float | None = None
    """What the machine can do at best (a plain copy of the memory, …), or what was promised: see `note`."""

    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the naive way."""
        return self.naive / self.ours if self.naive is not None and self.ours else None


_COLUMNS = ("what", "naive", "ours", "limit", "unit", "ratio", "note")


def print_table(title: str, rows: Iterable[Row], to: TextIO | None = None) -> None:
    """Write rows as an aligned table."""
    lines = [_COLUMNS] + [
        (
            row.what,
            _number(row.naive),
            _number(row.ours),
            _number(row.limit),
            row.unit,
            "" if row.ratio is None else f"{_number(row.ratio)} ×",
            row.note,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    out = to or sys.stdout
    out.write(f"\n{title}\n")
    for line in lines:
        cells = [
            text.rjust(width) if 1 <= place <= 3 or place == 5 else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        out.write("  ".join(cells).rstrip() + "\n")


def _number(value: float | None) -> str:
    """Three digits that count, and no more."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
