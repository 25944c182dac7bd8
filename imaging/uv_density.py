# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how large a texture is on a surface: the metres of a unit of UV space. Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAILS: Final = 0.1, 0.9
"""The quantiles of sizes, by area, that are compared: a few odd faces don't count as stretch."""
_FLAT: Final = 1e-12
"""A triangle with a smaller area of UV space is ignored."""


@dataclass(frozen=True, kw_only=True)
class Density:
    """The measurements of a surface."""

    per_u: float
    """Metres of one unit to the right in UV space, at a typical place."""
    per_v: float
    """Likewise upwards."""
    stretch: float
    """The ratio of the texture's largest to its smallest size, over places and directions; 1: no stretch."""
    extent: tuple[float, float]
    """The extent of the UVs, across and up."""
    is_overlapping: bool
    """Faces overlap, or are beyond the first tile: fine for a repeating texture."""


def density_of(corners: NDArray[np.float32], uvs: NDArray[np.float32]) -> Density | None:
    """Measure triangles (count, 3, 3) in metres, with their UVs (count, 3, 2). None: no usable UVs."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    du1, du2 = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    turn = du1[:, 0] * du2[:, 1] - du1[:, 1] * du2[:, 0]
    area = np.linalg.norm(np.cross(first, second), axis=1) / 2
    known = (np.abs(turn) > _FLAT) & (area > 0) & np.isfinite(turn) & np.isfinite(area)
    if not known.any():
        return None
    first, second, du1, du2 = first[known], second[known], du1[known], du2[known]
    turn, area = turn[known, np.newaxis], area[known]
    extent = np.ptp(uvs[known].reshape(-1, 2), axis=0)
    per_u = np.linalg.norm((first * du2[:, 1:] - second * du1[:, 1:]) / turn, axis=1)
    per_v = np.linalg.norm((second * du1[:, :1] - first * du2[:, :1]) / turn, axis=1)
    spreads = [
        _at(values, area, _TAILS[1]) / max(_at(values, area, _TAILS[0]), 1e-12) for values in (per_u, per_v)
    ]
    return Density(
        per_u=_at(per_u, area, 0.5),
        per_v=_at(per_v, area, 0.5),
        stretch=max(1.0, *spreads),
        extent=(float(extent[0]), float(extent[1])),
        is_overlapping=float(np.abs(turn).sum()) / 2 > 1.001,
    )


def _at(values: NDArray[Any], weights: NDArray[Any], share: float) -> float:
    """Return the value below which this share of the weight is."""
    order: NDArray[np.intp] = values.argsort()
    sums: NDArray[np.float64] = weights[order].cumsum(dtype=np.float64)
    place = min(int(np.searchsorted(sums, share * float(sums[-1]))), len(order) - 1)
    chosen: NDArray[np.float64] = values[order[place : place + 1]].astype(np.float64)
    return float(chosen[0])
