# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's entries in the menus of images, image fields, image buttons and Image Texture nodes."""

from typing import Any

import bpy
from bpy.props import IntProperty

from ..scene.history.lineage import has_history, stands_in_for
from ..scene.language import said
from ..scene.listing.form_sources import edit_image
from ..scene.refs import image_by_uid
from ..scene.windows.editors import active_image_node, image_of
from ..scene.windows.interface import EDITORS
from ..scene.windows.tab import TAB
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .picture_menu import draw_in_button_menu
from .verb import Verb


class EASEL_OT_edit_image(Verb, bpy.types.Operator):
    """Make this the image that is edited, and show Easel's tab. Nothing is sent yet"""

    bl_idname = "easel.edit_image"
    bl_label = "Edit with Easel…"
    bl_options = {"UNDO", "INTERNAL"}

    session_uid: IntProperty(name="Image", options={"SKIP_SAVE", "HIDDEN"})

    def act(self, context: bpy.types.Context) -> str:
        image = image_by_uid(self.session_uid) or image_of(context.space_data)
        if image is None:
            raise Refusal(phrase("There is no image here"))
        edit_image(context.scene.easel, image)
        area = _area_for_tab(context)
        if area is None:
            return phrase(
                "{image} is the source to edit: see Easel in the 3D View's sidebar", image=image.name
            )
        area.spaces.active.show_region_ui = True
        for region in area.regions:
            # A sidebar that was never drawn knows no tabs yet, and opens at its first one.
            if region.type == "UI" and region.active_panel_category not in ("UNSUPPORTED", TAB):
                region.active_panel_category = TAB
        area.tag_redraw()
        return ""


def _area_for_tab(context: bpy.types.Context) -> bpy.types.Area | None:
    """Return the clicked area if it has Easel's tab, or a 3D View of the window."""
    if context.area is not None and context.area.type in EDITORS:
        return context.area
    areas = context.window.screen.areas if context.window is not None else ()
    return next((area for area in areas if area.type == "VIEW_3D"), None)


def draw_in_image_menu(menu: Any, context: bpy.types.Context) -> None:
    """Add the entries to the Image Editor's Image menu."""
    image = image_of(context.space_data)
    _draw(menu.layout, image)
    _draw_tools(menu.layout, image)
    if image is not None:
        menu.layout.operator("easel.split_turnaround", icon="OUTLINER_OB_IMAGE").image = image.name
        menu.layout.operator("easel.adjust_borders", icon="ARROW_LEFTRIGHT").image = image.name
    _draw_history(menu.layout, image)


def draw_in_node_menu(menu: Any, context: bpy.types.Context) -> None:
    """Add entries to the Shader Editor's right-click menu if an Image Texture node is active."""
    node = active_image_node(context.space_data)
    image = node.image if node is not None else None
    _draw(menu.layout, image)
    _draw_tools(menu.layout, image)
    _draw_history(menu.layout, image)


def draw_in_field_menu(menu: Any, context: bpy.types.Context) -> None:
    """Add the entries to the right-click menu of a field or button that is about an image."""
    _draw(menu.layout, image_of_field(context))
    draw_in_button_menu(menu, context)


def image_of_field(context: Any) -> bpy.types.Image | None:
    """Return the image of the right-clicked field: a pointer, or an image itself."""
    owner, field = getattr(context, "button_pointer", None), getattr(context, "button_prop", None)
    if isinstance(owner, bpy.types.Image):
        return owner
    if owner is None or field is None or field.type != "POINTER":
        return None
    value = getattr(owner, field.identifier, None)
    return value if isinstance(value, bpy.types.Image) else None


def _draw(layout: bpy.types.UILayout, image: bpy.types.Image | None) -> None:
    if image is None:
        return
    layout.separator()
    layout.operator("easel.edit_image", icon="BRUSH_DATA").session_uid = image.session_uid


def _draw_tools(layout: bpy.types.UILayout, image: bpy.types.Image | None) -> None:
    if image is not None:
        layout.menu("EASEL_MT_image_tools", text=said("Easel's Tools"), icon="SHADERFX", translate=False)


def _draw_history(layout: bpy.types.UILayout, image: bpy.types.Image | None) -> None:
    if image is None or not has_history(image):
        return
    is_compared = stands_in_for(image) is not None
    button = layout.operator(
        "easel.compare_versions",
        text=said("End Comparison") if is_compared else said("Compare Versions"),
        icon="ARROW_LEFTRIGHT",
    )
    button.session_uid = image.session_uid
    layout.operator("easel.revert_to_original", icon="LOOP_BACK").session_uid = image.session_uid
    layout.menu("EASEL_MT_history", icon="RECOVER_LAST")


MENUS = {
    "IMAGE_MT_image": draw_in_image_menu,
    "NODE_MT_context_menu": draw_in_node_menu,
    "UI_MT_button_context_menu": draw_in_field_menu,
}


def register() -> None:
    """Add the entries to Blender's menus; does nothing if they are there."""
    unregister()
    for name, draw in MENUS.items():
        getattr(bpy.types, name).append(draw)


def unregister() -> None:
    """Take them out again; does nothing if they are not there."""
    for name, draw in MENUS.items():
        getattr(bpy.types, name).remove(draw)


CLASSES = (EASEL_OT_edit_image,)
