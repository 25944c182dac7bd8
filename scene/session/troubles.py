# SPDX-License-Identifier: GPL-3.0-or-later
"""General problems by their cause: a text disappears with its cause, or when it is no longer news."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto

from ...texts.phrases import joined
from .. import live
from . import mirror


class Cause(Enum):
    """The cause of a problem."""

    KEY = auto()
    """The typed text is no key."""
    ENGINE = auto()
    """The engine can't be started."""
    LEDGER = auto()
    """The ledger can't be opened, read or written."""
    LIBRARY = auto()
    """A task in the library failed."""
    MENDED = auto()
    """The ledger was missing or damaged, and was rebuilt."""
    SETTINGS = auto()
    """New settings wait for jobs that run with the old ones."""
    DEFECT = auto()
    """A defect of Easel."""


@dataclass(frozen=True)
class _Trouble:
    text: str
    ends_at: float  # monotonic; 0 = when it is settled


class _Troubles(dict[Cause, _Trouble]):
    """The current problems."""


def _troubles() -> _Troubles:
    return live.part(_Troubles)


def tell(cause: Cause, text: str, *, life_s: float = 0.0) -> bool:
    """Report a problem; an empty text ends it. True if that is new.

    Args:
        life_s: how long an event is news; 0: until it is settled.
    """
    if text:
        is_new = cause not in _troubles() or _troubles()[cause].text != text
        _troubles()[cause] = _Trouble(text, time.monotonic() + life_s if life_s else 0.0)
    else:
        is_new = _troubles().pop(cause, None) is not None
    show()
    return is_new


def settle(*causes: Cause) -> bool:
    """End the problems of these causes. True if there were any."""
    were_there = [cause for cause in causes if _troubles().pop(cause, None) is not None]
    if were_there:
        show()
    return bool(were_there)


def settle_all() -> None:
    """End all problems, because the engine is another one or gone."""
    settle(*Cause)


def expire() -> bool:
    """End problems that are no longer news. True if there were any."""
    now = time.monotonic()
    return settle(*[cause for cause, trouble in _troubles().items() if 0 < trouble.ends_at <= now])


def show() -> None:
    """Show the problems in the current language."""
    mirror.tell_trouble(joined(*(trouble.text for trouble in _troubles().values()), by="\n"))
