# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's account at the service: the effects of another key, and when to ask for the balance."""

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
"""How old a balance may get while somebody looks at it."""
WEIGHING_LIFE_S = 12.0
"""The same while it is to tell whether an uncertain job was charged (`jobs.balances.SETTLE_S`)."""
KEY_NEWS_S = 60.0


@dataclass
class _State:
    asked_at: float = 0.0
    """Monotonic: when the balance was last asked for, 0 = it is to be asked for as soon as somebody looks."""


def _state() -> _State:
    return live.part(_State)


def key_changed() -> None:
    """Another key means another balance."""
    troubles.settle(Cause.KEY)
    forget_balance()


def take_typed_key(text: str) -> None:
    """Keep a key from the password field, which has nobody to report an error to."""
    if not text:
        return
    try:
        session.save_key(text)
    except Refusal as error:
        troubles.tell(Cause.KEY, str(error), life_s=KEY_NEWS_S)
    else:
        key_changed()


def ask_for_balance(engine: Engine) -> None:
    """Ask for the balance now, whoever looks."""
    _state().asked_at = time.monotonic()
    engine.refresh_wallet()


def keep_balance_fresh(engine: Engine) -> None:
    """Ask for the balance while somebody looks at it: when it is out of date, else once a minute."""
    if not session.is_watched() or session.obstacle() is not session.Obstacle.NONE:
        return
    life_s = WEIGHING_LIFE_S if queue.is_weighing() else BALANCE_LIFE_S
    if _state().asked_at and time.monotonic() - _state().asked_at < life_s:
        return
    ask_for_balance(engine)


def expire_balance() -> None:
    """The balance is out of date: something was paid for, or the service can be asked again."""
    _state().asked_at = 0.0


def forget_balance() -> None:
    """The balance shown is of another account, or another engine read it."""
    mirror.forget_wallet()
    expire_balance()
