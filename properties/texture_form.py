# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the panel Texture Model: a picture or a prompt, the engine and its options."""

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty, StringProperty

from ..client.models import ModelId
from ..client.texturers import DEFAULT_TEXTURER, TEXTURERS, Texturer

TEXTURER_ITEMS = tuple((engine.id.value, engine.label, engine.hint) for engine in TEXTURERS.values())
QUALITY_ITEMS = (
    ("standard", "Standard", "Enough for objects that are seen from a distance"),
    ("detailed", "Detailed", "Finer textures, at twice the price"),
)


class EASEL_PG_texture_form(bpy.types.PropertyGroup):
    """The artist's choices for the next textures of an object."""

    image: PointerProperty(type=bpy.types.Image, name="Picture", description="How the object should look")
    prompt: StringProperty(
        name="Prompt", description="How the object should look if there is no picture of it"
    )
    engine: EnumProperty(
        name="Engine",
        description="Which engine makes the textures",
        items=TEXTURER_ITEMS,
        default=DEFAULT_TEXTURER.value,
    )
    quality: EnumProperty(name="Quality", description="How fine the textures are", items=QUALITY_ITEMS)
    pbr: BoolProperty(
        name="Roughness and Metal",
        description="Make roughness and metallic maps besides the colour",
        default=True,
    )
    modifiers: BoolProperty(
        name="With Modifiers",
        description="Send the object as its modifiers make it in the view. Else its own mesh is sent",
        default=True,
    )
    materials: BoolProperty(
        name="Send Materials",
        description="Send the object's materials and their textures along. Else the bare mesh is sent",
    )

    @property
    def engine_chosen(self) -> Texturer:
        """The chosen engine; the default one if it is a newer Easel's."""
        return TEXTURERS[ModelId(self.engine or DEFAULT_TEXTURER)]


CLASSES = (EASEL_PG_texture_form,)
