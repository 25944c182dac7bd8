# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of spending: for one click, a day, a month and one project. All in credits; 0 is no limit.

Days and months are those of the machine's clock and time zone. Payments with a time in the future count too,
because the clock was set back since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final

from ..texts.phrases import joined, phrase
from ..texts.wording import credits_text
from .ledger_file import LedgerError


class Cap(StrEnum):
    """What a limit is about; the names of the fields of `Caps`."""

    CLICK = "click"
    DAY = "day"
    MONTH = "month"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class Caps:
    """The limits that hold."""

    click: int = 0
    day: int = 0
    month: int = 0
    project: int = 0
    by_studio: frozenset[Cap] = frozenset()
    """The limits that the artist can't change."""

    @property
    def need_ledger(self) -> bool:
        """Whether any limit depends on earlier spending."""
        return bool(self.day or self.month or self.project)


NO_CAPS: Final = Caps()


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Credits of jobs that are charged, on their way, uncertain, or waiting for their turn."""

    day: int = 0
    month: int = 0
    project: int = 0


class CapReached(LedgerError):
    """An intent was not written, because it would spend more than allowed."""


def reached(caps: Caps, price: int, spent: Spent) -> tuple[str, str]:
    """Return which limit a price would pass, and what to do next. Both are empty if it passes none.

    Args:
        price: of the whole click. A free click passes no limit.
    """
    sums = {Cap.CLICK: 0, Cap.DAY: spent.day, Cap.MONTH: spent.month, Cap.PROJECT: spent.project}
    for kind, already in sums.items():
        cap: int = getattr(caps, kind.value)
        if cap and price and already + price > cap:
            text = _text(kind, credits_text(cap), credits_text(already), credits_text(price))
            return text, _advice(kind, is_locked=kind in caps.by_studio)
    return "", ""


def refuse(caps: Caps, price: int, spent: Spent) -> None:
    """Raise `CapReached` if a price would pass a limit."""
    text, advice = reached(caps, price, spent)
    if text:
        raise CapReached(joined(text, advice, by=". "))


def _text(kind: Cap, cap: str, spent: str, price: str) -> str:
    match kind:
        case Cap.CLICK:
            return phrase("Over the limit of {cap} a click: this costs {price}", cap=cap, price=price)
        case Cap.DAY:
            return phrase(
                "Over the limit of {cap} a day: today it is {spent} so far, and this costs {price}",
                cap=cap,
                spent=spent,
                price=price,
            )
        case Cap.MONTH:
            return phrase(
                "Over the limit of {cap} a month: this month it is {spent} so far, and this costs {price}",
                cap=cap,
                spent=spent,
                price=price,
            )
        case Cap.PROJECT:
            return phrase(
                "Over the limit of {cap} for a project: here it is {spent} so far, and this costs {price}",
                cap=cap,
                spent=spent,
                price=price,
            )


def _advice(kind: Cap, *, is_locked: bool) -> str:
    if is_locked:
        return phrase("Your studio sets the limit: ask whoever manages it.")
    match kind:
        case Cap.CLICK:
            return phrase("Request less at once, or raise the limit in Easel's preferences.")
        case Cap.DAY:
            return phrase("Go on tomorrow, or raise the limit in Easel's preferences.")
        case Cap.MONTH:
            return phrase("Go on next month, or raise the limit in Easel's preferences.")
        case Cap.PROJECT:
            return phrase("Raise the limit in Easel's preferences.")


def day_start(now: float, zone: tzinfo | None = None) -> float:
    """Return when the day of a moment began, in epoch seconds. `zone` replaces the machine's in tests."""
    return _local(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp()


def month_start(now: float, zone: tzinfo | None = None) -> float:
    """Return when the month of a moment began, in epoch seconds."""
    first = _local(now, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return first.timestamp()


def _local(now: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(now, zone)
