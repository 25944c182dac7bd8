# SPDX-License-Identifier: GPL-3.0-or-later
"""Make masks from triangles and polygons, their soft edges, and the marked copy for the model.

A mask is an array of 0 (untouched) to 1 (edited), (height, width), top row first: booleans, 8 or 16 bits from
0 to their maximum, or floats. Worker threads only; everything goes by bands of rows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .resample import Pixels

Mask: TypeAlias = "NDArray[Any]"

FULL = 65535  # a weight of 1; an integer, so that only 0 counts as 0
_ROWS = 128  # at a time
_TINT = np.array((255, 0, 160), np.float32)  # magenta: rare in textures
_TINT_SHARE = np.float32(0.4)
_OUTLINE_SHARE = 1 / 300  # of the longer side
_SMALL_SIDES = (4, 8, 16, 32)  # pixels of triangles that are drawn many at a time
_BATCH_VALUES = 1 << 18  # 2 MiB of float64
_MAX_TILES = 64  # how far UVs may reach over the first tile, in each direction


def feathered(mask: Mask, feather: float) -> NDArray[np.uint16]:
    """Return weights of 0–65535: the mask, and around it a soft slope that is 0 beyond `feather` pixels.

    The distance is measured along rows and columns (a square around each pixel), and blurring rounds it off.
    """
    weights = weights_of(mask)
    reach = max(0, int(feather))
    if reach == 0 or weights.min() == FULL or not (touched := weights.any(1)).any():
        return weights
    # Only process the surroundings: most masks are small.
    down, across = np.flatnonzero(touched), np.flatnonzero(weights.any(0))
    part = tuple(slice(max(0, int(at[0]) - reach), int(at[-1]) + reach + 1) for at in (down, across))
    weights[part] = _softened(weights[part], reach)
    return weights


def weights_of(mask: Mask) -> NDArray[np.uint16]:
    """Return a mask of any type as 0–65535. NaN becomes 0; values above 0 never do."""
    if mask.dtype == np.bool_:
        return mask.astype(np.uint16) * np.uint16(FULL)
    if mask.dtype == np.uint8:
        return mask.astype(np.uint16) * np.uint16(257)
    if mask.dtype == np.uint16:
        return mask.copy()
    weights = np.empty(mask.shape, np.uint16)
    for start in range(0, len(mask), _ROWS):
        band = np.nan_to_num(mask[start : start + _ROWS].astype(np.float32), posinf=1)
        weights[start : start + _ROWS] = np.clip(band, 0, 1) * np.float32(FULL) + np.float32(0.5)
    return weights


def _softened(weights: NDArray[np.uint16], reach: int) -> NDArray[np.uint16]:
    if reach == 1:
        return np.maximum(grown(weights, 1) // 2, weights)
    # Blurring reaches as far inwards as growing did outwards. Two blurs make the slope smooth.
    first, second = (reach + 1) // 4, (reach + 2) // 4
    soft = grown(weights, reach - first - second)
    for radius in (first, second):
        soft = _blurred(_blurred(soft, radius, 0), radius, 1)
    return np.maximum(soft, weights)


def grown(mask: NDArray[Any], pixels: int) -> NDArray[Any]:
    """Return the mask larger by so many pixels on all sides: each pixel gets the highest value around it."""
    for axis in (0, 1):
        left = pixels
        step = 1
        while left > 0:
            # Each step doubles the length of the run, so any distance needs few steps.
            step = min(step, left)
            mask = _spread(mask, step, axis)
            left -= step
            step *= 2
    return mask


def rasterise_triangles(
    triangles: NDArray[np.floating[Any]], size: tuple[int, int], *, bleed: int = 4, repeats: bool = True
) -> NDArray[np.bool_]:
    """Return the pixels (width, height) that UV triangles (count, 3, 2) cover, and `bleed` pixels around.

    A pixel counts if its centre is inside, or less than half a pixel outside. V points up. Triangles outside
    the first tile are moved into it, as a repeating texture shows them; without `repeats` they are cut off.
    """
    width, height = size
    mask = np.zeros((height, width), np.bool_)
    corners = np.asarray(triangles, np.float64).reshape(-1, 3, 2)
    corners = corners[np.isfinite(corners).all((1, 2))]
    first = np.floor(corners.min(1))
    # A triangle that ends on a tile's border does not count for the next tile.
    last = np.maximum(np.ceil(corners.max(1)) - 1, first)
    if repeats:
        corners -= first[:, np.newaxis]
    spans = np.minimum(last - first, _MAX_TILES if repeats else 0).astype(int)
    placed = np.stack((corners[..., 0] * width, (1 - corners[..., 1]) * height), 2)
    extents = (np.ceil(placed.max(1)) - np.floor(placed.min(1))).max(1)
    is_small = (spans == 0).all(1) & (extents <= _SMALL_SIDES[-1])
    _add_small_triangles(mask, placed[is_small], extents[is_small])
    for triangle, (tiles_x, tiles_y) in zip(placed[~is_small], spans[~is_small].tolist(), strict=True):
        for tile_x in range(tiles_x + 1):
            for tile_y in range(tiles_y + 1):
                moved = triangle + np.array((-tile_x * width, tile_y * height))
                _add_triangle(mask, moved[:, 0].tolist(), moved[:, 1].tolist())
    return grown(mask, bleed)


def rasterise_polygons(
    polygons: Sequence[Sequence[tuple[float, float]]], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return the pixels (width, height) whose centre is inside any UV polygon. V points up.

    Where a polygon crosses itself, doubly enclosed parts are outside. Parts beyond the image are cut off.
    """
    width, height = size
    mask = np.zeros((height, width), np.bool_)
    for polygon in polygons:
        # Each edge toggles inside and outside, from its crossing with a row to the right.
        turns = np.zeros((height, width + 1), np.bool_)
        corners = [(u * width, (1 - v) * height) for u, v in polygon]
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            top, bottom = sorted((y1, y2))
            rows = np.arange(max(0, math.ceil(top - 0.5)), min(height, math.ceil(bottom - 0.5)))
            if rows.size:
                crossings = x1 + (rows + 0.5 - y1) * (x2 - x1) / (y2 - y1)
                turns[rows, np.clip(np.ceil(crossings - 0.5), 0, width).astype(int)] ^= True
        mask |= np.logical_xor.accumulate(turns, 1)[:, :-1]
    return mask


def mark(source: Pixels, mask: Mask) -> NDArray[np.uint8]:
    """Return a copy to show to the model: 8-bit RGB, the mask's area tinted and outlined in magenta."""
    from .lineup.features import viewed

    height, width = source.shape[:2]
    picture = viewed(source, (width, height))
    marked = np.array(np.broadcast_to(picture, (height, width, 3)))
    inside = weights_of(mask) > FULL // 2
    outline = grown(inside, max(1, math.ceil(max(width, height) * _OUTLINE_SHARE))) & ~inside
    for start in range(0, height, _ROWS):
        rows = slice(start, start + _ROWS)
        area = marked[rows][inside[rows]]
        marked[rows][inside[rows]] = area + (_TINT - area) * _TINT_SHARE
        marked[rows][outline[rows]] = _TINT
    return marked


def _add_small_triangles(
    mask: NDArray[np.bool_], corners: NDArray[np.float64], extents: NDArray[np.float64]
) -> None:
    """Set the pixels of many triangles (count, 3, 2), many at a time; `extents` are their longer sides."""
    height, width = mask.shape
    turns = (corners[:, 1, 0] - corners[:, 0, 0]) * (corners[:, 2, 1] - corners[:, 0, 1]) - (
        corners[:, 2, 0] - corners[:, 0, 0]
    ) * (corners[:, 1, 1] - corners[:, 0, 1])
    shorter = 0
    for side in _SMALL_SIDES:
        alike = corners[(extents > shorter) & (extents <= side) & (turns != 0)]
        signs = np.sign(turns[(extents > shorter) & (extents <= side) & (turns != 0)])
        shorter = side
        step = max(1, _BATCH_VALUES // (side * side))
        for start in range(0, len(alike), step):
            batch, sign = alike[start : start + step], signs[start : start + step, np.newaxis, np.newaxis]
            lowest = np.floor(batch.min(1)).astype(int)
            columns = lowest[:, 0, np.newaxis] + np.arange(side)
            rows = lowest[:, 1, np.newaxis] + np.arange(side)
            highest = np.ceil(batch.max(1))
            is_column = (columns >= 0) & (columns < np.minimum(highest[:, :1], width))
            is_row = (rows >= 0) & (rows < np.minimum(highest[:, 1:], height))
            inside = is_row[:, :, np.newaxis] & is_column[:, np.newaxis, :]
            for first, second in ((0, 1), (1, 2), (2, 0)):
                from_x, from_y = batch[:, first, 0, None, None], batch[:, first, 1, None, None]
                along = batch[:, second] - batch[:, first]
                along_x, along_y = along[:, 0, None, None], along[:, 1, None, None]
                distance = along_x * (rows[:, :, np.newaxis] + 0.5 - from_y) - along_y * (
                    columns[:, np.newaxis, :] + 0.5 - from_x
                )
                inside &= distance * sign >= -0.5 * np.hypot(along_x, along_y)
            which, down, across = np.nonzero(inside)
            mask[rows[which, down], columns[which, across]] = True


def _add_triangle(mask: NDArray[np.bool_], xs: list[float], ys: list[float]) -> None:
    """Set the pixels of a triangle whose corners are given in pixels."""
    height, width = mask.shape
    left, right = max(0, math.floor(min(xs))), min(width, math.ceil(max(xs)))
    top, bottom = max(0, math.floor(min(ys))), min(height, math.ceil(max(ys)))
    turn = (xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])
    if left >= right or top >= bottom or turn == 0:
        return
    sign = math.copysign(1, turn)
    # Each edge keeps one side of it: in each row, the columns from the first to the last.
    down: NDArray[np.float64] = np.arange(top, bottom, dtype=np.float64) + 0.5
    first: NDArray[np.float64] = np.full(len(down), left, np.float64)
    last: NDArray[np.float64] = np.full(len(down), right - 1, np.float64)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        along_x, along_y = xs[end] - xs[start], ys[end] - ys[start]
        slope = sign * along_y
        room = sign * along_x * (down - ys[start]) + 0.5 * math.hypot(along_x, along_y)
        if along_y == 0:
            last[room < 0] = left - 1
        elif slope > 0:
            np.minimum(last, np.floor(xs[start] + room / slope - 0.5), out=last)
        else:
            np.maximum(first, np.ceil(xs[start] + room / slope - 0.5), out=first)
    columns = np.arange(left, right, dtype=np.int32)
    inside = columns >= np.clip(first, left, right).astype(np.int32)[:, np.newaxis]
    inside &= columns <= np.clip(last, left - 1, right).astype(np.int32)[:, np.newaxis]
    mask[top:bottom, left:right] |= inside


def _spread(mask: NDArray[Any], step: int, axis: int) -> NDArray[Any]:
    """Return the highest value of each pixel and those `step` before and after it."""
    result = mask.copy()
    step = min(step, mask.shape[axis])
    ahead, behind = [slice(None), slice(None)], [slice(None), slice(None)]
    ahead[axis], behind[axis] = slice(step, None), slice(None, mask.shape[axis] - step)
    first, second = tuple(ahead), tuple(behind)
    np.maximum(result[second], mask[first], out=result[second])
    np.maximum(result[first], mask[second], out=result[first])
    return result


def _blurred(weights: NDArray[np.uint16], radius: int, axis: int) -> NDArray[np.uint16]:
    """Return the means of 2 · radius + 1 pixels along an axis, in integers: zeros stay zeros."""
    if radius == 0:
        return weights
    lines = weights if axis == 1 else weights.T
    length = lines.shape[1]
    result = np.empty_like(weights)
    target = result if axis == 1 else result.T
    count = 2 * radius + 1
    for start in range(0, len(lines), _ROWS):
        band = lines[start : start + _ROWS]
        padded = np.pad(band, ((0, 0), (radius + 1, radius)), mode="edge").astype(np.uint32)
        padded[:, 0] = 0
        sums = np.cumsum(padded, 1, dtype=np.uint32)
        target[start : start + _ROWS] = (sums[:, count:] - sums[:, :length]) // np.uint32(count)
    return result
