# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model remembers of its making. Saved in the .blend, and appended or linked along with the object."""

import bpy
from bpy.props import FloatProperty, PointerProperty, StringProperty


class EASEL_PG_model(bpy.types.PropertyGroup):
    """How an object was made."""

    job_id: StringProperty()
    """Id of the job; empty: Easel has not made the object."""
    engine: StringProperty()
    """The engine's label."""
    picture: PointerProperty(type=bpy.types.Image)
    """What it was made from."""
    height: FloatProperty()
    """Metres, in the object's own space."""


def register() -> None:
    """Give objects their property."""
    bpy.types.Object.easel_model = PointerProperty(type=EASEL_PG_model)


def unregister() -> None:
    """Take it away; what is saved of it stays in the files."""
    if hasattr(bpy.types.Object, "easel_model"):
        del bpy.types.Object.easel_model


CLASSES = (EASEL_PG_model,)
