# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of the panel Make Model: pictures or a prompt, the engine and its options, a height."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..client.engines import DEFAULT_ENGINE, ENGINES, Engine
from ..client.models import ModelId
from ..scene.models.surfaces import height_at_hand

ENGINE_ITEMS = tuple((engine.id.value, engine.label, engine.hint) for engine in ENGINES.values())


def _get_height(form: Any) -> float:
    return form.height or height_at_hand(bpy.context)[0]


def _set_height(form: Any, height: float) -> None:
    form.height = max(height, 0.0)


class EASEL_PG_model_form(bpy.types.PropertyGroup):
    """The artist's choices for the next 3D model."""

    image: PointerProperty(
        type=bpy.types.Image, name="Picture", description="What the model is made of, seen from the front"
    )
    image_left: PointerProperty(
        type=bpy.types.Image, name="Left", description="The same object, seen from its own left"
    )
    image_back: PointerProperty(
        type=bpy.types.Image, name="Back", description="The same object, seen from behind"
    )
    image_right: PointerProperty(
        type=bpy.types.Image, name="Right", description="The same object, seen from its own right"
    )
    prompt: StringProperty(name="Prompt", description="What the model should be if there is no picture of it")
    engine: EnumProperty(
        name="Engine",
        description="Which engine makes the model",
        items=ENGINE_ITEMS,
        default=DEFAULT_ENGINE.value,
    )
    height: FloatProperty(name="Height", min=0.0, unit="LENGTH")
    """The typed height in metres; 0 for none."""
    height_shown: FloatProperty(
        name="Height",
        description=(
            "How high the model stands, from its lowest to its highest point. "
            "0 means as high as the selected object or empty, or 1 m if none is selected"
        ),
        min=0.0,
        soft_max=100.0,
        unit="LENGTH",
        get=_get_height,
        set=_set_height,
    )
    faces: IntProperty(
        name="Faces",
        description="About how many triangles to ask for, within the engine's limits",
        default=100_000,
        min=500,
        max=1_000_000,
        step=1000,
    )
    textures: BoolProperty(
        name="Textures", description="Colour the model. If off, only the mesh is made", default=True
    )
    pbr: BoolProperty(
        name="Roughness and Metal",
        description="Make roughness and metallic maps besides the colour",
        default=True,
    )

    @property
    def engine_chosen(self) -> Engine:
        """The chosen engine; the default one if it is a newer Easel's."""
        return ENGINES[ModelId(self.engine or DEFAULT_ENGINE)]


CLASSES = (EASEL_PG_model_form,)
