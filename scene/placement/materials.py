# SPDX-License-Identifier: GPL-3.0-or-later
"""Material nodes: an image as a material's base colour, and the unlit material of a reference plane."""

from __future__ import annotations

from typing import Final

import bpy

from ...texts.phrases import phrase
from ..pictures.shading import output_of, surface_of
from ..pictures.textures import uses_nodes
from ..refs import obstacle_to_editing

_GAP: Final = 300.0  # node editor units, between columns of nodes


def new_material(name: str) -> bpy.types.Material:
    """Make a material with a Principled BSDF."""
    material = bpy.data.materials.new(name)
    _ensure_nodes(material)
    return material


def obstacle_to_colouring(material: bpy.types.Material, engine: str) -> str:
    """Return why a material can't show an image as its base colour; empty if it can.

    Args:
        engine: `RenderSettings.engine`, which decides which output counts.
    """
    if not uses_nodes(material) or material.node_tree is None:
        return ""
    surface = surface_of(material.node_tree, engine)
    if surface.colour is None and surface.made_by is not None:
        return phrase(
            "{material} has no single colour, since “{node}” makes its surface: choose Image Only",
            material=material.name,
            node=surface.made_by.label or surface.made_by.name,
        )
    group = surface.colour.group if surface.colour is not None else None
    return obstacle_to_editing(group) if group is not None else ""


def group_of_colour(material: bpy.types.Material, engine: str) -> bpy.types.ShaderNodeTree | None:
    """Return the node group that contains a material's base colour, if there is one."""
    if not uses_nodes(material) or material.node_tree is None:
        return None
    colour = surface_of(material.node_tree, engine).colour
    return colour.group if colour is not None else None


def show_as_base_colour(
    material: bpy.types.Material, image: bpy.types.Image, engine: str
) -> bpy.types.Image | None:
    """Show an image as a material's base colour in an engine; return the replaced image.

    An Image Texture node that feeds the base colour gets the new image and keeps its mapping. Other nodes
    that feed it are unlinked and left in the tree.
    """
    _ensure_nodes(material)
    colour = surface_of(material.node_tree, engine).colour
    socket = colour.socket if colour is not None else _new_base_colour(material.node_tree, engine)
    tree = socket.id_data
    node = colour.texture if colour is not None else None
    before = None
    if node is None:
        node = tree.nodes.new("ShaderNodeTexImage")
        _put_left_of(node, socket.node)
        tree.links.new(node.outputs["Color"], socket)
    else:
        before = node.image
    node.image = image
    node.id_data.nodes.active = node  # the one that Solid view and texture painting show
    return before if before != image else None


def new_unlit_material(name: str, image: bpy.types.Image, *, has_alpha: bool) -> bpy.types.Material:
    """Make a material that shows an image unlit, with its transparency."""
    material = new_material(name)
    tree = material.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    emission = tree.nodes.new("ShaderNodeEmission")
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    texture.extension = "CLIP"  # otherwise filtering shows a line of the opposite edge
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


def _new_base_colour(tree: bpy.types.ShaderNodeTree, engine: str) -> bpy.types.NodeSocket:
    """Give a material without a surface a Principled BSDF; return its base colour."""
    output = output_of(tree, engine) or tree.nodes.new("ShaderNodeOutputMaterial")
    principled = tree.nodes.new("ShaderNodeBsdfPrincipled")
    _put_left_of(principled, output)
    tree.links.new(principled.outputs["BSDF"], output.inputs["Surface"])
    return principled.inputs["Base Color"]


def _put_left_of(node: bpy.types.Node, other: bpy.types.Node) -> None:
    node.parent = other.parent  # a frame: locations are relative to it
    node.location = (other.location.x - _GAP, other.location.y)
