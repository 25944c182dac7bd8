# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: every image that was ever made, as a wall of thumbnails that can be searched."""

from typing import Any

import bpy

from ..client.every_model import EVERY_MODEL
from ..jobs.marks import BEST
from ..scene.language import said, say
from ..scene.listing import result_thumbnails
from ..scene.session import session, wall
from ..scene.windows.tab import TAB
from ..texts.names import shortened
from ..texts.phrases import joined, phrase
from .common import COMPARE_ICON, SidebarPanel, draw_aside, draw_chores, draw_text
from .fields import draw_field, split_column

_SCALES = {"SMALL": 2.4, "MEDIUM": 4.0, "LARGE": 8.0}
"""Sides of thumbnails, in units of 20 pixels at interface scale 1."""
_UNIT = 20.0  # pixels at interface scale 1
_EDGES = 40.0  # pixels at interface scale 1 at the sides of a panel
_CHARACTER = 6.4  # pixels at interface scale 1
_STAR = "★"
_ALL_IN_A_ROW = 1000
"""A number of columns above any number of chosen images."""


class _Gallery:
    """What the panel is in all editors."""

    bl_label = "Library"
    bl_order = 4
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self: Any, context: bpy.types.Context) -> None:
        wall.note_title(context.region.as_pointer())
        if wall.total():
            draw_aside(self.layout, f"{wall.total():,}")

    def draw(self: Any, context: bpy.types.Context) -> None:
        _draw_gallery(context, self.layout)


class EASEL_PT_gallery(_Gallery, SidebarPanel, bpy.types.Panel):
    """The library beside the view."""


class EASEL_PT_image_gallery(_Gallery, bpy.types.Panel):
    """The library beside the open image: as wide as the sidebar is drawn."""

    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = TAB


class EASEL_PT_gallery_filter(bpy.types.Panel):
    """Order of the images, and which of them are shown"""

    bl_label = "Order and Filters"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 13

    def draw(self, context: bpy.types.Context) -> None:
        session.note_drawn()
        wall.note_drawn()
        asked = context.window_manager.easel.gallery
        column = split_column(self.layout)
        for name in ("order", "rating", "tags", "model", "has_mask"):
            draw_field(context, column, asked, name)


class EASEL_MT_gallery(bpy.types.Menu):
    """Actions for the library"""

    bl_idname = "EASEL_MT_gallery"
    bl_label = "Library"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        # The default would be to execute: the folder is asked for.
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("easel.import_images", text="Import Images…", icon="IMPORT")
        layout.operator("easel.export_library", text="Export Chosen…", icon="EXPORT").only_chosen = True
        layout.operator("easel.export_library", text="Export All…")
        layout.separator()
        layout.operator("easel.rebuild_library", icon="FILE_REFRESH")
        layout.operator("easel.move_library", text="Move Library…")
        layout.operator("easel.open_library", icon="FILE_FOLDER")


class EASEL_MT_place_chosen(bpy.types.Menu):
    """Place the chosen images in this file, side by side"""

    bl_idname = "EASEL_MT_place_chosen"
    bl_label = "Place"

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        for kind, icon, in_row, in_grid in (
            ("PLANE", "MESH_PLANE", phrase("Planes in a Row"), phrase("Planes in a Grid")),
            (
                "REFERENCE_EMPTY",
                "OUTLINER_OB_IMAGE",
                phrase("References in a Row"),
                phrase("References in a Grid"),
            ),
        ):
            for text, columns in ((in_row, _ALL_IN_A_ROW), (in_grid, 0)):
                button = layout.operator("easel.place_chosen", text=say(text), translate=False, icon=icon)
                button.kind, button.columns = kind, columns
        layout.operator("easel.place_chosen", text="Images Only", icon="IMAGE_DATA").kind = "IMAGE"


def _draw_gallery(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    wall.note_drawn()
    draw_chores(layout)
    asked = context.window_manager.easel.gallery
    row = layout.row(align=True)
    row.prop(asked, "search", text="", icon="VIEWZOOM", placeholder=said("Search"))
    row.prop(asked, "is_starred", text="", icon="SOLO_ON" if asked.is_starred else "SOLO_OFF")
    row.menu("EASEL_MT_gallery", text="", icon="DOWNARROW_HLT")
    row = layout.row(align=True)
    row.prop(asked, "scope", text="")
    row.prop(asked, "size", text="")
    row.popover(panel="EASEL_PT_gallery_filter", text="", icon="FILTER")
    if wall.is_narrowed():
        row = layout.row(align=True)
        draw_text(context, row.column(), _filter_text(asked), "FILTER")
        row.operator("easel.clear_filters", text="", icon="X", emboss=False)
    if wall.message():
        draw_text(context, layout, wall.message(), "ERROR")
        return
    if not wall.rows():
        is_narrowed = bool(asked.search or asked.is_starred or asked.scope != wall.Scope.ALL.name)
        is_narrowed = is_narrowed or wall.is_narrowed()
        text = phrase("Nothing is found") if is_narrowed else phrase("No images yet")
        draw_text(context, layout, text, "INFO")
        return
    _draw_grid(context, layout, _SCALES[asked.size])
    _draw_pages(layout)
    _draw_verbs(context, layout)
    if asked.scope == wall.Scope.BIN.name:
        layout.operator("easel.empty_bin", icon="TRASH")


def _filter_text(asked: Any) -> str:
    """Name the active filters that are not visible."""
    model = next((it.label for it in EVERY_MODEL.values() if it.id == asked.model), "")
    rating = phrase("{rating} and better", rating="●" * asked.rating) if asked.rating else ""
    mask = phrase("With a Mask") if asked.has_mask else ""
    edits = phrase("Edits of This Image") if asked.edits_of else ""
    return joined(rating, ", ".join(wall.split_tags(asked.tags)), model, mask, edits, by=" · ")


def _draw_grid(context: bpy.types.Context, layout: bpy.types.UILayout, scale: float) -> None:
    ui_scale = context.preferences.system.ui_scale
    room = context.region.width / ui_scale - _EDGES
    in_row = max(1, int(room // (scale * _UNIT)))
    wall.note_grid(context.region.as_pointer(), in_row, scale * _UNIT * ui_scale)
    rows = wall.rows()
    names = tuple(row.written for row in rows)
    characters = max(6, int(scale * _UNIT / _CHARACTER) - 3)
    grid = layout.column(align=True)
    for start in range(0, len(rows), in_row):
        line = grid.row(align=True)
        for row in rows[start : start + in_row]:
            cell = line.column(align=True)
            number = row.index + 1
            cell.template_icon(icon_value=result_thumbnails.icon_of(row.job_id, number), scale=scale)
            text = shortened(row.written, names, characters)
            button = cell.operator(
                "easel.choose_from_library",
                text=_STAR + text if row.is_starred else text,
                translate=False,
                depress=wall.is_chosen(row.id),
            )
            button.image = str(row.id)  # it has more than 32 bits
        for _ in range(start + in_row - len(rows)):  # the last ones are as wide as the others
            line.column(align=True).label(text="")


def _draw_pages(layout: bpy.types.UILayout) -> None:
    if wall.total() <= len(wall.rows()):
        return
    row = layout.row(align=True)
    row.operator("easel.turn_page", text="", icon="TRIA_LEFT").step = -1
    middle = row.row(align=True)
    middle.alignment = "CENTER"
    middle.label(text=wall.facts(), translate=False)
    row.operator("easel.turn_page", text="", icon="TRIA_RIGHT").step = 1


def _draw_verbs(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    """Draw the actions for the chosen images. If only one is chosen, the panel Result has the others."""
    count = len(wall.chosen())
    if not count and wall.rows():
        draw_text(context, layout, phrase("A click chooses an image for Result, two show it large"), "INFO")
        return
    row = layout.row(align=True)
    if context.window_manager.easel.gallery.scope == wall.Scope.BIN.name:
        row.operator("easel.restore_images", icon="LOOP_BACK")
    else:
        text = said("Add as Source") if count == 1 else said("Add {count} as Sources", count=count)
        row.operator("easel.add_from_library", text=text, translate=False, icon="ADD")
        icon = "SOLO_ON" if wall.are_starred() else "SOLO_OFF"
        row.operator("easel.star_images", text="", icon=icon)
        row.operator("easel.delete_images", text="", icon="TRASH")
        if count > 1:
            row = layout.row(align=True)
            row.operator("easel.compare", icon=COMPARE_ICON)
            row.menu("EASEL_MT_place_chosen", text=said("Place {count}", count=count), translate=False)
        _draw_marks(layout)


def _draw_marks(layout: bpy.types.UILayout) -> None:
    """Draw rating and tags of the chosen images."""
    rating = wall.common_rating()
    row = layout.row(align=True)
    for number in range(1, BEST + 1):
        icon = "LAYER_ACTIVE" if number <= rating else "LAYER_USED"
        row.operator("easel.rate_images", text="", icon=icon).rating = number
    row.separator(factor=0.5)
    row.prop(wall.properties(), "chosen_tags", text="", placeholder=said("Tags"))


CLASSES = (
    EASEL_PT_gallery_filter,
    EASEL_MT_place_chosen,
    EASEL_MT_gallery,
    EASEL_PT_gallery,
    EASEL_PT_image_gallery,
)
