# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's part for a whole model: drawn where a mesh object is selected."""

from typing import Any

import bpy

from ..client.models import MODELS
from ..properties.paint_form import OWN_SIZE
from ..scene.language import said
from ..scene.models.viewpoints import VIEW
from ..scene.placement.surfaces import objects_meant
from ..scene.placement.unwrapping import obstacle_to_unwrapping
from ..scene.prompts.prompt_context import sent_alone
from ..scene.session import coverage, painted
from ..scene.session.model_reading import problem
from ..scene.session.sheet_plan import bytes_of, plan_of
from ..scene.session.texture_sizes import largest_side
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..texts.wording import bytes_text
from .common import SidebarPanel, draw_text, icon_if_fits, priced
from .fields import draw_field, split_column
from .form import why_not

_MOST_DRAWN = 16  # objects that are looked at


class EASEL_PT_paint_model(SidebarPanel, bpy.types.Panel):
    """The selected objects, painted from one sheet of their views."""

    bl_label = "Whole Model"
    bl_parent_id = "EASEL_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.easel.mode != "EDIT" or context.object is None:
            return False
        return any(obj.type == "MESH" for obj in context.selected_objects[:_MOST_DRAWN])

    def draw(self, context: bpy.types.Context) -> None:
        layout, form = self.layout, context.scene.easel
        objects = [obj for obj in objects_meant(context)[:_MOST_DRAWN] if obj.type == "MESH"]
        chosen = form.to_paint
        column = split_column(layout)
        draw_field(context, column, chosen, "views")
        if chosen.views not in ("CAMERAS", VIEW):
            draw_field(context, column, chosen, "is_perspective")
        draw_field(context, column, chosen, "look")
        draw_field(context, column, chosen, "size")
        obstacle = problem(context.scene, objects)
        if not obstacle:
            _draw_seen(context, layout, objects)
        _draw_button(context, layout, obstacle)
        if not obstacle_to_unwrapping(context):
            layout.operator("easel.unwrap", icon="UV")
        elif not obstacle:
            _draw_later(context, layout, objects)


class EASEL_PT_paint_more(SidebarPanel, bpy.types.Panel):
    """What is sent besides the sheet, and rare choices."""

    bl_label = "Also Send"
    bl_parent_id = "EASEL_PT_paint_model"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        column, chosen = split_column(self.layout), context.scene.easel.to_paint
        for name in ("normals", "depth", "references", "is_deep", "margin"):
            draw_field(context, column, chosen, name)


def _draw_seen(context: bpy.types.Context, layout: bpy.types.UILayout, objects: list[Any]) -> None:
    """Draw how much the views will see, and what is sent."""
    chosen = context.scene.easel.to_paint
    try:
        plan = plan_of(context)
    except Refusal as refusal:
        draw_text(context, layout, str(refusal), "ERROR")
        return
    is_own = chosen.size in ("", OWN_SIZE)
    side = largest_side(objects, context.scene.render.engine) if is_own else int(chosen.size)
    asked = coverage.asked_of(context.scene, objects, plan, side)
    known = coverage.ask("SHEET", asked)
    box = layout.column(align=True)
    foreseen = known.foreseen if known is not None else None
    if foreseen is not None:
        count = len(plan.viewpoints)
        text = phrase("{count} views see {share:.0%} of the surface", count=count, share=foreseen.share)
        if count == 1:
            text = phrase("This view sees {share:.0%} of the surface", share=foreseen.share)
        draw_text(context, box, text, "HIDE_OFF")
    elif known is not None:
        draw_text(context, box, known.problem, "ERROR")
    elif asked.is_by_itself:
        draw_text(context, box, phrase("Looking at what the views see…"), "HIDE_OFF")
    row = box.row(align=True)
    row.operator("easel.show_unseen", text=said("Show Unseen"), depress=coverage.is_shown(), icon="OVERLAY")
    if foreseen is not None and foreseen.more:
        text = said("Add View: {share:+.1%}", share=foreseen.more_shares[0] - foreseen.share)
        row.operator("easel.add_paint_view", text=text, icon="ADD").towards = foreseen.more[0].towards
    if chosen.more:
        row.operator("easel.drop_paint_views", text="", icon="X")
    if foreseen is not None and not foreseen.is_fine:
        coarse = phrase(
            "The views fill {side} × {side} only: take a larger resolution, fewer views, a smaller texture",
            side=foreseen.fine_side,
        )
        draw_text(context, box, coarse, "ERROR")
    if foreseen is not None and foreseen.is_overlapping:
        alike = phrase("Faces share their place on the texture: they will look alike")
        draw_text(context, box, alike, "INFO")
    extra = int(chosen.normals) + int(chosen.depth)
    width, height = plan.size
    size = bytes_text(bytes_of(plan, extra))
    sent = phrase("Uploads {width} × {height} pixels, about {size}", width=width, height=height, size=size)
    if extra:
        sent = phrase(
            "Uploads {count} sheets of {width} × {height} pixels, about {size}",
            count=1 + extra,
            width=width,
            height=height,
            size=size,
        )
    draw_text(context, box, sent, "EXPORT")


def _draw_button(context: bpy.types.Context, layout: bpy.types.UILayout, obstacle: str) -> None:
    form = context.scene.easel
    chosen = form.to_paint
    model = MODELS[form.model_id]
    price = model.price(count=1, resolution=getattr(form.options(model.id), "resolution", ""))
    reason = why_not(form, context.window_manager.easel, price, sent_alone(context, form), "")
    count = 1 + int(chosen.normals) + int(chosen.depth) + (len(form.sources) if chosen.references else 0)
    if not reason and count > model.max_sources:
        reason = phrase(
            "{model} takes {max_sources} images at most", model=model.label, max_sources=model.max_sources
        )
    reason = reason or obstacle
    row = layout.row()
    row.scale_y = 1.3
    row.enabled = not reason
    label = priced(context, phrase("Paint Model"), price)
    row.operator(
        "easel.paint_model", text=label, translate=False, icon=icon_if_fits(context, label, "BRUSH_DATA")
    ).grey = reason
    if reason:
        draw_text(context, layout, reason, "INFO")


def _draw_later(context: bpy.types.Context, layout: bpy.types.UILayout, objects: list[Any]) -> None:
    """Draw the second round, for what was painted from views before."""
    form = context.scene.easel
    earlier = painted.seen_from_quickly(objects, context.scene.render.engine)
    if not earlier:
        return
    model = MODELS[form.model_id]
    price = model.price(count=1, resolution=getattr(form.options(model.id), "resolution", ""))
    reason = why_not(form, context.window_manager.easel, price, sent_alone(context, form), "")
    known = coverage.ask("MORE", coverage.asked_for_more(context.scene, objects, earlier))
    foreseen = known.foreseen if known is not None else None
    column = layout.column(align=True)
    column.separator()
    row = column.row(align=True)
    row.enabled = not reason and foreseen is not None and bool(foreseen.more)
    text = priced(context, phrase("Fill What Is Unseen"), price)
    row.operator(
        "easel.fill_unseen", text=text, translate=False, icon=icon_if_fits(context, text, "MOD_UVPROJECT")
    ).grey = reason
    row = column.row(align=True)
    row.enabled = not reason
    text = priced(context, phrase("Repaint This View"), price)
    row.operator(
        "easel.repaint_view", text=text, translate=False, icon=icon_if_fits(context, text, "VIEW3D")
    ).grey = reason
    if foreseen is None:
        told = known.problem if known is not None else phrase("Looking at what the views see…")
    elif not foreseen.more:
        told = phrase("{share:.0%} is painted: another view sees hardly more", share=foreseen.share)
    else:
        count, more = len(foreseen.more), foreseen.more_shares[-1]
        told = phrase(
            "{share:.0%} is painted; {count} more views make it {more:.0%}",
            share=foreseen.share,
            count=count,
            more=more,
        )
        if count == 1:
            told = phrase(
                "{share:.0%} is painted; one more view makes it {more:.0%}", share=foreseen.share, more=more
            )
    draw_text(context, column, told, "INFO")


CLASSES = (EASEL_PT_paint_model, EASEL_PT_paint_more)
