# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of a texture that a model draws at a price, with the picture as the only source."""

from typing import Any

import bpy
from bpy.props import EnumProperty

from ..imaging.tiling.settings import Map
from ..scene.session import model_maps
from .local import ImageVerb
from .parameters import SKIP_SAVE
from .request import Prepared
from .sheet import OneImageVerb
from .work_by_hand import WorkVerb


class EASEL_OT_map_by_model(ImageVerb, OneImageVerb, bpy.types.Operator):
    """Let a model draw a map of the texture. The map is lined up with the texture, and placed as its map"""

    bl_idname = "easel.map_by_model"
    bl_label = "Map by Model"
    bl_options = set()

    part: EnumProperty(
        name="Map",
        description="Which map is drawn",
        items=(
            (Map.HEIGHT.value, "Height", "White is high; 16 bits"),
            (Map.ROUGHNESS.value, "Roughness", "White is dull, black is shiny"),
        ),
        options=SKIP_SAVE,
    )

    def requests(self: Any, context: bpy.types.Context) -> list[Prepared]:
        (options,), _lost = self.options_of(context)
        image, part = self.find_image(context), Map(self.part)
        return [model_maps.prepared(image, part, options, context.scene)]


class EASEL_OT_take_map(WorkVerb, bpy.types.Operator):
    """Make the drawing a map of its texture, and place it"""

    bl_idname = "easel.take_map"
    bl_label = "Make It a Map"
    bl_options = {"INTERNAL"}

    work = staticmethod(model_maps.take)


CLASSES = (EASEL_OT_map_by_model, EASEL_OT_take_map)
