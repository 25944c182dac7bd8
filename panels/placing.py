# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to place a job's images, as buttons: those that fit into a row, and a menu of the others."""

from collections.abc import Sequence
from typing import Any

import bpy

from ..scene.language import said, say
from ..scene.placement.way import Choice
from ..scene.placement.ways import offered_in
from ..texts.phrases import phrase
from ..texts.wrapping import display_width
from .common import fits_button

_BUTTONS = 3  # the most usual; the others are in a menu


class EASEL_MT_ways(bpy.types.Menu):
    """More that can be done with the job's images"""

    bl_label = "Place As"

    def draw(self, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is None:
            return
        for way in _ways(context)[_BUTTONS:]:
            _draw_way(context, self.layout, job, way, say(phrase(way.words.label)), way.words.icon)


def editor_of(context: bpy.types.Context) -> Any:
    """Type of the editor that is drawn."""
    space = getattr(context, "space_data", None)
    return "VIEW_3D" if space is None else space.type


def draw_placing(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw a button for each thing that the editor can do with the job's images."""
    layout.label(text=said("Place Again") if job.is_placed else said("Place"))
    if job.is_fitted:
        layout.prop(context.window_manager.easel, "as_it_came")
    ways = _ways(context)
    row = layout.row(align=True)
    _draw_buttons(context, row, job, ways[:_BUTTONS], has_menu=len(ways) > _BUTTONS)


def _draw_buttons(
    context: bpy.types.Context,
    row: bpy.types.UILayout,
    job: Any,
    ways: Sequence[Choice],
    *,
    has_menu: bool,
) -> None:
    longest = max((say(way.short) for way in ways), key=display_width)
    count = len(ways) + has_menu / 2
    is_row = fits_button(context, longest, count=count)
    has_icons = not is_row or fits_button(context, longest, has_icon=True, count=count)
    buttons = row.row(align=True) if is_row else row.column(align=True)
    for way in ways:
        _draw_way(context, buttons, job, way, say(way.short), way.words.icon if has_icons else "NONE")
    if has_menu:
        row.menu("EASEL_MT_ways", text="", icon="DOWNARROW_HLT")


def _draw_way(
    context: bpy.types.Context, layout: bpy.types.UILayout, job: Any, way: Choice, text: str, icon: str
) -> None:
    button = layout.operator("easel.place", text=text, translate=False, icon=icon)
    button.kind = way.kind.value
    button.job_id = job.name
    button.picture = job.picture
    if job.is_fitted and context.window_manager.easel.as_it_came:
        button.as_it_came = True


def _ways(context: bpy.types.Context) -> list[Choice]:
    return offered_in(editor_of(context))


CLASSES = (EASEL_MT_ways,)
