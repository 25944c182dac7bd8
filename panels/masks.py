# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask of an edit, where the image may change: a sub-panel, or a button that opens the same."""

from typing import Any

import bpy

from ..client.edit_mask import MaskKind
from ..scene.language import said
from ..scene.masks.masks import areas_of, last_drawn, mask_problem, mask_text
from ..texts.phrases import phrase
from .common import draw_text
from .fields import draw_field, split_column

_KINDS = {
    MaskKind.FACES: phrase("Selected Faces"),
    MaskKind.AREA: phrase("Drawn Area"),
    MaskKind.IMAGE: phrase("Image"),
    MaskKind.ALPHA: phrase("Own Alpha"),
    MaskKind.MARKERS: phrase("Markers"),
}


def draw_mask(
    context: bpy.types.Context, layout: bpy.types.UILayout, form: Any, image: bpy.types.Image | None
) -> None:
    """Draw the sub-panel: what the mask is made of and what it covers.

    Args:
        image: the edited one; None if that is a file.
    """
    header, body = layout.panel("EASEL_mask", default_closed=True)
    header.label(text=_title(form.mask))
    if body is not None:
        _draw_settings(context, body, form.mask, image)


def draw_mask_button(layout: bpy.types.UILayout, form: Any) -> None:
    """Draw a button that opens the same as a popup, so that it takes one line."""
    layout.popover(panel="EASEL_PT_mask", text=_title(form.mask), icon="MOD_MASK")


class EASEL_PT_mask(bpy.types.Panel):
    """Where the image may change"""

    bl_label = "Mask"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 14  # a unit is 20 pixels at interface scale 1

    def draw(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        image = form.sources[0].image if form.sources else None
        _draw_settings(context, self.layout, form.mask, image)


def _draw_settings(
    context: bpy.types.Context, body: bpy.types.UILayout, settings: Any, image: bpy.types.Image | None
) -> None:
    column = split_column(body)
    draw_field(context, column, settings, "kind")
    kind = settings.mask_kind
    if kind is MaskKind.IMAGE:
        draw_field(context, column, settings, "image")
    elif kind is MaskKind.AREA:
        _draw_area(context, body, settings, image)
    elif kind is MaskKind.MARKERS:
        _draw_markers(context, body, settings, image)
    if kind not in (MaskKind.EVERYTHING, MaskKind.MARKERS):
        column = split_column(body)
        for name in ("feather", "bleed", "invert"):
            draw_field(context, column, settings, name)
    if not settings.is_set:
        return
    # Why it can't be used stands below the button.
    if not mask_problem(context, settings, image):
        draw_text(context, body, mask_text(context, settings, image), "CHECKMARK")


def _title(settings: Any) -> str:
    """The sub-panel's title, which names the mask even while the panel is closed."""
    return said("Mask: {kind}", kind=_KINDS[settings.mask_kind]) if settings.is_set else said("Mask")


def _draw_area(
    context: bpy.types.Context, layout: bpy.types.UILayout, settings: Any, image: bpy.types.Image | None
) -> None:
    if not _can_draw(context):
        draw_text(context, layout, phrase("Draw it in an Image Editor: open the image there"), "INFO")
        return
    row = layout.row(align=True)
    row.operator("easel.draw_mask", text="Draw Box", icon="MESH_PLANE").shape = "BOX"
    row.operator("easel.draw_mask", text="Draw Lasso", icon="GP_SELECT_STROKES").shape = "LASSO"
    if areas_of(settings, image):
        row.operator("easel.clear_mask", text="", icon="X")
    elif (other := last_drawn(settings)) is not None:  # the image before the last edit, perhaps
        layout.operator("easel.copy_mask", text=said("Use Areas of {image}", image=other.name))


def _draw_markers(
    context: bpy.types.Context, layout: bpy.types.UILayout, settings: Any, image: bpy.types.Image | None
) -> None:
    column = layout.column(align=True)
    shown = [index for index, marker in enumerate(settings.markers) if marker.image == image]
    for number, index in enumerate(shown, start=1):
        row = column.row(align=True)
        label = row.row()
        label.ui_units_x = 1.0
        label.label(text=str(number))
        row.prop(settings.markers[index], "instruction", text="", placeholder="What should change here?")
        row.operator("easel.remove_marker", text="", icon="X").index = index
    if _can_draw(context):
        layout.operator("easel.add_marker", icon="ADD")
    else:
        draw_text(context, layout, phrase("Set markers in an Image Editor: open the image there"), "INFO")


def _can_draw(context: bpy.types.Context) -> bool:
    """Whether the panel is in the editor that shows the picture."""
    return context.space_data is not None and context.space_data.type == "IMAGE_EDITOR"


CLASSES = (EASEL_PT_mask,)
