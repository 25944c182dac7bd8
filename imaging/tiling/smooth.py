# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth a plane: block means, interpolated by a cubic B-spline. The result repeats if the plane does.

Worker threads only; rows are read in bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bands import in_bands, rows_of
from .views import block_sums, edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND_BYTES = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Wraps:
    """The directions in which a picture repeats; in the others it continues mirrored."""

    across: bool
    down: bool


class Smooth:
    """A plane (height, width) without detail finer than `reach` pixels.

    Args:
        reach: about the standard deviation of the filter, pixels; less than the plane's sides.
    """

    def __init__(self, plane: NDArray[np.float32], reach: float, wraps: Wraps) -> None:
        height, width = plane.shape
        block = max(1.0, reach / _REACH_OF_BLOCK)
        rows, columns = (max(1, round(side / block)) for side in (height, width))
        means = _block_means(plane, rows, columns)
        across = _Spline.over(width, columns, wraps=wraps.across)
        wide: NDArray[np.float32] = np.zeros((rows, width), np.float32)
        for which in range(_POINTS):
            wide += _taken(means, across.places[which], 1) * across.weights[which]
        self._wide = wide
        self._down = _Spline.over(height, rows, wraps=wraps.down)

    def rows(self, band: slice) -> NDArray[np.float32]:
        """Return some rows of the smoothed plane."""
        places, weights = self._down.places[:, band], self._down.weights[:, band, np.newaxis]
        result = _taken(self._wide, places[0], 0)
        result *= weights[0]
        for which in range(1, _POINTS):
            part = _taken(self._wide, places[which], 0)
            part *= weights[which]
            result += part
        return result


def _taken(plane: NDArray[np.float32], places: NDArray[np.intp], axis: int) -> NDArray[np.float32]:
    taken: NDArray[np.float32] = plane.take(places, axis)
    return taken


_POINTS = 4  # blocks that contribute to a pixel
_REACH_OF_BLOCK = 0.65
"""Standard deviation of box and cubic B-spline together, in blocks."""


@dataclass(frozen=True, kw_only=True)
class _Spline:
    """The four blocks that contribute to each pixel, and their weights."""

    places: NDArray[np.intp]  # (4, pixels)
    weights: NDArray[np.float32]  # (4, pixels)

    @classmethod
    def over(cls, length: int, blocks: int, *, wraps: bool) -> _Spline:
        place = (np.arange(length, dtype=np.float32) + np.float32(0.5)) * np.float32(blocks / length)
        place -= np.float32(0.5)
        first = np.floor(place)
        t = place - first
        weights = np.stack(
            (
                (1 - t) ** 3,
                3 * t**3 - 6 * t**2 + 4,
                -3 * t**3 + 3 * t**2 + 3 * t + 1,
                t**3,
            )
        ).astype(np.float32) * np.float32(1 / 6)
        near = first.astype(np.intp) + np.arange(-1, 3, dtype=np.intp)[:, np.newaxis]
        if wraps:
            near %= blocks
        else:
            near %= 2 * blocks
            near = np.minimum(near, 2 * blocks - 1 - near)
        return cls(places=near, weights=weights)


def _block_means(plane: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    height, width = plane.shape
    down, across = edges(height, rows), edges(width, columns)
    result = np.empty((rows, columns), np.float32)
    sizes = np.diff(across).astype(np.float32)

    def fill(band: slice) -> None:
        start, stop = int(down[band.start]), int(down[band.stop])
        sums = block_sums(plane[start:stop], down[band.start : band.stop + 1] - start, 0)
        sums = block_sums(sums, across, 1) / sizes
        result[band] = sums / np.diff(down[band.start : band.stop + 1]).astype(np.float32)[:, np.newaxis]

    in_bands(fill, rows_of(rows, -(-height // rows) * width * 4, _BAND_BYTES))
    return result
