# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of the selected job: where its images are, and what can be done with them."""

from typing import Any

import bpy

from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_text
from .placing import draw_placing, editor_of
from .shading import draw_shading_hint
from .view_edit import draw_projection


def _has_result(context: bpy.types.Context) -> bool:
    job = context.window_manager.easel.selected_job
    return job is not None and job.can_place


class EASEL_PT_result(SidebarPanel, bpy.types.Panel):
    """The images of the selected job."""

    bl_label = "Result"
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_result(context)

    def draw(self, context: bpy.types.Context) -> None:
        _draw_result(context, self.layout)


class _EditorResult:
    """What other editors have of it: what fits there."""

    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "Result"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        _draw_result(context, self.layout)


class EASEL_PT_image_result(_EditorResult, bpy.types.Panel):
    """The selected job's images, beside the open image."""

    bl_space_type = "IMAGE_EDITOR"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_result(context)


class EASEL_PT_shader_result(_EditorResult, bpy.types.Panel):
    """The selected job's images, beside the nodes."""

    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == "ShaderNodeTree" and _has_result(context)


def _draw_result(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    job = context.window_manager.easel.selected_job
    if job is None or not job.can_place:
        return
    _draw_whereabouts(context, layout, job)
    column = layout.column(align=True)
    if job.can_project and editor_of(context) == "VIEW_3D":
        draw_projection(context, column, job)
    draw_placing(context, column, job)


def _draw_whereabouts(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Say where its images are now. What was done with them is only told while they are there."""
    where = context.window_manager.easel.whereabouts
    facts = layout.column(align=True)
    if where:
        draw_text(context, facts, where, "IMAGE_DATA")
    if job.placement_text and (where or not job.is_placed):
        draw_text(context, facts, job.placement_text, "BLANK1" if where else "NONE")
    if where:
        draw_shading_hint(context, layout, job.placed_as)
    elif job.is_placed:
        draw_text(context, layout, phrase("Not in this file any more. It is in the library"), "INFO")


CLASSES = (EASEL_PT_result, EASEL_PT_image_result, EASEL_PT_shader_result)
