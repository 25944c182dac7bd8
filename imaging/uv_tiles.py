# SPDX-License-Identifier: GPL-3.0-or-later
"""Find which parts of an area in UV space are on which UDIM tile (1001 …). Any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOUCH: Final = 1e-4
"""A part of a tile: less than a pixel of 8K."""


def as_on_first_tile(points: NDArray[np.floating[Any]], number: int) -> NDArray[np.floating[Any]]:
    """Return UVs (…, 2) shifted as if a tile were the first one."""
    return points - np.array(((number - 1001) % 10, (number - 1001) // 10), points.dtype)


def is_on_first_tile(points: NDArray[np.floating[Any]]) -> bool:
    """Return whether a point (1, 2) is on the first tile, or a polygon (corners, 2) covers some of it."""
    if len(points) == 1:
        return bool(((points >= 0) & (points < 1)).all())
    return bool(reach_first_tile(points[np.newaxis])[0])


def reach_first_tile(polygons: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Return which UV polygons (count, corners, 2), triangles or others, cover some of the first tile.

    Polygons that only touch it, or cross its border by a rounding error, do not count. Where a polygon
    crosses itself, doubly enclosed parts are outside (as in `masks.rasterise_polygons`).
    """
    low, high = polygons.min(1), polygons.max(1)
    found = ((low < 1 - _TOUCH) & (high > _TOUCH)).all(1)
    # The bounding box decides for most: that is fast for meshes with a million faces.
    is_open = found & ~((low >= 0) & (high <= 1)).all(1)
    found[is_open] = _reach(polygons[is_open])
    return found


def _reach(polygons: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    first = np.asarray(polygons, np.float64) - 0.5  # seen from the middle of the tile
    second = np.roll(first, -1, 1)
    half = 0.5 - _TOUCH
    # An edge crosses the tile unless they are separated along U, along V, or across the edge.
    along = second - first
    aside = along[..., 1] * first[..., 0] - along[..., 0] * first[..., 1]
    is_near = ((np.minimum(first, second) < half) & (np.maximum(first, second) > -half)).all(2)
    is_cut = is_near & (np.abs(aside) < half * np.abs(along).sum(2))
    # If no edge does, the whole tile is inside if its middle is: if a ray from there leaves once more often.
    is_left = (first[..., 1] > 0) != (second[..., 1] > 0)
    is_left &= (aside > 0) == (along[..., 1] > 0)
    return is_cut.any(1) | (is_left.sum(1) % 2 == 1)
