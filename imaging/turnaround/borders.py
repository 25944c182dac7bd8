# SPDX-License-Identifier: GPL-3.0-or-later
"""Borders between the views of a sheet, as the artist moves them: parts of its width, rising. Pure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final

from .gutters import FEWEST, MOST
from .sides import Side, usual_sides

LEAST: Final = 0.02
"""Part of the sheet's width that a view has at least."""


@dataclass(frozen=True, kw_only=True)
class Parting:
    """How a sheet is parted into views."""

    borders: tuple[float, ...]
    """Parts of the width, rising: one fewer than views."""
    sides: tuple[Side, ...]
    """From where each view is seen."""

    @property
    def slots(self) -> tuple[tuple[float, float], ...]:
        """From where to where each view goes, in parts of the width."""
        edges = (0.0, *self.borders, 1.0)
        return tuple(itertools.pairwise(edges))


def even(count: int) -> Parting:
    """Return views of equal widths, seen from where they usually are."""
    return Parting(borders=tuple(number / count for number in range(1, count)), sides=usual_sides(count))


def nearest(parting: Parting, at: float, reach: float) -> int | None:
    """Return which border is at a place, or not farther from it than `reach`; None if none is."""
    away = [abs(border - at) for border in parting.borders]
    return away.index(min(away)) if away and min(away) <= reach else None


def moved(parting: Parting, index: int, to: float) -> Parting:
    """Move a border, no nearer to the next ones than a view needs."""
    edges = (0.0, *parting.borders, 1.0)
    low, high = edges[index] + LEAST, edges[index + 2] - LEAST
    borders = list(parting.borders)
    borders[index] = min(max(to, low), high) if low <= high else (edges[index] + edges[index + 2]) / 2
    return replace(parting, borders=tuple(borders))


def added(parting: Parting, at: float) -> Parting:
    """Part one view in two; the same where there is no room for that, or there are as many as may be."""
    slot = next((number for number, (left, right) in enumerate(parting.slots) if left <= at < right), None)
    if slot is None or len(parting.sides) >= MOST:
        return parting
    left, right = parting.slots[slot]
    if not left + LEAST <= at <= right - LEAST:
        return parting
    missing = (side for side in usual_sides(MOST) if side not in parting.sides)
    sides = list(parting.sides)
    sides.insert(slot + 1, next(missing, Side.FRONT))
    return Parting(borders=tuple(sorted((*parting.borders, at))), sides=tuple(sides))


def removed(parting: Parting, index: int) -> Parting:
    """Make one view of the two that a border parts; the same where too few would be left."""
    if len(parting.sides) <= FEWEST:
        return parting
    borders, sides = list(parting.borders), list(parting.sides)
    del borders[index], sides[index + 1]
    return Parting(borders=tuple(borders), sides=tuple(sides))


def turned(parting: Parting, index: int, step: int = 1) -> Parting:
    """Have a view be seen from the next side; the one that was seen from there gets its side."""
    order = tuple(Side)
    sides = list(parting.sides)
    before = sides[index]
    wanted = order[(order.index(before) + step) % len(order)]
    if wanted in sides:
        sides[sides.index(wanted)] = before
    sides[index] = wanted
    return replace(parting, sides=tuple(sides))
