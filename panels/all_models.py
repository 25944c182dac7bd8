# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's request on all models at once: the total price, and which options do not apply."""

from typing import Any

import bpy

from ..client.across_models import on_model
from ..client.models import MODELS
from ..scene.language import say
from ..texts.phrases import phrase
from ..texts.wrapping import wrap
from .common import priced
from .form import is_too_dear, too_dear_text

_COLUMNS = 48
"""The width of the lines below the entry."""


class EASEL_MT_all_models(bpy.types.Menu):
    """The same on all models, to compare: a job for each, and the price of all"""

    bl_idname = "EASEL_MT_all_models"
    bl_label = "On All Models"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        # The default would be to execute, and nothing would be asked.
        layout.operator_context = "INVOKE_DEFAULT"
        form, shown = context.scene.easel, context.window_manager.easel
        price, lost = asked_of_all(form)
        is_edit = form.mode == "EDIT"
        row = layout.row()
        row.enabled = not is_too_dear(shown, price)
        button = row.operator(
            "easel.edit" if is_edit else "easel.generate",
            text=priced(context, phrase("On All Models"), price),
            translate=False,
            icon="SPLIT_VERTICAL",
        )
        button.all_models = True
        if is_edit and not isinstance(context.space_data, bpy.types.SpaceView3D):
            button.in_editor = True
        told = [too_dear_text(shown, price), phrase("Images only: place the one you like from Result")]
        for text in filter(None, [*told, *lost]):
            for number, line in enumerate(wrap(say(text), _COLUMNS)):
                layout.label(text=line, icon="BLANK1" if number else "INFO", translate=False)


def asked_of_all(form: Any) -> tuple[int, list[str]]:
    """Credits that the form's request costs on all models, and which options do not apply to each."""
    before = MODELS[form.model_id]
    group = form.options(before.id)
    options = {name: getattr(group, name) for name, _property in group.bl_rna.properties.items()}
    if options.get("seed") == -1:
        options["seed"] = None
    price, lost = 0, list[str]()
    for model in MODELS.values():
        kept, told = on_model(options, before, model)
        price += model.price(count=kept.get("count", 1), resolution=kept.get("resolution", ""))
        lost += told
    return price, lost


CLASSES = (EASEL_MT_all_models,)
