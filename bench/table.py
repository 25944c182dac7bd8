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


_WIDTHS = {"what": 58, "naive": 7, "ours": 7, "limit": 7, "unit": 6, "ratio": 8, "note": 0}
_RIGHT = ("naive", "ours", "limit", "ratio")


def print_table(title: str, rows: Iterable[Row], to: TextIO | None = None) -> None:
    """Write rows as a table, each as soon as it is known."""
    out = to or sys.stdout
    out.write(f"\n{title}\n")
    _print_cells({column: column for column in _WIDTHS}, out)
    for row in rows:
        ratio = "" if row.ratio is None else f"{_number(row.ratio)} ×"
        numbers = {"naive": _number(row.naive), "ours": _number(row.ours), "limit": _number(row.limit)}
        _print_cells({"what": row.what, **numbers, "unit": row.unit, "ratio": ratio, "note": row.note}, out)


def _print_cells(cells: dict[str, str], out: TextIO) -> None:
    aligned = (
        text.rjust(_WIDTHS[column]) if column in _RIGHT else text.ljust(_WIDTHS[column])
        for column, text in cells.items()
    )
    out.write("  ".join(aligned).rstrip() + "\n")
    out.flush()


def _number(value: float | None) -> str:
    """Three digits that count, and no more."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
