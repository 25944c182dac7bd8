# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh as arrays of triangles, and which of them lie on which texture. Any thread.

Triangles don't share corners, so that UVs and normals may differ at one vertex.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ...texts.phrases import phrase
from ..errors import SurfaceUnusable

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_TRIANGLES: Final = 5_000_000
"""More would take over a gigabyte, and hardly anything of a triangle would be visible on a texture."""
FIRST_TILE: Final = 1001
_TILES_ACROSS: Final = 10
ELSEWHERE: Final = -1
"""The part number of faces that are visible, but get no texture."""
FARTHEST_PLACE: Final = 1e12
"""A corner beyond this is a defect of the file, and its triangle is left out."""
_FARTHEST: Final = 2.0**20
"""A UV beyond this is a defect of the file: a float can't say there which texel is meant."""
_AT_ONCE: Final = 1 << 14  # triangles
_LEAST_LENGTH: Final = 1e-4
"""Metres: of a smaller mesh, the projection takes rounding for depth, and refuses the paid views."""
_LEAST_AREA: Final = 1 / 8192**2
"""A texel of the largest texture, if its side is 1."""
_MOST_CELLS: Final = 4
"""A triangle that spans this many repeats of a texture, each way, covers all of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mesh:
    """Triangles of one or several objects, in one space. Float32 throughout."""

    corners: NDArray[np.float32]
    """Positions, (count, 3 corners, 3)."""
    normals: NDArray[np.float32]
    """Unit vectors for shading, (count, 3 corners, 3)."""
    uvs: NDArray[np.float32]
    """(count, 3 corners, 2); V goes up."""
    parts: NDArray[np.int32]
    """The number of each triangle's material, (count,); any numbers."""
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The position of its own origin in the space of cameras with a fixed place."""

    def __len__(self) -> int:
        return len(self.corners)

    @functools.cached_property
    def faces(self) -> NDArray[np.float32]:
        """The unit normals of the triangles themselves, (count, 3); zeros for triangles without area."""
        return flat_normals(self.corners)


class OnTexture(NamedTuple):
    """Triangles that lie on one texture."""

    triangles: NDArray[np.int32]
    """Their numbers in the mesh, ascending; a triangle that repeats may appear more than once."""
    uvs: NDArray[np.float32]
    """Their places, (count, 3, 2), as if the texture lay between 0 and 1."""


def mesh_of(
    corners: NDArray[Any],
    uvs: NDArray[Any],
    *,
    normals: NDArray[Any] | None = None,
    parts: NDArray[Any] | None = None,
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Mesh:
    """Check the parts of a mesh, and build it; shapes as in `Mesh`.

    Triangles with a corner that is no place are left out; those whose UVs are none are on no texture. Missing
    normals, and those without length, are replaced with those of the faces.

    Raises:
        SurfaceUnusable: there are no faces, or too many.
    """
    count = len(corners)
    refuse_too_many(count)
    corners = np.asarray(corners, np.float32).reshape(count, 3, 3)
    uvs = np.asarray(uvs, np.float32).reshape(count, 3, 2)
    parts = np.zeros(count, np.int32) if parts is None else np.asarray(parts, np.int32)
    shaded = None if normals is None else np.asarray(normals, np.float32).reshape(count, 3, 3)
    known = np.isfinite(corners).all((1, 2))
    if not known.any():
        raise SurfaceUnusable(phrase("The mesh has no faces. Choose an object that has some."))
    if not known.all():
        corners, uvs, parts = corners[known], uvs[known], parts[known]
        shaded = None if shaded is None else shaded[known]
    is_lost = ~(np.abs(uvs) < _FARTHEST).all((1, 2))
    if is_lost.any():
        uvs, parts = uvs.copy(), parts.copy()
        uvs[is_lost], parts[is_lost] = 0, ELSEWHERE
    flat = flat_normals(corners)[:, np.newaxis]
    if shaded is None:
        shaded = np.repeat(flat, 3, 1)
    else:
        length = np.linalg.norm(shaded, axis=2, keepdims=True)
        is_known = np.isfinite(length) & (length > np.float32(1e-6))
        shaded = np.where(is_known, shaded / np.where(is_known, length, np.float32(1)), flat)
    normals = shaded.astype(np.float32, copy=False)
    return Mesh(corners=corners, normals=normals, uvs=uvs, parts=parts, origin=origin)


def refuse_too_many(count: int) -> None:
    """Raise SurfaceUnusable if there are more triangles than can be painted."""
    if count > MOST_TRIANGLES:
        raise SurfaceUnusable(
            phrase(
                "The mesh has {count} triangles, and {most} are the most that can be painted. Reduce it, or "
                "lower the levels of its modifiers.",
                count=f"{count:,}",
                most=f"{MOST_TRIANGLES:,}",
            )
        )


def refuse_too_small(mesh: Mesh) -> None:
    """Raise SurfaceUnusable if a mesh is so small that cameras and depths have no digits left for it."""
    points = mesh.corners.reshape(-1, 3)
    if not float((points.max(0) - points.min(0)).max()) >= _LEAST_LENGTH:
        raise SurfaceUnusable(
            phrase("The model is smaller than a tenth of a millimetre. Scale it up to paint it.")
        )


def nothing_on_texture() -> SurfaceUnusable:
    """Say that nothing of a mesh lies on a texture, and what to do."""
    return SurfaceUnusable(
        phrase("No part of the mesh lies on the texture. Unwrap it, and choose its UV map.")
    )


def refuse_without_texels(mesh: Mesh) -> None:
    """Raise SurfaceUnusable if one of the textures would show nothing of a mesh. Quick: it looks at few."""
    used = np.flatnonzero(np.bincount(mesh.parts[mesh.parts >= 0]))  # `np.unique` keeps the lock on numpy 2
    for part in used.tolist() or [0]:
        triangles, area = np.flatnonzero(mesh.parts == part), 0.0
        for start in range(0, len(triangles), _AT_ONCE):
            uvs = mesh.uvs[triangles[start : start + _AT_ONCE]].astype(np.float64)
            across, up = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
            area += float(np.abs(across[:, 0] * up[:, 1] - across[:, 1] * up[:, 0]).sum()) / 2
            if area >= _LEAST_AREA:
                break
        else:
            raise nothing_on_texture()


def flat_normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the unit normals of triangles (count, 3, 3); zeros for those without area."""
    across = _across(corners)
    length = np.sqrt((across**2).sum(0))
    across /= np.where(length > 0, length, 1)
    return np.ascontiguousarray(across.T, np.float32)


def areas(corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the areas of triangles (count, 3, 3)."""
    found: NDArray[np.float64] = np.sqrt((_across(corners) ** 2).sum(0)) / 2
    return found


def _across(corners: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cross products of two edges of triangles (count, 3, 3): (3, count)."""
    # In float64, because the square of a tiny edge's length underflows in float32. In rows, because numpy is
    # several times as fast along them as over triples.
    rows = np.ascontiguousarray(corners.transpose(1, 2, 0), np.float64)
    with np.errstate(invalid="ignore"):  # corners that are no places
        (ax, ay, az), (bx, by, bz) = rows[1] - rows[0], rows[2] - rows[0]
        return np.stack((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx))


def tiles_of(mesh: Mesh, part: int) -> list[int]:
    """List the UDIM tiles (1001 …) that the triangles of a material lie on, by their middles."""
    numbers = tile_numbers(mesh.uvs[mesh.parts == part])
    return [int(number) for number in np.unique(numbers) if number >= FIRST_TILE]


def on_texture(mesh: Mesh, part: int, tile: int | None = None) -> OnTexture:
    """Return the triangles that lie on the texture of a material.

    Args:
        mesh: of any number of materials.
        part: the material.
        tile: of a UDIM texture; None: the texture repeats, and triangles outside 0–1 are on it too.
    """
    if tile is not None:
        at = np.array(((tile - FIRST_TILE) % _TILES_ACROSS, (tile - FIRST_TILE) // _TILES_ACROSS), np.float32)
        low, high = mesh.uvs.min(1) - at, mesh.uvs.max(1) - at
        chosen = np.flatnonzero((mesh.parts == part) & ((low < 1) & (high > 0)).all(1)).astype(np.int32)
        return OnTexture(chosen, mesh.uvs[chosen] - at)
    chosen = np.flatnonzero(mesh.parts == part).astype(np.int32)
    uvs = mesh.uvs[chosen]
    if not len(uvs) or (uvs.min() >= 0 and uvs.max() <= 1):
        return OnTexture(chosen, uvs)
    low = np.floor(uvs.min(1)).astype(np.int64)
    spans = np.maximum(np.ceil(uvs.max(1)).astype(np.int64) - low, 1)
    low += np.maximum(spans - _MOST_CELLS, 0) // 2
    spans = np.minimum(spans, _MOST_CELLS)
    copies = spans.prod(1)
    which = np.repeat(np.arange(len(chosen)), copies)
    number = np.arange(len(which)) - np.repeat(np.cumsum(copies) - copies, copies)
    cells = low[which] + np.stack((number % spans[which, 0], number // spans[which, 0]), 1)
    # In float64, so that places far from 0–1 stay as exact as possible.
    moved = uvs[which].astype(np.float64) - cells[:, np.newaxis]
    return OnTexture(chosen[which], moved.astype(np.float32))


def tile_numbers(uvs: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the tile of each triangle's middle; 0 if there is none, or the triangle has no area."""
    is_place = (np.abs(uvs) < _FARTHEST).all((1, 2))
    uvs = np.where(is_place[:, np.newaxis, np.newaxis], uvs, np.float32(0))  # which has no area
    cells = np.floor(uvs.mean(1)).astype(np.int64)
    numbers = FIRST_TILE + cells[:, 0] + _TILES_ACROSS * cells[:, 1]
    is_one = (cells >= 0).all(1) & (cells[:, 0] < _TILES_ACROSS) & (cells[:, 1] < 100)
    edges = uvs[:, 1:] - uvs[:, :1]
    has_area = edges[:, 0, 0] * edges[:, 1, 1] != edges[:, 0, 1] * edges[:, 1, 0]
    return np.where(is_one & has_area, numbers, 0)
