# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a UV map for a mesh without one: the image projected onto each side of the mesh's box, upright.

It uses no operator (they need a context and act on the selection), and never changes existing UVs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import bpy
import bmesh

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME: Final = "UVMap"
_FLAT: Final = 1e-5
"""A box is flat if it is this much thinner than it is long."""

# A side seen from outside: the axis to the right and its sign, the axis upwards and its sign.
_SIDES: Final = (
    # +X, +Y, +Z
    ((1, 1.0, 2, 1.0), (0, -1.0, 2, 1.0), (0, 1.0, 1, 1.0)),
    # -X, -Y, -Z
    ((1, -1.0, 2, 1.0), (0, 1.0, 2, 1.0), (0, 1.0, 1, -1.0)),
)


def ensure_uvs(mesh: bpy.types.Mesh) -> None:
    """Make a UV map if the mesh has none; in Edit Mode too.

    The image is scaled alike on all sides, to fit the longest edge of the box; on a flat mesh it is fitted to
    both edges, so that all of it shows.
    """
    if mesh.uv_layers:
        return
    if mesh.is_editmode:
        _ensure_in_edit_mode(mesh)
        return
    import numpy as np

    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.attributes["position"].data.foreach_get("vector", positions)  # `vertices`: 30 times as slow
    normals = np.empty(len(mesh.polygons) * 3, np.float32)
    mesh.polygon_normals.foreach_get("vector", normals)
    corners = np.empty(len(mesh.polygons), np.int32)  # per face
    mesh.polygons.foreach_get("loop_total", corners)
    vertices = np.empty(len(mesh.loops), np.int32)  # per corner
    mesh.attributes[".corner_vert"].data.foreach_get("value", vertices)
    uvs = _project(positions.reshape(-1, 3), vertices, np.repeat(normals.reshape(-1, 3), corners, axis=0))
    layer = mesh.uv_layers.new(name=NAME, do_init=False)
    layer.uv.foreach_set("vector", uvs.ravel())
    mesh.update()


def _ensure_in_edit_mode(mesh: bpy.types.Mesh) -> None:
    import numpy as np

    edited = bmesh.from_edit_mesh(mesh)
    layer = edited.loops.layers.uv.new(NAME)  # first, because it invalidates all references to elements
    edited.verts.index_update()
    positions = np.array([vertex.co[:] for vertex in edited.verts], np.float32)
    loops = [(loop, face.normal[:]) for face in edited.faces for loop in face.loops]
    vertices = np.array([loop.vert.index for loop, _ in loops], np.int32)
    normals = np.array([normal for _, normal in loops], np.float32)
    for (loop, _), uv in zip(loops, _project(positions, vertices, normals).tolist(), strict=True):
        loop[layer].uv = uv
    bmesh.update_edit_mesh(mesh, loop_triangles=False, destructive=False)


def _project(
    positions: NDArray[np.float32], vertices: NDArray[np.int32], normals: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (corners, 2) UVs from positions of vertices, and normals of vertices and faces, for corners."""
    import numpy as np

    low, high = positions[vertices].min(axis=0), positions[vertices].max(axis=0)
    extent = high - low
    longest = float(extent.max()) or 1.0
    is_flat = bool((extent < longest * _FLAT).any())
    scale = np.where(extent > longest * _FLAT, extent, longest) if is_flat else np.full(3, longest)
    centred = (positions[vertices] - (low + high) / 2) / scale
    uvs = np.empty((len(vertices), 2), np.float32)
    facing = np.abs(normals).argmax(axis=1)
    is_negative = np.take_along_axis(normals, facing[:, None], axis=1)[:, 0] < 0
    for negative, sides in enumerate(_SIDES):
        for axis, (right, right_sign, up, up_sign) in enumerate(sides):
            on_side = (facing == axis) & (is_negative == bool(negative))
            uvs[on_side, 0] = centred[on_side, right] * right_sign + 0.5
            uvs[on_side, 1] = centred[on_side, up] * up_sign + 0.5
    return uvs
