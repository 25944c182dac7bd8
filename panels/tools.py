# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's tools on one image, each with its price: in menus, and in the popup of a source."""

from typing import Any

import bpy

from ..client.models import TOOLS, ModelId
from ..texts.phrases import phrase
from .common import icon_if_fits, priced
from .form import is_too_dear

_ICONS = {ModelId.REMOVE_BACKGROUND: "MOD_MASK", ModelId.ENHANCE: "SHADERFX"}


class EASEL_MT_image_tools(bpy.types.Menu):
    """What the service can do with the image without a prompt"""

    bl_idname = "EASEL_MT_image_tools"
    bl_label = "Tools"

    def draw(self, context: bpy.types.Context) -> None:
        draw_tools(context, self.layout)


class EASEL_MT_source_tools(bpy.types.Menu):
    """What the service can do with this source without a prompt"""

    bl_idname = "EASEL_MT_source_tools"
    bl_label = "Tools"

    def draw(self, context: bpy.types.Context) -> None:
        form = context.scene.easel
        source = form.sources[form.active_source] if 0 <= form.active_source < len(form.sources) else None
        if source is not None and source.image is not None:
            draw_tools(context, self.layout, session_uid=source.image.session_uid)


def draw_tools(context: bpy.types.Context, layout: bpy.types.UILayout, **target: Any) -> None:
    """Draw a button for each tool.

    Args:
        target: how operators find the image; without it, they use the one that is shown.
    """
    for tool in TOOLS:
        draw_tool(context, layout, tool, in_menu=True, **target)


def draw_tool(
    context: bpy.types.Context,
    layout: bpy.types.UILayout,
    tool: ModelId,
    *,
    in_menu: bool = False,
    **target: Any,
) -> None:
    """Draw the button of one tool; `target` as of `draw_tools`. A menu is as wide as its texts need."""
    price = TOOLS[tool].price(count=1)
    row = layout.row()
    row.enabled = not is_too_dear(context.window_manager.easel, price)
    text = priced(context, phrase(TOOLS[tool].label), price)
    icon = _ICONS[tool] if in_menu else icon_if_fits(context, text, _ICONS[tool])
    button = row.operator(f"easel.{tool.value.lower()}", text=text, translate=False, icon=icon)
    for name, value in target.items():
        setattr(button, name, value)


CLASSES = (EASEL_MT_image_tools, EASEL_MT_source_tools)
