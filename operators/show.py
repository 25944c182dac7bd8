# SPDX-License-Identifier: GPL-3.0-or-later
"""Show things: the tab, textures in a view, and how jobs ended."""

import bpy

from ..scene.language import said
from ..scene.windows import interface, reports, tab

REPORT_PERIOD_S = 0.02


class EASEL_OT_show_tab(bpy.types.Operator):
    """Open the sidebar of the 3D View at Easel's tab"""

    bl_idname = "easel.show_tab"
    bl_label = "Show Easel"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if interface.find_view(context.area) is not None:
            return True
        cls.poll_message_set(said("No window has a 3D View"))
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        tab.show_tab(context.area)
        return {"FINISHED"}


class EASEL_OT_show_textures(bpy.types.Operator):
    """Have this view show textures: Solid shading, coloured by the active texture"""

    bl_idname = "easel.show_textures"
    bl_label = "Show Textures in This View"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.space_data is not None and context.space_data.type == "VIEW_3D":
            return True
        cls.poll_message_set(said("This is no 3D View"))
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        shading = context.space_data.shading
        shading.type = "SOLID"
        shading.color_type = "TEXTURE"
        return {"FINISHED"}


class EASEL_OT_report(bpy.types.Operator):
    """Report how jobs ended"""

    bl_idname = "easel.report"
    bl_label = "Easel"
    bl_options = {"INTERNAL"}

    _timer: bpy.types.Timer | None = None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._timer = context.window_manager.event_timer_add(REPORT_PERIOD_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self.cancel(context)
        for level, text in reports.take():
            self.report({level}, text)
        return {"FINISHED", "PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)


CLASSES = (EASEL_OT_show_tab, EASEL_OT_show_textures, EASEL_OT_report)
