# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet: views in a grid, with gutters. Any thread; `compose` on worker threads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..sheets import Cell, Layout
from .mesh import areas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .cameras import Camera
    from .mesh import Mesh, OnTexture

GUTTER_PART: Final = 1 / 64
"""The gutter's width, as a fraction of a cell."""
_LEAST_GUTTER: Final = 4
BACKDROP: Final = 128
"""A neutral grey, which a model can't spill onto the surface."""
_USUAL: Final = 0.5
"""The quantile, by area, of the texel size that represents a texture."""


@dataclass(frozen=True, kw_only=True)
class Enough:
    """Whether a sheet's views are fine enough for a texture."""

    share: float
    """Pixels of a view for each texel along a side, at a typical place that faces it; 1: equally fine."""
    side: int
    """The largest texture that the views can fill, in texels of its longer side."""

    @property
    def is_enough(self) -> bool:
        """Whether all views are as fine as the texture needs."""
        return self.share >= 1


def grid_of(count: int, size: tuple[int, int], proportion: float = 1.0) -> Layout:
    """Arrange views on a sheet of a size (width, height), row by row from the upper left, all alike.

    Args:
        count: of views.
        size: of the sheet, pixels.
        proportion: a view's width divided by its height.

    It uses the number of columns that makes the views largest.
    """
    width, height = size
    best: tuple[float, int, int] = 0.0, 1, 1
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        across = min(width / columns, height / rows * proportion)
        best = max(best, (across, -columns, rows))
    across, columns, rows = best[0], -best[1], best[2]
    gutter = max(_LEAST_GUTTER, round(across * GUTTER_PART))
    inner = min(
        (width - gutter * (columns + 1)) // columns, int((height - gutter * (rows + 1)) // rows * proportion)
    )
    wide = max(1, inner)
    high = max(1, round(wide / proportion))
    left = (width - columns * wide - (columns - 1) * gutter) // 2
    top = (height - rows * high - (rows - 1) * gutter) // 2
    cells = tuple(
        Cell(
            left=max(0, left + number % columns * (wide + gutter)),
            top=max(0, top + number // columns * (high + gutter)),
            width=wide,
            height=high,
        )
        for number in range(count)
    )
    return Layout(width=width, height=height, cells=cells)


def compose(
    views: Sequence[NDArray[np.uint8]], layout: Layout, backdrop: int = BACKDROP
) -> NDArray[np.uint8]:
    """Return the sheet of views that each have the size of their cell, 8 bits RGB."""
    sheet = np.full((layout.height, layout.width, 3), backdrop, np.uint8)
    for view, cell in zip(views, layout.cells, strict=True):
        sheet[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width] = view
    return sheet


def is_fine_enough(mesh: Mesh, on: OnTexture, size: tuple[int, int], cameras: Sequence[Camera]) -> Enough:
    """Return whether cameras' views have as many pixels for the surface as its texture has texels."""
    uvs = on.uvs.astype(np.float64)
    first, second = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    texels = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2 * size[0] * size[1]
    surface = areas(mesh.corners[on.triangles])
    known = (texels > 0) & (surface > 0)
    if not known.any() or not cameras:
        return Enough(share=1.0, side=max(size))
    fineness = np.sqrt(texels[known] / surface[known])  # texels a unit
    order = np.argsort(fineness)
    sums: NDArray[np.float64] = np.cumsum(surface[known][order])
    place = min(int(np.searchsorted(sums, _USUAL * float(sums[-1]))), len(order) - 1)
    usual = float(fineness[order[place]])
    middle = mesh.corners.reshape(-1, 3).mean(0, dtype=np.float64)
    per_unit = [
        camera.scale / (float(np.linalg.norm(camera.place - middle)) if camera.is_perspective else 1.0)
        for camera in cameras
    ]
    share = min(per_unit) / usual
    return Enough(share=share, side=max(1, int(max(size) * share)))
