# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of a model's options: Blender's own list of them."""

import bpy
from bl_ui.utils import PresetPanel


class EASEL_PT_presets(PresetPanel, bpy.types.Panel):
    """Presets of the chosen model's options."""

    bl_label = "Options Presets"
    preset_operator = "script.execute_preset"
    preset_add_operator = "easel.preset_add"

    @property
    def preset_subdir(self) -> str:
        """Each model has separate presets."""
        return bpy.context.scene.easel.preset_folder

    def draw(self, context: bpy.types.Context) -> None:
        if bpy.utils.preset_paths(self.preset_subdir):
            super().draw(context)
        else:
            self._draw_first(context)

    def _draw_first(self, context: bpy.types.Context) -> None:
        """Draw what Blender's list draws at its end. Without presets, Blender would say “Missing Paths”."""
        name = context.window_manager.preset_name
        self.layout.label(text="No presets of this model yet")
        row = self.layout.row()
        row.operator_context = "EXEC_DEFAULT"  # the name stands beside the button: no dialog
        row.prop(context.window_manager, "preset_name", text="")
        row.operator(self.preset_add_operator, text="", icon="ADD").name = name


CLASSES = (EASEL_PT_presets,)
