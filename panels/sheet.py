# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's part for several textures in one request: drawn if several are selected."""

import bpy

from ..client.models import MODELS
from ..scene.pictures.tiles import numbers_of
from ..scene.prompts.prompt_context import sent_alone
from ..scene.session import at_service, sheets
from ..scene.session.at_hand import textures_of_selection
from ..texts.phrases import phrase
from ..texts.wrapping import first_line
from .common import SidebarPanel, draw_text, icon_if_fits, priced
from .form import why_not


class EASEL_PT_sheet(SidebarPanel, bpy.types.Panel):
    """The textures of the selected objects, edited together."""

    bl_label = "Several Textures"
    bl_parent_id = "EASEL_PT_generate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.easel.mode != "EDIT":
            return False
        return len(sheets.cells_of(textures_of_selection(context, sheets.MOST))) > 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, form = self.layout, context.scene.easel
        images = textures_of_selection(context, sheets.MOST)
        names = ", ".join(_name_of(image) for image in images)
        text = phrase("On one sheet, at the price of one image: {names}", names=names)
        draw_text(context, layout, text, "TEXTURE")
        model = MODELS[form.model_id]
        price = model.price(count=1, resolution=getattr(form.options(model.id), "resolution", ""))
        reason = why_not(form, context.window_manager.easel, price, sent_alone(context, form), "")
        reason = reason or at_service.sheet_problem(images)
        row = layout.row()
        row.enabled = not reason
        label = priced(context, phrase("Edit {count} Together", count=len(sheets.cells_of(images))), price)
        row.operator(
            "easel.edit_sheet", text=label, translate=False, icon=icon_if_fits(context, label, "BRUSH_DATA")
        ).grey = reason
        if reason:
            draw_text(context, layout, reason, "INFO")


def _name_of(image: bpy.types.Image) -> str:
    name, tiles = first_line(image.name, 24), len(numbers_of(image))
    return phrase("{image} ({count} tiles)", image=name, count=tiles) if tiles else name


CLASSES = (EASEL_PT_sheet,)
