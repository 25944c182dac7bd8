# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw triangles as pixels: in views with a depth test, and on textures. Worker threads only.

A pixel belongs to the triangle that contains its centre, and to exactly one of two that share an edge. The
work on a band of rows touches no other band, so bands run on all cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

from ..bands import at_once, in_bands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Some = slice | NDArray[np.int32]
    Places = Callable[[Some], tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]]

NOBODY: Final = -1
"""A placeholder for a missing triangle's number."""
_BAND_PIXELS: Final = 1 << 16
TRIANGLES: Final = 1 << 14
"""So many are prepared at a time, so that their data stay in the processor's cache."""
_TILE: Final = 8
"""Pixels along a tile's side. Only a tile's farthest depth is looked up."""
_FEW_ROWS: Final = 8
"""So many of a triangle's rows are cut one by one, each for all triangles at once, without look-ups. Most
triangles of scans have two."""
_RANKS: Final = 1 << 12
"""Steps of nearness. With the number of rows they are one number of 16 bits, which numpy sorts fast."""
_FAR: Final = 1e6  # pixels outside a picture, beyond which nothing is drawn


class Fragments(NamedTuple):
    """The pixels of some triangles, each listed once for every triangle that covers it, in no fixed order."""

    pixel: NDArray[np.int64]
    """Counted in rows, from the first pixel of the band."""
    triangle: NDArray[np.int32]
    depth: NDArray[np.float32]
    """Empty if no depth was requested."""


class _Corners(NamedTuple):
    """Triangles in a picture: one entry each."""

    triangle: NDArray[np.int32]
    x: NDArray[np.float32]
    """(3, count), like the others: numpy is ten times as fast along rows as over triples."""
    y: NDArray[np.float32]
    depth: NDArray[np.float32]
    """(0, count) without depth."""


class _Boxes(NamedTuple):
    """Where triangles may cover a pixel's centre: one entry each."""

    triangle: NDArray[np.int32]
    first: NDArray[np.int32]
    """The uppermost row."""
    stop: NDArray[np.int32]
    left: NDArray[np.int32]
    """The first column."""
    right: NDArray[np.int32]
    """The last one."""
    nearest: NDArray[np.float32]
    """The least depth; empty without depth."""


class _Shapes(NamedTuple):
    """Triangles that cover a pixel's centre in some rows, ready to be cut into spans: one entry each."""

    triangle: NDArray[np.int32]
    first: NDArray[np.int32]
    """The uppermost row."""
    stop: NDArray[np.int32]
    edges: NDArray[np.float32]
    """X of the uppermost and the middle corner, Y of both, and the slants of the edges: (7, count)."""
    planes: NDArray[np.float32]
    """The depth at the uppermost corner, its slopes right and down, and its limits: (5, count); (0, count)
    without depth."""
    nearness: NDArray[np.float32]
    """The order of drawing; empty without depth."""


class _Spans(NamedTuple):
    """Pixels side by side of triangles: one entry for each row of a triangle."""

    pixel: NDArray[np.int32]
    """The first one."""
    length: NDArray[np.int32]
    triangle: NDArray[np.int32]
    depth: NDArray[np.float32]
    """At the first pixel; empty without depth."""
    growth: NDArray[np.float32]
    """How much the depth grows from pixel to pixel."""


Entries = TypeVar("Entries", Fragments, _Corners, _Boxes, _Shapes, _Spans)


class Outlines:
    """Triangles in a picture, ready to be drawn band by band."""

    def __init__(self, places: Places, count: int, size: tuple[int, int]) -> None:
        """Prepare triangles for a picture of a size (width, height).

        `places` returns their corners' x and y in pixels and their depth, (some, 3) each, for some at a time.
        With a depth, the nearest triangle (of the least depth) is drawn. Triangles with an infinite place or
        depth are left out, because they reach behind the camera.
        """
        self.width, self.height = size
        self._places = places
        self.slope = np.zeros(count, np.float32)
        """How much the depth changes from pixel to pixel, both ways together. Negative for a triangle seen
        from behind (its corners go round clockwise), 0 for one that is not seen at all."""

        def prepare(start: int) -> tuple[_Shapes, _Boxes]:
            corners = self._corners(slice(start, min(start + TRIANGLES, count)))
            boxes, some = _boxes(corners, size)
            if not len(corners.depth):
                return _shapes(_chosen(corners, some), boxes), _NO_BOXES
            along, down, slope = _slopes_of(corners)
            self.slope[corners.triangle] = slope
            is_front = slope[some] > 0
            fronts, backs = np.flatnonzero(is_front), np.flatnonzero(~is_front)
            shown = some[fronts]
            planes = along[shown], down[shown]
            return _shapes(_chosen(corners, shown), _chosen(boxes, fronts), *planes), _chosen(boxes, backs)

        parts = at_once(prepare, range(0, count, TRIANGLES))
        self._shapes: _Shapes = _joined([shapes for shapes, _ in parts] or [_NO_SHAPES])
        self._backs: _Boxes = _joined([boxes for _, boxes in parts] or [_NO_BOXES])
        """Triangles seen from behind, which wait: a closed mesh hides them all. None without depth."""

    def bands(self) -> list[slice]:
        """Return bands of rows, each of some ten thousand pixels."""
        step = max(1, _BAND_PIXELS // max(1, self.width))
        return [slice(top, min(top + step, self.height)) for top in range(0, self.height, step)]

    def fragments(self, rows: slice) -> Fragments:
        """Return all pixels in a band."""
        parts = [self._fragments(shapes, rows) for shapes in (self._shapes, *self._from_behind(self._backs))]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def draw(self, triangles: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
        """Write the number and depth of the nearest triangle into a picture, (height, width) each."""

        def draw_all(shapes: _Shapes) -> None:
            in_bands(lambda rows: self._draw(shapes, rows, triangles, depth), self.bands())

        draw_all(self._shapes)
        shown = np.flatnonzero(~_are_hidden(self._backs, depth))
        for shapes in self._from_behind(_chosen(self._backs, shown)):
            draw_all(shapes)

    def _draw(
        self, shapes: _Shapes, rows: slice, triangles: NDArray[np.int32], depth: NDArray[np.float32]
    ) -> None:
        nearest = depth[rows].reshape(-1)
        ids = triangles[rows].reshape(-1)
        pixel, triangle, found = self._fragments(shapes, rows)
        # Of the triangles with equally many rows the nearest is drawn last, so what is written last is nearly
        # always right. A pixel nearer than the written one is written again, until none is left: each pass
        # has fewer.
        while True:
            ahead = np.flatnonzero(found < nearest[pixel])
            if not len(ahead):
                break
            if len(ahead) < len(pixel):
                pixel, triangle, found = pixel[ahead], triangle[ahead], found[ahead]
            nearest[pixel] = found
            ids[pixel] = triangle

    def _from_behind(self, boxes: _Boxes) -> list[_Shapes]:
        """Return shapes of triangles that are seen from behind; no list entry if there are none."""

        def prepare(start: int) -> _Shapes:
            corners = self._corners(boxes.triangle[start : start + TRIANGLES])
            along, down, _ = _slopes_of(corners)
            part = _chosen(boxes, slice(start, start + TRIANGLES))
            return _shapes(corners, part, along, down)

        shapes = at_once(prepare, range(0, len(boxes.triangle), TRIANGLES))
        return [_joined(shapes)] if shapes else []

    def _corners(self, some: Some) -> _Corners:
        """Return the corners of some triangles, without those that have an infinite place."""
        places = self._places(some)
        x, y, depth = (
            np.zeros((0, 0), np.float32) if each is None else np.ascontiguousarray(each.T, np.float32)
            for each in places
        )
        with np.errstate(invalid="ignore"):
            known = _all(np.abs(x) < _FAR) & _all(np.abs(y) < _FAR)
        if len(depth):
            known &= _all(np.isfinite(depth))
        numbers = np.arange(some.start, some.stop, dtype=np.int32) if isinstance(some, slice) else some
        corners = _Corners(numbers, x, y, depth)
        return corners if known.all() else _chosen(corners, np.flatnonzero(known))

    def _fragments(self, shapes: _Shapes, rows: slice) -> Fragments:
        with np.errstate(over="ignore", invalid="ignore"):  # where a triangle does not reach
            spans = self._spans(shapes, rows)
        longer = np.flatnonzero(spans.length > 1)
        more = spans.length[longer] - 1
        begin = np.cumsum(more) - more - 1
        span = np.repeat(longer, more)
        step = np.arange(len(span), dtype=np.int32)
        step -= np.repeat(begin.astype(np.int32), more)
        pixel = np.concatenate((spans.pixel, spans.pixel[span] + step)).astype(np.intp)
        triangle = np.concatenate((spans.triangle, spans.triangle[span]))
        if not len(shapes.nearness):
            return Fragments(pixel, triangle, spans.depth)
        depth = spans.growth[span]
        depth *= step
        depth += spans.depth[span]
        return Fragments(pixel, triangle, np.concatenate((spans.depth, depth)))

    def _spans(self, shapes: _Shapes, rows: slice) -> _Spans:
        """Return the spans of shapes in a band."""
        which = np.flatnonzero((shapes.first < rows.stop) & (shapes.stop > rows.start))
        top = np.maximum(shapes.first[which], rows.start)
        lines = np.minimum(shapes.stop[which], rows.stop) - top
        few = np.minimum(lines, _FEW_ROWS)
        order = _order(few, shapes.nearness[which] if len(shapes.nearness) else _NO_VALUES)
        which, top, lines = which[order], top[order], lines[order]
        some = _chosen(shapes, which)
        # Those that reach so many rows come first, so no look-up is needed.
        reaching = (len(which) - np.cumsum(np.bincount(few, minlength=_FEW_ROWS))).tolist()[:_FEW_ROWS]
        spans = [
            self._cut(_chosen(some, slice(0, count)), top[:count] + step, rows.start)
            for step, count in enumerate(reaching)
            if count
        ]
        more = lines[: reaching[-1]] - _FEW_ROWS
        number = np.repeat(np.arange(len(more)), more)
        if len(number):
            begin = np.cumsum(more) - more
            y = (top[: len(more)] + _FEW_ROWS - begin)[number] + np.arange(len(number))
            spans.append(self._cut(_chosen(some, number), y, rows.start))
        return _joined(spans or [_NO_SPANS])

    def _cut(self, shapes: _Shapes, y: NDArray[np.integer[Any]], start: int) -> _Spans:
        """Return the spans of shapes, each in one row, if they cover a pixel there."""
        x_upper, x_middle, y_upper, y_middle, long, upper, lower = shapes.edges
        middle = y.astype(np.float32)
        middle += np.float32(0.5)
        down = middle - y_upper
        one = down * long
        one += x_upper
        other = down * upper
        other += x_upper
        middle -= y_middle
        is_lower = middle >= 0
        middle *= lower
        middle += x_middle
        np.copyto(other, middle, where=is_lower)
        left, right = self._column(np.minimum(one, other)), self._column(np.maximum(one, other))
        some = np.flatnonzero(right > left)
        steps = right - left
        pixel = left.astype(np.int32)
        pixel += ((y - start) * self.width).astype(np.int32)
        found = pixel[some], steps[some].astype(np.int32), shapes.triangle[some]
        if not len(shapes.planes):
            return _Spans(*found, _NO_VALUES, _NO_VALUES)
        first, along, slope, least, most = shapes.planes
        steps -= np.float32(1)
        left += np.float32(0.5)
        left -= x_upper
        left *= along
        down *= slope
        left += down
        left += first
        right = along * steps
        right += left
        for end in (left, right):
            np.maximum(end, least, out=end)
            np.minimum(end, most, out=end)
        right -= left
        right /= np.maximum(steps, np.float32(1))
        return _Spans(*found, left[some], right[some])

    def _column(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the first pixels whose centres are not left of places."""
        x -= np.float32(0.5)
        np.ceil(x, out=x)
        np.maximum(x, np.float32(0), out=x)
        return np.minimum(x, np.float32(self.width), out=x)


def _columns(values: NDArray[Any], some: slice | NDArray[Any]) -> NDArray[Any]:
    """Return some columns. `take` along them needs four times as long on numpy 1."""
    if isinstance(some, slice):
        return values[:, some]
    found = np.empty((len(values), len(some)), values.dtype)
    for row, each in enumerate(values):
        found[row] = each[some]
    return found


def _chosen(entries: Entries, some: slice | NDArray[Any]) -> Entries:
    """Return some of the entries."""
    return entries._make(
        _columns(each, some) if each.ndim > 1 else each[some] if len(each) else each for each in entries
    )


def _joined(parts: Sequence[Entries]) -> Entries:
    """Return the entries of all parts."""
    if len(parts) == 1:
        return parts[0]
    return parts[0]._make(np.concatenate(each, -1) for each in zip(*parts, strict=True))


_NO_VALUES: Final = np.zeros(0, np.float32)
_NO_NUMBERS: Final = np.zeros(0, np.int32)
_NO_PLANES: Final = np.zeros((0, 0), np.float32)
_NO_BOXES: Final = _Boxes(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_VALUES)
_NO_SHAPES: Final = _Shapes(
    _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, np.zeros((7, 0), np.float32), _NO_PLANES, _NO_VALUES
)
_NO_SPANS: Final = _Spans(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_VALUES, _NO_VALUES)


def _order(few: NDArray[np.int32], nearness: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return an order of shapes: those with the most rows first, among equals the farthest first."""
    key: NDArray[np.uint16] = ((_FEW_ROWS - few) * _RANKS).astype(np.uint16)
    if len(nearness):
        low, high = nearness.min(), nearness.max()
        rank = (nearness - low) * (np.float32(_RANKS - 1) / max(high - low, np.float32(1e-30)))
        key |= rank.astype(np.uint16) & np.uint16(_RANKS - 1)
    return np.argsort(key, kind="stable")


def _boxes(corners: _Corners, size: tuple[int, int]) -> tuple[_Boxes, NDArray[np.intp]]:
    """Return the boxes of triangles that may cover a pixel's centre, and which these are."""
    half = np.float32(0.5)
    left, right = (np.ceil(corners.x.min(0) - half), np.ceil(corners.x.max(0) - half))
    top, bottom = (np.ceil(corners.y.min(0) - half), np.ceil(corners.y.max(0) - half))
    is_in = (right > 0) & (left < size[0]) & (bottom > 0) & (top < size[1])
    some = np.flatnonzero(is_in & (right > left) & (bottom > top))

    def limited(values: NDArray[np.float32], most: int) -> NDArray[np.int32]:
        return np.minimum(np.maximum(values[some], np.float32(0)), np.float32(most)).astype(np.int32)

    return _Boxes(
        corners.triangle[some],
        limited(top, size[1]),
        limited(bottom, size[1]),
        limited(left, size[0] - 1),
        limited(right - 1, size[0] - 1),
        corners.depth.min(0)[some] if len(corners.depth) else _NO_VALUES,
    ), some


def _are_hidden(boxes: _Boxes, depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which small triangles lie behind everything that is drawn around them."""
    height, width = (-(-length // _TILE) * _TILE for length in depth.shape)
    padded = np.full((height, width), np.inf, np.float32)
    padded[: depth.shape[0], : depth.shape[1]] = depth
    farthest = padded.reshape(-1, _TILE, width // _TILE, _TILE).max(1).max(2)
    for axis in (0, 1):  # in each tile, and in the next ones
        after = farthest.take(range(1, farthest.shape[axis] + 1), axis, mode="clip")
        farthest = np.maximum(farthest, after)
    top, bottom = boxes.first // _TILE, (boxes.stop - 1) // _TILE
    left, right = boxes.left // _TILE, boxes.right // _TILE
    is_small = (bottom - top <= 1) & (right - left <= 1)
    return is_small & (boxes.nearest > farthest[top, left])


def _shapes(corners: _Corners, boxes: _Boxes, *slopes: NDArray[np.float32]) -> _Shapes:
    """Prepare triangles, given their boxes, and how much the depth changes right and down."""
    x, y, depth = _from_above(corners)
    edges = np.stack((x[0], x[1], y[0], y[1], *(_slant(x, y, *ends) for ends in ((0, 2), (0, 1), (1, 2)))))
    head = boxes.triangle, boxes.first, boxes.stop, edges
    if not len(corners.depth):
        return _Shapes(*head, corners.depth[:0], _NO_VALUES)
    least, most = corners.depth.min(0), corners.depth.max(0)
    return _Shapes(*head, np.stack((depth, *slopes, least, most)), -(least + most))


def _slopes_of(corners: _Corners) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return how much the depth changes from pixel to pixel: right, down, and both as `Outlines.slope`."""
    ax, ay, az = (values[1] - values[0] for values in corners[1:])
    bx, by, bz = (values[2] - values[0] for values in corners[1:])
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
    corners: _Corners,
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]], NDArray[np.float32]]:
    """Return X and Y of the uppermost, middle and lowest corners, and the depth of the uppermost ones."""
    x, y = list(corners.x), list(corners.y)
    depth = corners.depth[0] if len(corners.depth) else _NO_VALUES
    for upper, lower in ((0, 1), (0, 2), (1, 2)):
        is_wrong = y[upper] > y[lower]
        if upper == 0 and len(depth):
            depth = np.where(is_wrong, corners.depth[lower], depth)
        x[upper], x[lower] = (
            np.where(is_wrong, x[lower], x[upper]),
            np.where(is_wrong, x[upper], x[lower]),
        )
        y[upper], y[lower] = np.minimum(y[upper], y[lower]), np.maximum(y[upper], y[lower])
    return x, y, depth


def _slant(
    x: list[NDArray[np.float32]], y: list[NDArray[np.float32]], upper: int, lower: int
) -> NDArray[np.float32]:
    """Return how many pixels an edge goes right for each one down; 0 if it is level."""
    down = y[lower] - y[upper]
    slant = (x[lower] - x[upper]) / np.where(down > 0, down, np.float32(1))
    return np.where(down > 0, slant, np.float32(0))
