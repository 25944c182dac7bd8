# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit rows of the batch manually, and undo that. Main thread; a thread checks the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...batches.check import Checker, Problem
from ...batches.edited import EDITABLE, edited_row
from ...batches.stored import stored_rows
from ...texts.phrases import joined, phrase
from ...texts.refusal import Refusal
from .. import settings
from .batch_state import RowEdit, engine, hide_replaced, on_thread, state, tell
from .batch_table import known_here

if TYPE_CHECKING:
    from ...batches.row import Row
    from ...batches.run import Run


def editable_row(number: int) -> Row:
    """Return the row with that number. Raises Refusal if it can't be changed."""
    at_hand = state().run
    try:
        place = at_hand.place_of(number) if at_hand is not None else None
    except KeyError:
        place = None
    if at_hand is None or place is None:
        raise Refusal(phrase("Choose a row"))
    if at_hand.told[place].state not in EDITABLE:
        raise Refusal(phrase("Only a row that waits or has failed can be edited"))
    return at_hand.rows[place]


def edit(number: int, typed: Mapping[str, Any]) -> Row:
    """Give a row other values (`edited.typed_values`), if nothing is wrong with them.

    Returns:
        The new row.

    Raises:
        Refusal: it can't be edited.
    """
    before = editable_row(number)
    row = edited_row(before, typed)
    if row != before:
        _write(number, row, lambda edits, batch_id: [*edits, RowEdit(batch_id, number, before)])
    return row


def last_edit() -> RowEdit | None:
    """Return the current batch's edit that can be undone."""
    it = state()
    return next((each for each in reversed(it.edits) if it.run and each.batch_id == it.run.batch.id), None)


def take_back() -> RowEdit:
    """Restore the earlier values of the row that was edited last. Returns which; raises Refusal."""
    last = last_edit()
    if last is None:
        raise Refusal(phrase("No row was edited"))
    editable_row(last.number)
    _write(last.number, last.before, lambda edits, _batch_id: [each for each in edits if each is not last])
    return last


def _write(number: int, row: Row, note: Callable[[list[RowEdit], str], list[RowEdit]]) -> None:
    """Have a row checked and written. `note` is remembered then."""
    it, ours = state(), engine()
    at_hand: Run | None = it.run
    if at_hand is None:
        raise Refusal(phrase("There is no batch"))
    batch_id = at_hand.batch.id
    it.waits, it.message = True, ""
    checker = Checker(known_here(), settings.read().policy)

    def write() -> None:
        (stored,) = stored_rows([row])
        it.edits = note(it.edits, batch_id)
        ours.batches.edit(batch_id, replace(stored, number=number))
        hide_replaced(at_hand, (number,))

    def make() -> Callable[[], None]:
        wrong = [Problem(line=number + 1, column=column, text=text) for column, text in checker.problems(row)]
        if wrong:
            return lambda: tell(joined(*(problem.told for problem in wrong), by=". "))
        return write

    on_thread(make)
