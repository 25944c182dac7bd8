# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a texture of a real size repeats on an object: by its UVs, or by its own axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import bpy

    from ...imaging.uv_density import Density

_MOST_TRIANGLES: Final = 200_000
"""The most triangles that are measured, evenly spread: 20 ms."""


def density(obj: bpy.types.Object) -> Density | None:
    """Measure the UVs with which an object's materials show textures; None if it has none. Main thread.

    Modifiers are ignored; in Edit Mode the edited mesh is measured.
    """
    if obj.mode != "EDIT":
        return _density(obj, obj.data)
    obj.update_from_editmode()
    try:
        return _density(obj, obj.to_mesh())
    finally:
        obj.to_mesh_clear()


def _density(obj: bpy.types.Object, mesh: Any) -> Density | None:
    import numpy as np

    from ...imaging.uv_density import density_of

    layer = next((one for one in mesh.uv_layers if one.active_render), None)
    if layer is None or not mesh.polygons:
        return None
    mesh.calc_loop_triangles()
    loops = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", loops)
    loops = loops.reshape(-1, 3)[:: max(1, len(loops) // 3 // _MOST_TRIANGLES)]
    vertices = np.empty(len(mesh.loops), np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", vertices)  # `mesh.loops`: 200 times as slow
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.attributes["position"].data.foreach_get("vector", positions)
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    layer.uv.foreach_get("vector", uvs)
    turned = np.array(obj.matrix_world, np.float32)[:3, :3]
    corners = positions.reshape(-1, 3)[vertices[loops]] @ turned.T
    return density_of(corners, uvs.reshape(-1, 2)[loops])
