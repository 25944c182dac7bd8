# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes for painting, made by code: each kind has its own difficulty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from easel.imaging.surface.mesh import Mesh, mesh_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Shape = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
    Patch = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]

_GAP = 0.012


def patch(shape: Shape, across: int, down: int) -> Patch:
    """Return triangles of a shape over the unit square: corners, normals, UVs."""
    u, v = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, down + 1))
    points = shape(u, v)
    du = shape(np.minimum(u + 1e-4, 1), v) - shape(np.maximum(u - 1e-4, 0), v)
    dv = shape(u, np.minimum(v + 1e-4, 1)) - shape(u, np.maximum(v - 1e-4, 0))
    normals = np.cross(du, dv)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    row, column = (values.ravel() for values in np.mgrid[:down, :across])
    corner = row * (across + 1) + column
    both = np.concatenate(
        (
            np.stack((corner, corner + 1, corner + across + 2), 1),
            np.stack((corner, corner + across + 2, corner + across + 1), 1),
        )
    )
    uvs = np.stack((u, v), -1).reshape(-1, 2)
    return points.reshape(-1, 3)[both], normals.reshape(-1, 3)[both], uvs[both]


def atlas(patches: Sequence[Patch], columns: int | None = None) -> Mesh:
    """Return a mesh of patches, each in its own cell of one texture."""
    columns = columns or int(np.ceil(np.sqrt(len(patches))))
    rows = -(-len(patches) // columns)
    moved = []
    for number, (_corners, _normals, uvs) in enumerate(patches):
        at = np.array((number % columns, number // columns))
        inner = _GAP + uvs * (np.array((1 / columns, 1 / rows)) - 2 * _GAP)
        moved.append(inner + at / (columns, rows))
    return mesh_of(
        np.concatenate([one[0] for one in patches]),
        np.concatenate(moved),
        normals=np.concatenate([one[1] for one in patches]),
    )


def unwrapped(patches: Sequence[Patch]) -> Mesh:
    """Return a mesh of flat patches, packed on shelves of one texture in proportion to their real size."""
    sizes = []
    for corners, _normals, uvs in patches:
        spread = np.ptp(corners.reshape(-1, 3), 0)
        right = np.abs(corners[0, 1] - corners[0, 0]) > 1e-9
        assert uvs.shape[1] == 3
        sizes.append((spread[right].sum(), spread[~right].sum()))
    order = sorted(range(len(patches)), key=lambda number: -sizes[number][1])
    scale = 1.0
    while (places := _shelves([sizes[number] for number in order], scale)) is None:
        scale *= 0.97
    moved: list[Any] = [None] * len(patches)
    for number, place in zip(order, places, strict=True):
        moved[number] = np.asarray(place) + patches[number][2] * (np.asarray(sizes[number]) * scale)
    return mesh_of(
        np.concatenate([one[0] for one in patches]),
        np.concatenate(moved),
        normals=np.concatenate([one[1] for one in patches]),
    )


def _shelves(sizes: Sequence[tuple[float, float]], scale: float) -> list[tuple[float, float]] | None:
    """Return places of rectangles, tallest first; None if they do not all fit."""
    places = []
    x = y = shelf = 0.0
    for width, height in sizes:
        if x + width * scale + _GAP > 1:
            x, y, shelf = 0.0, y + shelf + _GAP, 0.0
        if x + width * scale + _GAP > 1 or y + height * scale + _GAP > 1:
            return None
        places.append((x + _GAP / 2, y + _GAP / 2))
        x, shelf = x + width * scale + _GAP, max(shelf, height * scale)
    return places


def _ball(middle: Sequence[float], radii: Sequence[float], wave: float = 0.0) -> Shape:
    def shape(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
        around, up = 2 * np.pi * u, np.pi * (v - 0.5)
        bump = 1 + wave * np.sin(7 * around) * np.sin(9 * up) * np.cos(up)
        round_ = np.stack((np.cos(around) * np.cos(up), np.sin(around) * np.cos(up), np.sin(up)), -1)
        return np.asarray(middle) + round_ * bump[..., None] * np.asarray(radii)

    return shape


def _flat(origin: Sequence[float], right: Sequence[float], up: Sequence[float]) -> Shape:
    return lambda u, v: np.asarray(origin) + u[..., None] * np.asarray(right) + v[..., None] * np.asarray(up)


def _box(low: Sequence[float], high: Sequence[float]) -> list[Shape]:
    (a, b, c), (x, y, z) = np.asarray(low, float), np.asarray(high, float) - low
    return [
        _flat((a, b, c), (x, 0, 0), (0, 0, z)),
        _flat((a + x, b, c), (0, y, 0), (0, 0, z)),
        _flat((a + x, b + y, c), (-x, 0, 0), (0, 0, z)),
        _flat((a, b + y, c), (0, -y, 0), (0, 0, z)),
        _flat((a, b, c + z), (x, 0, 0), (0, y, 0)),
        _flat((a, b + y, c), (x, 0, 0), (0, -y, 0)),
    ]


def sphere(detail: int = 64) -> Mesh:
    """Return one island with a seam, and two poles whose faces have no area."""
    return atlas([patch(_ball((0, 0, 0), (1, 1, 1)), 2 * detail, detail)])


def torus(detail: int = 64) -> Mesh:
    """Return a ring with a hole, whose inner side few views see."""

    def shape(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
        around, tube = 2 * np.pi * u, 2 * np.pi * v
        far = 1 + 0.38 * np.cos(tube)
        return np.stack((np.cos(around) * far, np.sin(around) * far, 0.38 * np.sin(tube)), -1)

    return atlas([patch(shape, 2 * detail, detail)])


def head(detail: int = 64) -> Mesh:
    """Return a head with ears, eyes and a snout of several islands, which hide parts of each other."""
    balls = (
        ((0, 0, 0), (0.8, 0.75, 0.85)),
        ((-0.95, 0, 0.1), (0.4, 0.12, 0.35)),
        ((0.95, 0, 0.1), (0.4, 0.12, 0.35)),
        ((-0.3, -0.62, 0.25), (0.2, 0.2, 0.2)),
        ((0.3, -0.62, 0.25), (0.2, 0.2, 0.2)),
        ((0, -0.6, -0.3), (0.45, 0.45, 0.3)),
    )
    return atlas([patch(_ball(middle, radii, 0.02), 2 * detail, detail) for middle, radii in balls], 3)


def scan(detail: int = 388) -> Mesh:
    """Return many small triangles on as many islands as automatic unwrapping makes."""
    corners, normals, uvs = patch(_ball((0, 0, 0), (0.8, 0.7, 1), 0.04), detail, detail)
    across, down = 12, 6
    cell = np.minimum((uvs.mean(1) * (across, down)).astype(int), (across - 1, down - 1))
    number = (cell[:, 1] * across + cell[:, 0]) * 29 % (across * down)
    inner = uvs * (across, down) - cell[:, np.newaxis]
    columns, rows = 9, 8
    at = np.stack((number % columns, number // columns), 1)[:, np.newaxis]
    placed = (at + 0.04 + 0.92 * np.clip(inner, -0.03, 1.03)) / (columns, rows)
    return mesh_of(corners, placed, normals=normals)


def tiled_cube(detail: int = 4) -> Mesh:
    """Return a cube with each side on its own UDIM tile: 1001–1003 and 1011–1013."""
    patches = [patch(shape, detail, detail) for shape in _box((-0.7, -0.7, -0.7), (0.7, 0.7, 0.7))]
    uvs = [0.03 + 0.94 * one[2] + np.array((number % 3, number // 3)) for number, one in enumerate(patches)]
    return mesh_of(
        np.concatenate([one[0] for one in patches]),
        np.concatenate(uvs),
        normals=np.concatenate([one[1] for one in patches]),
    )


def chair(detail: int = 4) -> Mesh:
    """Return thin legs and slats, a few pixels wide in a view."""
    boxes = [((-0.5, -0.5, 0), (0.5, 0.5, 0.08))]
    for x, y in ((-0.48, -0.48), (0.42, -0.48), (-0.48, 0.42), (0.42, 0.42)):
        boxes.append(((x, y, -0.9), (x + 0.06, y + 0.06, 0)))
    boxes += [((x, 0.44, 0.08), (x + 0.05, 0.48, 0.95)) for x in (-0.46, -0.24, -0.02, 0.2, 0.41)]
    boxes.append(((-0.5, 0.43, 0.95), (0.5, 0.49, 1.1)))
    return unwrapped([patch(shape, detail, detail) for low, high in boxes for shape in _box(low, high)])


MESHES: dict[str, Callable[[], Mesh]] = {
    "sphere": sphere,
    "torus": torus,
    "head": head,
    "cube of tiles": tiled_cube,
    "scan": scan,
    "chair": chair,
}


def suzanne(levels: int = 3) -> Mesh:
    """Return Blender's subdivided monkey, as a click on *Paint Model* reads it. Empties the file."""
    import bpy

    from easel.imaging.surface.pieces import assembled
    from easel.scene.models.evaluated import read_piece

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_monkey_add()
    modifier: Any = bpy.context.object.modifiers.new("Subdivision", "SUBSURF")
    modifier.levels = levels
    return assembled([read_piece(bpy.context.object, bpy.context.evaluated_depsgraph_get(), (0,))])


def pattern(points: NDArray[Any], pitch: float = 0.12) -> NDArray[np.float32]:
    """Return a colour 0–255 for each place (count, 3) in space: smooth waves, never near magenta."""
    points = np.asarray(points, np.float32) * np.float32(2 * np.pi / pitch)
    x, y, z = np.moveaxis(points, -1, 0)
    red = 100 + 40 * np.sin(0.41 * x + 0.23 * z) + 20 * np.sin(y + 0.7 * z)
    green = 155 + 50 * np.sin(0.31 * y - 0.17 * x) + 20 * np.sin(0.9 * x - 0.8 * z)
    blue = 90 + 40 * np.sin(0.37 * z + 0.29 * y) + 20 * np.sin(0.7 * x + y)
    return np.stack((red, green, blue), -1).astype(np.float32)
