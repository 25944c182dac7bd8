# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch in materials: a number on each object chooses which variant of an image it shows.

It uses standard nodes: an Attribute (Object), a comparison and a Mix for each variant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import bpy

from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.image_uses import left_text
from ..history.lineage import keep_for_good
from ..history.versions import find_shown
from ..language import said
from ..pictures.colours import set_colour_space
from ..refs import obstacle_to_editing
from .elsewhere import listed

ATTRIBUTE: Final = "easel_variant"
"""Custom property of an object: 0 shows the image itself, 1 its first variant."""
_SWITCH_KEY: Final = "easel_switch"
"""Custom property of the nodes of a switch."""
_COLUMN, _ROW = 300.0, 280.0  # node editor units
_COPIED: Final = ("interpolation", "projection", "projection_blend", "extension")


def make_switch(image: bpy.types.Image, variants: Sequence[bpy.types.Image]) -> str:
    """Let objects choose among an image and its variants, in all materials. Returns what was done.

    Raises:
        PlacementImpossible: nothing was changed.
    """
    shown = find_shown(image)
    nodes = [
        (use.owner, use.holder)
        for use in shown.uses
        if isinstance(use.owner, bpy.types.Material) and isinstance(use.holder, bpy.types.ShaderNodeTexImage)
    ]
    nodes = [(owner, node) for owner, node in nodes if node.outputs["Color"].links]
    if not nodes:
        raise PlacementImpossible(phrase("No material shows “{image}”.", image=image.name))
    for owner, node in nodes:
        if any(link.to_node.get(_SWITCH_KEY) for link in node.outputs["Color"].links):
            raise PlacementImpossible(
                phrase("{material} has a switch already: delete its nodes first.", material=owner.name)
            )
    for variant in variants:
        if not variant.is_float:
            set_colour_space(variant, image.colorspace_settings.name)
        keep_for_good(variant)
    for _owner, node in nodes:
        _add_switch(node, variants)
    materials = list(dict.fromkeys(owner for owner, _node in nodes))
    objects = list(_objects_with(materials))
    for obj in objects:
        obj[ATTRIBUTE] = 0
        settings = obj.id_properties_ui(ATTRIBUTE)
        settings.update(min=0, max=len(variants), description=said("Which variant of the texture is shown"))
        obj.update_tag()
    text = phrase(
        "{count} variants in {materials}: the number Variant of each object chooses",
        count=len(variants),
        materials=listed([material.name for material in materials]),
    )
    return joined(text, left_text(shown.left, image), by=". ")


def _objects_with(materials: Sequence[bpy.types.Material]) -> Iterator[bpy.types.Object]:
    for obj in bpy.data.objects:
        if any(slot.material in materials for slot in obj.material_slots) and not obstacle_to_editing(obj):
            yield obj


def _add_switch(node: Any, variants: Sequence[bpy.types.Image]) -> None:
    """Put a Mix for each variant between an image node and its targets."""
    tree: Any = node.id_data
    fed = [link.to_socket for link in node.outputs["Color"].links]
    vector = next((link.from_socket for link in node.inputs["Vector"].links), None)
    frame = tree.nodes.new("NodeFrame")
    frame.label = said("Variants")
    made: list[Any] = [frame]
    chosen = tree.nodes.new("ShaderNodeAttribute")
    chosen.attribute_type, chosen.attribute_name = "OBJECT", ATTRIBUTE
    colour = node.outputs["Color"]
    x, y = node.location.x, node.location.y - 1.5 * _ROW
    chosen.location = (x - _COLUMN, y)
    made.append(chosen)
    for number, image in enumerate(variants, 1):
        picture = tree.nodes.new("ShaderNodeTexImage")
        picture.image, picture.label = image, image.name
        for name in _COPIED:
            setattr(picture, name, getattr(node, name))
        if vector is not None:
            tree.links.new(vector, picture.inputs["Vector"])
        is_meant = tree.nodes.new("ShaderNodeMath")
        is_meant.operation = "GREATER_THAN"
        is_meant.inputs[1].default_value = number - 0.5
        tree.links.new(chosen.outputs["Fac"], is_meant.inputs[0])
        mix = tree.nodes.new("ShaderNodeMix")
        mix.data_type = "RGBA"
        tree.links.new(is_meant.outputs["Value"], _socket(mix.inputs, "Factor_Float"))
        tree.links.new(colour, _socket(mix.inputs, "A_Color"))
        tree.links.new(picture.outputs["Color"], _socket(mix.inputs, "B_Color"))
        colour = _socket(mix.outputs, "Result_Color")
        row = y - (number - 1) * _ROW
        picture.location, is_meant.location, mix.location = (
            (x, row),
            (x, row + 0.6 * _ROW),
            (x + _COLUMN, row),
        )
        made += [picture, is_meant, mix]
    for socket in fed:
        tree.links.new(colour, socket)
    for one in made:
        one[_SWITCH_KEY] = True
        one.parent = frame if one != frame else node.parent


def _socket(sockets: Any, identifier: str) -> Any:
    """Find a socket: a Mix has several of one name."""
    return next(socket for socket in sockets if socket.identifier == identifier)
