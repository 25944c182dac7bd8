# SPDX-License-Identifier: GPL-3.0-or-later
"""Material nodes: an image as the base colour of a material, and the unlit material of a reference plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import bpy

from ..pictures.textures import uses_nodes

_GAP: Final = 300.0  # node editor units, between columns of nodes
_COLOUR_SOCKETS: Final = ("Base Color", "Color")
_NO_SURFACE_COLOUR: Final = ("BSDF_TRANSPARENT", "HOLDOUT")


def new_material(name: str) -> bpy.types.Material:
    """Make a material with a Principled BSDF."""
    material = bpy.data.materials.new(name)
    _ensure_nodes(material)
    return material


def show_as_base_colour(material: bpy.types.Material, image: bpy.types.Image) -> bpy.types.Image | None:
    """Show an image as a material's base colour; return the image that it replaces.

    An Image Texture node that feeds the base colour gets the new image and keeps its mapping. Other nodes
    that feed it are unlinked and left in the tree.
    """
    _ensure_nodes(material)
    tree = material.node_tree
    colour = _base_colour_socket(tree)
    node = _image_node_behind(colour)
    before = None
    if node is None:
        node = tree.nodes.new("ShaderNodeTexImage")
        _put_left_of(node, colour.node)
        tree.links.new(node.outputs["Color"], colour)
    else:
        before = node.image
    node.image = image
    tree.nodes.active = node  # the one that Solid view and texture painting show
    return before if before != image else None


def new_unlit_material(name: str, image: bpy.types.Image, *, has_alpha: bool) -> bpy.types.Material:
    """Make a material that shows an image as it is, whatever the light, and transparent where it is."""
    material = new_material(name)
    tree = material.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    emission = tree.nodes.new("ShaderNodeEmission")
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.extension = "CLIP"  # no line of the opposite edge where the image is filtered
    tree.links.new(texture.outputs["Color"], emission.inputs["Color"])
    surface: bpy.types.Node = emission
    if has_alpha:
        surface = tree.nodes.new("ShaderNodeMixShader")
        transparent = tree.nodes.new("ShaderNodeBsdfTransparent")
        tree.links.new(texture.outputs["Alpha"], surface.inputs["Fac"])
        tree.links.new(transparent.outputs[0], surface.inputs[1])
        tree.links.new(emission.outputs[0], surface.inputs[2])
        _put_left_of(surface, output)
        _put_left_of(transparent, surface)
        transparent.location.y += 120.0
    tree.links.new(surface.outputs[0], output.inputs["Surface"])
    _put_left_of(emission, surface if has_alpha else output)
    _put_left_of(texture, emission)
    tree.nodes.active = texture
    return material


def _ensure_nodes(material: bpy.types.Material) -> None:
    if not uses_nodes(material):
        material.use_nodes = True  # before Blender 5.0 only


def _base_colour_socket(tree: bpy.types.ShaderNodeTree) -> bpy.types.NodeSocket:
    """Find what colours the surface: an input of a Principled BSDF, else of another shader or a new one."""
    output = tree.get_output_node("ALL")
    if output is None:
        output = tree.nodes.new("ShaderNodeOutputMaterial")
    shaders = list(_shaders_behind(output.inputs["Surface"]))
    shaders.sort(key=lambda node: node.type != "BSDF_PRINCIPLED")  # stable: else the nearest
    for node in shaders:
        for name in _COLOUR_SOCKETS:
            socket = node.inputs.get(name)
            if socket is not None and socket.type == "RGBA" and node.type not in _NO_SURFACE_COLOUR:
                return socket
    principled = tree.nodes.new("ShaderNodeBsdfPrincipled")
    _put_left_of(principled, output)
    tree.links.new(principled.outputs["BSDF"], output.inputs["Surface"])
    return principled.inputs["Base Color"]


def _shaders_behind(socket: bpy.types.NodeSocket) -> Iterator[bpy.types.Node]:
    """Walk the shader nodes that end in a socket, nearest first; colours and numbers are not followed."""
    waiting = [socket]
    seen: set[str] = set()
    while waiting:
        for link in waiting.pop(0).links:
            node = link.from_node
            if node is not None and node.name not in seen:
                seen.add(node.name)
                yield node
                waiting += [
                    entry for entry in node.inputs if entry.type == "SHADER" or node.type == "REROUTE"
                ]


def _image_node_behind(socket: bpy.types.NodeSocket) -> bpy.types.ShaderNodeTexImage | None:
    """Find the Image Texture whose colour is linked straight (or by reroutes) to a socket."""
    while socket.links:
        node, output = socket.links[0].from_node, socket.links[0].from_socket
        if isinstance(node, bpy.types.ShaderNodeTexImage):
            return node if output.name == "Color" else None
        if node.type != "REROUTE":
            return None
        socket = node.inputs[0]
    return None


def _put_left_of(node: bpy.types.Node, other: bpy.types.Node) -> None:
    node.parent = other.parent  # a frame: locations are relative to it
    node.location = (other.location.x - _GAP, other.location.y)
