# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties beside their names, in sidebars of any width: Blender's were made 220 pixels wide, now 280."""

from typing import Any

import bpy

from ..scene.language import say
from ..texts.phrases import phrase
from ..texts.wrapping import display_width
from .common import columns

_NARROW = 250  # pixels at interface scale 1
_LONG_NAME = 11  # columns; more does not fit beside its field in a narrow sidebar
_LONG_CHOICE = 12  # columns; more does not fit into a menu beside its name there
_ICON = 3  # columns
_SHARE = 0.5  # of the columns that fit into a line: how much a menu beside its name can show


def is_narrow(context: bpy.types.Context) -> bool:
    """Say whether the region is narrower than most."""
    return context.region.width / context.preferences.system.ui_scale < _NARROW


def split_column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """Return a column of properties beside their names."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def draw_field(context: bpy.types.Context, column: bpy.types.UILayout, data: Any, name: str) -> None:
    """Draw a property beside its name, or below it if it would be cut off."""
    known = data.bl_rna.properties[name]
    label = say(phrase(known.name))
    if is_narrow(context):
        is_cut = display_width(label) > _LONG_NAME or _has_long_choices(known)
    else:
        chosen = known.enum_items.get(getattr(data, name)) if known.type == "ENUM" else None
        is_cut = chosen is not None and _width_of(chosen) > _SHARE * columns(context)
    if not is_cut:
        column.prop(data, name)
        return
    whole = column.column(align=True)
    whole.use_property_split = False
    if known.type == "BOOLEAN":
        whole.prop(data, name)
    else:
        whole.label(text=label, translate=False)
        whole.prop(data, name, text="")


def _has_long_choices(known: bpy.types.Property) -> bool:
    """Say whether a menu has choices that would be cut off beside its name."""
    if known.type != "ENUM":
        return False
    return any(_width_of(item) > _LONG_CHOICE for item in known.enum_items)


def _width_of(item: bpy.types.EnumPropertyItem) -> int:
    """Say how many columns a choice takes in its menu."""
    return display_width(say(phrase(item.name))) + (0 if item.icon == "NONE" else _ICON)
