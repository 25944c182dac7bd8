# SPDX-License-Identifier: GPL-3.0-or-later
"""The maps of a texture in the open file: find them, their used versions, and how normals are read."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...imaging.tiling.settings import Map
from ...prompting.templates import is_metal
from ..history.lineage import ancestors_of, family_of
from ..history.versions import find_shown
from ..notes import is_noted, text_note
from ..pictures.textures import image_nodes
from ..refs import obstacle_to_editing
from .reused import DIRECTX_KEY, PART_KEY, recipe_in

MADE_KEY: Final = "easel_made"
"""Custom property of a node in a material that Easel built: the part that the node shows."""
ANY_NODE: Final = "NODE"
"""The property's value for a node that shows no part."""
_TURN: Final = "DirectX to OpenGL"
_ROW: Final = 280.0  # node editor units


def maps_of(image: bpy.types.Image) -> dict[str, bpy.types.Image]:
    """Return the maps of an image that are in the file, the newest of each. For `draw` too."""
    found: dict[str, bpy.types.Image] = {}
    for other in bpy.data.images:
        part = text_note(other, PART_KEY)
        if part and other.easel_edit.is_map and other.easel_original == image:
            known = found.get(part)
            if known is None or known.easel_edit.made <= other.easel_edit.made:
                found[part] = other
    return found


def maps_in_use(image: bpy.types.Image) -> dict[str, bpy.types.Image]:
    """Return the maps of an image like `maps_of`, but of each the version that is used, if any is."""
    return {part: version_in_use(newest) for part, newest in maps_of(image).items()}


def version_in_use(newest: bpy.types.Image) -> bpy.types.Image:
    """Return the version of a map that is used, which may be an edit of it; the map itself if none is."""
    return next((one for one in family_of(newest) if find_shown(one).uses), newest)


def shown_maps(material: bpy.types.Material) -> dict[str, bpy.types.Image]:
    """Return the image of each part in a material that Easel has built. For `draw`."""
    nodes: Any = material.node_tree.nodes if material.node_tree is not None else ()
    parts = {part.value for part in Map}
    return {
        made: node.image
        for node in nodes
        if (made := text_note(node, MADE_KEY)) in parts and node.image is not None
    }


def is_of_metal(image: bpy.types.Image) -> bool:
    """Return whether the template of an image, or of its origin, says metal. For `draw`."""
    recipes = (recipe_in(one) for one in (image, *ancestors_of(image)))
    return any(recipe is not None and is_metal(recipe.request.template) for recipe in recipes)


def is_directx(normal: bpy.types.Image) -> bool:
    """Return whether green points down in an image of normals; an edit inherits this from its origin."""
    versions = [normal, *ancestors_of(normal)]
    known = next((one for one in versions if text_note(one, PART_KEY) == Map.NORMAL.value), normal)
    return is_noted(known, DIRECTX_KEY)


def read_versions_anew(image: bpy.types.Image) -> None:
    """Make materials read the versions of a normal map in their own formats, after other ones are shown."""
    family = family_of(image)
    if any(text_note(one, PART_KEY) == Map.NORMAL.value for one in family):
        for one in family:
            read_normals_anew(one)


def read_normals(tree: Any, normal: Any, between: Any) -> None:
    """Link an image of normals to a Normal Map node, so that it is read in its own format."""
    turns_green = is_directx(normal.image)
    if hasattr(between, "convention"):  # from Blender 5.2 on
        between.convention = "DIRECTX" if turns_green else "OPENGL"
        turns_green = False
    if not turns_green:
        tree.links.new(normal.outputs["Color"], between.inputs["Color"])
        return
    curves = tree.nodes.new("ShaderNodeRGBCurve")
    curves.label = _TURN
    curves[MADE_KEY] = ANY_NODE
    curves.location = (between.location.x, between.location.y - _ROW)
    green = curves.mapping.curves[1]
    green.points[0].location, green.points[-1].location = (0.0, 1.0), (1.0, 0.0)
    curves.mapping.update()
    tree.links.new(normal.outputs["Color"], curves.inputs["Color"])
    tree.links.new(curves.outputs["Color"], between.inputs["Color"])


def read_normals_anew(image: bpy.types.Image) -> None:
    """Make all materials read an image of normals in its own format, because that has changed."""
    for material in bpy.data.materials:
        if material.node_tree is None or obstacle_to_editing(material):
            continue
        for tree, node in list(image_nodes(material.node_tree)):
            if node.image == image and not obstacle_to_editing(tree):
                _read_anew(tree, node)


def _read_anew(tree: Any, node: Any) -> None:
    for link in list(node.outputs["Color"].links):
        reader = link.to_node
        if reader.type == "NORMAL_MAP":
            read_normals(tree, node, reader)
        elif reader.type == "CURVE_RGB" and reader.label == _TURN:
            maps = [one.to_node for one in reader.outputs["Color"].links if one.to_node.type == "NORMAL_MAP"]
            tree.nodes.remove(reader)
            for between in maps:
                read_normals(tree, node, between)
