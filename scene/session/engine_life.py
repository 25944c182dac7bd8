# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's life: it starts when there is a reason to, and starts again when its settings have changed.

`session` has the engine and knows how to start and stop it; here is decided when.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import live
from . import account, chores, followed, session, troubles
from .troubles import Cause

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.peek import WorkPeek

START_PAUSE_S = 10.0
"""Between two tries to start an engine that can't be started."""

logger = logging.getLogger(__name__)


@dataclass
class _State:
    peek: WorkPeek | None = None
    """Looks whether an earlier session left jobs."""
    start_again_at: float = 0.0
    """Monotonic: not before that, since the engine could not be started."""


def _state() -> _State:
    return live.part(_State)


def look_after() -> bool:
    """Start the engine when there is a reason to, restart it when its settings have changed.

    The pump calls it once a turn. True if panels look different now.
    """
    session.follow_online_access()
    if session.settings_changed():
        # Jobs of a library that is elsewhere can't be written down any more: they are followed from there.
        if (followed.is_busy() and not session.is_library_elsewhere()) or chores.under_way():
            # A restart would cut a request that is on its way, and leave running jobs behind.
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
    """Whether an earlier session left jobs at the service; False until that is known."""
    if _state().peek is None:
        _state().peek = session.peek_for_work()
    return _state().peek.is_work_left


def engine_for_new_job() -> Engine:
    """Return the engine by the settings as they are at this moment.

    Raises:
        Refusal: jobs run at the service that the settings have left, and a new one must not go there.
    """
    if session.is_at_another_service():
        if followed.is_busy():
            raise Refusal(
                phrase("Jobs still run at the former service: wait for them, or stop watching them.")
            )
        restart()
    session.follow_limits()
    return session.engine()


def restart() -> bool:
    """Stop the engine, and start one by the settings of now. True: panels look different."""
    session.stop()
    followed.clear()
    _state().start_again_at = 0.0
    troubles.settle_all()
    account.forget_balance()
    return start()


def start() -> bool:
    """Start the engine, or say why it can't be. What is wrong with the library it tells by events.

    Panels look different then: True.
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
