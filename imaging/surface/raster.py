# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw triangles as pixels: in views with a depth test, and on textures. Worker threads only.

A pixel belongs to the triangle that contains its centre, and to exactly one of two that share an edge. The
work on a band of rows touches no other band, so bands run on all cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Places = Callable[[slice], tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]]

NOBODY: Final = -1
"""A placeholder for a missing triangle's number."""
_BAND_PIXELS: Final = 1 << 16
_TRIANGLES: Final = 1 << 14
"""Prepared at a time, so that their data stay in the processor's cache."""
_FAR: Final = 1e6  # pixels outside a picture, beyond which nothing is drawn


class Fragments(NamedTuple):
    """The pixels of some triangles, each listed once for every triangle that covers it."""

    pixel: NDArray[np.int64]
    """Counted in rows, from the first pixel of the band."""
    triangle: NDArray[np.int32]
    depth: NDArray[np.float32]
    """Empty if no depth was requested."""


class _Shapes(NamedTuple):
    """Triangles that cover a pixel's centre in some rows, ready to be cut into spans: one entry each."""

    triangle: NDArray[np.int32]
    first: NDArray[np.int32]
    """The uppermost row."""
    stop: NDArray[np.int32]
    edges: NDArray[np.float64]
    """X of the uppermost and the middle corner, Y of both, and the slants of the edges: (count, 7)."""
    planes: NDArray[np.float64]
    """The depth's slopes right and down, its origin, and its limits: (count, 5)."""
    nearness: NDArray[np.float32]
    """The order of drawing. Empty, like `planes`, without depth."""


class Outlines:
    """Triangles in a picture, ready to be drawn band by band."""

    def __init__(self, places: Places, count: int, size: tuple[int, int]) -> None:
        """Prepare triangles for a picture of a size (width, height).

        `places` returns their corners' x and y in pixels and their depth, (some, 3) each, for some at a time.
        With a depth, the nearest triangle (of the least depth) is drawn. Triangles with an infinite place or
        depth are left out, because they reach behind the camera.
        """
        self.width, self.height = size
        self.slope = np.zeros(count, np.float32)
        """How much the depth changes from pixel to pixel, both ways together. Negative for a triangle seen
        from behind (its corners go round clockwise), 0 for one that is not seen at all."""

        def prepare(start: int) -> _Shapes:
            part = slice(start, start + _TRIANGLES)
            x, y, depth = places(part)
            return _shapes(x, y, depth, size, start, self.slope[part])

        shapes = at_once(prepare, range(0, count, _TRIANGLES)) or [_none()]
        self._shapes = _Shapes(*(np.concatenate(each) for each in zip(*shapes, strict=True)))

    def bands(self) -> list[slice]:
        """Return bands of rows, each of some ten thousand pixels."""
        step = max(1, _BAND_PIXELS // max(1, self.width))
        return [slice(top, min(top + step, self.height)) for top in range(0, self.height, step)]

    def fragments(self, rows: slice) -> Fragments:
        """Return all pixels in a band, triangle by triangle: from the farthest where there is a depth."""
        shapes = self._shapes
        which = np.flatnonzero((shapes.first < rows.stop) & (shapes.stop > rows.start))
        if len(shapes.nearness):
            which = which[np.argsort(shapes.nearness[which])]
        shape, y, start, length = self._spans(rows, which)
        begin = np.cumsum(length) - length
        span = np.repeat(np.arange(len(length)), length)
        step = np.arange(len(span))
        pixel = ((y - rows.start) * self.width + start - begin)[span]
        pixel += step
        triangle = shapes.triangle[shape][span]
        if not len(shapes.nearness):
            return Fragments(pixel, triangle, np.zeros(0, np.float32))
        left, growth = _depths(shapes.planes.take(shape, 0), y, start, length)
        left -= growth * begin
        depth = growth[span]
        depth *= step
        depth += left[span]
        return Fragments(pixel, triangle, depth.astype(np.float32))

    def _spans(self, rows: slice, which: NDArray[np.intp]) -> tuple[NDArray[np.intp], ...]:
        """Return the spans of shapes in a band: which shape, its row, its first pixel there, how many."""
        shapes = self._shapes
        top = np.maximum(shapes.first[which], rows.start)
        lines = np.minimum(shapes.stop[which], rows.stop) - top
        number = np.repeat(np.arange(len(which)), lines)
        y = np.arange(len(number)) + (top - (np.cumsum(lines) - lines))[number]
        shape = which[number]
        x_upper, x_middle, y_upper, y_middle, long, upper, lower = shapes.edges.take(shape, 0).T
        below = y + 0.5 - y_upper
        one = below * long
        one += x_upper
        other = below * upper
        other += x_upper
        below = y + 0.5 - y_middle
        np.copyto(other, below * lower + x_middle, where=below >= 0)
        start = self._column(np.minimum(one, other))
        length = self._column(np.maximum(one, other)) - start
        some = np.flatnonzero(length > 0)
        return shape[some], y[some], start[some], length[some]

    def _column(self, x: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the first pixels whose centres are not left of places."""
        x -= 0.5
        np.ceil(x, out=x)
        return np.clip(x, 0, self.width, out=x).astype(np.intp)

    def draw(self, rows: slice, triangles: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
        """Write the number and depth of the nearest triangle into a band of a picture.

        Both (height, width).
        """
        pixel, triangle, found = self.fragments(rows)
        nearest = depth[rows].reshape(-1)
        ids = triangles[rows].reshape(-1)
        # Drawn from the farthest to the nearest, the last written one is nearly always right. A nearer pixel
        # than the written one is written again, until there is none: each time fewer pixels are left.
        while len(pixel):
            nearest[pixel] = found
            ids[pixel] = triangle
            ahead = np.flatnonzero(found < nearest[pixel])
            pixel, triangle, found = pixel[ahead], triangle[ahead], found[ahead]


def _none() -> _Shapes:
    number = np.zeros(0, np.int32)
    return _Shapes(number, number, number, np.zeros((0, 7)), np.zeros((0, 5)), np.zeros(0, np.float32))


def _shapes(
    x: NDArray[Any],
    y: NDArray[Any],
    depth: NDArray[Any] | None,
    size: tuple[int, int],
    number: int,
    slope: NDArray[np.float32],
) -> _Shapes:
    """Prepare some triangles, given the first one's number; write their slopes."""
    # One row for each corner, because numpy is ten times as fast along them as over triples.
    x, y = np.ascontiguousarray(x.T, np.float64), np.ascontiguousarray(y.T, np.float64)
    deep = None if depth is None else np.ascontiguousarray(depth.T, np.float64)
    with np.errstate(invalid="ignore"):
        known = _both(np.abs(x) < _FAR) & _both(np.abs(y) < _FAR)
    if deep is not None:
        known &= _both(np.isfinite(deep))
    triangles = np.flatnonzero(known)
    if len(triangles) < len(known):
        x, y = x[:, triangles], y[:, triangles]
        deep = None if deep is None else deep[:, triangles]
    planes = np.zeros((5, 0))
    if deep is not None:
        planes, slope[triangles] = _planes_of(x, y, deep)
    x, y = _from_above(x, y)
    first, stop = (np.clip(np.ceil(y[at] - 0.5), 0, size[1]).astype(np.int32) for at in (0, 2))
    start, end = (np.ceil(which(which(x[0], x[1]), x[2]) - 0.5) for which in (np.minimum, np.maximum))
    some = np.flatnonzero((stop > first) & (end > start) & (end > 0) & (start < size[0]))
    x, y = x[:, some], y[:, some]
    slants = [_slant(x, y, *ends) for ends in ((0, 2), (0, 1), (1, 2))]
    edges: NDArray[np.float64] = np.stack((x[0], x[1], y[0], y[1], *slants), 1)
    planes = planes[:, some] if deep is not None else planes
    own = (triangles[some] + number).astype(np.int32)
    nearness = -(planes[3] + planes[4]).astype(np.float32)
    return _Shapes(own, first[some], stop[some], edges, planes.T, nearness)


def _planes_of(
    x: NDArray[np.float64], y: NDArray[np.float64], depth: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return the depth's slopes right and down, origin and limits: (5, count); and the total slopes."""
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
    slope = np.where(is_flat, 0, np.copysign(steepness, facing)).astype(np.float32)
    least = np.minimum(np.minimum(depth[0], depth[1]), depth[2])
    most = np.maximum(np.maximum(depth[0], depth[1]), depth[2])
    return np.stack((along, down, start, least, most)), slope


def _depths(
    planes: NDArray[np.float64], y: NDArray[np.intp], start: NDArray[np.intp], length: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the depth at the first pixel of each span, and by how much it grows from pixel to pixel."""
    along, down, base, least, most = planes.T
    left = down * (y + 0.5)
    left += base
    left += along * (start + 0.5)
    right = left + along * (length - 1)
    for end in (left, right):
        np.maximum(end, least, out=end)
        np.minimum(end, most, out=end)
    right -= left
    right /= np.maximum(length - 1, 1)
    return left, right


def _both(each: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what holds for all three corners."""
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
