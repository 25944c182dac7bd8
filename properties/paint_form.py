# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the panel Whole Model: the views, what they show, and the textures."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatVectorProperty, IntProperty

VIEW_ITEMS = (
    ("1", "Front", "One view from the front", 1),
    ("4", "4 Around", "Front, left, back and right", 4),
    ("6", "6 Sides", "Four around, from above and from below", 6),
    ("8", "8 Around", "Four around, two from high up and two from low down", 8),
    (
        "CAMERAS",
        "Scene's Cameras",
        "Each camera of the scene as it stands, cut to what it sees of the model",
        20,
    ),
    ("VIEW", "3D View", "What this 3D View shows of the model", 21),
)
LOOK_ITEMS = (
    ("CLAY", "Clay", "The bare form in soft light, for a new look", 0),
    (
        "TEXTURE",
        "Today's Texture",
        "The base colours as they are, without light: what is there is changed",
        1,
    ),
    ("LIT", "Both", "The base colours in soft light, which shows the form too", 2),
)
OWN_SIZE = "OWN"
TEXTURE_ITEMS = (
    (OWN_SIZE, "As Today's", "As large as the texture that is there, up to 4K; 2K where there is none", 0),
    ("1024", "1K", "1024 × 1024", 1024),
    ("2048", "2K", "2048 × 2048", 2048),
    ("4096", "4K", "4096 × 4096", 4096),
)


class EASEL_PG_direction(bpy.types.PropertyGroup):
    """One more view of the whole model."""

    towards: FloatVectorProperty(size=3)
    """The unit vector from the model to the camera."""


class EASEL_PG_paint_form(bpy.types.PropertyGroup):
    """The artist's choices for the next model that is painted."""

    views: EnumProperty(
        name="Views",
        description="How many views of the model are on the sheet: of more, each is smaller",
        items=VIEW_ITEMS,
        default="6",
    )
    more: CollectionProperty(type=EASEL_PG_direction)
    """Views that were added for unseen parts."""
    is_perspective: BoolProperty(
        name="Perspective",
        description="Views around the model in perspective, as photographs are. Else without, as plans are",
    )
    look: EnumProperty(name="Shows", description="What the sheet shows of the model", items=LOOK_ITEMS)
    normals: BoolProperty(
        name="Normals", description="Send the normals of the same views too, as one more picture"
    )
    depth: BoolProperty(name="Depth", description="Send the depth of the same views too, as one more picture")
    references: BoolProperty(
        name="Images as Style",
        description="Send the images of the list above too, as style references",
    )
    size: EnumProperty(
        name="Texture",
        description="Pixels of a side of each texture that is made",
        items=TEXTURE_ITEMS,
    )
    margin: IntProperty(
        name="Margin",
        description="By how many pixels islands bleed; 0 for a 128th of the texture's side",
        min=0,
        max=64,
        subtype="PIXEL",
    )
    is_deep: BoolProperty(
        name="16 Bits", description="Textures of 16 bits a channel instead of 8, for finer gradients"
    )


CLASSES = (EASEL_PG_direction, EASEL_PG_paint_form)
