# SPDX-License-Identifier: GPL-3.0-or-later
"""What was spent: behind today's number in the header of the tab."""

from collections.abc import Mapping
from typing import Any

import bpy

from ..jobs.spend import Overview, Sums
from ..scene import settings
from ..scene.language import said, say
from ..scene.session import session, spend
from ..texts.phrases import phrase
from ..texts.wording import credits_text
from ..texts.wrapping import first_line
from .common import draw_text

_UNITS = 15  # width of the popover; a unit is 20 pixels at interface scale 1
_WIDTH = 20.0 * _UNITS
_MOST = 6  # lines of a table


class EASEL_PT_spend(bpy.types.Panel):
    """What was spent, by day, month, project, model and batch"""

    bl_label = "Spending"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = _UNITS

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        layout = self.layout
        known = spend.overview()
        if known is None:
            layout.label(text="Adding up…")
            return
        caps = settings.read().caps
        column = layout.column(align=True)
        _draw_sum(column, phrase("Today"), known.today.paid, caps.day)
        _draw_sum(column, phrase("This Month"), known.month.paid, caps.month)
        _draw_sum(column, phrase("This Project"), known.here.paid, caps.project)
        if any(getattr(caps, cap.value) for cap in caps.by_studio):
            draw_text(context, layout, phrase("Limits are set by your studio"), "LOCKED", width=_WIDTH)
        _draw_doubts(context, layout, known)
        _draw_table(layout, phrase("Models This Month"), known.models)
        _draw_table(layout, phrase("Projects This Month"), known.projects)
        _draw_table(layout, phrase("Batches This Month"), known.batches)
        layout.operator("easel.export_spend", icon="EXPORT")


def draw_today(layout: bpy.types.UILayout) -> None:
    """Draw what was spent today beside the balance; a click shows the rest."""
    known = spend.overview()
    text = said("{count:,} today", count=known.today.paid) if known is not None else ""
    layout.popover(panel="EASEL_PT_spend", text=text, translate=False, icon="NONE" if text else "FUND")


def _draw_sum(layout: bpy.types.UILayout, label: str, paid: int, cap: int) -> None:
    row = layout.row()
    row.label(text=say(label))
    right = row.row()
    right.alignment = "RIGHT"
    text = said("{spent:,} of {cap:,}", spent=paid, cap=cap) if cap else say(credits_text(paid))
    right.label(text=text, translate=False)


def _draw_doubts(context: Any, layout: bpy.types.UILayout, known: Overview) -> None:
    """Draw this month's uncertain amounts apart from the sums, so that the sums are certain."""
    month, reckoned = known.month, known.reckoned
    lines: list[tuple[str, str]] = []
    if month.uncertain:
        lines.append((phrase("Uncertain: {credits}", credits=credits_text(month.uncertain)), "QUESTION"))
    if month.given_back:
        seen = known.seen_back
        if seen:
            lines.append((phrase("Came back: {credits}", credits=credits_text(seen)), "CHECKMARK"))
        if awaited := month.given_back - seen:
            text = phrase("Refunds not seen yet: {credits}", credits=credits_text(awaited))
            lines.append((text, "TIME"))
    for each in reckoned.differences[-3:]:
        text = phrase(
            "{models}: {charged} by the balance, {expected} expected",
            models=", ".join(each.labels),
            charged=credits_text(each.charged),
            expected=credits_text(each.expected),
        )
        lines.append((text, "ERROR"))
    for text, icon in lines:
        draw_text(context, layout, text, icon, width=_WIDTH)
    if reckoned.differences:
        text = phrase("Others may have used the account, or prices may have changed")
        draw_text(context, layout, text, width=_WIDTH)


def _draw_table(layout: bpy.types.UILayout, title: str, sums: Mapping[str, Sums]) -> None:
    told = [(name, each) for name, each in sums.items() if each.paid]
    if not told:
        return
    layout.separator()
    column = layout.column(align=True)
    column.label(text=say(title))
    for name, each in told[:_MOST]:
        row = column.row()
        row.label(text=first_line(name, 28) if name else said("Not saved"), translate=False)
        right = row.row()
        right.alignment = "RIGHT"
        right.label(text=f"{each.paid:,}", translate=False)
    if len(told) > _MOST:
        rest = sum(each.paid for _name, each in told[_MOST:])
        row = column.row()
        row.label(text=said("{count} more", count=len(told) - _MOST))
        right = row.row()
        right.alignment = "RIGHT"
        right.label(text=f"{rest:,}", translate=False)


CLASSES = (EASEL_PT_spend,)
