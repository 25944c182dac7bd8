# SPDX-License-Identifier: GPL-3.0-or-later
"""The borders between the views of a sheet, which the artist can move: fractions of its width, rising.

Pure.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Final

from .sides import FEWEST, MOST, Side, usual_sides

LEAST: Final = 0.02
"""The least fraction of the sheet's width for a view."""


@dataclass(frozen=True, kw_only=True)
class Parting:
    """The division of a sheet into views."""

    borders: tuple[float, ...]
    """Fractions of the width, rising: one fewer than views."""
    sides: tuple[Side, ...]
    """The side that each view shows."""

    @property
    def slots(self) -> tuple[tuple[float, float], ...]:
        """The extent of each view, in fractions of the width."""
        edges = (0.0, *self.borders, 1.0)
        return tuple(itertools.pairwise(edges))


def even(count: int) -> Parting:
    """Return views of equal widths, with their usual sides."""
    return Parting(borders=tuple(number / count for number in range(1, count)), sides=usual_sides(count))


def nearest(parting: Parting, at: float, reach: float) -> int | None:
    """Return the border at a place, or within `reach` of it; None if there is none."""
    away = [abs(border - at) for border in parting.borders]
    return away.index(min(away)) if away and min(away) <= reach else None


def moved(parting: Parting, index: int, to: float) -> Parting:
    """Move a border, but no nearer to the next ones than a view needs."""
    edges = (0.0, *parting.borders, 1.0)
    low, high = edges[index] + LEAST, edges[index + 2] - LEAST
    borders = list(parting.borders)
    borders[index] = min(max(to, low), high) if low <= high else (edges[index] + edges[index + 2]) / 2
    return replace(parting, borders=tuple(borders))


def added(parting: Parting, at: float) -> Parting:
    """Split one view in two; unchanged if there is no room, or the most views are reached."""
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
    """Join the two views that a border divides; unchanged if too few would be left."""
    if len(parting.sides) <= FEWEST:
        return parting
    borders, sides = list(parting.borders), list(parting.sides)
    del borders[index], sides[index + 1]
    return Parting(borders=tuple(borders), sides=tuple(sides))


def turned(parting: Parting, index: int, step: int = 1) -> Parting:
    """Give a view the next side; the view that had that side gets its old one."""
    order = tuple(Side)
    sides = list(parting.sides)
    before = sides[index]
    wanted = order[(order.index(before) + step) % len(order)]
    if wanted in sides:
        sides[sides.index(wanted)] = before
    sides[index] = wanted
    return replace(parting, sides=tuple(sides))
