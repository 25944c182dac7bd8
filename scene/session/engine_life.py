# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the engine when there is a reason to, and restart it when its settings have changed.

`session` has the engine and knows how to start and stop it; this file decides when.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live, settings
from . import account, chores, followed, session, troubles
from .troubles import Cause

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.peek import WorkPeek

START_PAUSE_S = 10.0
"""The pause after a failed start of the engine."""

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class _State:
    peek: WorkPeek | None = None
    """Reads whether an earlier session left jobs."""
    start_again_at: float = 0.0
    """Monotonic: the engine could not be started, and is not before this time."""


def _state() -> _State:
    return live.part(_State)


def look_after() -> bool:
    """Start the engine if there is a reason to; restart it if its settings have changed.

    The pump calls it once a turn. True if panels look different now.
    """
    session.follow_online_access()
    if session.settings_changed():
        # Jobs of a library that was moved can't be recorded any more: they are followed from its new place.
        if (followed.is_busy() and not session.is_library_elsewhere()) or chores.under_way():
            # A restart would cut a request under way, and abandon running jobs.
            return troubles.tell(
                Cause.SETTINGS, phrase("The new settings take effect when the jobs are done")
            )
        return restart()
    changed = troubles.settle(Cause.SETTINGS)  # changed back, or never changed
    if session.find_engine() is not None or time.monotonic() < _state().start_again_at:
        return changed
    if session.was_drawn() or _is_work_left():
        changed |= start()
    return changed


def _is_work_left() -> bool:
    """Return whether an earlier session left jobs at the service; False while that is unknown."""
    if _state().peek is None:
        _state().peek = session.peek_for_work()
    return _state().peek.is_work_left


def engine_for_new_job() -> Engine:
    """Return the engine with the current settings.

    Raises:
        Refusal: jobs still run at the former service, where new ones must not go.
    """
    if session.is_at_another_service():
        if followed.is_busy():
            raise Refusal(
                phrase("Jobs still run at the former service: wait for them, or stop watching them.")
            )
        restart()
    session.follow_limits(settings.read())
    return session.engine()


def restart() -> bool:
    """Restart the engine with the current settings. True: panels look different."""
    session.stop()
    followed.clear()
    _state().start_again_at = 0.0
    troubles.settle_all()
    account.forget_balance()
    return start()


def start() -> bool:
    """Start the engine, or report why it can't be started. Problems of the library come as events.

    True: panels look different.
    """
    try:
        session.engine()
    except Refusal as refusal:
        if troubles.tell(Cause.ENGINE, str(refusal)):
            logger.exception("starting the engine")
        _state().start_again_at = time.monotonic() + START_PAUSE_S
    else:
        troubles.settle(Cause.ENGINE)
    return True
