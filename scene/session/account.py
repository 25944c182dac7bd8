# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's account at the service: another key's effects, and when to request the balance."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...texts.refusal import Refusal
from .. import live
from . import mirror, queue, session, troubles
from .troubles import Cause

if TYPE_CHECKING:
    from ...jobs.engine import Engine

BALANCE_LIFE_S = 60.0
"""The balance is requested again after this time while somebody looks at it."""
WEIGHING_LIFE_S = 12.0
"""Likewise while it is needed to find out whether an uncertain job was charged (`jobs.balances.SETTLE_S`)."""
KEY_NEWS_S = 60.0


@dataclass(kw_only=True)
class _State:
    asked_at: float = 0.0
    """Monotonic: when the balance was last requested; 0: request it as soon as somebody looks."""


def _state() -> _State:
    return live.part(_State)


def key_changed() -> None:
    """React to another key, which means another balance."""
    troubles.settle(Cause.KEY)
    forget_balance()


def take_typed_key(text: str) -> None:
    """Keep a key from the password field, which can't report an error."""
    if not text:
        return
    try:
        session.save_key(text)
    except Refusal as error:
        troubles.tell(Cause.KEY, str(error), life_s=KEY_NEWS_S)
    else:
        key_changed()


def ask_for_balance(engine: Engine) -> None:
    """Request the balance now, even if nobody looks."""
    _state().asked_at = time.monotonic()
    engine.refresh_wallet()


def keep_balance_fresh(engine: Engine) -> None:
    """Request the balance while somebody looks at it: when it is outdated, else once a minute."""
    if not session.is_watched():
        return
    life_s = WEIGHING_LIFE_S if queue.is_weighing() else BALANCE_LIFE_S
    if _state().asked_at and time.monotonic() - _state().asked_at < life_s:
        return
    if session.obstacle() is session.Obstacle.NONE:
        ask_for_balance(engine)


def expire_balance() -> None:
    """Mark the balance as outdated: something was paid for, or the service can be asked again."""
    _state().asked_at = 0.0


def forget_balance() -> None:
    """Forget the balance, because it is of another account, or another engine read it."""
    mirror.forget_wallet()
    expire_balance()
