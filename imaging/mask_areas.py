# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where a mask and its soft edge are: the areas of a picture that an edit changes. Worker threads only.

Areas far from a mask cost nothing, and weights are only computed near an edge.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .masks import FULL, feathered, grown, weights_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .masks import Mask
    from .resample import Part

_ROWS: Final = 256
_COLUMNS: Final = 512
"""The most pixels of an area's sides, so that its data stay in a core's cache."""


class Area(NamedTuple):
    """A part of a picture that an edit changes."""

    part: Part
    is_whole: bool
    """Its weight is 1 everywhere."""


class SoftMask:
    """A mask, and around it a soft slope that is 0 beyond `feather` pixels; see `masks.feathered`."""

    def __init__(self, mask: Mask, feather: float) -> None:
        self._mask: Mask = mask if mask.dtype.itemsize == 1 else weights_of(mask)
        self._feather = feather
        self._reach = max(0, int(feather))
        self.areas = self._areas()
        """All areas that the edit changes, row by row; they do not overlap."""

    def touched(self, area: Area) -> tuple[Part, NDArray[np.uint16]]:
        """Return the part of an area that the edit changes, and its weights of 0-65535."""
        rows, columns = area.part
        around = self._around(area.part)
        top, left = rows.start - around[0].start, columns.start - around[1].start
        soft = feathered(self._mask[around], self._feather)
        soft = soft[top : top + rows.stop - rows.start, left : left + columns.stop - columns.start]
        down, across = _extent(soft.any(1)), _extent(soft.any(0))
        part = (
            slice(rows.start + down.start, rows.start + down.stop),
            slice(columns.start + across.start, columns.start + across.stop),
        )
        return part, soft[down, across]

    def _areas(self) -> list[Area]:
        values: NDArray[Any] = self._mask.view(np.uint8) if self._mask.dtype == np.bool_ else self._mask
        full = {np.dtype(np.bool_): 1, np.dtype(np.uint8): 255}.get(self._mask.dtype, FULL)
        height, width = values.shape
        lefts = list(range(0, width, _COLUMNS))
        bands = [values[top : top + _ROWS] for top in range(0, height, _ROWS)]
        # Not `reduceat` for all, which takes ten times as long downwards.
        highest: NDArray[Any] = np.maximum.reduceat([band.max(0) for band in bands], lefts, 1)
        lowest: NDArray[Any] = np.minimum.reduceat([band.min(0) for band in bands], lefts, 1)
        near = grown(highest, math.ceil(self._reach / _ROWS))
        areas: list[Area] = []
        for row, column in np.argwhere(near).tolist():
            top, left = row * _ROWS, column * _COLUMNS
            part = slice(top, min(top + _ROWS, height)), slice(left, min(left + _COLUMNS, width))
            if highest[row, column] or bool(values[self._around(part)].any()):
                areas.append(Area(part, is_whole=bool(lowest[row, column] == full)))
        return areas

    def _around(self, part: Part) -> Part:
        """Return a part with the surroundings that its soft edges depend on."""
        rows, columns = part
        return (
            slice(max(0, rows.start - self._reach), min(rows.stop + self._reach, self._mask.shape[0])),
            slice(max(0, columns.start - self._reach), min(columns.stop + self._reach, self._mask.shape[1])),
        )


def _extent(is_touched: NDArray[np.bool_]) -> slice:
    """Return the range from the first to the last true value; an empty range if there is none."""
    places = np.flatnonzero(is_touched)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0, 0)
