# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's record of how it was made. Saved in the .blend, and appended or linked along with the object."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, PointerProperty, StringProperty


class EASEL_PG_model(bpy.types.PropertyGroup):
    """How an object was made."""

    job_id: StringProperty()
    """Id of the job; empty: Easel has not made the object."""
    engine: StringProperty()
    """The engine's label."""
    picture: PointerProperty(type=bpy.types.Image)
    """The pictures it was made from."""
    seed: StringProperty()
    """Empty where it is not known. An integer of Blender's is too short for some."""
    height: FloatProperty()
    """Metres, in the object's own space."""


class EASEL_PG_slot(bpy.types.PropertyGroup):
    """A material slot as it was."""

    link: StringProperty()
    """In Blender's words: DATA or OBJECT."""
    material: PointerProperty(type=bpy.types.Material)


class EASEL_PG_textured(bpy.types.PropertyGroup):
    """How an object was textured, and its state before."""

    job_id: StringProperty()
    """Id of the job; empty: Easel has not textured the object."""
    engine: StringProperty()
    """The engine's label."""
    picture: PointerProperty(type=bpy.types.Image)
    """The pictures its textures were made from."""
    slots: CollectionProperty(type=EASEL_PG_slot)
    """Its slots before texturing. After going back: its slots with the textures."""
    is_reverted: BoolProperty()
    """The earlier state is shown again."""
    copy_of: PointerProperty(type=bpy.types.Object)
    """The object that it replaces, if its mesh is different."""


def register() -> None:
    """Give objects their properties."""
    bpy.types.Object.easel_model = PointerProperty(type=EASEL_PG_model)
    bpy.types.Object.easel_textured = PointerProperty(type=EASEL_PG_textured)


def unregister() -> None:
    """Remove them. Saved values stay in the files."""
    for name in ("easel_textured", "easel_model"):
        if hasattr(bpy.types.Object, name):
            delattr(bpy.types.Object, name)


CLASSES = (EASEL_PG_model, EASEL_PG_slot, EASEL_PG_textured)
