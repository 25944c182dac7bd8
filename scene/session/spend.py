# SPDX-License-Identifier: GPL-3.0-or-later
"""Current spending and its limits: for panels, and at the click.

The ledger decides (`jobs.spending`): other Blenders may have spent since it was last read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...jobs.caps import Spent, day_start, reached, refuse
from .. import live, settings
from ..project import budget
from . import session

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.events import SpendRead
    from ...jobs.spend import Overview

PAUSE_S: Final = 2.0
"""Pause between two readings of the ledger."""
LIFE_S: Final = 30.0
"""The greatest age of a reading while somebody looks: other Blenders spend too."""


@dataclass(kw_only=True)
class _State:
    overview: Overview | None = None
    engine: Engine | None = None
    """The engine that read it."""
    asked_at: float = 0.0
    """Monotonic; 0: read it as soon as possible."""
    is_stale: bool = True


def _state() -> _State:
    return live.part(_State)


def overview() -> Overview | None:
    """Return the spending at the current service; None while it is unknown."""
    state = _state()
    return state.overview if state.engine is not None and state.engine is session.find_engine() else None


def obstacle(price: int) -> str:
    """Return which limit a price would exceed, as far as is known; empty if none. For panels."""
    return reached(settings.read().caps, price, _spent())[0]


def check(price: int) -> None:
    """Raise Refusal if a price would exceed a limit, as far as is known."""
    refuse(settings.read().caps, price, _spent())


def show(engine: Engine, *, has_news: bool) -> None:
    """Read the ledger again if something has changed and somebody needs it. For the pump."""
    state, now = _state(), time.monotonic()
    state.is_stale = state.is_stale or has_news or engine is not state.engine
    known = state.overview
    if known is not None and (known.budget != budget() or known.day != day_start(time.time())):
        state.is_stale = True
    if not session.is_watched() and not settings.read().caps.need_ledger:
        return
    if state.asked_at and now - state.asked_at < (PAUSE_S if state.is_stale else LIFE_S):
        return
    state.asked_at, state.is_stale = now, False
    engine.read_spend(budget())


def take(event: SpendRead) -> bool:
    """Take a reading. True if it is new."""
    state, engine = _state(), session.find_engine()
    if engine is None or engine.server.name != event.overview.server:
        return False
    changed = state.overview != event.overview or state.engine is not engine
    state.overview, state.engine = event.overview, engine
    return changed


def _spent() -> Spent:
    """Return the known spending: 0 for a project or a day that was not read yet."""
    known = overview()
    if known is None:
        return Spent()
    is_today = known.day == day_start(time.time())
    return Spent(
        day=known.spent.day if is_today else 0,
        month=known.spent.month if is_today else 0,
        project=known.spent.project if known.budget == budget() else 0,
    )
