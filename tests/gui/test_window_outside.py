# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel takes files that other programs drop on the window, and a picture from the clipboard."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
OUTSIDE = Path(__file__).with_name("outside.py")
OVER_SIDEBAR = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'UI'))"
)
SCREEN_HEIGHT = """
import ctypes, ctypes.util
x11 = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
display = x11.XOpenDisplay(None)
x11.XDisplayHeight.argtypes = [ctypes.c_void_p, ctypes.c_int]
result = x11.XDisplayHeight(display, 0)
x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
x11.XCloseDisplay(display)
"""


def start(artist: Artist, *arguments: str) -> None:
    """Start the other program on Blender's screen. Blender has to answer it, so it must not wait for it."""
    blender = artist.blender
    script = artist.library.parent / OUTSIDE.name
    shutil.copyfile(OUTSIDE, script)
    command = [blender.launcher.inside(script), *arguments]
    blender.run(f"import subprocess, sys\nother = subprocess.Popen([sys.executable, *{command!r}])")


def drop(artist: Artist, path: Path, region: str) -> None:
    """Drop a file on a region of the 3D View, left of anything that lies over it."""
    blender = artist.blender
    x, y, width, height = blender.get(
        f"(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D', {region!r}))"
    )
    x, y = x + width // (2 if region == "UI" else 4), y + height // 2
    left, below = blender.get("(window().x, window().y)")
    top = blender.run(SCREEN_HEIGHT) - 1 - below - y
    start(artist, "drop", str(left + x), str(top), blender.launcher.inside(path))
    assert blender.wait("[other.poll()] if other.poll() is not None else None", SLOW) == [0]
    blender.move(x, y)


def sources(artist: Artist) -> list[str]:
    """Return the file or image name of each source."""
    return artist.blender.get(f"[s.filepath or s.image.name for s in {FORM}.sources]")


@pytest.fixture
def artist(open_easel: Callable[[], Artist]) -> Artist:
    artist = open_easel()
    if not artist.blender.get("'DISPLAY' in __import__('os').environ"):
        pytest.skip("another program is only played on X11")
    artist.show_panels()
    return artist


def test_dropped_files_are_offered_to_easel(artist: Artist, service: Simulator, profile: Path) -> None:
    blender = artist.blender
    artist.choose(placement="IMAGE", prompt="Copper")
    artist.click("generate")
    artist.wait_until_placed()
    made = artist.result_file()
    plain = profile / "plain.png"
    Image.effect_noise((64, 64), 80).convert("RGB").save(plain)
    artist.choose(prompt="Something else")

    # On the sidebar, Blender asks who takes the drop; the file has no recipe, so it becomes a source.
    drop(artist, plain, "UI")
    blender.screenshot("drop-1-sidebar")
    blender.key("U")
    blender.wait(f"len({FORM}.sources) == 1", SLOW)
    assert sources(artist) == [blender.launcher.inside(plain)]
    assert blender.get(f"{FORM}.mode") == "EDIT"

    # On the view, Blender offers its own way first, then Easel's; Easel's own images can be placed, too.
    objects = blender.get("len(bpy.data.objects)")
    drop(artist, made, "WINDOW")
    blender.screenshot("drop-2-view")
    blender.key("U")
    blender.screenshot("drop-3-uses")
    blender.key("S")
    blender.wait(f"{FORM}.prompt == 'Copper'", SLOW)
    assert blender.get(f"{FORM}.mode") == "GENERATE"
    drop(artist, made, "WINDOW")
    blender.key("U")
    blender.key("U")
    blender.wait(f"len({FORM}.sources) == 2", SLOW)
    assert sources(artist)[1] == blender.launcher.inside(made)
    assert blender.get("len(bpy.data.objects)") == objects
    assert blender.get(f"{FORM}.mode") == "EDIT"

    # With Easel's tab closed, Blender alone takes the drop and adds an empty that shows the picture.
    blender.run("region('VIEW_3D').active_panel_category = 'Item'")
    drop(artist, made, "WINDOW")
    blender.wait("any(o.type == 'EMPTY' for o in bpy.data.objects)", SLOW)
    assert len(sources(artist)) == 2
    assert "Traceback" not in blender.log()


def test_the_picture_on_the_clipboard_is_sent(artist: Artist, service: Simulator, profile: Path) -> None:
    blender = artist.blender
    picture = profile / "copied.png"
    noise = np.random.default_rng(4).integers(0, 255, (48, 80, 3), np.uint8)
    Image.fromarray(noise).save(picture)
    artist.choose(mode="EDIT", edit_prompt="Older", placement="IMAGE", sizing="AS_IT_CAME")
    x, y = blender.find_widget("easel.model")
    start(artist, "offer", "image/png", blender.launcher.inside(picture))
    blender.run("region('VIEW_3D').tag_redraw()")
    if not blender.get("bpy.ops.easel.add_clipboard.poll()"):
        pytest.skip("this Blender reads no images from the clipboard, and there is no xclip")
    row = 25  # pixels: the menu is one row above
    blender.click(x, y + row)
    blender.screenshot("clipboard-1-menu")
    blender.key("ESC")
    blender.run(f"with {OVER_SIDEBAR}:\n    bpy.ops.easel.add_clipboard('INVOKE_DEFAULT')")
    blender.wait(f"len({FORM}.sources) == 1", SLOW)
    assert sources(artist) == ["Clipboard"]
    artist.move_to_view()
    artist.click("edit")
    artist.wait_until_placed()
    blender.screenshot("clipboard-2-sent")
    (task,) = service.tasks.values()
    (sent,) = task.order.sources
    with Image.open(sent.path) as file:
        assert np.array_equal(np.asarray(file.convert("RGB")), noise)
    assert blender.get("bpy.app.tempdir not in bpy.data.images['Clipboard'].filepath")

    # If the clipboard holds text, no source is added.
    blender.run("other.kill(); other.wait()\nbpy.context.window_manager.clipboard = 'words'")
    blender.run(f"with {OVER_SIDEBAR}:\n    bpy.ops.easel.add_clipboard('INVOKE_DEFAULT')")
    blender.wait("not any('clipboard' in o.bl_idname for o in window().modal_operators)", SLOW)
    assert len(sources(artist)) == 1
    assert "Traceback" not in blender.log()
