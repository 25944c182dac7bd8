# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison in an Image Editor: how it is shown, the stars, and deleting the others."""

from typing import Any

import bpy

from ..scene.comparison import shown
from ..scene.language import said
from ..scene.session import comparing, session
from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .common import SidebarPanel, columns, draw_text

_STAR_COLUMNS = 6
"""The width of a button with a number and a star."""


class _Compare:
    """What the panel is in all editors."""

    bl_label = ""
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return shown.is_open()

    def draw_header(self: Any, _context: bpy.types.Context) -> None:
        title = said("Compare: {count} images", count=len(shown.cells()))
        self.layout.label(text=title, translate=False)

    def draw(self: Any, context: bpy.types.Context) -> None:
        _draw_compare(context, self.layout)


class EASEL_PT_compare(_Compare, SidebarPanel, bpy.types.Panel):
    """What is compared in an Image Editor beside the view."""


class EASEL_PT_image_compare(_Compare, bpy.types.Panel):
    """What is compared here."""

    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB


def _draw_compare(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    session.note_drawn()
    cells = shown.cells()
    if len(cells) > 1:
        row = layout.row(align=True)
        wipes = shown.wipes()
        row.operator("easel.show_comparison_as", text="Side by Side", depress=not wipes).wipes = False
        second = row.row(align=True)
        second.enabled = shown.pair() is not None
        second.operator("easel.show_comparison_as", text="A | B", translate=False, depress=wipes).wipes = True
        if wipes:
            layout.prop(context.window_manager.easel.gallery, "split", slider=True)
        elif shown.pair() is None:
            draw_text(context, layout, phrase("For A | B, click one image and Ctrl-click another"), "INFO")
    column = layout.column(align=True)
    in_row = max(1, columns(context) // _STAR_COLUMNS)
    for start in range(0, len(cells), in_row):
        row = column.row(align=True)
        for number, cell in enumerate(cells[start : start + in_row], start=start + 1):
            button = row.operator(
                "easel.star_compared",
                text=str(number),
                translate=False,
                icon="SOLO_ON" if cell.is_starred else "SOLO_OFF",
                depress=cell.is_starred,
            )
            button.number = number
        for _ in range(
            start + in_row - len(cells) if start else 0
        ):  # the last ones are as wide as the others
            row.label(text="")
    column = layout.column(align=True)
    if job := comparing.job_of_all():
        row = column.row(align=True)
        row.enabled = 0 < sum(cell.is_starred for cell in cells) < len(cells)
        row.operator("easel.keep_starred", icon="TRASH").job_id = job
    column.operator("easel.end_comparison", icon="X")


CLASSES = (EASEL_PT_compare, EASEL_PT_image_compare)
