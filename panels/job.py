# SPDX-License-Identifier: GPL-3.0-or-later
"""The chosen job: its state, what is wrong, and the next step. The rest is in its menu."""

import time
from typing import Any

import bpy

from ..scene.language import said, say
from ..texts.clock import EPOCH
from ..texts.phrases import phrase
from ..texts.wording import conclusion_text, credits_text, expiry_text, status_text
from ..texts.wrapping import first_line
from .common import HOMEPAGE, columns, draw_advice, draw_text, fact_lines, icon_if_fits, priced

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
_PARKED = "PAUSE"
_UNSENT = "RADIOBUT_OFF"
_CONCLUSION_ICONS = {"CHARGED": "ERROR", "NOT_CHARGED": "CHECKMARK"}


def state_icon(job: Any) -> str:
    """Return the icon of a job's state."""
    if job.is_parked:
        return _PARKED
    return _UNSENT if job.can_resume else STATE_ICONS[job.state]


class EASEL_MT_job(bpy.types.Menu):
    """More actions for the chosen job"""

    bl_label = "Job"

    def draw(self, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is None:
            return
        layout = self.layout
        for name, icon in _more_verbs(job):
            layout.operator(name, icon=icon).job_id = job.name
        layout.operator("easel.copy_prompt", icon="COPYDOWN").job_id = job.name
        if job.task_id:
            layout.operator("easel.copy_task_id", icon="COPYDOWN").job_id = job.name
        if job.message or job.state == "UNCERTAIN":
            is_error = not (job.is_parked or job.can_place or job.is_followed)
            text = said("Copy Error") if is_error else said("Copy Details")
            layout.operator("easel.copy_error", text=text, translate=False, icon="COPYDOWN").job_id = job.name
        if job.is_hidden:
            layout.operator("easel.unhide", icon="HIDE_OFF").job_id = job.name
        elif job.can_hide and job.state != "UNCERTAIN":  # which has Forget
            layout.separator()
            layout.operator("easel.hide", icon="HIDE_ON").job_id = job.name


def _more_verbs(job: Any) -> list[tuple[str, str]]:
    """Return what else the service can be asked for a job that has a next step, or needs none."""
    return [
        (name, icon)
        for is_offered, name, icon in (
            (job.can_look_again and job.can_place, "easel.look_again", "VIEWZOOM"),
            (job.can_resume, "easel.cancel", "X"),
        )
        if is_offered
    ]


def draw_job(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw the chosen job."""
    now = time.time() - EPOCH
    row = layout.row()
    what = row.column(align=True)
    draw_text(context, what, _title(context, job))
    cost = phrase("Simulated") if job.is_simulated else credits_text(job.price)
    for line in fact_lines((job.model, cost), columns(context)):
        draw_text(context, what, line)
    row.menu("EASEL_MT_job", text="", icon="DOWNARROW_HLT")
    _draw_service(context, what, job)
    layout.label(text=say(status_text(job, now)), translate=False, icon=state_icon(job))
    if job.state == "UNCERTAIN":
        _draw_conclusion(context, layout.column(align=True), job)
    if job.message:
        draw_text(context, layout, job.message)
    draw_advice(context, layout, job.remedy)
    if job.is_late(now):
        draw_text(context, layout, expiry_text(job.expires - now), "TIME")
    _draw_next_step(context, layout.column(align=True), job)


def _title(context: bpy.types.Context, job: Any) -> str:
    """Return what the job is about: one line if its result has a panel, else two."""
    lines = 1 if job.can_place else 2
    return first_line(job.prompt, lines * (columns(context) - 4))


def _draw_conclusion(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Say whether an uncertain job was charged, and by which sum."""
    icon = _CONCLUSION_ICONS.get(job.conclusion, "QUESTION")
    if job.conclusion != "NOT_CHARGED" and not job.is_simulated:
        text = phrase("It may have cost {credits}", credits=credits_text(job.price))
        draw_text(context, layout, text, "BLANK1")
    draw_text(context, layout, conclusion_text(job.conclusion), icon)
    if job.balance_sum:
        draw_text(context, layout, job.balance_sum, "BLANK1")


def _draw_service(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Say at which service an open job is if the settings name another one: that can't be asked now."""
    is_open = job.can_look_again or not job.job_state.is_final
    if not is_open or job.server in ("", context.window_manager.easel.server):
        return
    if job.is_simulated:
        draw_text(context, layout, phrase("From the simulator, which is not in use now"), "INFO")
    else:
        draw_text(context, layout, phrase("From another service: {server}", server=job.server), "INFO")


def _draw_next_step(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw the button for the next step. An uncertain job gets its free steps first."""
    if job.can_resume:
        text = priced(context, phrase("Send Now"), job.price_now)
        icon = icon_if_fits(context, text, "EXPORT")
        layout.operator("easel.resume", text=text, translate=False, icon=icon).job_id = job.name
    elif job.can_cancel:
        layout.operator("easel.cancel", icon="X").job_id = job.name
    elif job.can_stop_watching:
        layout.operator("easel.stop_watching", icon="PAUSE").job_id = job.name
    elif job.can_look_again and (not job.can_place or job.is_parked):
        layout.operator("easel.look_again", icon="VIEWZOOM").job_id = job.name
    elif job.state == "UNCERTAIN" and not job.is_simulated:
        layout.operator("wm.url_open", text="Look at the Service's Page", icon="URL").url = HOMEPAGE
    if job.state == "UNCERTAIN" and not job.can_look_again:
        layout.operator("easel.add_task", icon="ADD")
    if job.can_send_again:
        if job.state == "UNCERTAIN":
            layout.separator(factor=0.7)
        text = priced(context, phrase("Send Again"), job.price_now)
        icon = icon_if_fits(context, text, "FILE_REFRESH")
        layout.operator("easel.send_again", text=text, translate=False, icon=icon).job_id = job.name
    if job.state == "UNCERTAIN" and job.can_hide:
        layout.operator("easel.hide", text="Forget", icon="X").job_id = job.name


CLASSES = (EASEL_MT_job,)
