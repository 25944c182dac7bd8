# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure, before paying, what views leave unseen: how much, where, and which views would see it.

Worker threads only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from .cameras import cameras_from
from .coverage import next_cameras, samples_of, seen_by
from .layout import grid_of, is_fine_enough
from .mesh import areas, on_texture
from .texels import Texels
from .viewpoints import Viewpoint
from .views import View, views_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .mesh import Mesh
    from .viewpoints import SheetPlan

_SIDE: Final = 384
"""Pixels of a view that only determines visibility: fine enough for an accuracy of a thousandth."""
_TEXTURE_SIDE: Final = 512
"""Texels of a texture that only determines whether faces share it."""
_WORTH: Final = 0.004
"""The least share of the surface that a suggested view adds."""
_OVER: Final = 1.15
"""The scale of the squares' sides: they overlap a little, so that no gaps show."""
_LIFT: Final = 0.004
"""How far above the surface the unseen parts are displayed, as a fraction of the model's size."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Foreseen:
    """What a sheet's views see."""

    share: float
    """The visible share of the surface, by area, 0–1."""
    unseen: NDArray[np.float32]
    """Squares that cover the unseen parts, a little above the surface: (count, 4 corners, 3), world space."""
    fine_side: int
    """Texels of a side of the texture that the views can fill. If they are enough, at least the texture's
    size."""
    is_fine: bool
    """Whether all views are as fine as the textures need."""
    is_overlapping: bool
    """Whether faces share a place on a texture: paint on one shows on the others too."""
    more: tuple[Viewpoint, ...]
    """The best next views, the best one first."""
    more_shares: tuple[float, ...]
    """The visible share of the surface with each of them and those before."""


def foresee(
    mesh: Mesh,
    plan: SheetPlan,
    sizes: Mapping[int, int],
    earlier: Sequence[Viewpoint],
    most: int,
    tiles: Mapping[int, Sequence[int]],
    stop: threading.Event,
) -> Foreseen | None:
    """Predict what views will see. None: it was stopped.

    Args:
        mesh: the model.
        plan: its sheet; without viewpoints only the earlier ones count.
        sizes: texels of a side of the texture of each material.
        earlier: views that it was painted from before.
        most: how many more views to suggest.
        tiles: the UDIM tiles of the materials that have some.

    Raises:
        SurfaceUnusable: a camera sees nothing of the mesh.
    """
    views = views_of(mesh, cameras_from(mesh, (*earlier, *plan.viewpoints), (_SIDE, _SIDE)))
    if stop.is_set():
        return None
    samples = samples_of(mesh)
    seen = seen_by(views, samples)
    share = float(seen.mean()) if len(seen) else 0.0
    left = np.flatnonzero(~seen)
    squares = _squares(mesh, samples.place[left], samples.triangle[left], len(seen))
    more: list[Viewpoint] = []
    shares: list[float] = []
    for camera, added in islice(next_cameras(mesh, views, (_SIDE, _SIDE)), most):
        if stop.is_set():
            return None
        seen |= seen_by([View(mesh, camera)], samples)
        now = float(seen.mean())
        if min(added, now - (shares or [share])[-1]) < _WORTH:
            break
        x, y, z = (float(value) for value in camera.towards)
        more.append(Viewpoint(towards=(x, y, z)))
        shares.append(now)
    side, is_fine = _fineness(mesh, plan, sizes)
    return Foreseen(
        share=share,
        unseen=squares,
        fine_side=side,
        is_fine=is_fine,
        is_overlapping=any(_overlap(mesh, part, tiles.get(part, ())) for part in sizes),
        more=tuple(more),
        more_shares=tuple(shares),
    )


def _squares(
    mesh: Mesh, places: NDArray[np.float32], triangles: NDArray[np.int32], of_all: int
) -> NDArray[np.float32]:
    """Return a square for each place, as large as the part of the surface that it represents."""
    normals = mesh.faces[triangles]
    axis = np.eye(3, dtype=np.float32)[np.abs(normals).argmin(1)]  # the axis closest to the surface's plane
    first = np.cross(normals, axis)
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), np.float32(1e-9))
    second = np.cross(normals, first)
    half = np.float32((float(areas(mesh.corners).sum()) / max(of_all, 1)) ** 0.5 / 2 * _OVER)
    middle = places + normals * np.float32(float(np.abs(mesh.corners).max()) * _LIFT)
    middle += np.array(mesh.origin, np.float32)
    turns = ((-half, -half), (half, -half), (half, half), (-half, half))
    corners = [middle + first * across + second * up for across, up in turns]
    return np.stack(corners, 1).astype(np.float32, copy=False)


def _overlap(mesh: Mesh, part: int, tiles: Sequence[int]) -> bool:
    return any(
        Texels(mesh, on_texture(mesh, part, tile), (_TEXTURE_SIDE, _TEXTURE_SIDE)).is_overlapping
        for tile in tiles or (None,)
    )


def _fineness(mesh: Mesh, plan: SheetPlan, sizes: Mapping[int, int]) -> tuple[int, bool]:
    """Return the side of the coarsest texture that all views can fill, and whether no texture is finer."""
    if not plan.viewpoints:
        return max(sizes.values(), default=0), True
    cell = grid_of(len(plan.viewpoints), plan.size).cells[0]
    cameras = cameras_from(mesh, plan.viewpoints, (cell.width, cell.height))
    found = [
        is_fine_enough(mesh, on_texture(mesh, part), (size, size), cameras) for part, size in sizes.items()
    ]
    return min((one.side for one in found), default=0), all(one.is_enough for one in found)
