# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of an edit's sources."""

from typing import Any

import bpy

from ..client.models import Model
from .common import draw_text


class EASEL_UL_sources(bpy.types.UIList):
    """Sources in the order in which they are sent."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int,
    ) -> None:
        row = layout.row(align=True)
        number = row.row()
        number.ui_units_x = 1.0
        number.label(text=str(index + 1))
        if item.image is not None:
            row.label(text=item.image.name, icon_value=layout.icon(item.image))
        elif item.filepath:
            row.label(text=item.label, icon="FILE_IMAGE")
        else:
            row.prop(item, "image", text="")
        if item.role:
            role = row.row()
            role.active = False
            role.label(text=item.role)


def draw_sources(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, model: Model) -> None:
    """Draw the list, its buttons, and what is known of the active source."""
    column = layout.column(align=True)
    column.label(text=f"Sources ({len(form.sources)} of {model.max_sources})")
    row = column.row()
    row.template_list("EASEL_UL_sources", "", form, "sources", form, "active_source", rows=3)
    buttons = row.column(align=True)
    buttons.operator("easel.add_image", text="", icon="ADD")
    buttons.operator("easel.add_files", text="", icon="FILE_FOLDER")
    buttons.operator("easel.remove_source", text="", icon="REMOVE")
    buttons.operator("easel.move_source", text="", icon="TRIA_UP").direction = "UP"
    buttons.operator("easel.move_source", text="", icon="TRIA_DOWN").direction = "DOWN"
    column.operator("easel.add_object_textures", icon="TEXTURE")
    if 0 <= form.active_source < len(form.sources):
        _draw_active(context, layout, form.sources[form.active_source], context.window_manager.easel)


def _draw_active(context: bpy.types.Context, layout: bpy.types.UILayout, source: Any, mirror: Any) -> None:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(source, "filepath" if source.filepath else "image")
    column.prop(source, "role", placeholder="What is it for?")
    if mirror.source != source.label:
        return
    if mirror.source_problem:
        draw_text(context, column, mirror.source_problem, "ERROR")
    elif mirror.source_text:
        column.label(text=mirror.source_text)


CLASSES = (EASEL_UL_sources,)
