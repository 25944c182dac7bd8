# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest images as a strip of thumbnails, with what is arriving: a click makes Result be about one."""

import time

import bpy

from ..scene.language import said, say
from ..scene.listing import result_thumbnails
from ..scene.session import session, strip
from ..scene.session.strip import Cell
from ..texts.clock import EPOCH
from ..texts.wording import row_time_text, share_done
from .common import SidebarPanel, draw_aside

_SCALE = 2.3  # side of a thumbnail, in units of 20 pixels at interface scale 1
_CELL = 48.0  # pixels at interface scale 1
_EDGES = 32.0  # pixels at interface scale 1 at the sides of a panel
_MOST = 16


class EASEL_PT_strip(SidebarPanel, bpy.types.Panel):
    """The newest images, and what is arriving."""

    bl_label = "Newest"
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return strip.is_worthwhile()

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        coming = context.window_manager.easel.running_count
        if coming:
            draw_aside(self.layout, said("{count} running", count=coming))

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        room = context.region.width / context.preferences.system.ui_scale - _EDGES
        most = min(max(2, int(room // _CELL)), _MOST)
        now, left = time.time() - EPOCH, most
        line = self.layout.row(align=True)
        for number, cells in enumerate(strip.clicks(most)):
            if number:
                line.separator(factor=0.4)
            for cell in cells:
                _draw_cell(context, line.column(align=True), cell, now)
                left -= 1
        for _ in range(left):  # the last ones are as wide as the others
            line.column(align=True).label(text="")


def _draw_cell(context: bpy.types.Context, column: bpy.types.UILayout, cell: Cell, now: float) -> None:
    job = cell.row
    if cell.number:
        icon = result_thumbnails.icon_of(cell.job_id, cell.number)
        column.template_icon(icon_value=icon, scale=_SCALE)
    else:
        sign = column.row()
        sign.scale_y = _SCALE
        if job.image_count:  # files of a model, which have no picture
            sign.alignment = "CENTER"
            sign.label(text="", icon="MESH_MONKEY")
        else:
            sign.progress(text="", factor=share_done(job, job.progress, now), type="RING")
    selected = context.window_manager.easel.selected_job
    is_chosen = selected is not None and selected.name == cell.job_id
    is_chosen = is_chosen and (not cell.number or selected.picture == cell.number)
    text = str(cell.number) if cell.number and job.image_count > 1 else say(row_time_text(job, now))
    button = column.operator("easel.choose_newest", text=text, translate=False, depress=is_chosen)
    button.job_id, button.picture = cell.job_id, cell.number


CLASSES = (EASEL_PT_strip,)
