# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a mesh: clay in soft light, its textures, its normals, its depth. Worker threads only.

It needs no GPU and no window, so that a farm draws the same as the artist's own machine.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands
from .layout import BACKDROP
from .mesh import FIRST_TILE
from .sampling import colours_at, packed
from .views import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .cameras import Camera
    from .mesh import Mesh

    Textures = Mapping[tuple[int, int | None], NDArray[np.uint8]]
    """By material and UDIM tile, None if the texture repeats: (height, width, 3), sRGB."""

_FINER: Final = 2
"""Pictures are drawn at this multiple of the size, and averaged, so that edges are smooth as in
photographs."""
_CLAY: Final = np.array((205, 202, 198), np.float32)
_LIGHT: Final = np.array((-0.42, 0.55, 0.72), np.float32) / np.float32(np.linalg.norm((-0.42, 0.55, 0.72)))
"""The direction to the light, in the camera's space: over the left shoulder."""
_SHADE: Final = np.float32(0.42)  # the darkest side's fraction of the light
_FLAT_LIGHT: Final = np.float32(0.75)
"""On a texture the light only hints at the form: the darkest side keeps this fraction of its colour."""


class Look(Enum):
    """What a picture of a mesh shows."""

    CLAY = "CLAY"
    """One light colour, soft light from the upper left."""
    TEXTURE = "TEXTURE"
    """The textures as stored, without light; clay if a part has no texture."""
    LIT = "LIT"
    """The textures in soft light."""
    NORMALS = "NORMALS"
    """Normals in the camera's space, in the form of normal maps (X right, Y up)."""
    DEPTH = "DEPTH"
    """Near parts are white, far parts dark grey, the empty background black."""


def draw(
    mesh: Mesh,
    camera: Camera,
    look: Look,
    textures: Textures | None = None,
    backdrop: tuple[int, int, int] = (BACKDROP, BACKDROP, BACKDROP),
) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) of a mesh, sRGB."""
    fine = camera.resized(camera.width * _FINER, camera.height * _FINER)
    view = View(mesh, fine, with_steps=False)
    corners = mesh.corners
    duals = _duals(corners)
    wrapped = {key: packed(picture) for key, picture in (textures or {}).items()}
    background = np.array(
        {Look.DEPTH: (0, 0, 0), Look.NORMALS: (128, 128, 255)}.get(look, backdrop), np.float32
    )
    picture = np.empty((camera.height, camera.width, 3), np.uint8)
    there = view.depth[np.isfinite(view.depth)]
    near, far = (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)

    def shade(rows: slice) -> None:
        fine_rows = slice(rows.start * _FINER, rows.stop * _FINER)
        ids = view.triangles[fine_rows].reshape(-1)
        values = np.empty((len(ids), 3), np.float32)
        values[:] = background
        some = np.flatnonzero(ids >= 0)
        if len(some):
            row, column = np.divmod(some, fine.width)
            depth = view.depth[fine_rows].reshape(-1)[some]
            x = column.astype(np.float32) + np.float32(0.5)
            y = row.astype(np.float32) + np.float32(fine_rows.start + 0.5)
            triangle = ids[some]
            if look is Look.DEPTH:
                values[some] = (255 - 205 * (depth - near) / max(far - near, 1e-12))[:, np.newaxis]
            else:
                weights = _barycentric(fine.unproject(x, y, depth), corners, duals, triangle)
                values[some] = _coloured(mesh, fine, look, wrapped, triangle, weights)
        parts = values.reshape(rows.stop - rows.start, _FINER, camera.width, _FINER, 3)
        mean = parts.mean((1, 3), dtype=np.float32)
        picture[rows] = np.clip(mean + np.float32(0.5), 0, 255).astype(np.uint8)

    step = max(1, (1 << 14) // camera.width)
    in_bands(shade, [slice(top, min(top + step, camera.height)) for top in range(0, camera.height, step)])
    return picture


def _coloured(
    mesh: Mesh,
    camera: Camera,
    look: Look,
    textures: Mapping[tuple[int, int | None], NDArray[np.uint32]],
    triangle: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the colours (count, 3), 0–255, of points on triangles."""
    if look is Look.TEXTURE:
        return _textured(mesh, textures, triangle, weights)
    normal = np.einsum("ij,ijk->ik", weights, mesh.normals[triangle]) @ camera.turn.T.astype(np.float32)
    normal /= np.maximum(np.sqrt(np.einsum("ij,ij->i", normal, normal)), np.float32(1e-9))[:, np.newaxis]
    # Flip the normal of a face that is seen from behind, so that it is not dark.
    normal *= np.where(normal[:, 2:] < 0, np.float32(-1), np.float32(1))
    if look is Look.NORMALS:
        return normal * np.float32(127.5) + np.float32(127.5)
    light = np.float32(0.5) + np.float32(0.5) * (normal @ _LIGHT)
    if look is Look.CLAY:
        return _CLAY * (_SHADE + (1 - _SHADE) * light)[:, np.newaxis]
    return (
        _textured(mesh, textures, triangle, weights)
        * (_FLAT_LIGHT + (1 - _FLAT_LIGHT) * light)[:, np.newaxis]
    )


def _textured(
    mesh: Mesh,
    textures: Mapping[tuple[int, int | None], NDArray[np.uint32]],
    triangle: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    colours = np.empty((len(triangle), 3), np.float32)
    colours[:] = _CLAY
    parts = mesh.parts[triangle]
    uvs = np.einsum("ij,ijk->ik", weights, mesh.uvs[triangle])
    cells = np.floor(mesh.uvs[triangle].mean(1)).astype(np.int32)
    tiles = FIRST_TILE + cells[:, 0] + 10 * cells[:, 1]
    for (part, tile), picture in textures.items():
        chosen = np.flatnonzero((parts == part) & ((tiles == tile) if tile is not None else True))
        if not len(chosen):
            continue
        height, width = picture.shape
        at = uvs[chosen] - cells[chosen] if tile is not None else uvs[chosen] % np.float32(1)
        x, y = at[:, 0] * np.float32(width), (np.float32(1) - at[:, 1]) * np.float32(height)
        colours[chosen] = colours_at(picture, x, y).T
    return colours


def _duals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return factors of the weights of triangles' second and third corners at a point: (count, 2, 3)."""
    first = (corners[:, 1] - corners[:, 0]).astype(np.float64)
    second = (corners[:, 2] - corners[:, 0]).astype(np.float64)
    a, b, c = (
        (one * two).sum(1)[:, np.newaxis] for one, two in ((first, first), (first, second), (second, second))
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = np.stack((c * first - b * second, a * second - b * first), 1) / (a * c - b * b)[:, np.newaxis]
    return np.where(np.isfinite(found), found, 0).astype(np.float32)


def _barycentric(
    points: NDArray[np.float32],
    corners: NDArray[np.float32],
    duals: NDArray[np.float32],
    triangle: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Return the weights (count, 3) of the corners of triangles at points on them."""
    apart = points - corners[triangle, 0]
    found = np.einsum("ijk,ik->ij", duals[triangle], apart)
    np.clip(found, 0, 1, out=found)
    first = np.maximum(1 - found.sum(1, keepdims=True), np.float32(0))
    return np.concatenate((first, found), 1)
