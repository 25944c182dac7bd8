# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill in colours on parts that no view sees, and beyond islands. Worker threads only."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands
from .lanes import in_lanes, means_of, out_of_lanes
from .project import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .texels import Texels

_CELLS: Final = 96
"""Cells along the mesh's longest side: the resolution of filled-in colours."""
_SIZED_BY: Final = 8
"""The mesh's size is taken from every so many-th texel each way."""
_MOST_SAMPLES: Final = 1 << 19
"""The most texels that give colours."""
_OUTWARDS: Final = 0.75
"""How far a place is moved along its normal, in cells, to separate the two sides of a thin wall."""
_LEVELS: Final = 7
_BLED_ROWS: Final = 256
_BESIDE: Final = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across)


def fill_unseen(
    texels: Texels, pixels: NDArray[np.uint8] | NDArray[np.uint16], kinds: NDArray[np.uint8]
) -> None:
    """Give texels that no view sees the colours of the nearest surface in space, in place.

    Args:
        texels: of the texture.
        pixels: (height, width, 3), from `project`.
        kinds: (height, width), of `Kind`; if no texel is seen, the pixels stay unchanged.
    """
    is_seen, is_unseen = kinds == Kind.SEEN, kinds == Kind.UNSEEN
    if not is_seen.any() or not is_unseen.any():
        return
    grid = _Grid.around(texels)
    flat = pixels.reshape(-1, 3)
    step = max(1, round((float(np.count_nonzero(is_seen)) / _MOST_SAMPLES) ** 0.5))

    def gather(rows: slice) -> None:
        for points in texels.points(rows, is_seen, step):
            grid.add(grid.cells(points.place, texels.faces[points.triangle]), flat[points.texel])

    in_bands(gather, texels.bands(step))
    colours_of = grid.finished()
    most = np.float32(np.iinfo(pixels.dtype).max)

    def fill(rows: slice) -> None:
        for points in texels.points(rows, is_unseen):
            colours = colours_of(grid.cells(points.place, texels.faces[points.triangle]))
            flat[points.texel] = np.clip(colours + np.float32(0.5), np.float32(0), most).astype(pixels.dtype)

    in_bands(fill, texels.bands())


class _Grid:
    """Colours in the cells of a box, taken from coarser cells if a cell has none."""

    def __init__(self, low: NDArray[np.float32], cell: float, shape: tuple[int, int, int]) -> None:
        self._low, self._cell, self._shape = low, np.float32(cell), shape
        self._sums = np.zeros((4, int(np.prod(shape))), np.float32)
        self._lock = threading.Lock()

    @classmethod
    def around(cls, texels: Texels) -> _Grid:
        """Return a grid around everything on a texture."""
        lows: list[NDArray[np.float32]] = []
        highs: list[NDArray[np.float32]] = []
        for rows in texels.bands(_SIZED_BY):
            for points in texels.points(rows, step=_SIZED_BY):
                lows.append(points.place.min(0))
                highs.append(points.place.max(0))
        if not lows:
            return cls(np.zeros(3, np.float32), 1.0, (2, 2, 2))
        low, high = np.min(lows, 0), np.max(highs, 0)
        cell = max(float((high - low).max()) / _CELLS, 1e-9)
        across, along, up = (int(count) for count in np.ceil((high - low) / cell) + 4)
        return cls(low - np.float32(2 * cell), cell, (across, along, up))

    def cells(self, places: NDArray[np.float32], normals: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the places (count, 3) in cells from the grid's corner."""
        found = (places - self._low) / self._cell + normals * np.float32(_OUTWARDS)
        most = np.array(self._shape, np.float32) - np.float32(1.001)
        return np.clip(found, np.float32(0), most).astype(np.float32, copy=False)

    def add(self, cells: NDArray[np.float32], colours: NDArray[np.generic]) -> None:
        """Add the colours (count, 3) of places to their cells."""
        across, along, up = cells.astype(np.int32).T
        number: NDArray[np.int32] = (across * self._shape[1] + along) * self._shape[2] + up
        order = np.argsort(number, kind="stable")
        number = number[order]
        first = np.flatnonzero(np.diff(number, prepend=-1))
        values = np.concatenate((colours[order].astype(np.float32), np.ones((len(order), 1), np.float32)), 1)
        found = np.add.reduceat(values, first, axis=0).T
        with self._lock:
            self._sums[:, number[first]] += found

    def finished(self) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """Return a function that gives the colours (count, 3) at places in cells."""
        levels = [self._sums.reshape(4, *self._shape)]
        while len(levels) < _LEVELS and max(levels[-1].shape[1:]) > 2:
            levels.append(_halved(levels[-1]))
        # From the coarsest to the finest: each cell uses its own colours as far as it has any.
        filled = levels[-1] / np.maximum(levels[-1][3], np.float32(1e-6))
        for level in reversed(levels[:-1]):
            coarse = _doubled(filled, level.shape[1:])
            weight = np.minimum(level[3], np.float32(1))
            own = level / np.maximum(level[3], np.float32(1e-6))
            own *= weight
            coarse *= 1 - weight
            own += coarse
            filled = own
        flat = np.ascontiguousarray(filled.reshape(4, -1).T)
        shape = self._shape

        def colours_of(cells: NDArray[np.float32]) -> NDArray[np.float32]:
            inner = np.maximum(cells - np.float32(0.5), np.float32(0))
            base = np.minimum(inner.astype(np.int32), np.array(shape, np.int32) - 2)
            part = inner - base
            total = np.zeros((len(cells), 4), np.float32)
            for corner in range(8):
                at = np.array((corner & 1, corner >> 1 & 1, corner >> 2), np.int32)
                weight = np.prod(np.where(at == 1, part, 1 - part), axis=1, dtype=np.float32)
                where = base + at
                number = (where[:, 0] * shape[1] + where[:, 1]) * shape[2] + where[:, 2]
                values = flat[number]
                weight = weight * np.maximum(values[:, 3], np.float32(1e-6))
                total[:, :3] += values[:, :3] * weight[:, np.newaxis]
                total[:, 3] += weight
            return total[:, :3] / total[:, 3:]

        return colours_of


def _halved(sums: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sums of cells of twice the size."""
    for axis in (1, 2, 3):
        length = sums.shape[axis]
        if length % 2:
            sums = np.pad(sums, [(0, 1) if at == axis else (0, 0) for at in range(4)])
        half = [slice(None)] * 4
        other = list(half)
        half[axis], other[axis] = slice(0, None, 2), slice(1, None, 2)
        sums = sums[tuple(half)] + sums[tuple(other)]
    return sums


def _doubled(values: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return colours with a weight (4, …) on cells of half the size, blended between their middles."""
    values = np.concatenate((values[:3] * values[3], values[3:]))
    for axis, length in enumerate(shape, 1):
        at = (np.arange(length) - 0.5) / 2
        first = np.clip(np.floor(at).astype(int), 0, values.shape[axis] - 1)
        second = np.clip(first + 1, 0, values.shape[axis] - 1)
        shape_of_part = [-1 if place == axis else 1 for place in range(4)]
        part = np.clip(at - first, 0, 1).astype(np.float32).reshape(shape_of_part)
        low, high = np.take(values, first, axis), np.take(values, second, axis)
        values = (low + (high - low) * part).astype(np.float32, copy=False)
    colours = values[:3] / np.maximum(values[3], np.float32(1e-12))
    return np.concatenate((colours, np.minimum(values[3:], np.float32(1)))).astype(np.float32, copy=False)


def bleed(
    pixels: NDArray[np.uint8] | NDArray[np.uint16], is_known: NDArray[np.bool_], margin: int
) -> NDArray[np.bool_]:
    """Spread colours beyond the borders of islands, in place; return what is known then.

    Args:
        pixels: (height, width, 3).
        is_known: (height, width).
        margin: how many texels far.
    """
    known = is_known.copy()

    def draw_out(rows: slice) -> None:
        # Include the neighbouring rows that give colours; other bands change none of their known texels.
        outer = slice(max(0, rows.start - margin), rows.stop + margin)
        part, there = pixels[outer].copy(), is_known[outer].copy()
        _bleed(part, there, margin)
        inner = slice(rows.start - outer.start, rows.stop - outer.start)
        pixels[rows], known[rows] = part[inner], there[inner]

    step = max(_BLED_ROWS, 2 * margin)
    in_bands(draw_out, [slice(top, min(top + step, len(known))) for top in range(0, len(known), step)])
    return known


def _bleed(pixels: NDArray[np.uint8] | NDArray[np.uint16], known: NDArray[np.bool_], margin: int) -> None:
    """Spread colours ring by ring, and mark what is known then, both in place."""
    # With a frame, each texel has neighbours. Unknown texels are 0, so they can be added too.
    height, width = known.shape[0] + 2, known.shape[1] + 2
    texels = np.zeros(height * width, np.uint64)
    row, column = np.nonzero(_grown(~known) & known)
    texels[(row + 1) * width + column + 1] = in_lanes(pixels[row, column])
    is_open = np.pad(~known, 1).reshape(-1)
    new = np.flatnonzero(np.pad(_grown(known) & ~known, 1))
    marks = np.zeros(len(texels), np.int32)
    rings: list[NDArray[np.intp]] = []
    for _ in range(margin):
        if not len(new):
            break
        rings.append(new)
        total = np.zeros(len(new), np.uint64)
        reached: list[NDArray[np.intp]] = []
        for down, across in _BESIDE:
            beside = new + (down * width + across)
            values = texels[beside]
            total += values
            reached.append(beside[values == 0])
        is_open[new] = False
        texels[new] = means_of(total)
        every = np.concatenate(reached)
        every = every[is_open[every]]
        # Keep each place once: if several entries name it, the one whose mark remains there.
        number = np.arange(len(every), dtype=np.int32)
        marks[every] = number
        new = every[marks[every] == number]
    if rings:
        found = np.concatenate(rings)
        row, column = np.divmod(found, width)
        pixels[row - 1, column - 1] = out_of_lanes(texels[found], pixels.dtype)
        known[row - 1, column - 1] = True


def _grown(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wide = known.copy()
    wide[:, 1:] |= known[:, :-1]
    wide[:, :-1] |= known[:, 1:]
    tall = wide.copy()
    tall[1:] |= wide[:-1]
    tall[:-1] |= wide[1:]
    return tall
