# SPDX-License-Identifier: GPL-3.0-or-later
"""The references of the scene: shown with one click, and corrected. Drawn if there are some."""

from typing import Any

import bpy

from ..scene.language import said
from ..scene.placement import reference_shapes, references
from ..texts.phrases import phrase
from .common import SidebarPanel, draw_text


class EASEL_PT_references(SidebarPanel, bpy.types.Panel):
    """References that were made from turnaround sheets."""

    bl_label = "References"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(references.sets_of(context.view_layer.layer_collection))

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        sets = references.sets_of(context.view_layer.layer_collection)
        is_shown = any(it.is_visible for it in sets)
        icon = "HIDE_OFF" if is_shown else "HIDE_ON"
        self.layout.operator("easel.toggle_references", text="", icon=icon, emboss=False)
        self.layout.separator()

    def draw(self, context: bpy.types.Context) -> None:
        for it in references.sets_of(context.view_layer.layer_collection):
            _draw_set(context, self.layout, it.collection)


def _draw_set(
    context: bpy.types.Context, layout: bpy.types.UILayout, collection: bpy.types.Collection
) -> None:
    settings: Any = collection.easel_references
    sheet = settings.sheet
    box = layout.box()
    box.label(text=sheet.name if sheet is not None else collection.name, icon="IMAGE_DATA", translate=False)
    column = box.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.enabled = collection.library is None
    column.row().prop(settings, "shape", expand=True)
    column.prop(settings, "figure_height")
    for number, view in enumerate(settings.views, start=1):
        row = column.row(align=True)
        row.prop(view, "side", text=said("View {number}", number=number), translate=False)
        if view.empty is not None:
            is_seen = reference_shapes.looks_from(context.space_data, view.empty)
            look = row.operator("easel.look_from_reference", text="", icon="VIEW_CAMERA", depress=is_seen)
            look.object = view.empty.name
    if sheet is None:
        draw_text(context, box, phrase("The sheet is no longer in this file"), "INFO")
        return
    row = column.row(align=True)
    row.prop(settings, "view_count")
    again = row.operator("easel.split_turnaround", text="", icon="FILE_REFRESH")
    again.image, again.height, again.views = sheet.name, settings.figure_height, settings.view_count
    box.operator("easel.adjust_borders", icon="ARROW_LEFTRIGHT").image = sheet.name
    box.operator("easel.references_to_model", icon="MESH_MONKEY").collection = collection.name


CLASSES = (EASEL_PT_references,)
