# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of views without their backdrop, and their colours between pixels. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNCLEAR_PART: Final = 1 / 340
_LEAST_UNCLEAR: Final = 4
"""Pixels from a silhouette that show the backdrop too: smooth edges, and JPEG's colours of half the size."""
_BEYOND: Final = 1  # pixels outside a silhouette that get colours: those that are sampled between pixels


def packed(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return a picture (height, width, 3 or more) with each pixel packed as RGB and a spare byte."""
    height, width = picture.shape[:2]
    found = np.empty((height, width, 4), np.uint8)
    for top in range(0, height, 64):
        found[top : top + 64, :, :3] = picture[top : top + 64, :, :3]
        found[top : top + 64, :, 3] = 255
    return found.view(np.uint32)[..., 0]


def without_backdrop(picture: NDArray[np.uint8], steps: NDArray[np.int8]) -> NDArray[np.uint32]:
    """Return a picture whose silhouettes show the surface alone, its pixels packed as RGB and a spare byte.

    From the inside outwards each ring of pixels takes the colours of the next one inside, so that thin parts
    keep what they have in their middle.

    Args:
        picture: (height, width, 3).
        steps: pixels to the next silhouette, as `View.steps`.
    """
    height, width = steps.shape
    found = packed(picture)
    away = np.abs(steps).reshape(-1)
    colours = found.view(np.uint8).reshape(-1, 4)
    rings = max(_LEAST_UNCLEAR, round(max(height, width) * _UNCLEAR_PART))
    for ring in range(rings, 0, -1):
        _take_from_inside(colours, away, np.flatnonzero(away == ring), width, ring)
    for _ in range(_BEYOND):
        outside = _around(away, width)
        _take_from_inside(colours, away, outside, width, 0)
        away[outside] = 1
    return found


def _around(away: NDArray[np.int8], width: int) -> NDArray[np.intp]:
    """Return the empty pixels beside others."""
    there = (away > 0).reshape(-1, width)
    wide = there.copy()
    wide[:, 1:] |= there[:, :-1]
    wide[:, :-1] |= there[:, 1:]
    wide[1:] |= there[:-1]
    wide[:-1] |= there[1:]
    return np.flatnonzero(wide & ~there)


def _take_from_inside(
    colours: NDArray[np.uint8], away: NDArray[np.int8], pixels: NDArray[np.intp], width: int, ring: int
) -> None:
    """Give pixels the mean colour of their neighbours that are further inside, where there are any."""
    if not len(pixels):
        return
    total = np.zeros((len(pixels), 4), np.float32)
    count = np.zeros(len(pixels), np.float32)
    column = pixels % width
    for step, is_there in (
        (-1, column > 0),
        (1, column < width - 1),
        (-width, pixels >= width),
        (width, pixels < len(away) - width),
    ):
        beside = np.where(is_there, pixels + step, pixels)
        is_inside = away[beside] > ring
        total += colours[beside] * is_inside[:, np.newaxis]
        count += is_inside
    some = np.flatnonzero(count)
    colours[pixels[some]] = (total[some] / count[some, np.newaxis] + np.float32(0.5)).astype(np.uint8)


def colours_at(
    picture: NDArray[np.uint32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return colours 0–255 (count, 4; the last is spare) between the pixels of a packed picture."""
    flat, (pixel, right, down, across, below) = picture.reshape(-1), _places(picture.shape, x, y)
    return _mixed(
        (_unpacked(flat, pixel), _unpacked(flat, pixel + across)),
        (_unpacked(flat, pixel + below), _unpacked(flat, pixel + below + across)),
        right,
        down,
    )


def values_at(
    grid: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return values (count, channels) between the cells of a grid (height, width, channels)."""
    flat = grid.reshape(-1, grid.shape[2])
    pixel, right, down, across, below = _places(grid.shape, x, y)
    return _mixed(
        (flat[pixel], flat[pixel + across]), (flat[pixel + below], flat[pixel + below + across]), right, down
    )


def _unpacked(flat: NDArray[np.uint32], pixel: NDArray[np.int32]) -> NDArray[np.uint8]:
    return flat.take(pixel).view(np.uint8).reshape(-1, 4)


def _places(shape: tuple[int, ...], x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[Any, ...]:
    """Return the upper left of four pixels, the place between them, and the ways to the others."""
    height, width = shape[:2]
    x = np.clip(x - np.float32(0.5), np.float32(0), np.float32(width - 1))
    y = np.clip(y - np.float32(0.5), np.float32(0), np.float32(height - 1))
    column = np.minimum(x.astype(np.int32), max(width - 2, 0))
    row = np.minimum(y.astype(np.int32), max(height - 2, 0))
    right, down = (x - column)[:, np.newaxis], (y - row)[:, np.newaxis]
    right, down = right.astype(np.float32, copy=False), down.astype(np.float32, copy=False)
    return row * width + column, right, down, int(width > 1), width if height > 1 else 0


def _mixed(
    upper: tuple[NDArray[Any], NDArray[Any]],
    lower: tuple[NDArray[Any], NDArray[Any]],
    right: NDArray[np.float32],
    down: NDArray[np.float32],
) -> NDArray[np.float32]:
    left = np.float32(1) - right
    above = upper[0] * left
    above += upper[1] * right
    below = lower[0] * left
    below += lower[1] * right
    below -= above
    below *= down
    above += below
    return above
