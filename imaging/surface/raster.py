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
TRIANGLES: Final = 1 << 14
"""So many are prepared at a time, so that their data stay in the processor's cache."""
_TILE: Final = 8
"""Pixels along a tile's side. Only a tile's farthest depth is looked up."""
_LEAST: Final = 3
"""The row of `_Shapes.planes` with the nearest depth."""
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
    left: NDArray[np.int32]
    """The first column that it may cover."""
    right: NDArray[np.int32]
    """The last one."""
    edges: NDArray[np.float32]
    """X of the uppermost and the middle corner, Y of both, and the slants of the edges: (7, count)."""
    planes: NDArray[np.float32]
    """The depth at the uppermost corner, its slopes right and down, and its limits: (5, count)."""
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
            part = slice(start, start + TRIANGLES)
            x, y, depth = places(part)
            return _shapes(x, y, depth, size, start, self.slope[part])

        shapes = at_once(prepare, range(0, count, TRIANGLES)) or [_none()]
        self._shapes = _Shapes(*(np.concatenate(each, -1) for each in zip(*shapes, strict=True)))

    def bands(self) -> list[slice]:
        """Return bands of rows, each of some ten thousand pixels."""
        step = max(1, _BAND_PIXELS // max(1, self.width))
        return [slice(top, min(top + step, self.height)) for top in range(0, self.height, step)]

    def fragments(self, rows: slice) -> Fragments:
        """Return all pixels in a band, triangle by triangle; with a depth, from the farthest on."""
        return self._fragments(rows, self._within(rows))

    def _within(self, rows: slice) -> NDArray[np.intp]:
        """Return the shapes that reach into a band."""
        return np.flatnonzero((self._shapes.first < rows.stop) & (self._shapes.stop > rows.start))

    def _fragments(self, rows: slice, which: NDArray[np.intp]) -> Fragments:
        shapes = self._shapes
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
        left, growth = self._depths(shape, y, start, length)
        depth = growth[span]
        depth *= step - begin[span]
        depth += left[span]
        return Fragments(pixel, triangle, depth)

    def _spans(self, rows: slice, which: NDArray[np.intp]) -> tuple[NDArray[np.intp], ...]:
        """Return the spans of shapes in a band: which shape, its row, its first pixel there, how many."""
        shapes = self._shapes
        top = np.maximum(shapes.first[which], rows.start)
        lines = np.minimum(shapes.stop[which], rows.stop) - top
        number = np.repeat(np.arange(len(which)), lines)
        y = np.arange(len(number)) + (top - (np.cumsum(lines) - lines))[number]
        shape = which[number]
        x_upper, x_middle, y_upper, y_middle, long, upper, lower = (each[shape] for each in shapes.edges)
        middle = y.astype(np.float32) + np.float32(0.5)
        below = middle - y_upper
        one = below * long
        one += x_upper
        other = below * upper
        other += x_upper
        below = middle - y_middle
        np.copyto(other, below * lower + x_middle, where=below >= 0)
        start = self._column(np.minimum(one, other))
        length = self._column(np.maximum(one, other)) - start
        some = np.flatnonzero(length > 0)
        return shape[some], y[some], start[some], length[some]

    def _depths(
        self, shape: NDArray[np.intp], y: NDArray[np.intp], start: NDArray[np.intp], length: NDArray[np.intp]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the depth at the first pixel of each span, and by how much it grows from pixel to pixel."""
        depth, along, down, least, most = (each[shape] for each in self._shapes.planes)
        x_upper, y_upper = self._shapes.edges[0][shape], self._shapes.edges[2][shape]
        left = down * (y.astype(np.float32) + np.float32(0.5) - y_upper)
        left += depth
        left += along * (start.astype(np.float32) + np.float32(0.5) - x_upper)
        steps = (length - 1).astype(np.float32)
        right = left + along * steps
        for end in (left, right):
            np.maximum(end, least, out=end)
            np.minimum(end, most, out=end)
        right -= left
        right /= np.maximum(steps, np.float32(1))
        return left, right

    def _column(self, x: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the first pixels whose centres are not left of places."""
        x -= np.float32(0.5)
        np.ceil(x, out=x)
        return np.clip(x, 0, self.width, out=x).astype(np.intp)

    def draw(self, rows: slice, triangles: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
        """Write the number and depth of the nearest triangle into a band of a picture.

        Both are (height, width).
        """
        nearest = depth[rows].reshape(-1)
        ids = triangles[rows].reshape(-1)
        which = self._within(rows)
        is_front = self.slope[self._shapes.triangle[which]] > 0
        for is_second, some in enumerate((which[is_front], which[~is_front])):
            if is_second:  # a closed mesh hides all its faces that are seen from behind
                some = some[~self._are_hidden(rows, some, depth[rows])]
            pixel, triangle, found = self._fragments(rows, some)
            # Triangles are drawn from the farthest to the nearest, so the last one is nearly always right. A
            # pixel nearer than the written one is written again, until none is left: each pass has fewer.
            while True:
                ahead = np.flatnonzero(found < nearest[pixel])
                if not len(ahead):
                    break
                pixel, triangle, found = pixel[ahead], triangle[ahead], found[ahead]
                nearest[pixel] = found
                ids[pixel] = triangle

    def _are_hidden(
        self, rows: slice, which: NDArray[np.intp], depth: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return which small shapes of a band lie behind everything that is drawn around them."""
        shapes = self._shapes
        height, width = (-(-length // _TILE) * _TILE for length in depth.shape)
        padded = np.full((height, width), np.inf, np.float32)
        padded[: depth.shape[0], : depth.shape[1]] = depth
        farthest = padded.reshape(-1, _TILE, width // _TILE, _TILE).max(1).max(2)
        for axis in (0, 1):  # in each tile, and in the next ones
            after = farthest.take(range(1, farthest.shape[axis] + 1), axis, mode="clip")
            farthest = np.maximum(farthest, after)
        top = (np.maximum(shapes.first[which], rows.start) - rows.start) // _TILE
        bottom = (np.minimum(shapes.stop[which], rows.stop) - 1 - rows.start) // _TILE
        left, right = shapes.left[which] // _TILE, shapes.right[which] // _TILE
        is_small = (bottom - top <= 1) & (right - left <= 1)
        return is_small & (shapes.planes[_LEAST][which] > farthest[top, left])


def _none() -> _Shapes:
    number, values = np.zeros(0, np.int32), np.zeros(0, np.float32)
    edges, planes = np.zeros((7, 0), np.float32), np.zeros((5, 0), np.float32)
    return _Shapes(number, number, number, number, number, edges, planes, values)


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
    x, y = np.ascontiguousarray(x.T, np.float32), np.ascontiguousarray(y.T, np.float32)
    deep = None if depth is None else np.ascontiguousarray(depth.T, np.float32)
    with np.errstate(invalid="ignore"):
        known = _all(np.abs(x) < _FAR) & _all(np.abs(y) < _FAR)
    if deep is not None:
        known &= _all(np.isfinite(deep))
    triangles = np.flatnonzero(known)
    if len(triangles) < len(known):
        x, y = x.take(triangles, 1), y.take(triangles, 1)
        deep = None if deep is None else deep.take(triangles, 1)
    along = down = np.zeros(0, np.float32)
    if deep is not None:
        along, down, slope[triangles] = _slopes_of(x, y, deep)
    corners = _from_above(x, y, deep)
    x, y = corners[0], corners[1]
    half = np.float32(0.5)
    first, stop = (np.clip(np.ceil(y[at] - half), 0, size[1]).astype(np.int32) for at in (0, 2))
    start, end = np.ceil(x.min(0) - half), np.ceil(x.max(0) - half)
    some = np.flatnonzero((stop > first) & (end > start) & (end > 0) & (start < size[0]))
    own = (triangles[some] + number).astype(np.int32)
    left, right = (np.clip(each[some], 0, size[0] - 1).astype(np.int32) for each in (start, end - 1))
    limits = first[some], stop[some], left, right
    corners = corners.take(some, 2)
    x, y = corners[0], corners[1]
    edges = np.stack((x[0], x[1], y[0], y[1], *(_slant(x, y, *ends) for ends in ((0, 2), (0, 1), (1, 2)))))
    if deep is None:
        return _Shapes(own, *limits, edges, _none().planes, _none().nearness)
    z = corners[2]
    least, most = z.min(0), z.max(0)
    planes = np.stack((z[0], along[some], down[some], least, most))
    return _Shapes(own, *limits, edges, planes, -(least + most))


def _slopes_of(
    x: NDArray[np.float32], y: NDArray[np.float32], depth: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return how much the depth changes from pixel to pixel: right, down, and both as `Outlines.slope`."""
    ax, ay, az = (values[1] - values[0] for values in (x, y, depth))
    bx, by, bz = (values[2] - values[0] for values in (x, y, depth))
    facing = bx * ay - ax * by
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        along = (bz * ay - az * by) / facing
        down = (az * bx - bz * ax) / facing
        is_flat = ~np.isfinite(along + down)
    along[is_flat] = down[is_flat] = 0
    steepness = np.clip(np.abs(along) + np.abs(down), np.float32(1e-30), np.float32(1e30))
    return along, down, np.where(is_flat, np.float32(0), np.copysign(steepness, facing))


def _all(each: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what is true of all three corners."""
    return each[0] & each[1] & each[2]


def _from_above(
    x: NDArray[np.float32], y: NDArray[np.float32], depth: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return X, Y and depth of triangles from the uppermost corner to the lowest: (2 or 3, 3, count)."""
    values = [list(x), list(y)] if depth is None else [list(x), list(y), list(depth)]
    for upper, lower in ((0, 1), (1, 2), (0, 1)):
        is_wrong = values[1][upper] > values[1][lower]
        for each in values:
            each[upper], each[lower] = (
                np.where(is_wrong, each[lower], each[upper]),
                np.where(is_wrong, each[upper], each[lower]),
            )
    return np.array(values)


def _slant(x: NDArray[np.float32], y: NDArray[np.float32], upper: int, lower: int) -> NDArray[np.float32]:
    """Return how many pixels an edge goes right for each one down; 0 if it is level."""
    down = y[lower] - y[upper]
    slant: NDArray[np.float32] = (x[lower] - x[upper]) / np.where(down > 0, down, np.float32(1))
    return np.where(down > 0, slant, np.float32(0))
