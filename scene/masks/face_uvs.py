# SPDX-License-Identifier: GPL-3.0-or-later
"""UVs of the faces that are selected, in Edit Mode and out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...texts.phrases import phrase
from ..errors import SourceUnusable
from ..pictures.textures import has_image, image_nodes, uses_nodes

if TYPE_CHECKING:
    import bpy
    import numpy as np
    from numpy.typing import NDArray


def slots_showing(obj: Any, image: bpy.types.Image | None) -> list[int]:
    """List the material slots of an object that show an image. Cheap enough for `draw`."""
    if image is None:
        return []
    return [
        index
        for index, slot in enumerate(obj.material_slots)
        if slot.material is not None
        and slot.material.node_tree is not None
        and uses_nodes(slot.material)
        and has_image(slot.material.node_tree, image)
    ]


def _maps_showing(obj: Any, image: bpy.types.Image | None) -> dict[int, str]:
    """Return the UV map by which each material slot shows an image; an empty name if none is named."""
    maps: dict[int, str] = {}
    for index in slots_showing(obj, image):
        tree = obj.material_slots[index].material.node_tree
        node = next(node for _tree, node in image_nodes(tree) if node.image == image)
        maps[index] = _map_of(node.inputs["Vector"], obj.data)
    return maps


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
    """Return the link that feeds a socket; None if there is none, or it is muted or drawn red."""
    return next((link for link in socket.links if link.is_valid and not link.is_muted), None)


def selected_triangles(obj: Any, image: bpy.types.Image | None) -> NDArray[np.float32]:
    """Return the triangles of a mesh object's selected faces that show an image, (count, 3, 2): maybe none.

    In the UV maps that it is shown by; where no material of the object shows it, of all selected faces in
    the active map. Main thread; about 1 ms for a thousand faces.

    Raises:
        SourceUnusable: no face is selected.
    """
    maps = _maps_showing(obj, image)
    if obj.mode != "EDIT":
        return _triangles(obj, obj.data, maps)
    # In Edit Mode a mesh has no UVs to be read: they are in a copy, once it is up to date.
    obj.update_from_editmode()
    try:
        return _triangles(obj, obj.to_mesh(), maps)
    finally:
        obj.to_mesh_clear()


def _triangles(obj: Any, mesh: Any, maps: dict[int, str]) -> NDArray[np.float32]:
    import numpy as np

    selected = np.empty(len(mesh.polygons), np.bool_)
    mesh.polygons.foreach_get("select", selected)
    hidden = np.empty(len(mesh.polygons), np.bool_)
    mesh.polygons.foreach_get("hide", hidden)
    selected &= ~hidden
    if not selected.any():
        raise SourceUnusable(
            phrase("{problem}.", problem=phrase("No face of {obj} is selected", obj=obj.name))
        )
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    faces = np.empty(count, np.int32)
    mesh.loop_triangles.foreach_get("polygon_index", faces)
    corners = np.empty(count * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", corners)
    corners = corners.reshape(-1, 3)
    if not maps:
        return _uvs(mesh, "")[corners[selected[faces]]]
    slots = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("material_index", slots)
    np.minimum(slots, len(obj.material_slots) - 1, out=slots)  # as Blender draws a mesh without one
    found = []
    for uv_map in set(maps.values()):
        chosen = selected & np.isin(slots, [slot for slot, name in maps.items() if name == uv_map])
        found.append(_uvs(mesh, uv_map)[corners[chosen[faces]]])
    return np.concatenate(found)


def _uvs(mesh: Any, uv_map: str) -> NDArray[np.float32]:
    """Return the UVs of all corners, (count, 2), in a map; in the active one if there is none so named."""
    import numpy as np

    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    layer = mesh.uv_layers.get(uv_map) or mesh.uv_layers.active
    layer.uv.foreach_get("vector", uvs)
    return uvs.reshape(-1, 2)
