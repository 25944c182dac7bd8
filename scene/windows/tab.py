# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the sidebar at Easel's tab. A sidebar knows its tabs only once it was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...texts.phrases import phrase
from .. import live
from . import interface

TAB = "Easel"
"""What sidebars call it; it is no word, and in every language the same."""
NOT_OVER_TAB = phrase("The mouse is not over Easel's tab")
STEP_S = 0.05
MAX_STEPS = 40


@dataclass(kw_only=True)
class _State:
    steps_left: int = 0


def _state() -> _State:
    return live.part(_State)


def is_over_tab(context: bpy.types.Context) -> bool:
    """Whether the mouse is over a sidebar that is open at Easel's tab."""
    region = context.region
    return region is not None and region.type == "UI" and region.active_panel_category == TAB


def show_tab(preferred: bpy.types.Area | None = None) -> None:
    """Open the sidebar of a 3D View, and turn to Easel's tab when it is there."""
    area = interface.find_view(preferred)
    if area is None:
        return
    area.spaces.active.show_region_ui = True
    area.tag_redraw()
    if _turn(area) or bpy.app.background:
        return
    _state().steps_left = MAX_STEPS
    if not bpy.app.timers.is_registered(_step):
        bpy.app.timers.register(_step, first_interval=STEP_S)


def stop() -> None:
    """Wait for no sidebar any more."""
    if bpy.app.timers.is_registered(_step):
        bpy.app.timers.unregister(_step)


def _step() -> float | None:
    """Turn to the tab in every 3D View whose sidebar is open; end when that is done, or took too long."""
    _state().steps_left -= 1
    area = interface.find_view()
    if area is None or _turn(area) or _state().steps_left <= 0:
        return None
    return STEP_S


def _turn(area: bpy.types.Area) -> bool:
    region = next((region for region in area.regions if region.type == "UI"), None)
    if region is None or region.width <= 1 or region.active_panel_category == "UNSUPPORTED":
        return False
    region.active_panel_category = TAB
    region.tag_redraw()
    return True
