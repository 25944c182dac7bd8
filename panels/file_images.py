# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the open file that were made with Easel: how many are kept where, and what is at risk."""

from typing import Any

import bpy

from ..jobs.file_report import Keeping
from ..scene.language import said, say
from ..scene.session import audit
from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_aside, draw_text, fits_button

_ICONS = {
    Keeping.MISSING: "ERROR",
    Keeping.SILENT: "ERROR",
    Keeping.PAINTED: "TPAINT_HLT",
    Keeping.LIBRARY: "ERROR",
    Keeping.UNUSED: "GHOST_ENABLED",
    Keeping.ELSEWHERE: "FILE_FOLDER",
    Keeping.BESIDE: "FILE_IMAGE",
    Keeping.PACKED: "PACKAGE",
    Keeping.LINKED: "LINKED",
}


class _FileImages:
    """What the panel is in all editors."""

    bl_label = "Images of This File"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self: Any, _context: bpy.types.Context) -> None:
        if audit.is_known() and audit.found().images:
            draw_aside(self.layout, f"{len(audit.found().images):,}")

    def draw(self: Any, context: bpy.types.Context) -> None:
        audit.note_drawn()
        _draw_audit(context, self.layout)


class EASEL_PT_file_images(_FileImages, SidebarPanel, bpy.types.Panel):
    """In the library beside the view."""

    bl_parent_id = "EASEL_PT_gallery"


class EASEL_PT_image_file_images(_FileImages, bpy.types.Panel):
    """In the library beside the open image."""

    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB
    bl_parent_id = "EASEL_PT_image_gallery"


def _draw_audit(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    found = audit.found()
    if not audit.is_known():
        draw_text(context, layout, phrase("Looking through the file"), "SORTTIME")
        return
    if not found.images:
        draw_text(context, layout, phrase("No image of this file was made with Easel"), "INFO")
        return
    column = layout.column(align=True)
    column.scale_y = 0.85
    for keeping, icon in _ICONS.items():
        if count := found.counts.get(keeping, 0):
            row = column.row()
            row.label(text=say(keeping.value), icon=icon, translate=False)
            draw_aside(row, f"{count:,}")
    if audit.credits_spent():
        row = column.row()
        row.label(text=said("Credits in All"), icon="BLANK1", translate=False)
        draw_aside(row, f"{audit.credits_spent():,}")
    _draw_at_risk(context, layout)
    column = layout.column(align=True)
    if found.counts.get(Keeping.MISSING):
        column.operator("easel.repair_links", icon="FILE_REFRESH")
    long = said("Save All Beside the File")
    column.operator("easel.pack_images", icon="PACKAGE")
    fits = fits_button(context, long, has_icon=True)
    column.operator(
        "easel.save_images",
        text=long if fits else said("Save All Beside"),
        translate=False,
        icon="FILE_TICK",
    )
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator("easel.report_images", text="Report…", icon="TEXT")


def _draw_at_risk(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    found = audit.found()
    if not found.at_risk:
        return
    box = layout.box().column(align=True)
    for image in found.at_risk:
        row = box.row()
        row.alignment = "LEFT"
        button = row.operator(
            "easel.show_held_image",
            text=image.name,
            translate=False,
            icon=_ICONS[image.keeping],
            emboss=False,
        )
        button.image = image.name
    more = sum(count for keeping, count in found.counts.items() if keeping.is_at_risk) - len(found.at_risk)
    if more > 0:
        draw_text(context, box, phrase("and {count:,} more at risk", count=more))


CLASSES = (EASEL_PT_file_images, EASEL_PT_image_file_images)
