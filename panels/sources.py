# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of an edit's sources."""

from typing import Any

import bpy

from ..client.models import Model
from ..scene.language import said
from ..scene.listing.form_sources import tile_count
from ..scene.listing.source_rows import image_key, key_of
from ..scene.pictures.tiles import chosen_tiles, numbers_of
from ..scene.sources.layers import PROPERTY as LAYER
from ..scene.sources.never_upload import PROPERTY
from ..texts.phrases import phrase
from ..texts.wording import bytes_text
from .common import columns, draw_aside, draw_text, fact_lines, is_chosen_row
from .fields import is_narrow

_THUMBNAIL = 54.0  # pixels at interface scale 1, with the gap beside it


class EASEL_UL_sources(bpy.types.UIList):
    """Sources in the order in which they are sent."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        _icon: int,
        active_data: Any,
        active_property: str,
        index: int,
    ) -> None:
        row = layout.row(align=True)
        number = row.row()
        number.ui_units_x = 1.0
        number.label(text=str(index + 1))
        known = context.window_manager.easel.sources.get(key_of(item))
        if item.image is None and not item.filepath:
            row.prop(item, "image", text="")
            return
        if icon := thumbnail(layout, item.image, known):
            row.label(text=item.label, translate=False, icon_value=icon)
        else:
            row.label(text=item.label, translate=False, icon="IMAGE_DATA" if item.image else "FILE_IMAGE")
        if item.role and not is_narrow(context):  # it stands below too
            draw_aside(row, item.role, is_chosen=is_chosen_row(active_data, active_property, index))
        if item.image is not None and getattr(item.image, PROPERTY):
            row.label(text="", icon="LOCKED")
        elif known is not None and (known.problem or known.warning):
            row.label(text="", icon="ERROR" if known.problem else "INFO")


class EASEL_MT_add_source(bpy.types.Menu):
    """Add an image to the sources"""

    bl_idname = "EASEL_MT_add_source"
    bl_label = "Add Source"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("easel.add_object_textures", icon="TEXTURE")
        layout.operator("easel.add_editor_image", icon="IMAGE")
        layout.operator("easel.add_image", icon="IMAGE_DATA")
        layout.operator("easel.add_files", icon="FILE_FOLDER")
        layout.operator("easel.add_clipboard", icon="PASTEDOWN")
        layout.separator()
        layout.operator_menu_enum("easel.add_viewport", "look", icon="VIEW3D")
        layout.operator_menu_enum("easel.add_camera", "look", icon="CAMERA_DATA")
        layout.operator("easel.add_render", icon="RENDER_RESULT")


def draw_sources(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, model: Model) -> None:
    """Draw the list, its buttons, and what is known of the active source."""
    column = layout.column(align=True)
    column.label(
        text=said(
            "Sources ({count} of {max_sources})", count=len(form.sources), max_sources=model.max_sources
        )
    )
    row = column.row()
    row.template_list("EASEL_UL_sources", "", form, "sources", form, "active_source", rows=4)
    buttons = row.column(align=True)
    buttons.menu("EASEL_MT_add_source", text="", icon="ADD")
    buttons.operator("easel.remove_source", text="", icon="REMOVE")
    buttons.separator()
    buttons.operator("easel.move_source", text="", icon="TRIA_UP").direction = "UP"
    buttons.operator("easel.move_source", text="", icon="TRIA_DOWN").direction = "DOWN"
    if 0 <= form.active_source < len(form.sources):
        source = form.sources[form.active_source]
        _draw_active(context, layout, source)
        if source.image is not None and source.image.source == "TILED":
            _draw_tiles(layout, source, is_edited=form.active_source == 0)
    is_more = len(form.sources) > 1 or form.mask.is_set or tile_count(form) > 1
    if is_more and 0 < len(form.sources) <= model.max_sources:
        known = [context.window_manager.easel.sources.get(key_of(source)) for source in form.sources]
        if not any(row is not None and row.problem for row in known):
            text = leaving_text(known, tiles=tile_count(form), has_mask=form.mask.is_set)
            draw_text(context, layout, text, "EXPORT")


def leaving_text(known: list[Any], *, tiles: int = 1, has_mask: bool) -> str:
    """Say how much leaves this computer: the sources, with a mask the marked copy, for each ticked tile."""
    sizes = [row.byte_count if row is not None else 0 for row in known]
    sizes[1:] = [size * tiles for size in sizes[1:]]  # the first row's size is that of all its tiles
    if has_mask:
        sizes.append(sizes[0])  # as large as what it is a copy of
    count = tiles * len(sizes)
    if not all(sizes):  # a source that was added a moment ago
        return phrase("Uploads {count} images", count=count)
    size = bytes_text(sum(sizes))
    if any(row is not None and row.is_most for row in known):
        return phrase("Uploads {count} images, at most {size}", count=count, size=size)
    if has_mask or any(row is not None and row.is_about for row in known):
        return phrase("Uploads {count} images, about {size}", count=count, size=size)
    return phrase("Uploads {count} images, {size}", count=count, size=size)


def draw_image(context: bpy.types.Context, layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """Draw the image that another editor is about: its thumbnail, its name, and what will be sent."""
    known = context.window_manager.easel.sources.get(image_key(image))
    row = layout.row()
    _draw_thumbnail(row, image, known)
    column = row.column()
    column.label(text=image.name, translate=False)
    _draw_known(context, column, known)
    _draw_layer(column, image, known)
    column.prop(image, PROPERTY)
    _draw_warnings(context, layout, known)


def thumbnail(layout: bpy.types.UILayout, image: bpy.types.Image | None, known: Any) -> int:
    """Return the icon of a source; 0 for none.

    Blender's own, which reads the whole image, is taken only of one that is in memory anyway.
    """
    if known is not None and known.icon:
        return known.icon
    is_drawn = image is not None and image.has_data and image.source != "VIEWER"  # whose icon is empty
    return layout.icon(image) if is_drawn else 0


def _draw_active(context: bpy.types.Context, layout: bpy.types.UILayout, source: Any) -> None:
    known = context.window_manager.easel.sources.get(key_of(source))
    row = layout.row()
    _draw_thumbnail(row, source.image, known)
    column = row.column()
    column.prop(source, "filepath" if source.filepath else "image", text="")
    column.prop(source, "role", text="", placeholder="What is it for?")
    _draw_known(context, column, known)
    if source.image is not None:
        _draw_layer(column, source.image, known)
        column.prop(source.image, PROPERTY)
    _draw_warnings(context, layout, known)


def _draw_layer(layout: bpy.types.UILayout, image: bpy.types.Image, known: Any) -> None:
    if known is not None and known.has_layers:
        layout.prop(image, LAYER, text="", icon="RENDERLAYERS", placeholder="Combined picture")


def _draw_tiles(layout: bpy.types.UILayout, source: Any, *, is_edited: bool) -> None:
    """Draw a button for each tile; those that are pressed are sent."""
    ticked = chosen_tiles(source.image, source.tiles)
    numbers = numbers_of(source.image)
    column = layout.column(align=True)
    row = column.row()
    row.label(
        text=said("Tiles to Edit ({count} of {total})", count=len(ticked), total=len(numbers))
        if is_edited
        else said("Tile to Send"),
        translate=False,
    )
    if is_edited and len(numbers) > 1:
        row.operator(
            "easel.tick_tile", text=said("All"), translate=False, depress=len(ticked) == len(numbers)
        ).number = 0
    grid = column.grid_flow(row_major=True, columns=4, even_columns=True, align=True)
    for number in numbers:
        is_meant = number in ticked if is_edited else number == ticked[0]
        grid.operator("easel.tick_tile", text=str(number), translate=False, depress=is_meant).number = number


def _draw_thumbnail(row: bpy.types.UILayout, image: bpy.types.Image | None, known: Any) -> None:
    icon = thumbnail(row, image, known)
    if icon:
        row.template_icon(icon_value=icon, scale=3.0)


def _draw_known(context: bpy.types.Context, layout: bpy.types.UILayout, known: Any) -> None:
    if known is not None and not known.problem:
        column = layout.column(align=True)
        column.scale_y = 0.85
        size, *rest = known.text.split(" · ")
        lines = fact_lines(rest, columns(context, taken=_THUMBNAIL))
        for line in filter(None, (known.state, size, *lines)):
            column.label(text=line, translate=False)


def _draw_warnings(context: bpy.types.Context, layout: bpy.types.UILayout, known: Any) -> None:
    if known is None:
        return
    if known.problem:
        draw_text(context, layout, known.problem, "ERROR")
    for warning in known.warning.splitlines():
        draw_text(context, layout, warning, "INFO")


CLASSES = (EASEL_UL_sources, EASEL_MT_add_source)
