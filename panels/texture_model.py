# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Texture Model: the active object gets textures. It says above the price what is sent."""

from typing import Any

import bpy

from ..client.errors import Remedy
from ..client.models import ModelId
from ..client.texture_requests import NEEDS_WORDS
from ..client.texturers import TEXTURERS, Texturer
from ..scene import settings
from ..scene.language import said
from ..scene.models import surfaces
from ..scene.session import session
from ..scene.sources.never_upload import PROPERTY
from ..texts.phrases import joined, phrase
from ..texts.wording import bytes_text, typical_text
from .common import SidebarPanel, draw_remedy, draw_text, icon_if_fits, priced
from .fields import draw_field, split_column
from .form import is_too_dear, too_dear_text


class EASEL_PT_texture_model(SidebarPanel, bpy.types.Panel):
    """Texture the active object."""

    bl_label = "Texture Model"
    bl_parent_id = "EASEL_PT_model"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.object is not None and context.object.type == "MESH"

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        layout, form, obj = self.layout, context.scene.easel.to_texture, context.object
        engine = TEXTURERS.get(ModelId(form.engine)) if form.engine else None
        if engine is None:
            draw_text(context, layout, phrase("Choose an engine"), "INFO")
            layout.prop(form, "engine")
            return
        draw_back(layout, obj)
        shown = context.window_manager.easel
        size = surfaces.own_size_of(obj)
        if form.modifiers and obj.modifiers and shown.texture_object == obj.name:
            size = surfaces.SurfaceSize(faces=shown.texture_faces)
        told = phrase("{faces:,} faces", faces=size.faces)
        size_text = phrase("about {size}", size=bytes_text(size.byte_count))
        draw_text(context, layout, joined(obj.name, told, size_text, by=" · "), "MESH_DATA")
        column = layout.column(align=True)
        column.prop(form, "image", text="", placeholder="Picture of Its Look")
        if form.image is None:
            column.prop(form, "prompt", text="", placeholder="Or say how it should look")
        column = split_column(layout)
        if len(TEXTURERS) > 1:
            draw_field(context, column, form, "engine")
        if engine.qualities:
            draw_field(context, column, form, "quality")
        column = layout.column()  # ticks by their names, which are long
        if not engine.pbr_needs_prompt or form.image is None:
            column.prop(form, "pbr")
        if obj.modifiers:
            column.prop(form, "modifiers")
        if obj.material_slots:
            column.prop(form, "materials")
        if not obj.data.uv_layers and engine.makes_uvs:
            draw_text(context, layout, phrase("It has no UVs: the engine makes some"), "INFO")
        _draw_button(context, layout, form, engine, size)


def draw_back(layout: bpy.types.UILayout, obj: Any) -> None:
    """Draw the button that goes back, if the object was textured."""
    noted = obj.easel_textured
    if not noted.job_id:
        return
    is_back = noted.is_reverted or (noted.copy_of is not None and not noted.copy_of.hide_render)
    text = said("Show New Textures") if is_back else said("Back to Original")
    icon = "LOOP_FORWARDS" if is_back else "LOOP_BACK"
    layout.operator("easel.revert_textures", text=text, translate=False, icon=icon)


def _draw_button(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    form: Any,
    engine: Texturer,
    size: surfaces.SurfaceSize,
) -> None:
    shown = context.window_manager.easel
    price = engine.whole_price(form.quality)
    reason = _why_not(context, form, engine, size) or too_dear_text(shown, price)
    column = layout.column()
    row = column.row()
    row.scale_y = 1.6
    row.enabled = not reason
    text = priced(context, phrase("Texture Model"), price)
    icon = icon_if_fits(context, text, "BRUSH_DATA")
    row.operator("easel.texture_model", text=text, translate=False, icon=icon).grey = reason
    if not reason:
        told = typical_text(engine.typical_seconds, price, is_simulated=shown.is_simulator)
        draw_text(context, column, told, "TIME")
        return
    draw_text(context, column, reason, "INFO")
    if is_too_dear(shown, price) and not shown.is_simulator:
        draw_remedy(column, Remedy.TOP_UP.name)


def _why_not(context: bpy.types.Context, form: Any, engine: Texturer, size: surfaces.SurfaceSize) -> str:
    """Say why it can't be textured; empty if it can."""
    shown = context.window_manager.easel
    obstacle = session.Obstacle[shown.obstacle or "NONE"]
    if obstacle is not session.Obstacle.NONE:
        return obstacle.value
    if text := surfaces.obstacle(context.object):
        return text
    if form.image is None and not form.prompt.strip():
        return NEEDS_WORDS
    if form.image is not None and getattr(form.image, PROPERTY):
        return phrase("“{image}” is marked Never Upload", image=form.image.name)
    if size.faces > engine.most_faces:
        return surfaces.too_large_text(engine.label, engine.most_faces, size.faces)
    if not context.object.data.uv_layers and not engine.makes_uvs:
        return surfaces.no_uvs_text(engine.label)
    return settings.read().policy.refusal(engine.id)


CLASSES = (EASEL_PT_texture_model,)
