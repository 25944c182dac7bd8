# SPDX-License-Identifier: GPL-3.0-or-later
"""From where the views of a turnaround are seen, as Blender's views are called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Side(StrEnum):
    """From where a view is seen. Right is Blender's *Right*: from +X, where the object looks to the left."""

    FRONT = "FRONT"
    THREE_QUARTER = "THREE_QUARTER"
    """From between front and right."""
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
"""Degrees about Z by which the front view is turned; the view from the top has none."""

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
    """Return from where so many views are seen, from left to right, as the template asks for them."""
    return _USUAL[count]
