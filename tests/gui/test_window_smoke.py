# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed zip works in a real window."""

from collections.abc import Callable
from pathlib import Path

import pytest
from driver import BlenderWindow
from quitting import quit_quickly


@pytest.mark.smoke
def test_it_registers_at_start_up_and_quits(
    open_blender: Callable[..., BlenderWindow], profile: Path
) -> None:
    with open_blender() as blender:
        assert blender.get("bpy.app.version >= (4, 2, 0) and not bpy.app.background")
        assert blender.get("'bl_ext.user_default.easel' in bpy.context.preferences.addons")
        assert blender.get("__import__('sys').modules['bl_ext.user_default.easel'].__addon_enabled__")
        picture = blender.screenshot("start-up")
        quit_quickly(blender)
    assert picture.stat().st_size > 20_000  # bytes: a picture of an empty screen is smaller
    assert "Traceback" not in blender.log()
