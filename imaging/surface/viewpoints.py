# SPDX-License-Identifier: GPL-3.0-or-later
"""The viewpoints of a model on its sheet: plain values, as a job stores them. Any thread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_HIGH: Final = 50.0  # degrees, of the slanted views among eight
AROUND: Final[Mapping[int, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        1: ((0, 0),),
        4: ((0, 0), (90, 0), (180, 0), (270, 0)),
        6: ((0, 0), (90, 0), (180, 0), (270, 0), (0, 90), (0, -90)),
        8: ((0, 0), (90, 0), (180, 0), (270, 0), (45, _HIGH), (225, _HIGH), (135, -_HIGH), (315, -_HIGH)),
    }
)
"""Azimuth (from the front to the mesh's left, counter-clockwise seen from above) and height, in degrees."""
MOST_VIEWS: Final = 16
"""The most views on a sheet: with more, each would have too few pixels to be painted."""
_SHAPES: Final = ((1, 1, 1), (2, 2, 1), (4, 1, 1), (6, 3, 2), (8, 2, 1), (9, 1, 1), (12, 4, 3), (16, 1, 1))
"""A sheet's width and height for up to so many views."""


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """A direction from which the whole model is framed, or a camera at a fixed place."""

    towards: tuple[float, float, float]
    """The unit vector from the model to the camera, world space."""
    pose: tuple[float, ...] = ()
    """For a camera at a fixed place: its matrix into world space, 16 values by rows, without scale."""
    frame: tuple[float, ...] = ()
    """The camera's frame: left, right, bottom, top. For an orthographic camera in units, else in units at
    distance 1. Parts beside the model are cropped."""
    is_perspective: bool = False


@dataclass(frozen=True, kw_only=True)
class SheetPlan:
    """The content of a sheet."""

    viewpoints: tuple[Viewpoint, ...]
    """In the sheet's order."""
    side: int
    """Pixels of the sheet's longer side."""
    look: str = "CLAY"
    """A value of `draw.Look`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet, pixels."""
        across, down = shape_of(len(self.viewpoints))
        return self.side * across // max(across, down), self.side * down // max(across, down)

    @property
    def needs_textures(self) -> bool:
        """Whether it shows the model's textures."""
        return self.look in ("TEXTURE", "LIT")


def around(count: int, *, is_perspective: bool = False) -> tuple[Viewpoint, ...]:
    """Return 1, 4, 6 or 8 directions around a model."""
    return tuple(
        Viewpoint(towards=direction_of(*angles), is_perspective=is_perspective) for angles in AROUND[count]
    )


def direction_of(azimuth: float, height: float) -> tuple[float, float, float]:
    """Return the unit vector to a camera; angles in degrees, as in `AROUND`."""
    turn, up = math.radians(azimuth - 90), math.radians(height)
    return math.cos(turn) * math.cos(up), math.sin(turn) * math.cos(up), math.sin(up)


def shape_of(count: int) -> tuple[int, int]:
    """Return a sheet's width and height by its number of views (at most `MOST_VIEWS`), as a ratio."""
    return next((across, down) for most, across, down in _SHAPES if count <= most)
