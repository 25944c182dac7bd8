# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel in the 3D View's View menu, where the menu search (F3) finds it."""

import bpy

from ..client.models import MODELS
from ..scene.history.versions import image_at_hand
from ..scene.listing.form_sources import tile_count
from ..texts.phrases import phrase
from .common import priced
from .form import price_of


class EASEL_MT_easel(bpy.types.Menu):
    """What Easel can do from anywhere."""

    bl_idname = "EASEL_MT_easel"
    bl_label = "Easel"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        form, mirror = context.scene.easel, context.window_manager.easel
        is_edit = form.mode == "EDIT"
        price = price_of(form, MODELS[form.model_id])
        layout.operator("easel.show_tab", icon="WINDOW")
        layout.operator(
            "easel.edit" if is_edit else "easel.generate",
            text=priced(context, phrase("Edit"), price * tile_count(form))
            if is_edit
            else priced(context, phrase("Generate"), price),
        )
        layout.operator("easel.edit_view", text=priced(context, phrase("Edit the View"), price))
        layout.menu("EASEL_MT_image_tools", icon="SHADERFX")
        if image_at_hand(context) is not None:
            layout.separator()
            layout.operator("easel.compare_versions", icon="ARROW_LEFTRIGHT")
            layout.operator("easel.revert_to_original", icon="LOOP_BACK")
            layout.operator("easel.paint_with_edit", icon="BRUSHES_ALL")
            layout.operator("easel.paint_changes", icon="MOD_MASK")
            layout.menu("EASEL_MT_history")
        layout.separator()
        layout.operator("easel.add_task")
        layout.operator("easel.open_library")
        layout.separator()
        layout.operator("easel.stop_simulator" if mirror.is_simulator else "easel.start_simulator")
        layout.operator("easel.copy_diagnostics")
        layout.operator("easel.show_preferences", icon="PREFERENCES")


def register() -> None:
    """Add the menu. Does nothing if it is there."""
    unregister()
    bpy.types.VIEW3D_MT_view.append(_draw)


def unregister() -> None:
    """Remove the menu. Does nothing if it is not there."""
    bpy.types.VIEW3D_MT_view.remove(_draw)


def _draw(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.menu(EASEL_MT_easel.bl_idname)


CLASSES = (EASEL_MT_easel,)
