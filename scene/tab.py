# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the sidebar at Easel's tab. A sidebar knows its tabs only once it was drawn."""

from __future__ import annotations

import bpy

TAB = "Easel"
STEP_S = 0.05
MAX_STEPS = 40

_steps_left = 0


def find_view(preferred: bpy.types.Area | None = None) -> bpy.types.Area | None:
    """Return the preferred area if it is a 3D View, else the largest one of any window."""
    if preferred is not None and preferred.type == "VIEW_3D":
        return preferred
    views = [
        area
        for window in bpy.data.window_managers[0].windows
        for area in window.screen.areas
        if area.type == "VIEW_3D"
    ]
    return max(views, key=lambda area: area.width * area.height, default=None)


def show_tab(preferred: bpy.types.Area | None = None) -> None:
    """Open the sidebar of a 3D View, and turn to Easel's tab when it is there."""
    global _steps_left
    area = find_view(preferred)
    if area is None:
        return
    area.spaces.active.show_region_ui = True
    area.tag_redraw()
    if _turn(area) or bpy.app.background:
        return
    _steps_left = MAX_STEPS
    if not bpy.app.timers.is_registered(_step):
        bpy.app.timers.register(_step, first_interval=STEP_S)


def stop() -> None:
    """Wait for no sidebar any more."""
    if bpy.app.timers.is_registered(_step):
        bpy.app.timers.unregister(_step)


def _step() -> float | None:
    """Turn to the tab in every 3D View whose sidebar is open; end when that is done, or took too long."""
    global _steps_left
    _steps_left -= 1
    area = find_view()
    if area is None or _turn(area) or _steps_left <= 0:
        return None
    return STEP_S


def _turn(area: bpy.types.Area) -> bool:
    region = next((region for region in area.regions if region.type == "UI"), None)
    if region is None or region.width <= 1 or region.active_panel_category == "UNSUPPORTED":
        return False
    region.active_panel_category = TAB
    region.tag_redraw()
    return True
