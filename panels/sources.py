# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of an edit: thumbnails in a row, each with a popup; and buttons that add more."""

from typing import Any

import bpy

from ..client.models import Model
from ..scene.history.versions import shown_version
from ..scene.language import said
from ..scene.listing.form_sources import tile_count
from ..scene.listing.source_rows import image_key, key_of
from ..scene.pictures.tiles import chosen_tiles, numbers_of
from ..scene.sources.layers import PROPERTY as LAYER
from ..scene.sources.never_upload import PROPERTY
from ..texts.phrases import phrase
from ..texts.wording import bytes_text
from ..texts.wrapping import first_line
from .common import columns, draw_text, fact_lines

_THUMBNAIL = 54.0  # pixels at interface scale 1, with the gap beside it
_STRIP = 1.75  # rows that a thumbnail of the strip is high: 35 pixels
_NUMBER = 0.75  # units of 20 pixels that the button beside a thumbnail is wide
_IN_STRIP = 50.0  # pixels at interface scale 1 of a thumbnail with its button
_EDGES = 74.0  # pixels at interface scale 1 at the sides of the strip, and of the button that adds
_POPUP = 280.0  # pixels at interface scale 1 that the popup of a source is wide
_IN_MENU = 30
_MOST = 20  # thumbnails in the strip: more than any model takes
_JOBS_IN_MENU = 12


class EASEL_MT_add_source(bpy.types.Menu):
    """Add an image to the sources"""

    bl_idname = "EASEL_MT_add_source"
    bl_label = "Add Source"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("easel.add_object_textures", icon="TEXTURE")
        layout.operator("easel.add_editor_image", icon="IMAGE")
        layout.operator("easel.add_selected", icon="OUTLINER_OB_IMAGE")
        layout.menu("EASEL_MT_file_images", icon="IMAGE_DATA")
        layout.menu("EASEL_MT_job_images", icon="PRESET")
        layout.operator("easel.add_files", icon="FILE_FOLDER")
        layout.operator("easel.add_clipboard", icon="PASTEDOWN")
        layout.separator()
        layout.operator_menu_enum("easel.add_viewport", "look", icon="VIEW3D")
        layout.operator_menu_enum("easel.add_camera", "look", icon="CAMERA_DATA")
        layout.operator("easel.add_render", icon="RENDER_RESULT")


class EASEL_MT_file_images(bpy.types.Menu):
    """Add an image of this file"""

    bl_label = "Images of This File"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        shown = [image for image in bpy.data.images if image.source != "VIEWER" and image.users]
        for image in shown[:_IN_MENU]:
            icon = thumbnail(layout, image, None)
            text = {"text": image.name, "translate": False}
            layout.operator("easel.add_image", **text, **_icon_of(icon, "IMAGE_DATA")).name = image.name
        layout.separator()
        layout.operator("easel.add_image", icon="VIEWZOOM")


class EASEL_MT_job_images(bpy.types.Menu):
    """Add an image that a job has made"""

    bl_label = "From Jobs"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        jobs = [job for job in context.window_manager.easel.jobs if job.image_count and job.can_place]
        for job in jobs[:_JOBS_IN_MENU]:
            for number in job.pictures:
                text = first_line(job.prompt, 40) + (f" ({number})" if job.image_count > 1 else "")
                button = layout.operator("easel.add_job_image", text=text, translate=False, icon="IMAGE_DATA")
                button.job_id, button.index = job.name, number - 1
        if not jobs:
            layout.label(text="No job has images yet")


class EASEL_PT_source(bpy.types.Panel):
    """One source: what it is for, and what is sent of it"""

    bl_label = "Source"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = int(_POPUP / 20)

    def draw(self, context: bpy.types.Context) -> None:
        layout, form = self.layout, context.scene.easel
        if not 0 <= form.active_source < len(form.sources):
            layout.label(text="It is no longer in the list")
            return
        source = form.sources[form.active_source]
        _draw_active(context, layout, source)
        if source.image is not None and source.image.source == "TILED":
            _draw_tiles(layout, source, is_edited=form.active_source == 0)
        row = layout.row(align=True)
        row.operator("easel.move_source", text="", icon="TRIA_LEFT").direction = "UP"
        row.operator("easel.move_source", text="", icon="TRIA_RIGHT").direction = "DOWN"
        row.operator("easel.remove_source", icon="REMOVE")


def draw_sources(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any) -> None:
    """Draw thumbnails in the order in which they are sent. A click on one opens its popup."""
    shown = context.window_manager.easel.sources
    known = [shown.get(key_of(source)) for source in form.sources[:_MOST]]
    if not form.sources:
        layout.menu("EASEL_MT_add_source", text="Add Image to Edit", icon="ADD")
    elif len(form.sources) == 1:
        _draw_only(context, layout, form.sources[0], known[0])
    else:
        _draw_strip(context, layout, form, known)


def draw_shown_version(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any) -> None:
    """Offer the version that the active object shows, if the form would edit another one.

    Below the button, which must not move away from the mouse when an edit arrives.
    """
    image = shown_version(context, form)
    if image is not None:
        text = phrase("{object} shows “{image}”", object=context.object.name, image=image.name)
        draw_text(context, layout, text, "INFO")
        layout.operator("easel.edit_shown", icon="FILE_REFRESH")


def sources_leaving(form: Any, mirror: Any, model: Model) -> str:
    """Say how much is uploaded if that is more than one picture; empty while it can't be sent."""
    is_more = len(form.sources) > 1 or form.mask.is_set or tile_count(form) > 1
    if not (is_more and 0 < len(form.sources) <= model.max_sources):
        return ""
    known = [mirror.sources.get(key_of(source)) for source in form.sources]
    if any(row is not None and row.problem for row in known):
        return ""
    return leaving_text(known, tiles=tile_count(form), has_mask=form.mask.is_set)


def _draw_only(context: bpy.types.Context, layout: bpy.types.UILayout, source: Any, known: Any) -> None:
    row = layout.row(align=True)
    _draw_thumbnail(row, source.image, known, scale=2.0)
    column = row.column(align=True)
    line = column.row(align=True)
    name = source.label or said("Choose an Image")
    line.operator("easel.show_source", text=name, translate=False, **_sign_of(source, known)).index = 0
    line.menu("EASEL_MT_add_source", text="", icon="ADD")
    facts = column.row()
    facts.active = False
    facts.label(text=_short_facts(known, columns(context, taken=_THUMBNAIL)), translate=False)


def _draw_strip(context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, known: list[Any]) -> None:
    room = context.region.width / context.preferences.system.ui_scale - _EDGES
    in_row = max(2, int(room // _IN_STRIP))
    column = layout.column(align=True)
    count = len(known)
    for start in range(0, count, in_row):
        row = column.row(align=True)
        row.alignment = "LEFT"
        for index in range(start, min(start + in_row, count)):
            source = form.sources[index]
            _draw_thumbnail(row, source.image, known[index], scale=_STRIP)
            button = row.column(align=True)
            button.scale_y = _STRIP
            button.ui_units_x = _NUMBER
            sign = _sign_of(source, known[index])
            text = "" if "icon" in sign else str(index + 1)
            button.operator("easel.show_source", text=text, translate=False, **sign).index = index
        if start + in_row >= count:
            more = row.column(align=True)
            more.scale_y = _STRIP
            more.ui_units_x = 1.0
            more.menu("EASEL_MT_add_source", text="", icon="ADD")
    if count < len(form.sources):
        column.label(text=said("and {count} more", count=len(form.sources) - count), translate=False)


def _sign_of(source: Any, known: Any) -> dict[str, str]:
    """Return the icon of a warning about a source, if there is one."""
    if source.image is not None and getattr(source.image, PROPERTY):
        return {"icon": "LOCKED"}
    if known is not None and (known.problem or known.warning):
        return {"icon": "ERROR" if known.problem else "INFO"}
    return {}


def _short_facts(known: Any, room: int) -> str:
    """Describe a source in one line: at least its pixels, or why they are not known."""
    if known is None or known.problem:
        return ""
    return fact_lines((*known.text.split(" · "), known.state), room)[0] if known.text else known.state


def _icon_of(icon_value: int, icon: str) -> dict[str, Any]:
    return {"icon_value": icon_value} if icon_value else {"icon": icon}


def leaving_text(known: list[Any], *, tiles: int = 1, has_mask: bool) -> str:
    """Say how much is uploaded: the sources, and with a mask the marked copy, for each ticked tile."""
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
    """Draw the image that is open in another editor: its thumbnail, its name, and what will be sent."""
    known = context.window_manager.easel.sources.get(image_key(image))
    row = layout.row()
    _draw_thumbnail(row, image, known)
    column = row.column()
    column.label(text=image.name, translate=False)
    _draw_known(context, column, known)
    _draw_layer(column, image, known)
    column.prop(image, PROPERTY)
    column.menu("EASEL_MT_image_tools", icon="SHADERFX")
    _draw_warnings(context, layout, known)


def thumbnail(layout: bpy.types.UILayout, image: bpy.types.Image | None, known: Any) -> int:
    """Return the icon of a source; 0 for none.

    Blender's own icon, which reads the whole image, is used only if the image is in memory anyway.
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
    _draw_known(context, column, known, width=_POPUP)
    if source.image is not None:
        _draw_layer(column, source.image, known)
        column.prop(source.image, PROPERTY)
        column.menu("EASEL_MT_source_tools", icon="SHADERFX")
    _draw_warnings(context, layout, known, width=_POPUP)


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


def _draw_thumbnail(
    row: bpy.types.UILayout, image: bpy.types.Image | None, known: Any, scale: float = 3.0
) -> None:
    icon = thumbnail(row, image, known)
    if icon:
        row.template_icon(icon_value=icon, scale=scale)


def _draw_known(
    context: bpy.types.Context, layout: bpy.types.UILayout, known: Any, *, width: float = 0.0
) -> None:
    if known is not None and not known.problem:
        column = layout.column(align=True)
        column.scale_y = 0.85
        size, *rest = known.text.split(" · ")
        lines = fact_lines(rest, columns(context, taken=_THUMBNAIL, width=width))
        for line in filter(None, (known.state, size, *lines)):
            column.label(text=line, translate=False)


def _draw_warnings(
    context: bpy.types.Context, layout: bpy.types.UILayout, known: Any, *, width: float = 0.0
) -> None:
    if known is None:
        return
    if known.problem:
        draw_text(context, layout, known.problem, "ERROR", width=width)
    for warning in known.warning.splitlines():
        draw_text(context, layout, warning, "INFO", width=width)


CLASSES = (EASEL_MT_add_source, EASEL_MT_file_images, EASEL_MT_job_images, EASEL_PT_source)
