# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as they are read, and one mesh made from them all.

Reading is quick; the rest is for worker threads.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .mesh import FARTHEST_PLACE, FIRST_TILE, flat_normals, mesh_of, tile_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .mesh import Mesh


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """One object's mesh, in the arrays in which programs keep it."""

    positions: NDArray[np.float32]
    """(vertices, 3), in the object's space."""
    normals: NDArray[np.float32]
    """Of corners, (corners, 3)."""
    corner_vertices: NDArray[np.int32]
    """(corners,)."""
    uvs: NDArray[np.float32]
    """Of corners, (corners, 2)."""
    triangles: NDArray[np.int32]
    """Corners, (triangles, 3)."""
    triangle_faces: NDArray[np.int32]
    """(triangles,)."""
    slots: NDArray[np.int32]
    """Material slots of faces, (faces,)."""
    parts: tuple[int, ...]
    """The number of each slot's texture, or `ELSEWHERE`; the last one counts for slots beyond it."""
    matrix: NDArray[np.float64]
    """The matrix into the common space, (4, 4)."""
    are_quads: bool = False
    """Each two triangles are a quad that is split from its first to its third corner, concave or not."""

    @property
    def is_unwrapped(self) -> bool:
        """Whether its UVs take any room: those of a map that was only added all lie on one point. Quick."""
        if not self.uvs.size:
            return False
        low, high = np.fmin.reduce(self.uvs), np.fmax.reduce(self.uvs)  # without what is no number
        return bool((high > low).all())

    def stamp(self) -> int:
        """A number that changes when the mesh changes."""
        number = 0
        for values in (self.positions, self.uvs, self.triangles, self.slots, self.matrix):
            number = zlib.crc32(np.ascontiguousarray(values).data.cast("B") if values.size else b"", number)
        return number


def stamp_of(pieces: Sequence[Piece]) -> int:
    """Return a number that changes when one of the meshes changes."""
    return hash(tuple(piece.stamp() for piece in pieces)) & 0x7FFFFFFF


def tiles_used(pieces: Sequence[Piece], part: int) -> list[int]:
    """List the UDIM tiles (1001 …) that the triangles of a texture lie on, as `mesh.tiles_of`. Quick."""
    found: set[int] = set()
    for piece in pieces:
        slots = np.clip(piece.slots[piece.triangle_faces], 0, len(piece.parts) - 1)
        chosen = np.array(piece.parts, np.int32)[slots] == part
        found.update(
            number for number in np.unique(tile_numbers(piece.uvs[piece.triangles[chosen]])).tolist()
        )
    return sorted(number for number in found if number >= FIRST_TILE)


def _unfolded(piece: Piece) -> NDArray[np.int32]:
    """Return the triangles.

    Quads that fold over their diagonal are split along the other one, as in Blender.
    """
    if not piece.are_quads:
        return piece.triangles
    faces = flat_normals(piece.positions[piece.corner_vertices[piece.triangles]])
    folded = np.flatnonzero(np.einsum("ij,ij->i", faces[::2], faces[1::2]) < 0)
    if not len(folded):
        return piece.triangles
    triangles = piece.triangles.copy()
    first = piece.triangles[2 * folded, 0, np.newaxis]
    triangles[2 * folded] = first + np.array((0, 1, 3), np.int32)
    triangles[2 * folded + 1] = first + np.array((1, 2, 3), np.int32)
    return triangles


def assembled(pieces: Sequence[Piece]) -> Mesh:
    """Return one mesh of pieces, around the origin. Raises SurfaceUnusable."""
    corners: list[NDArray[np.float64]] = []
    normals: list[NDArray[np.float64]] = []
    uvs: list[NDArray[np.float32]] = []
    parts: list[NDArray[np.int32]] = []
    for piece in pieces:
        turn = piece.matrix[:3, :3]
        with np.errstate(invalid="ignore"):
            places = piece.positions.astype(np.float64) @ turn.T + piece.matrix[:3, 3]
        places[~(np.abs(places) < FARTHEST_PLACE)] = np.nan  # `mesh_of` leaves those corners out
        triangles = _unfolded(piece)
        corners.append(places[piece.corner_vertices[triangles]])
        # Normals are transformed by the inverse transpose, which is the matrix of cofactors up to a factor.
        cofactors = np.stack([np.cross(turn[(row + 1) % 3], turn[(row + 2) % 3]) for row in range(3)])
        cofactors *= np.sign(np.linalg.det(turn)) or 1  # mirrored objects too: outwards
        normals.append(piece.normals[triangles].astype(np.float64) @ cofactors.T)
        uvs.append(piece.uvs[triangles])
        slots = np.clip(piece.slots[piece.triangle_faces], 0, len(piece.parts) - 1)
        parts.append(np.array(piece.parts, np.int32)[slots])
    every = np.concatenate(corners) if corners else np.zeros((0, 3, 3))
    middle = np.zeros(3)
    if len(every):
        known = every[np.isfinite(every).all((1, 2))]
        if len(known):
            middle = (known.min((0, 1)) + known.max((0, 1))) / 2
            every -= middle
    return mesh_of(
        every,
        np.concatenate(uvs) if uvs else np.zeros((0, 3, 2)),
        normals=np.concatenate(normals) if normals else None,
        parts=np.concatenate(parts) if parts else None,
        origin=(float(middle[0]), float(middle[1]), float(middle[2])),
    )
