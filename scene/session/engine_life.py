# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's life: it starts when there is a reason to, and starts anew when its settings have changed.

`session` has the engine and knows how to start and stop it; here is decided when.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from . import account, followed, session, troubles
from .troubles import Cause

if TYPE_CHECKING:
    from ...jobs.engine import Engine

LIBRARY_PAUSE_S = 10.0
"""Between two tries to open a library that can't be opened."""

logger = logging.getLogger(__name__)


@dataclass
class _State:
    looked_for_work: bool = False
    """Whether an earlier session left jobs was asked."""
    open_again_at: float = 0.0
    """Monotonic: not before that, since the library could not be opened."""


_state = _State()


def look_after() -> bool:
    """Start the engine when there is a reason to, restart it when its settings have changed.

    The pump calls it once a turn. True where panels look different now.
    """
    session.follow_online_access()
    if session.settings_changed():
        if followed.is_busy():
            # A restart would cut a request that is on its way, and leave running jobs behind.
            return troubles.tell(
                Cause.SETTINGS, phrase("The new settings take effect when the jobs are done")
            )
        return restart()
    changed = troubles.settle(Cause.SETTINGS)  # changed back, or never changed
    if session.find_engine() is not None or time.monotonic() < _state.open_again_at:
        return changed
    is_first = not _state.looked_for_work
    _state.looked_for_work = True
    if session.was_drawn() or is_first:
        changed |= start(only_for_work=not session.was_drawn())
    return changed


def engine_for_new_job() -> Engine:
    """Return the engine by the settings as they are at this moment.

    Raises:
        Refusal: jobs run at the service that the settings have left, and a new one must not go there; or the
            library can't be opened.
    """
    if session.is_at_another_service():
        if followed.is_busy():
            raise Refusal(
                phrase("Jobs still run at the service you have left: wait for them, or stop watching them.")
            )
        restart()
    return session.engine()


def restart() -> bool:
    """Stop the engine, and start one by the settings of now. True: panels look different."""
    session.stop()
    followed.clear()
    _state.open_again_at = 0.0
    troubles.settle_all()
    account.forget_balance()
    return start()


def start(*, only_for_work: bool = False) -> bool:
    """Start the engine, or say why it can't be; with `only_for_work`, only if an earlier session left some.

    True where it was tried.
    """
    try:
        if only_for_work and not session.has_unfinished_work():
            return False
        session.engine()
    except Refusal as refusal:
        if troubles.tell(Cause.LIBRARY, str(refusal)):
            logger.exception("The library can't be opened")
        _state.open_again_at = time.monotonic() + LIBRARY_PAUSE_S
    else:
        troubles.settle(Cause.LIBRARY)
    return True


def forget() -> None:
    """Easel goes away: the next one looks for work anew."""
    global _state
    _state = _State()
