# SPDX-License-Identifier: GPL-3.0-or-later
"""Current spending and its limits: for panels, and at the click.

The ledger has the last word (`jobs.spending`): other Blenders may have spent since it was last looked at.
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
"""Between two looks at the ledger."""
LIFE_S: Final = 30.0
"""How old it may get while somebody looks: other Blenders spend too."""


@dataclass
class _State:
    overview: Overview | None = None
    engine: Engine | None = None
    """The one that told it."""
    asked_at: float = 0.0
    """Monotonic; 0 = it is to be asked for."""
    is_stale: bool = True


def _state() -> _State:
    return live.part(_State)


def overview() -> Overview | None:
    """What was spent at the service that the settings name; None while it is not known."""
    state = _state()
    return state.overview if state.engine is not None and state.engine is session.find_engine() else None


def obstacle(price: int) -> str:
    """Say which limit a price would pass, as far as is known; empty if it passes none. For panels."""
    return reached(settings.read().caps, price, _spent())[0]


def check(price: int) -> None:
    """Raise Refusal if a price would pass a limit, as far as is known."""
    refuse(settings.read().caps, price, _spent())


def show(engine: Engine, *, has_news: bool) -> None:
    """Have it read again where something has changed and somebody wants to know. For the pump."""
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
    """Show what was read. True if that is new."""
    state, engine = _state(), session.find_engine()
    if engine is None or engine.server.name != event.overview.server:
        return False
    changed = state.overview != event.overview or state.engine is not engine
    state.overview, state.engine = event.overview, engine
    return changed


def _spent() -> Spent:
    """What is known for sure: nothing of a project or a day that was not read yet."""
    known = overview()
    if known is None:
        return Spent()
    is_today = known.day == day_start(time.time())
    return Spent(
        day=known.spent.day if is_today else 0,
        month=known.spent.month if is_today else 0,
        project=known.spent.project if known.budget == budget() else 0,
    )
