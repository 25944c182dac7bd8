# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the images that an object shows: those that feed its surface, not others in its materials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from .shading import output_of, surface_of
from .textures import materials_of


def surface_images(obj: bpy.types.Object, engine: str) -> list[bpy.types.Image]:
    """List the images that feed the surfaces of an object's materials, each once. Main thread.

    The active material comes first; in each material, the image of the base colour comes first, then those
    linked to the shader of the output that the engine uses.

    Args:
        engine: `RenderSettings.engine`.
    """
    found: dict[int, bpy.types.Image] = {}
    for material in materials_of(obj):
        colour = surface_of(material.node_tree, engine).colour
        nodes = [colour.texture] if colour is not None and colour.texture is not None else []
        output = output_of(material.node_tree, engine)
        if output is not None:
            nodes += _feeding(output.inputs["Surface"], set())
        for node in nodes:
            if node.image is not None:
                found.setdefault(node.image.session_uid, node.image)
    return list(found.values())


def shown_image(obj: bpy.types.Object, engine: str) -> bpy.types.Image | None:
    """Return the image that represents an object: an empty's own, else its active material's base colour."""
    if obj.type == "EMPTY":
        data: Any = obj.data
        return data if obj.empty_display_type == "IMAGE" else None
    for material in materials_of(obj):
        colour = surface_of(material.node_tree, engine).colour
        if colour is not None and colour.texture is not None and colour.texture.image is not None:
            return colour.texture.image
    return None


def _feeding(socket: bpy.types.NodeSocket, seen: set[int]) -> Iterator[bpy.types.ShaderNodeTexImage]:
    """Yield the image nodes linked to a socket, socket by socket, with those in node groups.

    The links of a socket are only asked for if it has some: for these, Blender goes through all of the tree.
    """
    waiting = [socket]
    while waiting:
        socket = waiting.pop()
        for link in socket.links:
            node = link.from_node
            if not link.is_valid or link.is_muted or node.as_pointer() in seen:
                continue
            seen.add(node.as_pointer())
            if isinstance(node, bpy.types.ShaderNodeTexImage) and not node.mute:
                yield node
            elif isinstance(node, bpy.types.ShaderNodeGroup) and node.node_tree is not None:
                for end in node.node_tree.nodes:
                    if isinstance(end, bpy.types.NodeGroupOutput) and end.is_active_output:
                        waiting += _linked_last_first(end)
            waiting += _linked_last_first(node)


def _linked_last_first(node: bpy.types.Node) -> list[bpy.types.NodeSocket]:
    return [entry for entry in node.inputs if entry.is_linked][::-1]
