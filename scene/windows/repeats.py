# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture repeated in an Image Editor: Blender's own display of it, as often as wanted."""

from __future__ import annotations

from typing import Any, Final

import bpy

_ROOM: Final = 0.96
"""A part of the region, so that the outermost borders are visible too."""


def show_repeated(area: bpy.types.Area, count: int) -> None:
    """Show an Image Editor's image `count` times each way, in the middle of the editor.

    With two, the corner where four of them meet is in the middle; with three, the one in the middle has
    neighbours all round; with one, nothing is repeated. Only the editor's display changes.
    """
    space: Any = area.spaces.active
    space.show_repeat = count > 1
    region = next((one for one in area.regions if one.type == "WINDOW"), None)
    window = _window_of(area)
    if region is None or window is None or bpy.app.background:
        return
    width, height = space.image.size
    if not width or not height:
        return
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.image.view_all(fit_view=True)
        if count > 1:
            ratio = min(region.width / (width * count), region.height / (height * count))
            bpy.ops.image.view_zoom_ratio(ratio=_ROOM * ratio)
        if count == 2:
            bpy.ops.image.view_pan(offset=(width / 2, height / 2))
    area.tag_redraw()


def repeats_of(space: Any) -> bool:
    """Tell whether an editor shows its image repeated."""
    return bool(getattr(space, "show_repeat", False))


def _window_of(area: bpy.types.Area) -> bpy.types.Window | None:
    windows = bpy.data.window_managers[0].windows
    return next((window for window in windows if area in window.screen.areas[:]), None)
