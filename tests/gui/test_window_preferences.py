# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences are drawn in their window without an error, and lead to the tab."""

from collections.abc import Callable
from pathlib import Path

from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow

MIRROR = "bpy.context.window_manager.easel"
SHOW = f"""
kind = area("VIEW_3D")
kind.type = "PREFERENCES"
bpy.context.preferences.active_section = "ADDONS"
bpy.context.window_manager.addon_search = "Easel"
with bpy.context.temp_override(window=window(), area=area("PREFERENCES")):
    bpy.ops.preferences.addon_expand(module={EXTENSION!r})
"""


def test_the_preferences_are_drawn_and_measure_the_library(
    open_blender: Callable[..., BlenderWindow], profile: Path
) -> None:
    blender = open_blender()
    blender.run(SHOW)
    blender.wait(f"{MIRROR}.library_text", SLOW)
    blender.screenshot("preferences")
    assert blender.get(f"{MIRROR}.library_text") == "Empty"
    blender.run("area('PREFERENCES').type = 'VIEW_3D'")
    Artist(blender, profile).press_in_view("J", ctrl=True, alt=True)
    blender.wait("region('VIEW_3D').active_panel_category == 'Easel'", 20)
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
