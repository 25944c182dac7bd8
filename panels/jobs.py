# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of jobs, with everything about the list as a whole: in the 3D View, and shorter elsewhere."""

import time
from typing import Any

import bpy

from ..jobs.job import JobState
from ..scene.language import said, say
from ..scene.listing import result_thumbnails
from ..scene.session import listed, strip
from ..scene.windows.tab import TAB
from ..texts.clock import EPOCH
from ..texts.names import shortened
from ..texts.phrases import phrase
from ..texts.wording import late_text, queue_texts, row_time_text
from ..texts.wrapping import display_width
from .common import SidebarPanel, columns, draw_aside, draw_text, icon_if_fits, is_chosen_row, priced
from .job import draw_job, state_icon

_ROW_TAKEN = 90.0  # pixels at interface scale 1: the icon, the scroll bar, the column beside the list
_ROW_CHARACTER = 5.8  # pixels at interface scale 1: here Blender may cut a text of many wide letters
_TITLE_TAKEN = 40.0  # pixels at interface scale 1, of the panel's arrow and grip and a gap
_TITLE_CHARACTER = 5.5  # pixels at interface scale 1
_QUIT_S = 60
"""The panel says what quitting does to a queue that takes longer than this, in seconds."""


class EASEL_UL_jobs(bpy.types.UIList):
    """Jobs: running, waiting, in need of the artist, done."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int,
    ) -> None:
        said_time = say(row_time_text(item, time.time() - EPOCH))
        room = columns(context, taken=_ROW_TAKEN, character_width=_ROW_CHARACTER)
        name = shortened(item.prompt, _neighbours(data, index), max(8, room - display_width(said_time) - 1))
        row = layout.row(align=True)
        picture = _thumbnail_of(item)
        if picture:
            row.label(text=name, translate=False, icon_value=picture)
        else:
            row.label(text=name, translate=False, icon=state_icon(item))
        if said_time:
            draw_aside(row, said_time, is_chosen=is_chosen_row(active_data, active_property, index))

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        mirror = context.window_manager.easel
        layout.prop(mirror, "search", text="", icon="VIEWZOOM", placeholder=said("Search"))

    def filter_items(
        self, context: bpy.types.Context, data: Any, collection: str
    ) -> tuple[list[int], list[int]]:
        if not data.search:
            return [], []
        return listed.flags(getattr(data, collection), data.search, self.bitflag_filter_item), []


def _thumbnail_of(item: Any) -> int:
    """The icon of a job's chosen image if everything is here; 0 if its state is shown instead."""
    if item.job_state is not JobState.DONE or not item.kept_pictures:
        return 0
    strip.note_row(item.name, item.picture)
    return result_thumbnails.icon_of(item.name, item.picture)


def _neighbours(mirror: Any, index: int) -> tuple[str, ...]:
    """Return the prompts above and below a row."""
    jobs = mirror.jobs
    return tuple(jobs[beside].prompt for beside in (index - 1, index + 1) if 0 <= beside < len(jobs))


class EASEL_MT_jobs(bpy.types.Menu):
    """Actions for all jobs"""

    bl_label = "Jobs"

    def draw(self, context: bpy.types.Context) -> None:
        layout, mirror = self.layout, context.window_manager.easel
        if mirror.unsent_count:
            text = priced(context, phrase("Send the Rest"), mirror.unsent_price)
            layout.operator("easel.send_rest", text=text, icon="EXPORT")
        if mirror.waiting_count or mirror.unsent_count:
            text = said("Cancel All ({count})", count=mirror.waiting_count + mirror.unsent_count)
            layout.operator("easel.cancel_all", text=text, translate=False, icon="X")
        if mirror.done_count:
            text = said("Hide All Done ({count:,})", count=mirror.done_count)
            layout.operator("easel.hide_done", text=text, translate=False, icon="HIDE_ON")
        if mirror.hidden_count or mirror.shows_hidden:
            text = said("Hidden ({count:,})", count=mirror.hidden_count)
            layout.prop(mirror, "shows_hidden", text=text, translate=False)
        layout.separator()
        layout.operator("easel.add_task", icon="ADD")
        layout.operator("easel.open_library", icon="FILE_FOLDER")


class _Jobs:
    """What the list is in all editors."""

    bl_label = "Jobs"
    bl_order = 3

    def draw_header_preset(self: Any, context: bpy.types.Context) -> None:
        draw_title(context, self.layout)

    def draw(self: Any, context: bpy.types.Context) -> None:
        _draw_jobs(context, self.layout)


class EASEL_PT_jobs(_Jobs, SidebarPanel, bpy.types.Panel):
    """The jobs and their states."""


class _EditorJobs(_Jobs):
    bl_region_type = "UI"
    bl_category = TAB


class EASEL_PT_image_jobs(_EditorJobs, bpy.types.Panel):
    """Jobs, beside the open image."""

    bl_space_type = "IMAGE_EDITOR"


class EASEL_PT_shader_jobs(_EditorJobs, bpy.types.Panel):
    """Jobs, beside the nodes."""

    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == "ShaderNodeTree"


def draw_title(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Draw a summary of the queue beside the panel's name, even while the panel is closed."""
    mirror = context.window_manager.easel
    texts = queue_texts(
        running=mirror.running_count,
        waiting=mirror.waiting_count,
        unsent=mirror.unsent_count,
        trouble=mirror.trouble_count,
        seconds_left=mirror.queue_ends - (time.time() - EPOCH) if mirror.queue_ends else 0.0,
    )
    room = columns(context, taken=_TITLE_TAKEN, character_width=_TITLE_CHARACTER)
    room -= display_width(said("Jobs"))
    told = [text for each in texts if (text := say(each))]
    fitting = next((text for text in told if display_width(text) <= room), "")
    if fitting:
        draw_aside(layout, fitting)
        layout.separator(factor=0.5)  # from the dots by which a panel is moved


def _draw_jobs(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    mirror = context.window_manager.easel
    if mirror.unsent_count and not mirror.shows_hidden:
        _draw_unsent(context, layout, mirror)
    row = layout.row()
    if mirror.jobs:
        row.template_list(
            "EASEL_UL_jobs", "", mirror, "jobs", mirror, "active_job", rows=2, maxrows=4, sort_lock=True
        )
    else:
        row.label(text="No hidden jobs" if mirror.shows_hidden else "No jobs yet")
    _draw_beside(row.column(align=True), mirror)
    _draw_below(context, layout.column(align=True), mirror)
    job = mirror.selected_job
    if job is not None:
        draw_job(context, layout.box(), job)


def _draw_unsent(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    """Draw first the jobs that an earlier session left: they are not sent by themselves."""
    box = layout.box()
    count = mirror.unsent_count
    text = (
        phrase("1 job of the last session was not sent")
        if count == 1
        else phrase("{count} jobs of the last session were not sent", count=count)
    )
    draw_text(context, box, text, "INFO")
    row = box.row(align=True)
    text = priced(context, phrase("Send the Rest"), mirror.unsent_price)
    icon = icon_if_fits(context, text, "EXPORT", has_arrow=True)
    row.operator("easel.send_rest", text=text, translate=False, icon=icon)
    row.operator("easel.cancel_all", text="", icon="X").is_of_last_session = True


def _draw_beside(column: bpy.types.UILayout, mirror: Any) -> None:
    column.menu("EASEL_MT_jobs", text="", icon="DOWNARROW_HLT")
    if mirror.hidden_count or mirror.shows_hidden:
        icon = "HIDE_OFF" if mirror.shows_hidden else "HIDE_ON"
        column.prop(mirror, "shows_hidden", text="", icon=icon)
    if mirror.waiting_count > 1:
        column.operator("easel.cancel_all", text="", icon="X")


def _draw_below(context: bpy.types.Context, layout: bpy.types.UILayout, mirror: Any) -> None:
    """Say what the list does not show, and what quitting would do to the queue."""
    if mirror.shows_hidden:
        draw_text(context, layout, phrase("Jobs that were removed from the list"), "HIDE_ON")
    if mirror.search:
        row = layout.row(align=True)
        row.label(text=said("Found: {search}", search=mirror.search), translate=False, icon="VIEWZOOM")
        row.operator("easel.clear_search", text="", icon="X", emboss=False)
    if mirror.older_count:
        text = said("Show Older ({count:,})", count=mirror.older_count)
        layout.operator("easel.show_older", text=text, translate=False, icon="TRIA_DOWN")
    if mirror.late_count and not mirror.shows_hidden:
        text = late_text(mirror.late_count, mirror.late_ends - (time.time() - EPOCH))
        draw_text(context, layout, text, "TIME")
    if mirror.waiting_count and mirror.queue_ends - (time.time() - EPOCH) > _QUIT_S:
        text = phrase("If you quit, waiting jobs stay here unsent")
        draw_text(context, layout, text, "QUIT")


CLASSES = (EASEL_UL_jobs, EASEL_MT_jobs, EASEL_PT_jobs, EASEL_PT_image_jobs, EASEL_PT_shader_jobs)
