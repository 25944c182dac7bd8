# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a picture's content is in an answer, and pictures as they were before. Worker threads only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .features import EdgeField


class Place(NamedTuple):
    """A drift in pixels of the working size."""

    dx: float
    dy: float
    scale_x: float
    scale_y: float

    def moved(self, dx: float, dy: float) -> Place:
        """Further right and down."""
        return self._replace(dx=self.dx + dx, dy=self.dy + dy)

    def across(self, blind: tuple[float, float]) -> Place:
        """Without its shift along a unit vector."""
        along = self.dx * blind[0] + self.dy * blind[1]
        return self.moved(-along * blind[0], -along * blind[1])


def scaled(field: EdgeField, scale_x: float, scale_y: float) -> EdgeField:
    """Return a field as it was before it was scaled about its middle."""
    import PIL.Image

    height, width = field.shape
    margin = math.ceil(max(field.shape) * max(scale_x - 1, scale_y - 1, 0) / 2) + 1
    box = _seen(width, height, margin, Place(0, 0, scale_x, scale_y))
    before = np.empty_like(field)
    for part, target in ((field.real, before.real), (field.imag, before.imag)):
        image = PIL.Image.fromarray(np.pad(part, margin))
        target[...] = np.asarray(image.resize((width, height), PIL.Image.Resampling.BILINEAR, box))
    return before


def placed(picture: NDArray[np.uint8], place: Place) -> NDArray[np.uint8]:
    """Return a picture with its drift undone."""
    import PIL.Image

    height, width, channels = picture.shape
    growth = max(width, height) * max(abs(place.scale_x - 1), abs(place.scale_y - 1)) / 2
    margin = math.ceil(max(abs(place.dx), abs(place.dy)) + growth) + 1
    padded = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    image = PIL.Image.fromarray(padded[..., 0] if channels == 1 else padded)
    box = _seen(width, height, margin, place)
    return np.asarray(image.resize((width, height), PIL.Image.Resampling.BICUBIC, box)).reshape(picture.shape)


def _seen(width: int, height: int, margin: int, place: Place) -> tuple[float, float, float, float]:
    """Return the box that a picture's content has come to, on the picture with a margin around it."""
    x, y = margin + width / 2 + place.dx, margin + height / 2 + place.dy
    half_x, half_y = place.scale_x * width / 2, place.scale_y * height / 2
    return x - half_x, y - half_y, x + half_x, y + half_y
