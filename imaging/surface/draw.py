# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a mesh: clay in soft light, its textures, its normals, its depth. Worker threads only.

It needs no GPU and no window, so that a farm draws the same as the artist's own machine.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import at_once, in_bands
from .layout import BACKDROP
from .mesh import FIRST_TILE
from .raster import TRIANGLES
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
    planes = _planes(mesh.corners)
    wrapped = {key: packed(picture) for key, picture in (textures or {}).items()}
    background = np.array(
        {Look.DEPTH: (0, 0, 0), Look.NORMALS: (128, 128, 255)}.get(look, backdrop), np.float32
    )
    picture = np.empty((camera.height, camera.width, 3), np.uint8)
    near, far = _limits(view.depth) if look is Look.DEPTH else (0.0, 1.0)

    def shade(rows: slice) -> None:
        fine_rows = slice(rows.start * _FINER, rows.stop * _FINER)
        ids = view.triangles[fine_rows].reshape(-1)
        values = np.empty((3, len(ids)), np.float32)
        values[:] = background[:, np.newaxis]
        some = np.flatnonzero(ids >= 0)
        if len(some):
            row = some // fine.width
            depth = view.depth[fine_rows].reshape(-1)[some]
            x = (some - row * fine.width).astype(np.float32) + np.float32(0.5)
            y = row.astype(np.float32) + np.float32(fine_rows.start + 0.5)
            triangle = ids[some].astype(np.intp)
            if look is Look.DEPTH:
                shown = np.broadcast_to(255 - 205 * (depth - near) / max(far - near, 1e-12), (3, len(some)))
            else:
                weights = _barycentric(fine.unproject(x, y, depth), planes, triangle)
                shown = _coloured(mesh, fine, look, wrapped, triangle, weights)
            for channel, colours in zip(values, shown, strict=True):
                channel[some] = colours
        picture[rows] = _averaged(values.reshape(3, -1, fine.width))

    step = max(1, (1 << 14) // camera.width)
    in_bands(shade, [slice(top, min(top + step, camera.height)) for top in range(0, camera.height, step)])
    return picture


def _limits(depth: NDArray[np.float32]) -> tuple[float, float]:
    """Return the least and the greatest depth of a mesh."""
    there = depth[np.isfinite(depth)]
    return (float(there.min()), float(there.max())) if len(there) else (0.0, 1.0)


def _averaged(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return colours (3, height, width) as a smaller picture (height, width, 3)."""
    mean = np.full((3, values.shape[1] // _FINER, values.shape[2] // _FINER), 0.5, np.float32)
    for row, column in np.ndindex(_FINER, _FINER):
        mean += values[:, row::_FINER, column::_FINER] * np.float32(1 / _FINER**2)
    return np.moveaxis(np.clip(mean, 0, 255).astype(np.uint8), 0, -1)


def _coloured(
    mesh: Mesh,
    camera: Camera,
    look: Look,
    textures: Mapping[tuple[int, int | None], NDArray[np.uint32]],
    triangle: NDArray[np.intp],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the colours (3, count), 0–255, of points on triangles."""
    if look is Look.TEXTURE:
        return _textured(mesh, textures, triangle, weights)
    normal = camera.turn.astype(np.float32) @ _mixed(mesh.normals, triangle, weights)
    length = np.sqrt((normal * normal).sum(0))
    # Flip the normal of a face that is seen from behind, so that it is not dark.
    normal *= np.copysign(1 / np.maximum(length, np.float32(1e-9)), normal[2])
    if look is Look.NORMALS:
        return normal * np.float32(127.5) + np.float32(127.5)
    light = np.float32(0.5) + np.float32(0.5) * (_LIGHT @ normal)
    if look is Look.CLAY:
        textures = {}
    found = _textured(mesh, textures, triangle, weights)
    shade = _SHADE if look is Look.CLAY else _FLAT_LIGHT
    found *= shade + (1 - shade) * light
    return found


def _textured(
    mesh: Mesh,
    textures: Mapping[tuple[int, int | None], NDArray[np.uint32]],
    triangle: NDArray[np.intp],
    weights: NDArray[np.float32],
) -> NDArray[np.float32]:
    colours = np.empty((3, len(triangle)), np.float32)
    colours[:] = _CLAY[:, np.newaxis]
    if not textures:
        return colours
    parts = mesh.parts[triangle]
    uvs = _mixed(mesh.uvs, triangle, weights)
    has_tiles = any(tile is not None for _, tile in textures)
    cells = np.floor(_means(mesh.uvs, triangle)) if has_tiles else np.zeros_like(uvs)
    tiles = (FIRST_TILE + cells[0] + 10 * cells[1]).astype(np.int32)
    for (part, tile), picture in textures.items():
        chosen = np.flatnonzero((parts == part) & ((tiles == tile) if tile is not None else True))
        height, width = picture.shape
        u, v = (each[chosen] for each in uvs)
        for at, cell in ((u, cells[0]), (v, cells[1])):
            at -= np.floor(at) if tile is None else cell[chosen]
        found = colours_at(picture, u * np.float32(width), (np.float32(1) - v) * np.float32(height))
        for channel, values in zip(colours, found, strict=True):
            channel[chosen] = values
    return colours


def _mixed(
    values: NDArray[np.float32], triangle: NDArray[np.intp], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Mix what triangles' corners have, (triangles, 3, kinds), by weights (3, count): (kinds, count).

    Row by row: with that, drawing takes half the time of `einsum` over small matrices.
    """
    kinds, flat = values.shape[2], values.reshape(-1)
    found = np.zeros((kinds, len(triangle)), np.float32)
    at = triangle * (3 * kinds)
    for corner, weight in enumerate(weights):
        for kind in range(kinds):
            found[kind] += flat[at + (corner * kinds + kind)] * weight
    return found


def _means(values: NDArray[np.float32], triangle: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the means of what triangles' corners have."""
    return _mixed(values, triangle, np.ones((3, 1), np.float32)) / np.float32(3)


def _planes(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return triangles' first corners, and factors of the weights of the second and third one: (9, count)."""
    found = np.empty((9, len(corners)), np.float32)

    def prepare(start: int) -> None:
        part = slice(start, start + TRIANGLES)
        rows = np.ascontiguousarray(corners[part].transpose(1, 2, 0), np.float64)
        first, second = rows[1] - rows[0], rows[2] - rows[0]
        a, b, c = ((one * two).sum(0) for one, two in ((first, first), (first, second), (second, second)))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            duals = np.concatenate((c * first - b * second, a * second - b * first)) / (a * c - b * b)
        found[:3, part] = rows[0]
        found[3:, part] = np.where(np.isfinite(duals), duals, 0)

    at_once(prepare, range(0, len(corners), TRIANGLES))
    return found


def _barycentric(
    points: NDArray[np.float32], planes: NDArray[np.float32], triangle: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return the weights (3, count) of the corners of triangles at points (count, 3) on them."""
    apart = [points[:, axis] - planes[axis][triangle] for axis in range(3)]
    weights = np.zeros((3, len(triangle)), np.float32)
    for corner in (1, 2):
        for axis, length in enumerate(apart):
            weights[corner] += planes[3 * corner + axis][triangle] * length
    np.maximum(weights, np.float32(0), out=weights)
    np.minimum(weights, np.float32(1), out=weights)
    weights[0] = np.maximum(1 - weights[1] - weights[2], np.float32(0))
    return weights
