# SPDX-License-Identifier: GPL-3.0-or-later
"""An image's record of its edits. Saved in the .blend, and appended or linked along with the image."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, PointerProperty, StringProperty


class EASEL_PG_ancestor(bpy.types.PropertyGroup):
    """An ancestor of an edit. `name` is what it was called then, in case it is deleted."""

    image: PointerProperty(type=bpy.types.Image)
    was_only_replaced: BoolProperty()
    """The edit replaced it and contains none of its pixels. Older files have no such note."""


class EASEL_PG_compared_use(bpy.types.PropertyGroup):
    """The image that belongs in a place of a datablock while another version is shown there.

    `name` is how `scene/history/image_uses.py` calls the place.
    """

    image: PointerProperty(type=bpy.types.Image)


class EASEL_PG_edit(bpy.types.PropertyGroup):
    """How an image came to be from another one. The job's id is the image's custom property `easel_job`."""

    title: StringProperty()
    """The first line of the prompt that made it."""
    number: IntProperty()
    """Its number among the results of one job, 0 = the only one."""
    made: IntProperty()
    """When it was placed: seconds since EPOCH."""
    is_map: BoolProperty()
    """It was made from its ancestors but is not a version of them: a map beside the colour."""
    map_before: PointerProperty(type=bpy.types.Image)
    """The map that this one has taken the place of: its version, made of the same image."""
    ancestors: CollectionProperty(type=EASEL_PG_ancestor)
    """All ancestors, the nearest first. If one is deleted, the next one is used."""
    compared_with: PointerProperty(type=bpy.types.Image)
    """The version that is shown in place of this one, for as long as they are compared."""


def register() -> None:
    """Add the properties to images and to datablocks that show them."""
    bpy.types.Image.easel_original = PointerProperty(
        type=bpy.types.Image,
        name="Original",
        description="The image that this one edits or replaced",
    )
    bpy.types.Image.easel_edit = PointerProperty(type=EASEL_PG_edit)
    for owner in (bpy.types.Node, bpy.types.NodeSocket):
        owner.easel_compared = PointerProperty(
            type=bpy.types.Image,
            name="Compared",
            description="The image that belongs here while another version is shown for comparison",
        )
    bpy.types.ID.easel_compared_uses = CollectionProperty(type=EASEL_PG_compared_use)


def unregister() -> None:
    """Remove them. Saved values stay in the files."""
    for owner, name in (
        (bpy.types.ID, "easel_compared_uses"),
        (bpy.types.NodeSocket, "easel_compared"),
        (bpy.types.Node, "easel_compared"),
        (bpy.types.Image, "easel_edit"),
        (bpy.types.Image, "easel_original"),
    ):
        if hasattr(owner, name):
            delattr(owner, name)


CLASSES = (EASEL_PG_ancestor, EASEL_PG_compared_use, EASEL_PG_edit)
