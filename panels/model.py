# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Make Model: a picture becomes a 3D model. Warnings stand above the price."""

from typing import Any

import bpy

from ..client.engines import ENGINES, Engine
from ..client.errors import Remedy
from ..client.model_requests import needs_picture_text
from ..client.models import ModelId
from ..scene import settings
from ..scene.language import said
from ..scene.models.surfaces import height_at_hand
from ..scene.session import session
from ..scene.sources.never_upload import PROPERTY
from ..texts.phrases import phrase
from ..texts.wording import typical_text
from .common import SidebarPanel, draw_remedy, draw_text, icon_if_fits, priced
from .fields import draw_field, split_column
from .form import is_too_dear, too_dear_text

_SIDES = ("image_left", "image_back", "image_right")


class EASEL_PT_model(SidebarPanel, bpy.types.Panel):
    """Make a 3D model of a picture."""

    bl_label = "Make Model"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        layout, form = self.layout, context.scene.easel.to_model
        shown = context.window_manager.easel
        engine = ENGINES.get(ModelId(form.engine)) if form.engine else None
        if engine is None:
            draw_text(context, layout, phrase("Choose an engine"), "INFO")
            layout.prop(form, "engine")
            return
        _draw_picture(context, layout, form, engine)
        column = split_column(layout)
        for name in ("engine", "height_shown"):
            draw_field(context, column, form, name)
        if not form.height and (name := height_at_hand(context)[1]):
            draw_text(context, column, phrase("As high as “{object}”", object=name), "BLANK1")
        if engine.faces is not None:
            draw_field(context, column, form, "faces")
        column = layout.column()  # ticks by their names, which are long
        if engine.has_textures:
            column.prop(form, "textures")
        if engine.has_pbr and (form.textures or not engine.has_textures):
            column.prop(form, "pbr")
        if form.image is not None:
            for line in shown.model_advice.splitlines():
                draw_text(context, layout, line, "INFO")
        _draw_button(context, layout, form, engine)


def _draw_picture(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, engine: Engine) -> None:
    column = layout.column(align=True)
    column.prop(form, "image", text="", placeholder="Picture of the Object")
    if form.image is None:
        if engine.takes_text:
            column.prop(form, "prompt", text="", placeholder="Or describe it")
        return
    count = sum(getattr(form, name) is not None for name in _SIDES)
    if engine.max_sources > 1:
        header, body = layout.panel("EASEL_model_views", default_closed=True)
        text = said("More Views ({count})", count=count) if count else said("More Views")
        header.label(text=text, translate=False)
        if body is not None:
            views = body.column(align=True)
            for name in _SIDES:
                views.prop(form, name, text="", placeholder=form.bl_rna.properties[name].name)
    elif count:
        text = phrase("{engine} takes one picture: the other views are not sent", engine=engine.label)
        draw_text(context, layout, text, "INFO")


def _draw_button(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, engine: Engine) -> None:
    shown = context.window_manager.easel
    price = _price(form, engine)
    reason = _why_not(form, engine, shown, price)
    column = layout.column()
    row = column.row()
    row.scale_y = 1.6
    row.enabled = not reason
    text = priced(context, phrase("Make Model"), price)
    icon = icon_if_fits(context, text, "MESH_MONKEY")
    row.operator("easel.make_model", text=text, translate=False, icon=icon).grey = reason
    if not reason:
        told = typical_text(engine.typical_seconds, price, is_simulated=shown.is_simulator)
        draw_text(context, column, told, "TIME")
        return
    draw_text(context, column, reason, "INFO")
    if is_too_dear(shown, price) and not shown.is_simulator:
        draw_remedy(column, Remedy.TOP_UP.name)


def _views(form: Any, engine: Engine) -> int:
    """Count the pictures that are sent."""
    if form.image is None:
        return 0
    more = (form.image_left, form.image_back, form.image_right) if engine.max_sources > 1 else ()
    return 1 + sum(image is not None for image in more)


def _price(form: Any, engine: Engine) -> int:
    count = _views(form, engine)
    return engine.price_of(
        resolution=engine.default_resolution,
        textures=form.textures,
        pbr=form.pbr,
        has_picture=count > 0 or not form.prompt.strip(),
        view_count=count,
    )


def _why_not(form: Any, engine: Engine, shown: Any, price: int) -> str:
    """Say why no model can be made; empty if one can."""
    obstacle = session.Obstacle[shown.obstacle or "NONE"]
    if obstacle is not session.Obstacle.NONE:
        return obstacle.value
    if form.image is None and not (engine.takes_text and form.prompt.strip()):
        return needs_picture_text(engine)
    if form.image is not None and getattr(form.image, PROPERTY):
        return phrase("“{image}” is marked Never Upload", image=form.image.name)
    return settings.read().policy.refusal(engine.id) or too_dear_text(shown, price)


def draw_model_result(context: bpy.types.Context, layout: bpy.types.UILayout, job: Any) -> None:
    """Draw the actions for the model of a job."""
    column = layout.column(align=True)
    if job.model_text:
        draw_text(context, column, job.model_text, "MESH_DATA")
    if job.placement_text:
        draw_text(context, column, job.placement_text, "BLANK1")
    if not job.has_model:
        return
    row = layout.row(align=True)
    if job.next_price:
        text = priced(context, phrase("Texture Object"), job.next_price)
        icon = icon_if_fits(context, text, "BRUSH_DATA", has_arrow=True)
        row.operator("easel.place_texture", text=text, translate=False, icon=icon).job_id = job.name
    elif job.verb == "texture":
        row.operator("easel.place_texture", icon="BRUSH_DATA").job_id = job.name
    else:
        row.operator("easel.place_model", icon="PIVOT_CURSOR").job_id = job.name
    row.menu("EASEL_MT_model_result", text="", icon="DOWNARROW_HLT")


class EASEL_MT_model_result(bpy.types.Menu):
    """More about this model"""

    bl_label = "More"

    def draw(self, context: bpy.types.Context) -> None:
        job = context.window_manager.easel.selected_job
        if job is None:
            return
        layout = self.layout
        if job.verb == "texture":
            onto = layout.operator(
                "easel.place_texture", text=said("Texture Active Object"), translate=False, icon="BRUSH_DATA"
            )
            onto.job_id, onto.into_active = job.name, True
            layout.operator("easel.place_model", icon="PIVOT_CURSOR").job_id = job.name
        into = layout.operator(
            "easel.place_model", text=said("Replace Active Object"), translate=False, icon="UV_SYNC_SELECT"
        )
        into.job_id, into.into_active = job.name, True
        layout.operator("easel.reveal_model", icon="FILE_FOLDER").job_id = job.name
        layout.separator()
        layout.operator(
            "easel.vary", text=priced(context, phrase("Make Again"), job.price_each), translate=False
        ).job_id = job.name
        if job.task_id:
            layout.operator("easel.copy_task_id", icon="COPYDOWN").job_id = job.name


CLASSES = (EASEL_MT_model_result, EASEL_PT_model)
