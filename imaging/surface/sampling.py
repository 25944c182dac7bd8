# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the backdrop from pictures of views, and read their colours between pixels. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..bands import in_bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNCLEAR_PART: Final = 1 / 340
_LEAST_UNCLEAR: Final = 4
"""Pixels next to a silhouette that are mixed with the backdrop: smooth edges, and JPEG's colours of half the
size."""
_NOTHING: Final = 0.25
"""A correction smaller than this everywhere, of 255, is ignored."""
_BEYOND: Final = 1  # so many pixels outside a silhouette get colours, for sampling between pixels


def packed(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return a picture (height, width, 3 or more) with each pixel packed as RGB and a spare byte."""
    height, width = picture.shape[:2]
    found = np.empty((height, width, 4), np.uint8)

    def pack(rows: slice) -> None:
        for channel in range(3):
            found[rows, :, channel] = picture[rows, :, channel]
        found[rows, :, 3] = 255

    in_bands(pack, [slice(top, min(top + 64, height)) for top in range(0, height, 64)])
    return found.view(np.uint32)[..., 0]


def without_backdrop(picture: NDArray[np.uint8], steps: NDArray[np.int8]) -> NDArray[np.uint32]:
    """Return a picture whose silhouettes only show the surface, with pixels packed as RGB and a spare byte.

    From the inside outwards each ring of pixels takes the colours of the next one inside, so that thin parts
    keep the colours of their middle.

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
    """Return the empty pixels next to others."""
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
    """Give pixels the mean colour of their neighbours that are further inside.

    At a corner without such neighbours, use those in the same ring that already have a colour.
    """
    done = np.zeros(0, np.bool_)
    for _ in range(2):
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
            is_inside = done[beside] if len(done) else away[beside] > ring
            total += colours[beside] * is_inside[:, np.newaxis]
            count += is_inside
        some = np.flatnonzero(count)
        colours[pixels[some]] = (total[some] / count[some, np.newaxis] + np.float32(0.5)).astype(np.uint8)
        if not len(done):
            done = np.zeros(len(away), np.bool_)
            done[pixels[some]] = True
        pixels = pixels[count == 0]


def colours_at(
    picture: NDArray[np.uint32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return colours 0–255 (3, count) between the pixels of a packed picture."""
    flat, (pixel, right, down, across, below) = picture.reshape(-1), _places(picture.shape, x, y)
    both = right * down
    found = np.zeros((3, len(x)), np.float32)
    for at, weight in (
        (pixel, np.float32(1) - right - down + both),
        (pixel + across, right - both),
        (pixel + below, down - both),
        (pixel + (below + across), both),
    ):
        colours = flat[at].view(np.int32)  # int32 becomes float32 three times as fast as uint32
        for channel in range(3):
            found[channel] += ((colours >> (8 * channel)) & 255).astype(np.float32) * weight
    return found


def take_off(picture: NDArray[np.uint32], shift: NDArray[np.float32]) -> None:
    """Subtract a grid (cells, cells, 4) from a packed picture, in place, interpolated between its cells."""
    if float(np.abs(shift[..., :3]).max()) < _NOTHING:
        return
    height, width = picture.shape
    left, right, between = _blend(width, shift.shape[1])
    above, below, amid = _blend(height, shift.shape[0])
    # Channel by channel, because numpy is slow along rows of three.
    planes = np.moveaxis(shift[..., :3], -1, 0)
    wide = planes.take(left, 2) * (1 - between) + planes.take(right, 2) * between

    def correct(rows: slice) -> None:
        part = amid[rows, np.newaxis]
        colours = picture[rows].view(np.uint8).reshape(len(part), width, 4)
        for channel in range(3):
            values = wide[channel, below[rows]] * part
            values += wide[channel, above[rows]] * (1 - part)
            np.subtract(colours[..., channel], values, out=values)
            values += np.float32(0.5)
            np.clip(values, 0, 255, out=values)
            colours[..., channel] = values

    in_bands(correct, [slice(top, min(top + 32, height)) for top in range(0, height, 32)])


def _blend(length: int, cells: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return the cells before and after each of so many pixels, and its position between their centres."""
    at = np.clip((np.arange(length) + 0.5) * (cells / length) - 0.5, 0, cells - 1)
    first = np.minimum(at.astype(np.intp), max(cells - 2, 0))
    return first, np.minimum(first + 1, cells - 1), (at - first).astype(np.float32)


def _places(shape: tuple[int, ...], x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[Any, ...]:
    """Return the upper left of four pixels, the position between them, and the offsets to the others."""
    height, width = shape[:2]
    column, right = _between(x, width)
    row, down = _between(y, height)
    pixel = row.astype(np.int32)
    pixel *= width
    pixel += column.astype(np.int32)
    return pixel.astype(np.intp), right, down, int(width > 1), width if height > 1 else 0


def _between(at: NDArray[np.float32], length: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the pixels before places along a side, and the places between their centres and the next."""
    part = at - np.float32(0.5)
    np.maximum(part, np.float32(0), out=part)
    np.minimum(part, np.float32(length - 1), out=part)
    first = np.minimum(part, np.float32(max(length - 2, 0)))
    np.floor(first, out=first)
    part -= first
    return first, part
