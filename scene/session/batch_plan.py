# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for waiting rows: a thread computes it after a change. Main thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ...batches.plan import Plan, Terms
from .. import live, settings
from . import mirror, session, spend
from .batch_state import on_thread, state

if TYPE_CHECKING:
    from ...batches.packing import Group
    from ...batches.run import Run

PAUSE_S: Final = 1.0
"""Pause between two plans while a batch runs, because each sent request changes the plan."""


@dataclass(kw_only=True)
class _Plans:
    of: tuple[object, ...] = ()
    """The inputs of the last plan."""
    at: float = 0.0
    """When, monotonic."""
    is_under_way: bool = False


def plan() -> Plan | None:
    """Return the last plan for the waiting rows."""
    return state().plan


def reckon(most: int | None = None) -> Plan | None:
    """Compute the plan now, for a click. None: there is no batch.

    Args:
        most: a limit to replace the batch's own, only for display; None: its own.
    """
    it = state()
    if it.run is None:
        return it.plan
    made = it.run.plan(_terms(), left(it.run), most)
    if most is None:
        it.plan = made
    return made


def keep() -> None:
    """Pack waiting rows and compute their plan, if somebody looks and something has changed."""
    plans, at_hand = live.part(_Plans), state().run
    if at_hand is None or plans.is_under_way:
        return
    if at_hand.is_packed and not (session.is_watched() and _is_due(plans, at_hand)):
        return
    terms, unsent = _terms(), left(at_hand)
    of = (*_rows_of(at_hand), terms, unsent)
    if of == plans.of and at_hand.is_packed:
        return
    plans.of, plans.at, plans.is_under_way = of, time.monotonic(), True
    revision, waiting = at_hand.plan_revision, at_hand.waiting_now(unsent)

    def make() -> Callable[[], None]:
        try:
            packed = waiting.packed()
            planned = replace(waiting, groups=packed).plan(terms)
        finally:
            plans.is_under_way = False
        return lambda: _take(at_hand, planned, () if unsent else packed, revision)

    on_thread(make)


def _rows_of(at_hand: Run) -> tuple[object, ...]:
    return id(at_hand), at_hand.plan_revision, at_hand.batch.most


def _is_due(plans: _Plans, at_hand: Run) -> bool:
    """Return whether it is time to check: at once after a change by the artist, else regularly."""
    is_news = not at_hand.is_running and plans.of[:3] != _rows_of(at_hand)
    return is_news or time.monotonic() - plans.at > PAUSE_S


def _take(at_hand: Run, planned: Plan, packed: Sequence[Group], revision: int) -> None:
    it = state()
    if it.run is not at_hand:
        return
    if packed:
        at_hand.take_packed(packed, revision)
    if it.plan != planned:
        it.plan, it.shown = planned, ()


def left(at_hand: Run) -> frozenset[str]:
    """Return jobs that no session has sent, if the batch stands still.

    A start sends them with the waiting rows.
    """
    engine = session.find_engine()
    return frozenset() if engine is None or at_hand.is_running else frozenset(engine.unsent)


def _terms() -> Terms:
    engine = session.find_engine()
    shown = mirror.mirror()
    known = spend.overview()
    return Terms(
        per_minute=engine.per_minute if engine is not None else 3,
        balance=shown.balance if shown.has_balance and not shown.is_simulator else None,
        caps=settings.read().caps,
        spent=known.spent if known is not None else Terms().spent,
        ahead=len(engine.line) if engine is not None else 0,
    )
