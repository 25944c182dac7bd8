# SPDX-License-Identifier: GPL-3.0-or-later
"""Show an image as a map of materials: data in another input of their shader than the colour, Non-Color.

A map made by editing the base colour is not a version of it, so it never replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import bpy
from bpy.props import EnumProperty

from ...jobs.job import Job
from ...jobs.targets import MaterialMap
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..pictures.shading import output_of
from ..pictures.textures import materials_of
from ..refs import find as find_datablock, obstacle_to_editing, reference
from .elsewhere import listed
from .surfaces import objects_meant
from .way import Click, Foreseen, Show, Shown, target_of

OPTIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "map_input": EnumProperty(
            name="Map",
            description="Which input of the material it is linked to",
            items=(
                ("ROUGHNESS", "Roughness", "Black is shiny, white is dull"),
                ("METALLIC", "Metallic", "White is metal"),
                ("NORMAL", "Normal", "A normal map of tangent space, through a Normal Map node"),
                ("HEIGHT", "Height", "White is high, through a Bump node"),
            ),
        ),
    }
)
_SOCKETS: Final = {"ROUGHNESS": "Roughness", "METALLIC": "Metallic", "NORMAL": "Normal", "HEIGHT": "Normal"}
_BETWEEN: Final = {"NORMAL": ("ShaderNodeNormalMap", "Color"), "HEIGHT": ("ShaderNodeBump", "Height")}
"""The node between the image and the shader, and its input."""
_LABELS: Final = {name: label for name, label, _hint in OPTIONS["map_input"].keywords["items"]}
_GAP: Final = 300.0  # node editor units, between columns of nodes


def plan(click: Click) -> MaterialMap:
    """Choose the materials of the selected objects that have a shader for it."""
    materials, obstacle = _materials(click)
    if obstacle:
        raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))
    return MaterialMap(
        materials=tuple(map(reference, materials)), input=click.options["map_input"], engine=_engine(click)
    )


def foresee(click: Click) -> Foreseen:
    """Return the names of the materials."""
    materials, obstacle = _materials(click)
    if obstacle:
        return Foreseen(obstacle=obstacle)
    return Foreseen(text=phrase("A map of {names}", names=listed([material.name for material in materials])))


def find(job: Job) -> Show:
    """Find the materials again."""
    target = target_of(job, MaterialMap)
    known = (find_datablock(ref, bpy.data.materials) for ref in target.materials)
    shaders = [
        (one, shader) for one in known if one is not None and (shader := _shader_of(one, target.engine))
    ]
    if not shaders:
        raise PlacementImpossible(phrase("Its material is gone. Place the image manually."))
    for material, _shader in shaders:
        if obstacle := obstacle_to_editing(material):
            raise PlacementImpossible(phrase("{obstacle}.", obstacle=obstacle))

    def show(images: Sequence[bpy.types.Image]) -> Shown:
        """Link the first image, read as data."""
        for _material, shader in shaders:
            _link(shader, images[0], target.input)
        names = listed([material.name for material, _shader in shaders])
        label = phrase(_LABELS[target.input])
        return Shown(text=phrase("{label} of {names}", label=label, names=names))

    return show


def _materials(click: Click) -> tuple[list[bpy.types.Material], str]:
    """Return the materials of the selected objects that have a shader for it, or the obstacle."""
    engine = _engine(click)
    own = (material for obj in objects_meant(click.context) for material in materials_of(obj)[:1])
    found = list(dict.fromkeys(material for material in own if _shader_of(material, engine)))
    if not found:
        return [], phrase("Select an object whose material has a Principled BSDF")
    return found, next(filter(None, map(obstacle_to_editing, found)), "")


def _engine(click: Click) -> str:
    return click.context.scene.render.engine


def _shader_of(material: bpy.types.Material, engine: str) -> Any:
    """Return the Principled BSDF that is nearest to a material's output; None if there is none."""
    output = output_of(material.node_tree, engine) if material.node_tree is not None else None
    waiting = [output] if output is not None else []
    seen: set[str] = set()
    while waiting:
        node = waiting.pop(0)
        if node.type == "BSDF_PRINCIPLED":
            return node
        if node.name not in seen:
            seen.add(node.name)
            shaders = (entry for entry in node.inputs if entry.type == "SHADER")
            waiting += [link.from_node for entry in shaders for link in entry.links]
    return None


def _link(shader: Any, image: bpy.types.Image, name: str) -> None:
    """Show an image in the node that feeds the input, if it feeds nothing else; otherwise in a new one."""
    tree, socket = shader.id_data, shader.inputs[_SOCKETS[name]]
    if name == "NORMAL":
        socket = _behind_bumps(socket)
    if name in _BETWEEN:
        kind, entry = _BETWEEN[name]
        middle = _feeding(socket, kind) or _put_between(socket, kind)
        socket = middle.inputs[entry]
    node = _feeding(socket, "ShaderNodeTexImage")
    if node is None or sum(len(output.links) for output in node.outputs) > 1:
        node = tree.nodes.new("ShaderNodeTexImage")
        _put_left_of(node, socket.node)
        tree.links.new(node.outputs["Color"], socket)
    node.image = image


def _behind_bumps(socket: Any) -> Any:
    """Return the socket for normals behind the Bumps before a socket."""
    seen: set[str] = set()  # an invalid tree may be circular
    while (bump := _feeding(socket, "ShaderNodeBump")) is not None and bump.name not in seen:
        seen.add(bump.name)
        socket = bump.inputs["Normal"]
    return socket


def _put_between(socket: Any, kind: str) -> Any:
    """Link a new node to a socket for normals. A Bump keeps the earlier input."""
    tree = socket.id_data
    before = next((link.from_socket for link in socket.links), None)
    node = tree.nodes.new(kind)
    _put_left_of(node, socket.node)
    tree.links.new(node.outputs["Normal"], socket)
    if before is not None and "Normal" in node.inputs:
        tree.links.new(before, node.inputs["Normal"])
    return node


def _feeding(socket: Any, kind: str) -> Any:
    return next((link.from_node for link in socket.links if link.from_node.bl_idname == kind), None)


def _put_left_of(node: bpy.types.Node, other: bpy.types.Node) -> None:
    node.parent = other.parent  # a frame: locations are relative to it
    node.location = (other.location.x - _GAP, other.location.y - _GAP)
