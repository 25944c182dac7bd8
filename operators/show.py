# SPDX-License-Identifier: GPL-3.0-or-later
"""Show things: the tab, textures in a view, how jobs ended, and models that have arrived."""

import bpy

from ..scene.session import pump
from ..scene.windows import interface, reports, tab
from ..texts.phrases import phrase
from .verb import Verb

PERIOD_S = 0.02
"""When an operator gets its event in the event loop."""


class EASEL_OT_show_tab(Verb, bpy.types.Operator):
    """Open the sidebar of the 3D View at Easel's tab"""

    bl_idname = "easel.show_tab"
    bl_label = "Show Easel"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return "" if interface.find_view(context.area) is not None else phrase("No window has a 3D View")

    def act(self, context: bpy.types.Context) -> None:
        tab.show_tab(context.area)


class EASEL_OT_show_textures(Verb, bpy.types.Operator):
    """Show textures in this view: Solid shading, coloured by the active texture"""

    bl_idname = "easel.show_textures"
    bl_label = "Show Textures in This View"
    bl_options = {"INTERNAL"}

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        is_view = context.space_data is not None and context.space_data.type == "VIEW_3D"
        return "" if is_view else phrase("This is not a 3D View")

    def act(self, context: bpy.types.Context) -> None:
        shading = context.space_data.shading
        shading.type = "SOLID"
        shading.color_type = "TEXTURE"


class _InEventLoop:
    """Mixin: an operator that acts once, in an event of its window, and is no undo step.

    The pump starts it for what a timer can't do.
    """

    _timer: bpy.types.Timer | None = None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._timer = context.window_manager.event_timer_add(PERIOD_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self.cancel(context)
        self.act()
        return {"FINISHED", "PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)

    def act(self) -> None:
        raise NotImplementedError


class EASEL_OT_report(_InEventLoop, bpy.types.Operator):
    """Say how jobs ended"""

    bl_idname = "easel.report"
    bl_label = "Easel"
    bl_options = {"INTERNAL"}

    def act(self) -> None:
        for level, text in reports.take():
            self.report({level}, text)


class EASEL_OT_place_arrived(_InEventLoop, bpy.types.Operator):
    """Place a model that has arrived"""

    bl_idname = "easel.place_arrived"
    bl_label = "Easel"
    bl_options = {"INTERNAL"}

    def act(self) -> None:
        pump.place_in_window()


CLASSES = (EASEL_OT_show_tab, EASEL_OT_show_textures, EASEL_OT_report, EASEL_OT_place_arrived)
