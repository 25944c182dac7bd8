# SPDX-License-Identifier: GPL-3.0-or-later
"""UVs of the faces that are selected, in Edit Mode and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..phrases import phrase
from .errors import SourceUnusable
from .textures import image_nodes, materials_of

if TYPE_CHECKING:
    import bpy
    import numpy as np
    from numpy.typing import NDArray


def map_showing(obj: Any, image: bpy.types.Image | None) -> str:
    """Return the name of the UV map by which an object's materials show an image; empty where none tells."""
    for material in materials_of(obj) if image is not None else ():
        for _tree, node in image_nodes(material.node_tree):
            if node.image == image:
                return _map_of(node.inputs["Vector"], obj.data)
    return ""


def _map_of(socket: Any, mesh: Any) -> str:
    """Return the UV map that feeds a vector, through what only moves it; an unlinked one has the renders'."""
    rendered = next((layer.name for layer in mesh.uv_layers if layer.active_render), "")
    seen: set[str] = set()  # names of nodes: Blender lets links go in a circle
    while (link := _link_to(socket)) is not None and link.from_node.name not in seen:
        seen.add(link.from_node.name)
        match link.from_node.type:
            case "MAPPING":
                socket = link.from_node.inputs["Vector"]
            case "REROUTE":
                socket = link.from_node.inputs[0]
            case "UVMAP":
                return link.from_node.uv_map or rendered
            case "TEX_COORD" if link.from_socket.identifier == "UV":
                return rendered
            case _:
                return ""
    return rendered


def _link_to(socket: Any) -> Any | None:
    """Return the link that feeds a socket; None where there is none, or it is muted or drawn red."""
    return next((link for link in socket.links if link.is_valid and not link.is_muted), None)


def selected_triangles(obj: Any, uv_map: str = "") -> NDArray[np.float32]:
    """Return the triangles of a mesh object's selected faces in a UV map, (count, 3, 2).

    Main thread; about 1 ms for a thousand faces.

    Args:
        uv_map: its name; the active one where there is none of that name.

    Raises:
        SourceUnusable: no face is selected.
    """
    if obj.mode != "EDIT":
        return _triangles(obj.data, obj.name, uv_map)
    # In Edit Mode a mesh has no UVs to be read: they are in a copy, once it is up to date.
    obj.update_from_editmode()
    try:
        return _triangles(obj.to_mesh(), obj.name, uv_map)
    finally:
        obj.to_mesh_clear()


def _triangles(mesh: Any, name: str, uv_map: str) -> NDArray[np.float32]:
    import numpy as np

    selected = np.empty(len(mesh.polygons), np.bool_)
    mesh.polygons.foreach_get("select", selected)
    hidden = np.empty(len(mesh.polygons), np.bool_)
    mesh.polygons.foreach_get("hide", hidden)
    selected &= ~hidden
    if not selected.any():
        raise SourceUnusable(phrase("{problem}.", problem=phrase("No face of {obj} is selected", obj=name)))
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    faces = np.empty(count, np.int32)
    mesh.loop_triangles.foreach_get("polygon_index", faces)
    corners = np.empty(count * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", corners)
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    layer = mesh.uv_layers.get(uv_map) or mesh.uv_layers.active
    layer.uv.foreach_get("vector", uvs)
    return uvs.reshape(-1, 2)[corners.reshape(-1, 3)[selected[faces]]]
