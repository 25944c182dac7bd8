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
        """Each model has presets of its own."""
        return bpy.context.scene.easel.preset_folder


CLASSES = (EASEL_PT_presets,)
