# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the selected job: a strip of its images, one of them chosen, and the actions for it."""

import time
from typing import Any

import bpy

from ..client.models import ModelId
from ..scene.language import said, say
from ..scene.listing import result_thumbnails
from ..scene.session import session
from ..scene.windows.tab import TAB
from ..texts.clock import EPOCH
from ..texts.phrases import phrase
from ..texts.wording import share_done, status_text
from ..texts.wrapping import display_width, first_line
from .common import (
    COMPARE_ICON,
    SidebarPanel,
    columns,
    draw_text,
    fact_lines,
    fits_row,
    icon_if_fits,
    priced,
    shares,
)
from .form import is_too_dear, too_dear_text
from .model import draw_model_result
from .placing import draw_placing, editor_of
from .shading import draw_shading_hint
from .tools import draw_tool, draw_tools
from .view_edit import draw_projection

_IN_A_ROW = 4
_SMALL, _LARGE = 3.2, 6.4  # sides of thumbnails, in units of 20 pixels at interface scale 1
_TITLE_TAKEN = 35.0  # pixels at interface scale 1, of the arrow and the grip beside the title
_COMPARE_TAKEN = 22.0  # of the button there


def _has_result(context: bpy.types.Context) -> bool:
    job = context.window_manager.easel.selected_job
    return job is not None and (job.can_place or _is_coming(job))


def _has_choice(job: Any) -> bool:
    """Whether its click has made several images."""
    return len(job.pictures) > 1 or (job.click and len(job.pictures) > 0)


def _is_coming(job: Any) -> bool:
    return job.is_followed and not job.job_state.is_final


class _Result:
    """What the panel is in all editors."""

    bl_label = ""
    bl_order = 1

    def draw_header(self: Any, context: bpy.types.Context) -> None:
        self.layout.label(text=_title(context), translate=False)

    def draw_header_preset(self: Any, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is not None and _has_choice(job):
            layout = self.layout
            layout.emboss = "NONE"
            layout.operator("easel.compare_job", text="", icon=COMPARE_ICON).job_id = job.name

    def draw(self: Any, context: bpy.types.Context) -> None:
        _draw_result(context, self.layout)


class EASEL_PT_result(_Result, SidebarPanel, bpy.types.Panel):
    """The images of the selected job."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_result(context)


class _EditorResult(_Result):
    """The shorter version for other editors."""

    bl_region_type = "UI"
    bl_category = TAB


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


class EASEL_MT_result(bpy.types.Menu):
    """More about this image"""

    bl_label = "More"

    def draw(self, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is None:
            return
        layout = self.layout
        layout.operator("easel.reuse_settings", icon="RECOVER_LAST").job_id = job.name
        layout.operator("easel.split_picture", icon="OUTLINER_OB_IMAGE").job_id = job.name
        layout.separator()
        draw_tools(context, layout, job_id=job.name, picture=job.picture)
        layout.operator("easel.model_of_picture", icon="MESH_MONKEY").job_id = job.name
        layout.operator("easel.look_of_picture", icon="TEXTURE").job_id = job.name
        layout.separator()
        tile = layout.operator("easel.tile_picture", icon="MOD_UVPROJECT")
        tile.job_id, tile.picture = job.name, job.picture
        layout.separator()
        layout.operator("easel.save_picture", icon="FILE_TICK").job_id = job.name
        layout.operator("easel.reveal_picture", icon="FILE_FOLDER").job_id = job.name
        asset = layout.column()
        asset.operator_context = "INVOKE_DEFAULT"  # the default would be to execute: nothing would be asked
        mark = asset.operator("easel.mark_asset", text="Mark as Asset…", icon="ASSET_MANAGER")
        mark.job_id, mark.picture = job.name, job.picture
        again = layout.operator("easel.place", text=said("Add as a Copy"), translate=False, icon="DUPLICATE")
        again.job_id, again.picture, again.kind, again.as_copy = job.name, job.picture, "IMAGE", True
        if _has_choice(job):
            layout.separator()
            layout.operator("easel.compare_job", icon=COMPARE_ICON).job_id = job.name
            layout.operator("easel.keep_starred", icon="TRASH").job_id = job.name
        layout.separator()
        layout.operator("easel.copy_prompt", icon="COPYDOWN").job_id = job.name
        if job.task_id:
            layout.operator("easel.copy_task_id", icon="COPYDOWN").job_id = job.name


def _title(context: bpy.types.Context) -> str:
    job = context.window_manager.easel.selected_job
    if job is None:
        return said("Result")
    pictures = job.pictures
    of_all = ""
    if len(pictures) > 1:
        of_all = said("{number} of {count}", number=pictures.index(job.picture) + 1, count=len(pictures))
    around = said("Result: {prompt}", prompt="") + of_all
    taken = _TITLE_TAKEN + (_COMPARE_TAKEN if _has_choice(job) else 0.0)
    room = columns(context, taken=taken) - display_width(around)
    title = said("Result: {prompt}", prompt=first_line(job.prompt, max(8, room)))
    return f"{title}  {of_all}" if of_all else title


def _draw_result(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    session.note_drawn()
    shown = context.window_manager.easel
    job = shown.selected_job
    if job is None:
        return
    _draw_strip(layout, job)
    if not job.can_place:
        return
    if job.model_text:
        draw_model_result(context, layout, job)
        return
    facts = layout.column(align=True)
    for line in fact_lines(shown.picture_facts.split(" · "), columns(context)):
        draw_text(context, facts, line)
    _draw_whereabouts(context, layout, job)
    column = layout.column(align=True)
    if job.can_project and editor_of(context) == "VIEW_3D":
        draw_projection(context, column, job)
    if job.is_drawn_map:
        column.operator("easel.take_map", icon="NODE_MATERIAL").job_id = job.name
    if job.is_rolled:
        column.operator("easel.roll_back", icon="LOOP_BACK").job_id = job.name
    draw_placing(context, column, job)
    if job.click and job.verb == "edit":
        column.operator("easel.make_switch", icon="OPTIONS").job_id = job.name
    if job.is_texture_sheet:
        column.operator("easel.take_apart", icon="MOD_EXPLODE").job_id = job.name
    if job.is_views:
        column.operator("easel.project_views", icon="MOD_UVPROJECT").job_id = job.name
    if job.is_sheet and editor_of(context) == "VIEW_3D":
        column.operator("easel.split_picture", icon="OUTLINER_OB_IMAGE").job_id = job.name
    if job.wants_alpha and shown.painted_backdrop:
        draw_text(context, column, shown.painted_backdrop, "INFO")
        draw_tool(context, column, ModelId.REMOVE_BACKGROUND, job_id=job.name, picture=job.picture)
    _draw_paid(context, column, job)


def _draw_strip(layout: bpy.types.UILayout, job: Any) -> None:
    """Draw the job's images; while it runs, draw its progress instead."""
    pictures = job.pictures
    strip = layout.column(align=True)
    if not pictures:
        if _is_coming(job):
            _draw_progress(strip, job, height=_SMALL)
        return
    if len(pictures) == 1:
        _draw_thumbnail(strip, job, pictures[0], _LARGE)
    else:
        chosen = job.picture
        for start in range(0, len(pictures), _IN_A_ROW):
            row = strip.row(align=True)
            for number in pictures[start : start + _IN_A_ROW]:
                cell = row.column(align=True)
                _draw_thumbnail(cell, job, number, _SMALL)
                button = cell.operator(
                    "easel.choose_picture", text=str(number), translate=False, depress=number == chosen
                )
                button.job_id, button.picture = job.name, number
    if _is_coming(job):
        _draw_progress(strip, job, height=1.0)


def _draw_thumbnail(layout: bpy.types.UILayout, job: Any, number: int, scale: float) -> None:
    layout.template_icon(icon_value=result_thumbnails.icon_of(job.name, number), scale=scale)


def _draw_progress(layout: bpy.types.UILayout, job: Any, *, height: float) -> None:
    now = time.time() - EPOCH
    row = layout.row()
    row.scale_y = height
    row.progress(text=say(status_text(job, now)), factor=share_done(job, job.progress, now))


def _draw_paid(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw the actions that make new images: edit it, or pay for a similar or a larger one."""
    layout.separator(factor=0.7)
    vary = priced(context, phrase("Vary"), job.price_each) if job.count else ""
    finish = phrase("Finish in {size}", size=job.finish_resolution)
    finish = priced(context, finish, job.finish_price) if job.finish_resolution else ""
    texts = (said("Edit"), vary)
    has_icons = fits_row(context, texts, has_icons=True)
    row = layout.row(align=True)
    if vary and (has_icons or fits_row(context, texts)):
        first, second = shares(row.row(align=True), texts)
    else:
        first, second = row, layout.row(align=True)
    first.operator("easel.edit_picture", icon="BRUSH_DATA" if has_icons else "NONE").job_id = job.name
    shown = context.window_manager.easel
    if vary:
        icon = "FILE_REFRESH" if has_icons else "NONE"
        second = second.row(align=True)
        second.enabled = not is_too_dear(shown, job.price_each)
        second.operator("easel.vary", text=vary, translate=False, icon=icon).job_id = job.name
    row.menu("EASEL_MT_result", text="", icon="DOWNARROW_HLT")
    if finish:
        row = layout.row(align=True)
        row.enabled = not is_too_dear(shown, job.finish_price)
        icon = icon_if_fits(context, finish, "SHADERFX")
        row.operator("easel.finish", text=finish, translate=False, icon=icon).job_id = job.name
    dearest = max(job.price_each if vary else 0, job.finish_price if finish else 0)
    if lack := too_dear_text(shown, dearest):
        draw_text(context, layout, lack, "INFO")


def _draw_whereabouts(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Say where its images are now. What was done with them is only said while they are there."""
    where = context.window_manager.easel.whereabouts
    facts = layout.column(align=True)
    if where:
        draw_text(context, facts, where, "IMAGE_DATA")
    if job.placement_text and (where or not job.is_placed):
        draw_text(context, facts, job.placement_text, "BLANK1" if where else "NONE")
    if where:
        draw_shading_hint(context, layout, job.placed_as)
    if context.window_manager.easel.is_picture_gone:
        draw_text(context, layout, phrase("The image's file is gone from the library"), "INFO")
    elif job.is_placed and not where:
        draw_text(context, layout, phrase("Not in this file any more. It is in the library"), "INFO")


CLASSES = (EASEL_MT_result, EASEL_PT_result, EASEL_PT_image_result, EASEL_PT_shader_result)
