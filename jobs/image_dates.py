# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates as words for searching images, in the languages of the interface and by the artist's clock.

The day and month of an image are words of the image. "yesterday" or "last week" is a period.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from .image_words import fold, terms_of

_MONTHS: Final = (
    "january januar enero janvier",
    "february februar febrero fevrier",
    "march marz maerz marzo mars",
    "april abril avril",
    "may mai mayo",
    "june juni junio juin",
    "july juli julio juillet",
    "august agosto aout",
    "september septiembre septembre",
    "october oktober octubre octobre",
    "november noviembre novembre",
    "december dezember diciembre decembre",
)
_NUMBERED: Final = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_GERMAN: Final = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")


class Period(Enum):
    """A period relative to now."""

    TODAY = auto()
    YESTERDAY = auto()
    THIS_WEEK = auto()
    """From Monday on."""
    LAST_WEEK = auto()
    THIS_MONTH = auto()
    LAST_MONTH = auto()
    THIS_YEAR = auto()
    LAST_YEAR = auto()


_WORDS: Final = {
    Period.TODAY: "today|heute|hoy|aujourd'hui|aujourd’hui|今日|今天",
    Period.YESTERDAY: "yesterday|gestern|ayer|hier|昨日|昨天",
    Period.THIS_WEEK: "this week|diese woche|esta semana|cette semaine|今週|本周|这周",
    Period.LAST_WEEK: "last week|letzte woche|la semana pasada|semana pasada|la semaine dernière|"
    "semaine dernière|先週|上周|上週",
    Period.THIS_MONTH: "this month|diesen monat|dieser monat|este mes|ce mois|今月|本月|这个月",
    Period.LAST_MONTH: "last month|letzten monat|letzter monat|el mes pasado|mes pasado|le mois dernier|"
    "mois dernier|先月|上个月|上月",
    Period.THIS_YEAR: "this year|dieses jahr|este año|cette année|今年",
    Period.LAST_YEAR: "last year|letztes jahr|el año pasado|año pasado|l'année dernière|l’année dernière|"
    "année dernière|昨年|去年",
}
_TOLD: Final = sorted(
    (
        (tuple(map(fold, terms_of(words))), period)
        for period, texts in _WORDS.items()
        for words in texts.split("|")
    ),
    key=lambda told: -len(told[0]),
)
"""Terms for periods, the longest first."""


def date_words(made_at: float) -> str:
    """Return the words for a moment's day, for the index. Made at: seconds since the epoch."""
    day = _day_of(made_at)
    if day is None:
        return ""
    in_numbers = f"{day.year} {day.month:02} {day.day:02}"
    return f"{in_numbers} {day.year} 年 {day.month} 月 {day.day} 日 {_MONTHS[day.month - 1]}"


def take_periods(terms: Sequence[str]) -> tuple[list[str], list[Period]]:
    """Take terms for periods out of a typed text. Returns the rest, and the periods."""
    left: list[str] = []
    periods: list[Period] = []
    todo = list(terms)
    while todo:
        found = next((told for told in _TOLD if _begins(todo, told[0])), None)
        if found is None:
            left.append(todo.pop(0))
            continue
        words, period = found
        periods.append(period)
        # Chinese and Japanese continue without a space: 昨日の苔.
        rest = fold(todo[len(words) - 1])[len(words[-1]) :].lstrip("の的")
        todo[: len(words)] = [rest] if rest else []
    return left, periods


def _begins(terms: Sequence[str], words: Sequence[str]) -> bool:
    folded = [fold(term) for term in terms[: len(words)]]
    is_gapless = len(words) == 1 and not words[0].isascii()
    return folded == list(words) or (is_gapless and bool(folded) and folded[0].startswith(words[0]))


def numbered_dates(text: str) -> tuple[str, list[str]]:
    """Take numeric dates out of a typed text. Returns the rest, and year, month and day of each."""
    dates: list[str] = []

    def take(year: str, month: str, day: str | None) -> str:
        is_whole = day is not None
        parts = [year, f"{int(month):02}" if is_whole or len(month) == 2 else month]
        dates.append(" ".join([*parts, *([day] if day is not None else [])]))
        return " "

    rest = _GERMAN.sub(lambda found: take(found[3], found[2], f"{int(found[1]):02}"), text)
    rest = _NUMBERED.sub(lambda found: take(found[1], found[2], found[3]), rest)
    return rest, dates


def bounds_of(period: Period, now: float) -> tuple[float, float]:
    """Return the first moment of a period, and the moment after its last, in seconds since the epoch."""
    today = datetime.datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ006
    day, week = datetime.timedelta(days=1), datetime.timedelta(days=7)
    monday, first = today - today.weekday() * day, today.replace(day=1)
    next_month = (first + 31 * day).replace(day=1)
    new_year = first.replace(month=1)
    match period:
        case Period.TODAY:
            bounds = today, today + day
        case Period.YESTERDAY:
            bounds = today - day, today
        case Period.THIS_WEEK:
            bounds = monday, monday + week
        case Period.LAST_WEEK:
            bounds = monday - week, monday
        case Period.THIS_MONTH:
            bounds = first, next_month
        case Period.LAST_MONTH:
            bounds = (first - day).replace(day=1), first
        case Period.THIS_YEAR:
            bounds = new_year, new_year.replace(year=today.year + 1)
        case Period.LAST_YEAR:
            bounds = new_year.replace(year=today.year - 1), new_year
    return bounds[0].timestamp(), bounds[1].timestamp()


def _day_of(moment: float) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromtimestamp(moment)  # noqa: DTZ006 - the artist's clock
    except (OverflowError, OSError, ValueError):
        return None
