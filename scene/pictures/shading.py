# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the input that colours the surface of a material in a render engine.

The search goes upstream from the output that the engine uses: through groups, reroutes and muted nodes, and
the branch of a mix or switch that is really used. Nothing is changed. Main thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import bpy

_OUTPUTS: Final = {"CYCLES": "CYCLES", "BLENDER_EEVEE": "EEVEE", "BLENDER_EEVEE_NEXT": "EEVEE"}
"""`RenderSettings.engine` to the target of a Material Output. Other engines read the one for all."""
_COLOUR_SOCKETS: Final = ("Base Color", "Color")
_NO_SURFACE_COLOUR: Final = frozenset({"BSDF_TRANSPARENT", "HOLDOUT", "SHADERTORGB"})

_Groups = tuple[bpy.types.ShaderNodeGroup, ...]
"""The group nodes around a socket, the outermost first; none in the material's own tree."""


@dataclass(frozen=True, kw_only=True)
class ColourInput:
    """The input for the colour of a surface."""

    socket: bpy.types.NodeSocket
    """The socket to link an image to if no Image Texture feeds it."""
    texture: bpy.types.ShaderNodeTexImage | None
    """The Image Texture that feeds it: it gets the image, and keeps its mapping."""
    group: bpy.types.ShaderNodeTree | None
    """The node group that contains both, which other materials may use too; None: the material's own tree."""


class Surface(NamedTuple):
    """The surface of a material in an engine."""

    colour: ColourInput | None
    """None if no single input colours it."""
    made_by: bpy.types.Node | None
    """The node linked to the output's Surface; None if there is none."""


class _Place(NamedTuple):
    socket: bpy.types.NodeSocket
    groups: _Groups


def output_of(tree: bpy.types.ShaderNodeTree, engine: str) -> bpy.types.Node | None:
    """Return the Material Output that `engine` (`RenderSettings.engine`) uses, else any."""
    for target in dict.fromkeys((_OUTPUTS.get(engine, "ALL"), "ALL", "EEVEE", "CYCLES")):
        node = tree.get_output_node(target)
        if node is not None:
            return node
    return None


def surface_of(tree: bpy.types.ShaderNodeTree, engine: str) -> Surface:
    """Find the input that colours the surface: a Principled BSDF's, else the nearest shader's."""
    output = output_of(tree, engine)
    link = _link_to(output.inputs["Surface"]) if output is not None else None
    if output is None or link is None:
        return Surface(None, None)
    shaders = list(_shaders_behind(_Place(output.inputs["Surface"], ())))
    shaders.sort(key=lambda found: found[0].type != "BSDF_PRINCIPLED")  # stable: else the nearest
    for node, groups in shaders:
        for name in _COLOUR_SOCKETS:
            socket = node.inputs.get(name)
            if socket is not None and socket.type == "RGBA":
                return Surface(_colour_at(_Place(socket, groups)), link.from_node)
    return Surface(None, link.from_node)


def _shaders_behind(place: _Place) -> Iterator[tuple[bpy.types.Node, _Groups]]:
    """Yield the shaders that lead to a socket, nearest first; colours and numbers are not followed."""
    waiting = deque([place])
    seen: set[tuple[int, ...]] = set()
    while waiting:
        place = waiting.popleft()
        link = _link_to(place.socket)
        if link is None:
            continue
        node: Any = link.from_node
        key = (
            *(group.as_pointer() for group in place.groups),
            node.as_pointer(),
            hash(link.from_socket.identifier),
        )
        if key in seen:
            continue
        seen.add(key)
        passed = _passed_on(place, link)
        if passed is None:
            if node.type not in _NO_SURFACE_COLOUR:
                yield node, place.groups
            passed = [_Place(entry, place.groups) for entry in node.inputs if entry.type == "SHADER"]
        waiting.extend(passed)


def _colour_at(place: _Place) -> ColourInput | None:
    """Follow a colour to its source; None if a shader's light makes it."""
    for _step in range(1000):  # no tree has such a long chain; a circular one ends here
        link = _link_to(place.socket)
        if link is None:
            return _input(place)
        node = link.from_node
        if isinstance(node, bpy.types.ShaderNodeTexImage) and not node.mute:
            return _input(place, node if link.from_socket.name == "Color" else None)
        if node.type == "SHADERTORGB" and not node.mute:
            shader = next(_shaders_behind(_Place(node.inputs[0], place.groups)), None)
            socket = next(filter(None, map(shader[0].inputs.get, _COLOUR_SOCKETS)), None) if shader else None
            if shader is None or socket is None:
                return None
            place = _Place(socket, shader[1])
            continue
        passed = _passed_on(place, link) if node.type != "GROUP" else None
        if passed is None or len(passed) != 1:
            return None if _is_made_of_light(node) else _input(place)
        place = passed[0]
    return None


def _input(place: _Place, texture: bpy.types.ShaderNodeTexImage | None = None) -> ColourInput:
    group = place.groups[-1].node_tree if place.groups else None
    return ColourInput(socket=place.socket, texture=texture, group=group)


def _link_to(socket: bpy.types.NodeSocket) -> bpy.types.NodeLink | None:
    links = socket.links if socket.is_linked else ()  # for links, Blender goes through all of the tree
    return next((link for link in links if link.is_valid and not link.is_muted), None)


def _passed_on(place: _Place, link: bpy.types.NodeLink) -> list[_Place] | None:
    """Return the sockets whose values a node passes on or mixes; None if it makes its own."""
    node: Any = link.from_node
    groups = place.groups
    if node.mute:
        inner = (entry.from_socket for entry in node.internal_links if entry.to_socket == link.from_socket)
        return [_Place(socket, groups) for socket in inner]
    match node.type:
        case "REROUTE":
            return [_Place(node.inputs[0], groups)]
        case "GROUP":
            end = _group_output(node.node_tree)
            return _same_socket(end.inputs, link.from_socket, (*groups, node)) if end is not None else []
        case "GROUP_INPUT":
            return _same_socket(groups[-1].inputs, link.from_socket, groups[:-1]) if groups else []
        case "MIX_SHADER":
            return [_Place(socket, groups) for socket in _used(node.inputs[0], *node.inputs[1:3])]
        case "ADD_SHADER":
            return [_Place(socket, groups) for socket in node.inputs]
        case "MIX" if node.data_type == "RGBA":
            entries = [socket for socket in node.inputs if socket.type == "RGBA" and socket.enabled]
            used = _used(node.inputs[0], *entries[:2])
            return [_Place(socket, groups) for socket in used] if len(used) == 1 else None
        case "MIX_RGB":
            used = _used(node.inputs[0], *node.inputs[1:3])
            return [_Place(socket, groups) for socket in used] if len(used) == 1 else None
        case "MENU_SWITCH":
            return [_Place(socket, groups) for socket in _switched(node)]
    return None


def _same_socket(sockets: Any, like: bpy.types.NodeSocket, groups: _Groups) -> list[_Place]:
    return [_Place(socket, groups) for socket in sockets if socket.identifier == like.identifier]


def _used(
    factor: Any, first: bpy.types.NodeSocket, second: bpy.types.NodeSocket
) -> list[bpy.types.NodeSocket]:
    """Leave out the side of a mix that a factor of 0 or 1 hides."""
    if not factor.is_linked:
        if factor.default_value <= 0.0:
            return [first]
        if factor.default_value >= 1.0 and not _blends(factor.node):
            return [second]
    return [first, second]


def _blends(node: Any) -> bool:
    """Return whether a mix combines both its sides even with a factor of 1."""
    return getattr(node, "blend_type", "MIX") != "MIX"


def _switched(node: Any) -> list[bpy.types.NodeSocket]:
    """Return the inputs that a Menu Switch can show: the chosen one, or all if a link chooses."""
    menu, *entries = node.inputs
    entries = [entry for entry in entries if entry.enabled and entry.type != "CUSTOM"]
    if menu.is_linked:
        return entries
    return [entry for entry in entries if entry.name == menu.default_value] or entries


def _group_output(tree: bpy.types.NodeTree | None) -> bpy.types.NodeGroupOutput | None:
    outputs = [node for node in tree.nodes if isinstance(node, bpy.types.NodeGroupOutput)] if tree else []
    return next((node for node in outputs if node.is_active_output), None)


def _is_made_of_light(node: Any) -> bool:
    """Return whether a colour comes from a shader: a toon look, which would hide an image."""
    waiting, seen = [node], set[str]()
    while waiting:
        node = waiting.pop()
        if node.type == "SHADERTORGB":
            return True
        if node.name not in seen:
            seen.add(node.name)
            waiting += [link.from_node for entry in node.inputs for link in entry.links]
    return False
