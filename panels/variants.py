# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's part for variants of one image: drawn if the prompt has several lines."""

import bpy

from ..client.models import MODELS
from ..scene.prompts.prompt_context import sent_alone
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_text, icon_if_fits, priced
from .form import why_not


class EASEL_PT_variants(SidebarPanel, bpy.types.Panel):
    """A variant of the image for each line of the prompt."""

    bl_label = "Variants"
    bl_parent_id = "EASEL_PT_generate"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        form = context.scene.easel
        return form.mode == "EDIT" and len(form.sources) > 0 and _count(form) > 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, form = self.layout, context.scene.easel
        count = _count(form)
        model = MODELS[form.model_id]
        options = form.options(model.id)
        images = getattr(options, "count", 1)
        price = count * model.price(count=images, resolution=getattr(options, "resolution", ""))
        reason = why_not(form, context.window_manager.easel, price, sent_alone(context, form))
        draw_text(context, layout, phrase("One for each line, over the same mask"), "LINENUMBERS_ON")
        row = layout.row()
        row.enabled = not reason
        label = priced(context, phrase("Edit {count} Variants", count=count), price)
        row.operator(
            "easel.edit_variants",
            text=label,
            translate=False,
            icon=icon_if_fits(context, label, "BRUSH_DATA"),
        ).grey = reason
        if reason:
            draw_text(context, layout, reason, "INFO")


def _count(form: bpy.types.PropertyGroup) -> int:
    return sum(bool(line.strip()) for line in form.edit_prompt.splitlines())


CLASSES = (EASEL_PT_variants,)
