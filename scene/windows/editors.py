# SPDX-License-Identifier: GPL-3.0-or-later
"""The editors that are open: which image each is about, and those that show the result of an edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...jobs.placement import Placement
from .tab import TAB


def open_in_editors(placement: Placement, image: bpy.types.Image) -> None:
    """Show an image in the Image Editors that still show the one it was made of.

    An editor in Paint or Mask mode is left alone: the artist is at work in it.
    """
    if placement.open_for is None:
        return
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if not isinstance(space, bpy.types.SpaceImageEditor) or space.ui_mode != "VIEW":
                continue
            if space.image is not None and space.image.session_uid == placement.open_for.session_uid:
                space.image = image
                area.tag_redraw()


def show_image(context: bpy.types.Context, image: bpy.types.Image) -> bpy.types.Area | None:
    """Show an image in an Image Editor, as `open_editor` finds one. Returns that."""
    area = open_editor(context)
    if area is not None:
        space: Any = area.spaces.active
        space.image = image
        area.tag_redraw()
    return area


def open_editor(context: bpy.types.Context) -> bpy.types.Area | None:
    """Return an Image Editor: that of the click, another one that is open, else one in a new window.

    An editor in Paint or Mask mode is left alone, and so is a UV Editor. Returns None if no editor is open
    and no window can be opened.
    """
    area = _editor_to_show_in(context)
    if area is None and not bpy.app.background:
        bpy.ops.wm.window_new()
        area = context.window_manager.windows[-1].screen.areas[0]
        area.ui_type = "IMAGE_EDITOR"
    return area


def _editor_to_show_in(context: bpy.types.Context) -> bpy.types.Area | None:
    """The largest Image Editor that may show something else, of the window of the click first."""
    windows = sorted(context.window_manager.windows, key=lambda window: window != context.window)
    if context.area is not None and _may_show(context.area):
        return context.area
    for window in windows:
        areas = [area for area in window.screen.areas if _may_show(area)]
        if areas:
            return max(areas, key=lambda area: area.width * area.height)
    return None


def _may_show(area: bpy.types.Area) -> bool:
    space = area.spaces.active
    return (
        area.ui_type == "IMAGE_EDITOR"
        and isinstance(space, bpy.types.SpaceImageEditor)
        and space.ui_mode == "VIEW"
    )


def editor_images() -> list[bpy.types.Image]:
    """List the images that Easel's open tabs in Image and Shader Editors are about without repeats."""
    found: dict[int, bpy.types.Image] = {}
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            image = image_of(area.spaces.active) if is_tab_open(area) else None
            if image is not None:
                found[image.session_uid] = image
    return list(found.values())


def image_of(space: Any) -> bpy.types.Image | None:
    """Return the image that an editor is about: the open one, or the active Image Texture node's."""
    if isinstance(space, bpy.types.SpaceImageEditor):
        return space.image
    if isinstance(space, bpy.types.SpaceNodeEditor):
        node = active_image_node(space)
        return node.image if node is not None else None
    return None


def active_image_node(space: Any) -> bpy.types.ShaderNodeTexImage | None:
    """Return the Image Texture node that is active in a Shader Editor."""
    tree = getattr(space, "edit_tree", None)
    node = tree.nodes.active if tree is not None else None
    return node if isinstance(node, bpy.types.ShaderNodeTexImage) else None


def is_tab_open(area: bpy.types.Area) -> bool:
    """Tell whether an area's sidebar is open at Easel's tab."""
    return any(
        region.type == "UI" and region.width > 1 and region.active_panel_category == TAB
        for region in area.regions
    )


def all_image_editors() -> Iterator[tuple[str, bpy.types.SpaceImageEditor]]:
    """Walk the Image Editors of all screens, each with a name of its place that undo doesn't change."""
    for screen in bpy.data.screens:
        for number, area in enumerate(screen.areas):
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceImageEditor):
                yield f"{screen.name}/{number}", space
