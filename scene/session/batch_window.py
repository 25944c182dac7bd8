# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a batch that panels show: a few at a time, of any number. Main thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...jobs.batch import BatchRow, RowState
from ..language import say

if TYPE_CHECKING:
    from ...batches.row import Row
    from ...batches.run import Run

ROWS: Final = 10
"""The number of rows shown at a time."""

SHOWN: Final = {
    "WAITING": frozenset({RowState.WAITING, RowState.SENT}),
    "DONE": frozenset({RowState.DONE, RowState.SKIPPED}),
    "TROUBLE": frozenset(set(RowState) - {RowState.WAITING, RowState.SENT, RowState.DONE, RowState.SKIPPED}),
}
"""The states of rows, by the panel's choices."""


def show(group: Any, at_hand: Run | None) -> None:
    """Update the mirror's rows (`group`) to the visible ones of a batch; None clears them."""
    seen = _places(at_hand, group.show) if at_hand is not None else ()
    last = max(len(seen) - ROWS, 0)
    group.total = len(seen)
    if group.first > last:
        group.first = last
    meant = list(seen[group.first : group.first + ROWS])
    while len(group.rows) > len(meant):
        group.rows.remove(len(group.rows) - 1)
    while len(group.rows) < len(meant):
        group.rows.add()
    for item, place in zip(group.rows, meant, strict=True):
        if at_hand is not None:
            _show_row(item, at_hand.rows[place], at_hand.told[place])


def _places(at_hand: Run, what: str) -> Sequence[int]:
    """Return the places of visible rows: all, or those in the states that the panel chooses."""
    if what == "ALL":
        return range(len(at_hand.rows))
    wanted = SHOWN[what]
    return [place for place, told in enumerate(at_hand.told) if told.state in wanted]


def _show_row(item: Any, row: Row, told: BatchRow) -> None:
    values = {
        "number": told.number,
        "state": told.state.value,
        "prompt": row.prompt,
        "target": row.object or row.material or (Path(row.sources[0]).name if row.sources else ""),
        "model": row.settings.table.label,
        "count": row.count,
        "price": row.price,
        "message": say(told.message),
        "job_id": told.job_id,
    }
    for name, value in values.items():
        if getattr(item, name) != value:
            setattr(item, name, value)
