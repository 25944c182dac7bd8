# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a picture's content in an answer, and edges with the drift undone. Worker threads only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .features import EdgeField


_REACH = 2  # pixels that the filter reads beyond a window


class Place(NamedTuple):
    """A drift in pixels of the working size."""

    dx: float
    dy: float
    scale_x: float
    scale_y: float

    def moved(self, dx: float, dy: float) -> Place:
        """Return the place further right and down."""
        return self._replace(dx=self.dx + dx, dy=self.dy + dy)

    def doubled(self) -> Place:
        """Return the same place in pixels of half the size."""
        return self._replace(dx=2 * self.dx, dy=2 * self.dy)

    def across(self, blind: tuple[float, float]) -> Place:
        """Return the place without its shift along a unit vector."""
        along = self.dx * blind[0] + self.dy * blind[1]
        return self.moved(-along * blind[0], -along * blind[1])


class Window(NamedTuple):
    """A part of a field, whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def of(self, field: EdgeField) -> EdgeField:
        """Return this part of a field that contains it."""
        return field[self.top : self.top + self.height, self.left : self.left + self.width]

    def doubled(self) -> Window:
        """Return the same window on a field of twice the size."""
        return Window(*(2 * value for value in self))


def placed(field: EdgeField, place: Place, window: Window | None = None) -> EdgeField:
    """Return a field, or a window of it, with its drift undone. There are no edges outside the field."""
    import PIL.Image

    height, width = field.shape
    wanted = window or Window(0, 0, width, height)
    left = width / 2 + place.dx + (wanted.left - width / 2) * place.scale_x
    top = height / 2 + place.dy + (wanted.top - height / 2) * place.scale_y
    right, bottom = left + wanted.width * place.scale_x, top + wanted.height * place.scale_y
    columns = range(math.floor(left) - _REACH, math.ceil(right) + _REACH)
    rows = range(math.floor(top) - _REACH, math.ceil(bottom) + _REACH)
    seen = _cut(field, rows, columns)
    box = left - columns.start, top - rows.start, right - columns.start, bottom - rows.start
    before = np.empty((wanted.height, wanted.width), np.complex64)
    for part, target in ((seen.real, before.real), (seen.imag, before.imag)):
        image = PIL.Image.fromarray(np.ascontiguousarray(part))
        target[...] = np.asarray(image.resize(wanted[2:], PIL.Image.Resampling.BILINEAR, box))
    return before


def _cut(field: EdgeField, rows: range, columns: range) -> EdgeField:
    """Return a part of a field, with zeros outside the field."""
    height, width = field.shape
    part = np.zeros((len(rows), len(columns)), np.complex64)
    top, left = max(rows.start, 0), max(columns.start, 0)
    bottom, right = max(min(rows.stop, height), top), max(min(columns.stop, width), left)
    target = part[top - rows.start : bottom - rows.start, left - columns.start : right - columns.start]
    target[...] = field[top:bottom, left:right]
    return part
