# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the chosen model: one line in the form, and all of them when it is opened."""

from typing import Any

import bpy

from ..client.models import MODELS, Model
from ..client.requests import Sizing
from ..scene.language import say
from ..texts.phrases import joined, phrase
from ..texts.wording import option_label
from .fields import draw_field, split_column
from .view_edit import edits_view

_UNITS = 14  # width of the popover; a unit is 20 pixels at interface scale 1


class EASEL_PT_options(bpy.types.Panel):
    """Shape, resolution, number and format of the images"""

    bl_label = "Options"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = _UNITS

    def draw(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        model = MODELS[form.model_id]
        column = split_column(self.layout)
        for name in option_names(context, form, model):
            draw_field(context, column, form.options(model.id), name)


def draw_options(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, model: Model) -> None:
    """Draw the line that says what is chosen, and opens the options."""
    text = options_text(form.options(model.id), option_names(context, form, model))
    layout.popover(panel="EASEL_PT_options", text=say(text), translate=False)


def option_names(context: bpy.types.Context, form: Any, model: Model) -> list[str]:
    """Name the model's options that the artist can choose. An edit that keeps its place has no shape."""
    names = [name for name, _ in form.options(model.id).bl_rna.properties.items()]
    is_shaped = form.mode == "EDIT" and (
        form.comes_back is not Sizing.AS_IT_CAME or (_is_in_view(context) and edits_view(context, form))
    )
    hidden = {"rna_type", "name"} | ({"aspect_ratio"} if is_shaped else set())
    return [name for name in names if name not in hidden]


def options_text(options: Any, names: list[str]) -> str:
    """Say what is chosen: "16:9 · 4K · 1 image". Rare options are named only if they are not the default."""
    parts: list[str] = []
    for name in names:
        value = getattr(options, name)
        if name in ("aspect_ratio", "resolution", "image_size"):
            parts.append(option_label(value))
        elif name == "count":
            parts.append(phrase("1 image") if value == 1 else phrase("{count} images", count=value))
        elif name == "output_format" and value != options.bl_rna.properties[name].default:
            parts.append(option_label(value))
        elif name == "seed" and value >= 0:
            parts.append(phrase("seed {seed}", seed=value))
        elif name == "safety_checker" and not value:
            parts.append(phrase("safety checker off"))
    return joined(*parts, by=" · ")


def _is_in_view(context: bpy.types.Context) -> bool:
    space = getattr(context, "space_data", None)
    return space is None or space.type == "VIEW_3D"


CLASSES = (EASEL_PT_options,)
