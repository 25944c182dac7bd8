# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of jobs, and the active one in detail: in the 3D View, and cut to what fits in other editors."""

import time
from typing import Any

import bpy

from ..scene.language import said, say
from ..scene.windows.tab import TAB
from ..texts.clock import EPOCH
from ..texts.phrases import phrase
from ..texts.wording import (
    credits_text,
    duration_text,
    expiry_text,
    share_done,
    state_text,
    status_text,
    timing_text,
)
from ..texts.wrapping import first_line
from .common import (
    SidebarPanel,
    columns,
    draw_advice,
    draw_aside,
    draw_text,
    fact_lines,
    is_chosen_row,
    priced,
)

STATE_ICONS = {
    "QUEUED": "SORTTIME",
    "SUBMITTING": "EXPORT",
    "RUNNING": "PLAY",
    "DOWNLOADING": "IMPORT",
    "DONE": "CHECKMARK",
    "PARTIAL": "CHECKMARK",
    "FAILED": "ERROR",
    "UNCERTAIN": "QUESTION",
    "CANCELLED": "X",
    "EXPIRED": "GHOST_DISABLED",
}

_ROW_TAKEN = 24.0  # pixels at interface scale 1, of the icon and the gap before the status
_ROW_CHARACTER = 5.8  # pixels at interface scale 1: here Blender may cut a text of many wide letters


class EASEL_UL_jobs(bpy.types.UIList):
    """Jobs, newest first."""

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
        said_status = say(_short_status(item))
        room = columns(context, taken=_ROW_TAKEN, character_width=_ROW_CHARACTER)
        row = layout.row(align=True)
        row.label(
            text=first_line(item.prompt, max(8, room - len(said_status))),
            translate=False,
            icon="PAUSE" if item.is_parked else STATE_ICONS[item.state],
        )
        draw_aside(row, said_status, is_chosen=is_chosen_row(active_data, active_property, index))

    def filter_items(
        self, context: bpy.types.Context, data: Any, collection: str
    ) -> tuple[list[int], list[int]]:
        if not self.filter_name:
            return [], []
        jobs = getattr(data, collection)
        shown = bpy.types.UI_UL_list.filter_items_by_name(
            self.filter_name, self.bitflag_filter_item, jobs, "prompt"
        )
        return shown or [], []


def _short_status(job: Any) -> str:
    if not job.is_followed:
        return state_text(job)
    now = time.time() - EPOCH
    if job.submitted and not job.finished:
        return duration_text(now - job.submitted)
    return timing_text(job, now) or state_text(job)


class EASEL_PT_jobs(SidebarPanel, bpy.types.Panel):
    """What was sent, and what became of it."""

    bl_label = "Jobs"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        _draw_jobs(context, layout)
        row = layout.row(align=True)
        row.operator("easel.add_task", icon="ADD")
        row.operator("easel.open_library", text="", icon="FILE_FOLDER")


class _EditorJobs:
    """What other editors have of it: rescuing a task is left to the 3D View."""

    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "Jobs"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        _draw_jobs(context, self.layout)


class EASEL_PT_image_jobs(_EditorJobs, bpy.types.Panel):
    """Jobs, beside the open image."""

    bl_space_type = "IMAGE_EDITOR"


class EASEL_PT_shader_jobs(_EditorJobs, bpy.types.Panel):
    """Jobs, beside the nodes."""

    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == "ShaderNodeTree"


def _draw_jobs(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    mirror = context.window_manager.easel
    if mirror.jobs:
        layout.template_list("EASEL_UL_jobs", "", mirror, "jobs", mirror, "active_job", rows=3)
    else:
        layout.label(text="No jobs yet")
    job = mirror.selected_job
    if job is not None:
        _draw_job(context, layout.box(), job)


def _draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    now = time.time() - EPOCH
    what = layout.column(align=True)
    draw_text(context, what, job.prompt)
    cost = phrase("Simulated") if job.is_simulated else credits_text(job.price)
    for line in fact_lines((job.model, cost), columns(context)):
        draw_text(context, what, line)
    _draw_service(context, what, job)
    if job.is_followed:
        layout.progress(text=say(status_text(job, now)), factor=share_done(job, job.progress, now))
    else:
        layout.label(
            text=say(status_text(job, now)), icon="PAUSE" if job.is_parked else STATE_ICONS[job.state]
        )
    if job.message:
        draw_text(context, layout, job.message)
    draw_advice(context, layout, job.remedy)
    if job.is_parked and job.expires:
        draw_text(context, layout, expiry_text(job.expires - now), "TIME")
    _draw_actions(context, layout, job)


def _draw_service(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Say at which service an open job is, where the settings name another: it can't be asked for now."""
    is_open = job.can_look_again or not job.job_state.is_final
    if not is_open or job.server in ("", context.window_manager.easel.server):
        return
    if job.is_simulated:
        draw_text(context, layout, phrase("Of the simulator, which is not in use now"), "INFO")
    else:
        draw_text(context, layout, phrase("Of another service: {server}", server=job.server), "INFO")


def _draw_actions(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    column = layout.column(align=True)
    for allowed, name, icon in (
        (job.can_cancel, "easel.cancel", "X"),
        (job.can_stop_watching, "easel.stop_watching", "PAUSE"),
        (job.can_look_again, "easel.look_again", "VIEWZOOM"),
    ):
        if allowed:
            column.operator(name, icon=icon).job_id = job.name
    if job.can_resume:
        column.operator(
            "easel.resume", text=priced(context, phrase("Send Now"), job.price_now), icon="EXPORT"
        ).job_id = job.name
    if job.can_send_again:
        text = priced(context, phrase("Send Again"), job.price_now)
        column.operator("easel.send_again", text=text, icon="FILE_REFRESH").job_id = job.name
    column.separator(factor=0.7)
    row = column.row(align=True)
    if job.message and not job.is_followed:
        is_error = not (job.is_parked or job.can_place)
        text = said("Copy Error") if is_error else said("Copy Details")
        row.operator("easel.copy_error", text=text, translate=False, icon="COPYDOWN").job_id = job.name
    else:
        row.operator("easel.copy_prompt", icon="COPYDOWN").job_id = job.name
    if job.can_hide:
        row.operator("easel.hide", text="", icon="HIDE_ON").job_id = job.name


CLASSES = (EASEL_UL_jobs, EASEL_PT_jobs, EASEL_PT_image_jobs, EASEL_PT_shader_jobs)
