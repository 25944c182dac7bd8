# SPDX-License-Identifier: GPL-3.0-or-later
"""The node group “Hide Repetition”: each patch of the surface shows another part of the texture.

Patches are the cells of a Voronoi texture, with borders roughened by fine noise. Coordinates are moved but
never rotated, so normal maps stay right. It would break courses of bricks and boards, and a text says so.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

NAME: Final = "Hide Repetition"
_MADE: Final = "easel_made"
_PATCHES: Final = 0.6
"""Patches for each repeat of the texture."""
_ROUGH: Final = 0.15
"""How far the borders of patches are roughened, as a fraction of a repeat."""


def hide_repetition(tree: bpy.types.NodeTree) -> Any:
    """Add the group to a material's nodes. It takes a vector, and outputs one for the image textures."""
    group = next(
        (one for one in bpy.data.node_groups if one.get(_MADE) == NAME and one.library is None), None
    )
    node: Any = tree.nodes.new("ShaderNodeGroup")
    node.node_tree = group or _group()
    node.label = NAME
    return node


def _group() -> Any:
    group: Any = bpy.data.node_groups.new(NAME, "ShaderNodeTree")
    group[_MADE] = NAME
    sockets = group.interface
    sockets.new_socket("Vector", in_out="INPUT", socket_type="NodeSocketVector")
    for name, value in (("Patches", _PATCHES), ("Rough Borders", _ROUGH)):
        socket = sockets.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
        socket.default_value, socket.min_value = value, 0.0
    sockets.new_socket("Vector", in_out="OUTPUT", socket_type="NodeSocketVector")
    nodes, links = group.nodes, group.links
    entry, end = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 12.0
    noise.inputs["Detail"].default_value = 8.0
    centred, scaled = _math(nodes, "SUBTRACT"), _math(nodes, "SCALE")
    centred.inputs[1].default_value = (0.5, 0.5, 0.5)
    rough, cells, moved = _math(nodes, "ADD"), nodes.new("ShaderNodeTexVoronoi"), _math(nodes, "ADD")
    for number, node in enumerate((entry, noise, centred, scaled, rough, cells, moved, end)):
        node.location = (number * 200.0, 0.0)
    links.new(entry.outputs["Vector"], noise.inputs["Vector"])
    links.new(noise.outputs["Color"], centred.inputs[0])
    links.new(centred.outputs["Vector"], scaled.inputs[0])
    links.new(entry.outputs["Rough Borders"], scaled.inputs["Scale"])
    links.new(entry.outputs["Vector"], rough.inputs[0])
    links.new(scaled.outputs["Vector"], rough.inputs[1])
    links.new(rough.outputs["Vector"], cells.inputs["Vector"])
    links.new(entry.outputs["Patches"], cells.inputs["Scale"])
    links.new(entry.outputs["Vector"], moved.inputs[0])
    links.new(cells.outputs["Color"], moved.inputs[1])
    links.new(moved.outputs["Vector"], end.inputs["Vector"])
    return group


def _math(nodes: Any, operation: str) -> Any:
    node = nodes.new("ShaderNodeVectorMath")
    node.operation = operation
    return node
