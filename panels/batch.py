# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch: its plan, a window of its rows, and its actions."""

from collections.abc import Sequence
from typing import Any

import bpy

from ..batches.plan import Plan
from ..batches.run import Run
from ..jobs.batch import RowState
from ..scene.language import said, say
from ..scene.session import batch, batch_plan, batch_table, batch_window
from ..texts.batch_wording import plan_lines, row_state_text
from ..texts.names import shortened
from ..texts.phrases import joined, phrase
from ..texts.wording import credits_text
from ..texts.wrapping import display_width
from .common import (
    SidebarPanel,
    columns,
    draw_aside,
    draw_text,
    fits_button,
    icon_if_fits,
    is_chosen_row,
    priced,
)

_UNITS = 32  # width of the wide table; a unit is 20 pixels at interface scale 1
_WIDE = 20.0 * _UNITS
_ROW_TAKEN = 62.0  # pixels at interface scale 1: the icon, the column beside the list
_ROW_CHARACTER = 5.8
_SHARES = (0.45, 0.4, 0.62)  # of a wide row: the prompt, of the rest the target, of the rest the model
_MOST_ERRORS = 4  # lines; the Text has all of them
_TITLE_TAKEN = 40.0
_TITLE_CHARACTER = 5.5

_ICONS = {
    "WAITING": "SORTTIME",
    "SENT": "EXPORT",
    "DONE": "CHECKMARK",
    "SHORT": "ERROR",
    "FAILED": "ERROR",
    "LEFT": "PAUSE",
    "UNCERTAIN": "QUESTION",
    "REFUSED": "CANCEL",
    "SKIPPED": "FORWARD",
    "CANCELLED": "X",
}


class EASEL_UL_batch(bpy.types.UIList):
    """Rows of a batch, in the order in which they are sent."""

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
        row = layout.row(align=True)
        target = item.target
        room = columns(context, taken=_ROW_TAKEN, character_width=_ROW_CHARACTER)
        aside = shortened(target, (), max(6, room // 3)) if target else ""
        text = shortened(item.prompt, _neighbours(data, index), max(8, room - display_width(aside) - 1))
        row.label(text=text, translate=False, icon=_ICONS[item.state])
        if aside:
            draw_aside(row, aside, is_chosen=is_chosen_row(active_data, active_property, index))

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        pass


class EASEL_UL_batch_wide(bpy.types.UIList):
    """The same with all columns."""

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
        prompt, rest = _parts(layout, _SHARES[0])
        prompt.label(text=f"{item.number + 1}  {item.prompt}", translate=False, icon=_ICONS[item.state])
        target, rest = _parts(rest, _SHARES[1])
        target.label(text=item.target, translate=False)
        model, rest = _parts(rest, _SHARES[2])
        model.label(text=f"{item.count} × {item.model}", translate=False)
        rest.label(text=say(credits_text(item.price)), translate=False)

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        pass


def _parts(layout: bpy.types.UILayout, factor: float) -> tuple[bpy.types.UILayout, bpy.types.UILayout]:
    split = layout.split(factor=factor)
    return split.row(), split.row()


def _neighbours(group: Any, index: int) -> tuple[str, ...]:
    rows = group.rows
    return tuple(rows[beside].prompt for beside in (index - 1, index + 1) if 0 <= beside < len(rows))


class EASEL_MT_batch_new(bpy.types.Menu):
    """What a batch is made of"""

    bl_label = "New Batch"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("easel.batch_objects", icon="OBJECT_DATA")
        layout.operator("easel.batch_images", icon="IMAGE_DATA")
        layout.operator("easel.batch_files", icon="FILE_IMAGE")
        layout.separator()
        layout.operator("easel.batch_lines", icon="TEXT")
        layout.operator("easel.batch_lists", icon="PRESET")
        layout.operator("easel.batch_variations", icon="DUPLICATE")
        layout.separator()
        layout.operator("easel.batch_read", icon="SPREADSHEET")


class EASEL_MT_batch(bpy.types.Menu):
    """Actions for the batch"""

    bl_label = "Batch"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("easel.batch_retry", icon="FILE_REFRESH")
        layout.operator("easel.batch_cancel", icon="X")
        layout.operator("easel.batch_place", icon="IMPORT")
        layout.separator()
        layout.operator("easel.batch_edit", icon="GREASEPENCIL")
        layout.operator("easel.batch_edit_back", icon="LOOP_BACK")
        layout.separator()
        layout.operator("easel.batch_write", icon="SPREADSHEET")
        layout.operator("easel.batch_export", icon="NETWORK_DRIVE")
        layout.menu("EASEL_MT_batch_new", icon="ADD")
        layout.operator("easel.batch_put_away", icon="PANEL_CLOSE")


class EASEL_PT_batch_table(bpy.types.Panel):
    """The rows of the batch in a wide table"""

    bl_label = "Batch"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = _UNITS

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        group = context.window_manager.easel.batch
        _draw_pages(layout, group, is_wide=True)
        row = layout.row()
        row.template_list(
            "EASEL_UL_batch_wide",
            "",
            group,
            "rows",
            group,
            "active",
            rows=batch_window.ROWS,
            maxrows=batch_window.ROWS,
        )
        _draw_moves(row.column(align=True))
        _draw_chosen(context, layout, group, width=_WIDE)


class EASEL_PT_batch(SidebarPanel, bpy.types.Panel):
    """Many images by one click: a row for each."""

    bl_label = "Batch"
    bl_order = 0  # below the form: what a batch brings must not move its buttons from under the mouse
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        text = say(batch.summary())
        room = columns(context, taken=_TITLE_TAKEN, character_width=_TITLE_CHARACTER)
        if text and display_width(text) + display_width(said("Batch")) <= room:
            draw_aside(self.layout, text)
            self.layout.separator(factor=0.5)  # from the dots by which a panel is moved

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if batch_table.problems():
            _draw_errors(context, layout)
        run = batch.run()
        if run is None:
            _draw_empty(context, layout)
            return
        group = context.window_manager.easel.batch
        row = layout.row(align=True)
        row.label(text=run.batch.name, translate=False, icon="SPREADSHEET")
        row.prop(group, "show", text="")
        row.menu("EASEL_MT_batch", text="", icon="DOWNARROW_HLT")
        _draw_pages(layout, group)
        row = layout.row()
        row.template_list(
            "EASEL_UL_batch", "", group, "rows", group, "active", rows=4, maxrows=batch_window.ROWS
        )
        _draw_moves(row.column(align=True))
        _draw_chosen(context, layout, group)
        _draw_state(context, layout, run, group)


def _draw_empty(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    if batch.is_reading():
        layout.label(text="Reading the rows…", icon="SORTTIME")
        return
    if batch_table.problems():
        pass  # which are told above
    elif message := batch.message():
        draw_text(context, layout, message, "ERROR")
    else:
        draw_text(context, layout, phrase("Many images by one click, a row for each. Nothing is sent yet."))
    layout.menu("EASEL_MT_batch_new", icon="ADD")


def _draw_errors(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Draw the first errors of a table, and the way to all of them."""
    problems = batch_table.problems()
    box = layout.box()
    count = len(problems)
    text = phrase("1 error") if count == 1 else phrase("{count:,} errors", count=count)
    draw_text(context, box, joined(text, phrase("nothing was made"), by=": "), "ERROR")
    for problem in problems[:_MOST_ERRORS]:
        draw_text(context, box, problem.told)
    if count > _MOST_ERRORS:
        draw_text(context, box, phrase("… and {count:,} more", count=count - _MOST_ERRORS))
    box.operator("easel.batch_problems", icon="TEXT")
    if good := batch_table.good_count():
        text = said("Take the Good Rows ({count:,})", count=good)
        box.operator("easel.batch_good", text=text, translate=False, icon="CHECKMARK")


def _draw_pages(layout: bpy.types.UILayout, group: Any, *, is_wide: bool = False) -> None:
    row = layout.row(align=True)
    if is_wide:
        row.prop(group, "show", text="")
    last = min(group.first + len(group.rows), group.total)
    text = f"{group.first + 1:,}–{last:,} / {group.total:,}" if group.total else "0"
    row.operator("easel.batch_page", text="", icon="TRIA_LEFT").by = -1
    if is_wide:
        row.prop(group, "from_row")
    label = row.row(align=True)
    label.alignment = "CENTER"
    label.label(text=text, translate=False)
    row.operator("easel.batch_page", text="", icon="TRIA_RIGHT").by = 1
    if not is_wide:
        row.popover(panel="EASEL_PT_batch_table", text="", icon="FULLSCREEN_ENTER")


def _draw_moves(column: bpy.types.UILayout) -> None:
    for to, icon in (("TOP", "TRIA_UP_BAR"), ("UP", "TRIA_UP"), ("DOWN", "TRIA_DOWN")):
        column.operator("easel.batch_move", text="", icon=icon).to = to
    column.separator()
    column.operator("easel.batch_edit", text="", icon="GREASEPENCIL")


def _draw_chosen(
    context: bpy.types.Context, layout: bpy.types.UILayout, group: Any, *, width: float = 0.0
) -> None:
    """Say what is wrong with the chosen row."""
    chosen = group.chosen
    if chosen is not None and chosen.state not in ("WAITING", "SENT", "DONE"):
        text = joined(row_state_text(chosen.state), chosen.message, by=": ")
        draw_text(context, layout, text, _ICONS[chosen.state], width=width)


def _draw_state(context: bpy.types.Context, layout: bpy.types.UILayout, run: Run, group: Any) -> None:
    """Draw the progress, what is still to come, and the next step."""
    done = len(run.rows) - run.counts[RowState.WAITING] - run.counts[RowState.SENT]
    if run.has_begun:
        layout.progress(
            text=f"{done:,} / {len(run.rows):,}", factor=done / len(run.rows) if run.rows else 1.0
        )
    plan = batch_plan.plan()
    is_planned = plan is not None and plan.rows
    if (message := batch.message()) and not (run.is_at_limit and is_planned):
        draw_text(context, layout, message, "INFO")
    if plan is not None and plan.rows:
        _draw_plan(context, layout, plan)
    if run.is_going:
        row = layout.row(align=True)
        row.scale_y = 1.5
        row.operator("easel.batch_pause", icon="PAUSE")
        return
    if run.counts[RowState.WAITING] or run.has_unsent:
        column = layout.column(align=True)
        column.use_property_split = True
        column.prop(group, "most")
        layout.prop(group, "one_step")
        if run.has_begun:
            _draw_retry(layout, run)
        row = layout.row(align=True)
        row.scale_y = 1.5
        row.enabled = plan is None or plan.fitting > 0  # else the line above says why
        verb = phrase("Go On") if run.has_begun else phrase("Start Batch")
        price = plan.fitting_credits if plan is not None else 0
        text = priced(context, verb, price)
        icon = icon_if_fits(context, text, "PLAY")
        row.operator("easel.batch_start", text=text, translate=False, icon=icon)
    else:
        _draw_over(context, layout, run)


def _draw_plan(context: bpy.types.Context, layout: bpy.types.UILayout, plan: Plan) -> None:
    column = layout.column(align=True)
    lines = plan_lines(plan)
    for text in lines[:-1] if plan.stop else lines:
        draw_text(context, column, text)
    if plan.stop:
        draw_text(context, layout, lines[-1], "ERROR")


def _draw_retry(layout: bpy.types.UILayout, run: Run) -> None:
    if failed := run.failed_count:
        text = said("Retry Failed ({count:,})", count=failed)
        layout.operator("easel.batch_retry", text=text, translate=False, icon="FILE_REFRESH")


def _draw_over(context: bpy.types.Context, layout: bpy.types.UILayout, run: Run) -> None:
    _draw_retry(layout, run)
    texts: Sequence[str] = (said("Save as CSV Table"), said("Close Batch"))
    is_wide = all(fits_button(context, text, has_icon=True, count=2) for text in texts)
    row = layout.row(align=True) if is_wide else layout.column(align=True)
    row.operator_context = "INVOKE_DEFAULT"
    row.operator("easel.batch_write", icon="SPREADSHEET")
    row.operator("easel.batch_put_away", icon="PANEL_CLOSE")


CLASSES = (
    EASEL_UL_batch,
    EASEL_UL_batch_wide,
    EASEL_MT_batch_new,
    EASEL_MT_batch,
    EASEL_PT_batch_table,
    EASEL_PT_batch,
)
