# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to place a job's images: a row of buttons, and a menu for those that don't fit."""

from typing import Any

import bpy

from ..jobs.targets import PlacementKind
from ..scene.language import said, say
from ..scene.placement.way import Choice
from ..scene.placement.ways import offered_in
from ..texts.phrases import phrase
from .common import fits_row, shares

_BUTTONS = 3  # the most common; the others are in a menu
_FIRST_OF_MENU = PlacementKind.IMAGE  # adding it is part of showing it


class EASEL_MT_ways(bpy.types.Menu):
    """More that can be done with the image"""

    bl_label = "Place As"

    def draw(self, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is None:
            return
        for way in _in_menu(context):
            text = say(phrase(way.words.label))
            _draw_way(context, self.layout, job, job.picture, way, text, way.words.icon)


def editor_of(context: bpy.types.Context) -> Any:
    """Type of the editor that is drawn."""
    space = getattr(context, "space_data", None)
    return "VIEW_3D" if space is None else space.type


def draw_placing(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw a button that shows the chosen image, and one for each thing that the editor can do with it."""
    if job.is_fitted:
        layout.prop(context.window_manager.easel, "as_it_came")
    ways, show = _on_buttons(context), said("Show")
    texts = [show, *(say(way.short) for way in ways)]
    has_text = fits_row(context, texts)
    has_icons = not has_text or fits_row(context, texts, has_icons=True)
    row = layout.row(align=True)
    first, *others = shares(row.row(align=True), texts if has_text else [""] * len(texts))
    first.operator(
        "easel.show_picture",
        text=show if has_text else "",
        translate=False,
        icon="FULLSCREEN_ENTER" if has_icons else "NONE",
    ).job_id = job.name
    number = job.picture
    for part, way, text in zip(others, ways, texts[1:], strict=True):
        icon = way.words.icon if has_icons else "NONE"
        _draw_way(context, part, job, number, way, text if has_text else "", icon)
    if _in_menu(context):
        row.menu("EASEL_MT_ways", text="", icon="DOWNARROW_HLT")


def _draw_way(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    job: Any,
    number: int,
    way: Choice,
    text: str,
    icon: str,
) -> None:
    button = layout.operator("easel.place", text=text, translate=False, icon=icon)
    button.kind = way.kind.value
    button.job_id = job.name
    button.picture = number
    if job.is_fitted and context.window_manager.easel.as_it_came:
        button.as_it_came = True


def _on_buttons(context: bpy.types.Context) -> list[Choice]:
    return [way for way in _ways(context) if way.kind is not _FIRST_OF_MENU][:_BUTTONS]


def _in_menu(context: bpy.types.Context) -> list[Choice]:
    shown = _on_buttons(context)
    return [way for way in _ways(context) if way not in shown]


def _ways(context: bpy.types.Context) -> list[Choice]:
    return offered_in(editor_of(context))


CLASSES = (EASEL_MT_ways,)
