# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of a model's options, by Blender's own preset system. They are Python files in the user's scripts
folder, in `presets/easel/<model>`."""

import bpy
from bl_operators.presets import AddPresetBase

from ..scene.placement.ways import CHOICES
from ..scene.prompts.prompt_lists import option_names


class EASEL_OT_preset_add(AddPresetBase, bpy.types.Operator):
    """Add or remove a preset of the model's options, the template, and how results are placed"""

    bl_idname = "easel.preset_add"
    bl_label = "Add Options Preset"
    bl_options = {"INTERNAL"}
    preset_menu = "EASEL_PT_presets"

    @property
    def preset_subdir(self) -> str:
        """The folder of the chosen model's presets."""
        return bpy.context.scene.easel.preset_folder

    @property
    def preset_values(self) -> list[str]:
        """What a preset sets, as Blender writes it into the file."""
        form = bpy.context.scene.easel
        path = f"bpy.context.scene.easel.{form.options_name}"
        names = option_names(form.options(form.model_id))
        chosen = ["template", "placement", "edit_scope", "sizing"]
        way = CHOICES.get(form.placement)
        ways = [f"ways.{name}" for name in (way.options if way is not None else ())]
        return [
            *(f"{path}.{name}" for name in names),
            *(f"bpy.context.scene.easel.{name}" for name in (*chosen, *ways)),
        ]


CLASSES = (EASEL_OT_preset_add,)
