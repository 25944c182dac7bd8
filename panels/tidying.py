# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning the library: the rule, what would be removed, and the buttons that do it."""

import time
from typing import Any

import bpy

from ..scene.language import said
from ..scene.listing import result_thumbnails
from ..scene.session import pruning
from ..scene.windows.tab import TAB
from ..texts.phrases import joined, phrase
from ..texts.wording import size_text
from .common import SidebarPanel, draw_aside, draw_text, fits_row, shares

_SCALE = 1.6  # side of a thumbnail, in units of 20 pixels at interface scale 1
_SHARE = 0.14
"""The part of the width for a thumbnail."""


class _Pruning:
    """What the panel is in all editors."""

    bl_label = "Prune"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self: Any, context: bpy.types.Context) -> None:
        pruning.note_drawn()
        _draw_pruning(context, self.layout)


class EASEL_PT_pruning(_Pruning, SidebarPanel, bpy.types.Panel):
    """In the library beside the view."""

    bl_parent_id = "EASEL_PT_gallery"


class EASEL_PT_image_pruning(_Pruning, bpy.types.Panel):
    """In the library beside the open image."""

    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB
    bl_parent_id = "EASEL_PT_image_gallery"


def _draw_pruning(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    asked = context.window_manager.easel.gallery
    column = layout.column(align=True)
    column.prop(asked, "prune_days", text=said("Older Than (Days)"), translate=False)
    column.prop(asked, "prune_size", text=said("More Than (GB)"), translate=False)
    plan = pruning.plan()
    if pruning.message():
        draw_text(context, layout, pruning.message(), "ERROR")
    elif plan is None:
        draw_text(context, layout, phrase("Looking through the library"), "SORTTIME")
    elif not plan.ids:
        draw_text(context, layout, joined(phrase("Nothing to remove"), _spared(plan.spared), by=", "), "INFO")
    else:
        _draw_plan(context, layout, plan)


def _draw_plan(context: bpy.types.Context, layout: bpy.types.UILayout, plan: Any) -> None:
    count, size = len(plan.ids), size_text(plan.byte_count)
    text = (
        phrase("1 image to remove: {size}", size=size)
        if count == 1
        else phrase("{count:,} images to remove: {size}", count=count, size=size)
    )
    draw_text(context, layout, joined(text, _spared(plan.spared), by=", "), "INFO")
    box = layout.box().column(align=True)
    for image in plan.oldest:
        split = box.split(factor=_SHARE)
        icon = result_thumbnails.icon_of(image.job_id, image.number)
        split.template_icon(icon_value=icon, scale=_SCALE)
        row = split.row()
        row.scale_y = _SCALE
        row.label(text=image.prompt, translate=False)
        draw_aside(row, time.strftime("%Y-%m-%d", time.localtime(image.made_at)))
    if count > len(plan.oldest):
        draw_text(context, box, phrase("and {count:,} newer ones", count=count - len(plan.oldest)))
    texts = (said("Into the Bin"), said("Remove…"))
    icon = "TRASH" if fits_row(context, texts, has_icons=True) else "NONE"
    first, second = shares(layout.row(align=True), texts)
    first.operator("easel.prune_library", text=texts[0], translate=False, icon=icon).for_good = False
    second.operator("easel.prune_library", text=texts[1], translate=False).for_good = True


def _spared(count: int) -> str:
    if not count:
        return ""
    return phrase("1 stays") if count == 1 else phrase("{count:,} stay", count=count)


CLASSES = (EASEL_PT_pruning, EASEL_PT_image_pruning)
