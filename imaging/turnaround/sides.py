# SPDX-License-Identifier: GPL-3.0-or-later
"""The sides that the views of a turnaround show, with the names of Blender's views."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FEWEST, MOST = 2, 6
"""The fewest and most views of a sheet."""


class Side(StrEnum):
    """The side that a view shows.

    Right is Blender's *Right*: seen from +X, where the object looks to the left.
    """

    FRONT = "FRONT"
    THREE_QUARTER = "THREE_QUARTER"
    """Seen from between front and right."""
    RIGHT = "RIGHT"
    BACK = "BACK"
    LEFT = "LEFT"
    TOP = "TOP"


AZIMUTHS: Final[Mapping[Side, float]] = MappingProxyType(
    {
        Side.FRONT: 0.0,
        Side.THREE_QUARTER: 45.0,
        Side.RIGHT: 90.0,
        Side.BACK: 180.0,
        Side.LEFT: -90.0,
    }
)
"""Degrees about Z that turn the front view; the view from the top has none."""

_USUAL: Final[Mapping[int, tuple[Side, ...]]] = MappingProxyType(
    {
        1: (Side.FRONT,),
        2: (Side.FRONT, Side.RIGHT),
        3: (Side.FRONT, Side.RIGHT, Side.BACK),
        4: (Side.FRONT, Side.THREE_QUARTER, Side.RIGHT, Side.BACK),
        5: (Side.FRONT, Side.THREE_QUARTER, Side.RIGHT, Side.BACK, Side.LEFT),
        6: tuple(Side),
    }
)


def usual_sides(count: int) -> tuple[Side, ...]:
    """Return the usual sides of this many views, from left to right, as the template asks for them."""
    return _USUAL[count]
