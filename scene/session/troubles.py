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
    """What can be wrong."""

    KEY = auto()
    """What was typed as a key is none."""
    ENGINE = auto()
    """The engine can't be started."""
    LEDGER = auto()
    """The ledger can't be opened, read or written."""
    LIBRARY = auto()
    """What the artist wanted of images in the library could not be done."""
    MENDED = auto()
    """The ledger was gone or damaged, and was rebuilt."""
    SETTINGS = auto()
    """New settings wait for the jobs that run by the old ones."""
    DEFECT = auto()
    """A defect of Easel's own."""


@dataclass(frozen=True)
class _Trouble:
    text: str
    ends_at: float  # monotonic; 0 = when it is settled


class _Troubles(dict[Cause, _Trouble]):
    """What is wrong now."""


def _troubles() -> _Troubles:
    return live.part(_Troubles)


def tell(cause: Cause, text: str, *, life_s: float = 0.0) -> bool:
    """Say what is wrong; an empty text says that it no longer is. True if that is new.

    Args:
        life_s: how long it is news, for what has happened rather than is; 0 = until it is settled.
    """
    if text:
        is_new = cause not in _troubles() or _troubles()[cause].text != text
        _troubles()[cause] = _Trouble(text, time.monotonic() + life_s if life_s else 0.0)
    else:
        is_new = _troubles().pop(cause, None) is not None
    show()
    return is_new


def settle(*causes: Cause) -> bool:
    """The causes are gone. True if there were any."""
    were_there = [cause for cause in causes if _troubles().pop(cause, None) is not None]
    if were_there:
        show()
    return bool(were_there)


def settle_all() -> None:
    """Another engine, or none."""
    settle(*Cause)


def expire() -> bool:
    """Drop what is no longer news. True if anything was."""
    now = time.monotonic()
    return settle(*[cause for cause, trouble in _troubles().items() if 0 < trouble.ends_at <= now])


def show() -> None:
    """Show what is wrong, in the language of now."""
    mirror.tell_trouble(joined(*(trouble.text for trouble in _troubles().values()), by="\n"))
