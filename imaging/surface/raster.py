# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangles to pixels: in views with a depth test, and on textures. Worker threads only.

A pixel belongs to the triangle that has its middle, and of two that share an edge to exactly one. What is
done for a band of rows touches no other, so that bands go to all cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOBODY: Final = -1
"""In place of a triangle's number where there is none."""
_BAND_PIXELS: Final = 1 << 17
_FAR: Final = 1e6  # pixels outside a picture, beyond which nothing is drawn


class Fragments(NamedTuple):
    """The pixels of some triangles, each as often as a triangle has it."""

    pixel: NDArray[np.int64]
    """Counted in rows, from the first pixel of the band."""
    triangle: NDArray[np.int32]
    depth: NDArray[np.float32]
    """Empty where none was asked for."""


class Outlines:
    """Triangles in a picture, ready to be drawn band by band."""

    def __init__(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        size: tuple[int, int],
        depth: NDArray[Any] | None = None,
    ) -> None:
        """Take the corners' places in pixels, (count, 3), and the picture's size (width, height).

        With a depth, (count, 3), what is nearest (of the least depth) is drawn. Triangles with a place or
        depth that is infinite are left out: they reach behind the camera.
        """
        self.width, self.height = size
        # One row for each corner: along them numpy is ten times as fast as over triples.
        x, y = np.ascontiguousarray(x.T, np.float64), np.ascontiguousarray(y.T, np.float64)
        deep = None if depth is None else np.ascontiguousarray(depth.T, np.float64)
        with np.errstate(invalid="ignore"):
            known = _both(np.abs(x) < _FAR) & _both(np.abs(y) < _FAR)
        if deep is not None:
            known &= _both(np.isfinite(deep))
        self.slope = np.zeros(x.shape[1], np.float32)
        """How much the depth changes from pixel to pixel, both ways together. Negative where a triangle is
        seen from behind (its corners go round clockwise), 0 where it is not seen at all."""
        triangles = np.flatnonzero(known).astype(np.int32)
        if len(triangles) < x.shape[1]:
            x, y = x[:, triangles], y[:, triangles]
            deep = None if deep is None else deep[:, triangles]
        planes = None if deep is None else self._planes_of(triangles, x, y, deep)
        x, y = _from_above(x, y)
        first = np.clip(np.ceil(y[0] - 0.5), 0, self.height)
        stop = np.clip(np.ceil(y[2] - 0.5), 0, self.height)
        is_there = (stop > first) & (np.maximum(np.maximum(x[0], x[1]), x[2]) > 0)
        some = np.flatnonzero(is_there & (np.minimum(np.minimum(x[0], x[1]), x[2]) < self.width))
        if deep is not None:
            some = some[np.argsort(-(deep[0] + deep[1] + deep[2])[some])]
        x, y = x[:, some], y[:, some]
        self._first, self._stop = first[some].astype(np.int32), stop[some].astype(np.int32)
        self._triangles = triangles[some]
        slants = [_slant(x, y, *ends) for ends in ((0, 2), (0, 1), (1, 2))]
        self._edges: NDArray[np.float64] = np.stack((x[0], x[1], y[0], y[1], *slants), 1)
        self._planes = None if planes is None else planes[:, some].T.copy()

    def _planes_of(
        self,
        triangles: NDArray[np.int32],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        depth: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return how the depth grows right, down, from where, and between which limits: (5, count)."""
        ax, ay, az = (values[1] - values[0] for values in (x, y, depth))
        bx, by, bz = (values[2] - values[0] for values in (x, y, depth))
        facing = bx * ay - ax * by
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            along = (bz * ay - az * by) / facing
            down = (az * bx - bz * ax) / facing
        is_flat = ~(np.isfinite(along) & np.isfinite(down))
        along[is_flat] = down[is_flat] = 0
        start = depth[0] - along * x[0] - down * y[0]
        steepness = np.clip(np.abs(along) + np.abs(down), 1e-30, 1e30)
        self.slope[triangles] = np.where(is_flat, 0, np.copysign(steepness, facing))
        least = np.minimum(np.minimum(depth[0], depth[1]), depth[2])
        most = np.maximum(np.maximum(depth[0], depth[1]), depth[2])
        return np.stack((along, down, start, least, most))

    def bands(self) -> list[slice]:
        """Return bands of rows, each of about a hundred thousand pixels."""
        step = max(1, _BAND_PIXELS // max(1, self.width))
        return [slice(top, min(top + step, self.height)) for top in range(0, self.height, step)]

    def fragments(self, rows: slice) -> Fragments:
        """Return all pixels in a band, triangle by triangle: from the farthest where there is a depth."""
        which = np.flatnonzero((self._first < rows.stop) & (self._stop > rows.start))
        top = np.maximum(self._first[which], rows.start)
        lines = np.minimum(self._stop[which], rows.stop) - top
        number = np.repeat(np.arange(len(which)), lines)
        y = np.arange(len(number)) - np.repeat(np.cumsum(lines) - lines, lines) + top[number]
        edges: NDArray[np.float64] = self._edges[which][number]
        middle: NDArray[np.float64] = y + 0.5
        long = edges[:, 0] + (middle - edges[:, 2]) * edges[:, 4]
        upper: NDArray[np.float64] = edges[:, 0] + (middle - edges[:, 2]) * edges[:, 5]
        lower: NDArray[np.float64] = edges[:, 1] + (middle - edges[:, 3]) * edges[:, 6]
        short = np.where(middle < edges[:, 3], upper, lower)
        start = np.clip(np.ceil(np.minimum(long, short) - 0.5), 0, self.width).astype(np.int64)
        length = np.clip(np.ceil(np.maximum(long, short) - 0.5), 0, self.width).astype(np.int64) - start
        some = np.flatnonzero(length > 0)
        number, y, start, length = number[some], y[some], start[some], length[some]
        begin = np.cumsum(length) - length
        step = np.arange(int(length.sum()))
        pixel = step + np.repeat((y - rows.start) * self.width + start - begin, length)
        triangle = np.repeat(self._triangles[which][number], length)
        if self._planes is None:
            return Fragments(pixel, triangle, np.zeros(0, np.float32))
        planes = self._planes[which][number]
        value = planes[:, 2] + planes[:, 0] * (start - begin + 0.5) + planes[:, 1] * (y + 0.5)
        depth = np.repeat(planes[:, 0], length) * step
        depth += np.repeat(value, length)
        np.maximum(depth, np.repeat(planes[:, 3], length), out=depth)
        np.minimum(depth, np.repeat(planes[:, 4], length), out=depth)
        return Fragments(pixel, triangle, depth.astype(np.float32))

    def draw(self, rows: slice, triangles: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
        """Write into a band of a picture which triangle is nearest, and its depth. Both (height, width)."""
        pixel, triangle, found = self.fragments(rows)
        nearest = depth[rows].reshape(-1)
        ids = triangles[rows].reshape(-1)
        # From the farthest to the nearest the last one written is nearly always right. What is nearer than
        # what was written is written again, until there is none: each time fewer pixels are left.
        while len(pixel):
            nearest[pixel] = found
            ids[pixel] = triangle
            ahead = np.flatnonzero(found < nearest[pixel])
            pixel, triangle, found = pixel[ahead], triangle[ahead], found[ahead]


def _both(each: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell what holds for all three corners."""
    return each[0] & each[1] & each[2]


def _from_above(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners (3, count) of each triangle from the uppermost to the lowest."""
    xs, ys = list(x), list(y)
    for upper, lower in ((0, 1), (1, 2), (0, 1)):
        is_wrong = ys[upper] > ys[lower]
        for values in (xs, ys):
            values[upper], values[lower] = (
                np.where(is_wrong, values[lower], values[upper]),
                np.where(is_wrong, values[upper], values[lower]),
            )
    return np.stack(xs), np.stack(ys)


def _slant(x: NDArray[np.float64], y: NDArray[np.float64], upper: int, lower: int) -> NDArray[np.float64]:
    """Return pixels to the right for each one down, along an edge; 0 where it is level."""
    down = y[lower] - y[upper]
    slant: NDArray[np.float64] = (x[lower] - x[upper]) / np.where(down > 0, down, 1)
    return np.where(down > 0, slant, 0)
