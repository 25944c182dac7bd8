# SPDX-License-Identifier: GPL-3.0-or-later
"""The model that is active in the scene: what it is, and how it was made."""

from typing import Any

import bpy

from ..scene.language import said, say
from ..scene.models.bring import DECIMATE
from ..texts.names import shortened
from ..texts.phrases import joined, phrase
from .common import SidebarPanel, columns, draw_text

_TITLE_TAKEN = 35.0  # pixels at interface scale 1, of the arrow and the grip beside the title


class EASEL_PT_made_model(SidebarPanel, bpy.types.Panel):
    """The active object, where Easel has made it."""

    bl_label = ""
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        obj: Any = context.object
        return obj is not None and obj.type == "MESH" and bool(obj.easel_model.job_id)

    def draw_header(self, context: bpy.types.Context) -> None:
        name = context.object.name
        room = columns(context, taken=_TITLE_TAKEN)
        self.layout.label(text=shortened(name, (name,), max(8, room)), translate=False)

    def draw(self, context: bpy.types.Context) -> None:
        layout, obj = self.layout, context.object
        model: Any = obj.easel_model
        faces = phrase("{faces:,} faces", faces=len(obj.data.polygons))
        seed = phrase("Seed {seed}", seed=model.seed) if model.seed else ""
        draw_text(context, layout, joined(model.engine, faces, seed, by=" · "))
        column = layout.column(align=True)
        column.operator("easel.show_making", icon="RECOVER_LAST")
        row = column.row(align=True)
        row.enabled = model.picture is not None
        row.operator("easel.show_model_picture", icon="IMAGE_DATA")
        job = context.window_manager.easel.selected_job
        if job is not None and job.has_model and job.name != model.job_id:
            text = said("Replace with Selected Result")
            into = column.operator("easel.place_model", text=text, translate=False, icon="UV_SYNC_SELECT")
            into.job_id, into.into_active = job.name, True
        modifier = obj.modifiers.get(DECIMATE)
        if modifier is None:
            column.operator("easel.thin_model", icon="MOD_DECIM")
            return
        row = layout.row(align=True)
        left = phrase("{faces:,} Faces Left", faces=round(modifier.ratio * len(obj.data.polygons)))
        row.prop(modifier, "ratio", text=say(left), translate=False, slider=True)
        row.prop(modifier, "show_viewport", text="")


CLASSES = (EASEL_PT_made_model,)
