# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of every benchmark: rows that compare the naive way, ours, and the limit, in one run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
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
    """The machine's best, such as a plain copy of the memory; see `note`."""

    promised: float | None = None
    """The promised maximum."""

    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is than the naive way."""
        return self.naive / self.ours if self.naive is not None and self.ours else None

    @property
    def is_missed(self) -> bool:
        """Whether the promise is broken."""
        return self.promised is not None and self.ours > self.promised


MISSED = "MISSED"
_WIDTHS = {
    "what": 58,
    "naive": 7,
    "ours": 7,
    "limit": 7,
    "promised": 8,
    "unit": 6,
    "ratio": 8,
    "kept": 6,
    "note": 0,
}
_WORDS = ("what", "unit", "kept", "note")


def print_table(title: str, rows: Iterable[Row], to: TextIO | None = None) -> None:
    """Write rows as a table, each as soon as it is known."""
    out = to or sys.stdout
    out.write(f"\n{title}\n")
    print_cells({column: "" if column == "kept" else column for column in _WIDTHS}, _WIDTHS, _WORDS, out)
    for row in rows:
        cells = {
            "what": row.what,
            "naive": number_text(row.naive),
            "ours": number_text(row.ours),
            "limit": number_text(row.limit),
            "promised": number_text(row.promised),
            "unit": row.unit,
            "ratio": "" if row.ratio is None else f"{number_text(row.ratio)} ×",
            "kept": MISSED if row.is_missed else "",
            "note": row.note,
        }
        print_cells(cells, _WIDTHS, _WORDS, out)


def print_cells(
    cells: Mapping[str, str], widths: Mapping[str, int], words: Iterable[str], out: TextIO
) -> None:
    """Write one line of a table: words left-aligned, figures right-aligned."""
    aligned = (
        text.ljust(widths[column]) if column in words else text.rjust(widths[column])
        for column, text in cells.items()
    )
    out.write("  ".join(aligned).rstrip() + "\n")
    out.flush()


def number_text(value: float | None) -> str:
    """Return a number with about three significant digits."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
