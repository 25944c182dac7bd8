# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's part for a whole model: drawn where a mesh object is selected."""

import bpy

from ..client.models import MODELS
from ..scene.placement.surfaces import objects_meant
from ..scene.prompts.prompt_context import sent_alone
from ..scene.session import painting
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_text, priced
from .fields import draw_field
from .form import why_not


class EASEL_PT_paint_model(SidebarPanel, bpy.types.Panel):
    """The selected objects, painted from one sheet of their views."""

    bl_label = "Whole Model"
    bl_parent_id = "EASEL_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.easel.mode != "EDIT" or context.object is None:
            return False
        return any(obj.type == "MESH" for obj in context.selected_objects[:16])

    def draw(self, context: bpy.types.Context) -> None:
        layout, form = self.layout, context.scene.easel
        objects = [obj for obj in objects_meant(context) if obj.type == "MESH"]
        draw_text(
            context, layout, phrase("Its views on one sheet, projected back onto its UVs"), "SHADING_TEXTURE"
        )
        column = layout.column(align=True)
        draw_field(context, column, form, "paint_views")
        draw_field(context, column, form, "paint_size")
        model = MODELS[form.model_id]
        price = model.price(count=1, resolution=getattr(form.options(model.id), "resolution", ""))
        reason = why_not(form, context.window_manager.easel, price, sent_alone(context, form), "")
        reason = reason or painting.problem(context.scene, objects)
        row = layout.row()
        row.enabled = not reason
        label = priced(context, phrase("Paint Model"), price)
        row.operator("easel.paint_model", text=label, translate=False, icon="BRUSH_DATA").grey = reason
        if reason:
            draw_text(context, layout, reason, "INFO")


CLASSES = (EASEL_PT_paint_model,)
