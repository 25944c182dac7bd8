# SPDX-License-Identifier: GPL-3.0-or-later
"""Showing another version of an image in its place: for good, or for as long as the two are compared.

"In its place" is every Image Texture node of a material or node group that shows it, and every Image Editor.
A comparison is kept in the .blend: each node remembers the image that belongs in it, and that image what
stands in for it. So it can be ended after saving and reopening, and by undo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import bpy

from ..phrases import joined, phrase
from .errors import PlacementImpossible
from .lineage import ancestors_of, family_of, is_edit, keep_for_good, label_of, stands_in_for, versioned_uids
from .refs import obstacle_to_editing
from .source_rows import image_of
from .textures import image_nodes, materials_of


@dataclass(kw_only=True)
class Shown:
    """Where an image is seen."""

    nodes: list[bpy.types.ShaderNodeTexImage] = field(default_factory=list)
    editors: list[bpy.types.SpaceImageEditor] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    """Why some nodes that show it can't be changed."""


def find_shown(image: bpy.types.Image) -> Shown:
    """Find all nodes and Image Editors that show an image."""
    shown = Shown(editors=[space for space in _image_editors() if space.image == image])
    for owner, tree in _trees():
        nodes = [node for node in _texture_nodes(tree) if node.image == image]
        obstacle = obstacle_to_editing(owner) if nodes else ""
        if obstacle:
            shown.obstacles.append(obstacle)
        else:
            shown.nodes += nodes
    return shown


def show_version(image: bpy.types.Image, wanted: bpy.types.Image) -> str:
    """Show a version wherever another one is shown. Both stay in the file.

    Returns:
        what was done, for the report.

    Raises:
        PlacementImpossible: nothing shows `image`, or it can't be changed there.
    """
    image = end_comparison(image.easel_edit.compared_with or image) or image
    if image == wanted:
        return phrase("“{image}” is shown again", image=label_of(wanted))
    shown = _find_changeable(image)
    for node in shown.nodes:
        node.easel_compared = None
    _swap(shown, wanted)
    for version in (image, wanted):
        keep_for_good(version)
    text = phrase("“{wanted}” is shown in {places}", wanted=label_of(wanted), places=_places(shown))
    return joined(text, *shown.obstacles, by=". ")


def compare(image: bpy.types.Image, other: bpy.types.Image) -> str:
    """Show another version in an image's place until `end_comparison`.

    Raises:
        PlacementImpossible: as of `show_version`.
    """
    shown = _find_changeable(image)
    for node in shown.nodes:
        node.easel_compared = image
    image.easel_edit.compared_with = other
    _swap(shown, other)
    for version in (image, other):
        keep_for_good(version)
    return phrase("“{other}” is shown in place of “{image}”", other=label_of(other), image=label_of(image))


def end_comparison(image: bpy.types.Image) -> bpy.types.Image | None:
    """Show again what `image` stands in for; return that, or None where nothing is being compared with it.

    What the artist has changed in the meantime stays as it is.
    """
    hidden = stands_in_for(image)
    if hidden is None:
        return None
    shown = find_shown(image)
    shown.nodes = [node for node in shown.nodes if node.easel_compared == hidden]
    for _owner, tree in _trees():
        for node in _texture_nodes(tree):
            if node.easel_compared == hidden and node.image != image:
                node.easel_compared = None
    _swap(shown, hidden)
    for node in shown.nodes:
        node.easel_compared = None
    hidden.easel_edit.compared_with = None
    return hidden


def forget_comparison(node: bpy.types.ShaderNodeTexImage) -> None:
    """A node is about to show something new: what was compared in it belongs there no more."""
    hidden = node.easel_compared
    if hidden is not None:
        node.easel_compared = None
        still = any(
            other.easel_compared == hidden for _owner, tree in _trees() for other in _texture_nodes(tree)
        )
        if not still:
            hidden.easel_edit.compared_with = None


def counterpart_of(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return what an image is compared with: of an edit its original, of an original its newest edit."""
    if is_edit(image):
        return next(reversed(ancestors_of(image)), None)
    return next((version for version in family_of(image) if version != image), None)


def is_shown(image: bpy.types.Image) -> bool:
    """Tell whether an image is shown anywhere that can be changed."""
    shown = find_shown(image)
    return bool(shown.nodes or shown.editors)


def step_from(image: bpy.types.Image, step: int) -> bpy.types.Image | None:
    """Return the version that is so many steps older (newer where negative); None past the ends."""
    family = family_of(image)
    index = family.index(image) + step
    return family[index] if 0 <= index < len(family) else None


def image_at_hand(context: bpy.types.Context) -> bpy.types.Image | None:
    """Return the image that the artist is at: the editor's, in a 3D View the active object's texture.

    Of several textures it is the active node's, else the first one that has a history.
    """
    space = getattr(context, "space_data", None)
    if isinstance(space, (bpy.types.SpaceImageEditor, bpy.types.SpaceNodeEditor)):
        return image_of(space)
    obj = getattr(context, "object", None)
    return texture_at_hand(obj) if obj is not None else None


def texture_at_hand(obj: bpy.types.Object) -> bpy.types.Image | None:
    """Return the texture of an object that has a history; None where none has."""
    versioned = versioned_uids()
    for material in materials_of(obj) if versioned else ():
        active = material.node_tree.nodes.active
        nodes = [active] if isinstance(active, bpy.types.ShaderNodeTexImage) else []
        nodes += [node for _tree, node in image_nodes(material.node_tree)]
        images = dict.fromkeys(node.image for node in nodes if node.image is not None)
        for image in images:
            if image.session_uid in versioned:
                return image
    return None


def _find_changeable(image: bpy.types.Image) -> Shown:
    shown = find_shown(image)
    if shown.nodes or shown.editors:
        return shown
    if shown.obstacles:
        raise PlacementImpossible(
            phrase("“{image}” can't be replaced: {obstacle}.", image=image.name, obstacle=shown.obstacles[0])
        )
    raise PlacementImpossible(phrase("No material and no Image Editor shows “{image}”.", image=image.name))


def _swap(shown: Shown, wanted: bpy.types.Image) -> None:
    for node in shown.nodes:
        node.image = wanted
    for space in shown.editors:
        space.image = wanted


def _places(shown: Shown) -> str:
    count = len(shown.nodes)
    if not count:
        return phrase("the Image Editor")
    return phrase("1 node") if count == 1 else phrase("{count} nodes", count=count)


def _trees() -> Iterator[tuple[bpy.types.ID, bpy.types.NodeTree]]:
    """All node trees that may show an image, with the datablock that they belong to."""
    for material in bpy.data.materials:
        if material.node_tree is not None:
            yield material, material.node_tree
    for group in bpy.data.node_groups:
        if group.type == "SHADER":
            yield group, group


def _texture_nodes(tree: bpy.types.NodeTree) -> Iterator[bpy.types.ShaderNodeTexImage]:
    return (node for node in tree.nodes if isinstance(node, bpy.types.ShaderNodeTexImage))


def _image_editors() -> Iterator[bpy.types.SpaceImageEditor]:
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceImageEditor):
                yield space
