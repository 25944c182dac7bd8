# SPDX-License-Identifier: GPL-3.0-or-later
"""Without a key and online access, the first start says what is missing and how to try Easel anyway."""

from collections.abc import Callable
from pathlib import Path

from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow
from quitting import quit_quickly

MIRROR = "bpy.context.window_manager.easel"


def test_an_artist_without_a_key_tries_it_offline(
    open_blender: Callable[..., BlenderWindow], profile: Path
) -> None:
    blender = open_blender()
    artist = Artist(blender, profile / "extensions" / ".user" / "user_default" / "easel" / "library")
    blender.show_sidebar("VIEW_3D", "Easel")
    blender.wait(f"{MIRROR}.obstacle in ('ONLINE_ACCESS', 'KEY')", SLOW)
    artist.move_to_view()
    blender.screenshot("first-run")
    blender.run(f"bpy.context.preferences.addons[{EXTENSION!r}].preferences.simulator_speed = 20")

    artist.click("start_simulator")
    blender.wait(f"{MIRROR}.is_simulator and {MIRROR}.has_balance", SLOW)
    artist.write_prompt("Green glass")
    artist.click("generate")
    artist.wait_until_placed()
    assert blender.get("'Green glass' in bpy.data.images")
    assert artist.result_file().stat().st_size > 1000
    artist.move_to_view()
    blender.screenshot("first-run-offline")
    assert blender.get("bpy.app.online_access") is False

    quit_quickly(blender)  # with the simulator running in Blender
    assert "Traceback" not in blender.log()
