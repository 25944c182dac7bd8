# SPDX-License-Identifier: GPL-3.0-or-later
"""Each way to place that sets Blender up works by a click, shows in the window, and one Ctrl+Z undoes it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from artist import OVER_VIEW, SLOW, Artist
from PIL import Image, ImageStat

PROMPT = "Mossy brick wall"
IMAGE = f"bpy.data.images[{PROMPT!r}]"
EMPTY = "next((obj for obj in bpy.data.objects if obj.type == 'EMPTY'), None)"
BRUSH = "bpy.context.scene.tool_settings.image_paint.brush"
ENTER_PAINTING = f"""
with {OVER_VIEW}:
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
"""


def place_by_click(artist: Artist, way: str) -> None:
    """Choose a way to place in the form, click Generate, and wait."""
    artist.show_panels()
    artist.choose(placement=way)
    artist.write_prompt(PROMPT)
    artist.click("generate")
    artist.wait_until_placed()
    assert artist.blender.get("bpy.context.window_manager.easel.jobs[0].placed_as") == way


def is_colourful(screenshot: Path) -> bool:
    """Return whether the left of the 3D View shows a picture; Blender's own background is grey."""
    seen = Image.open(screenshot).convert("HSV").crop((200, 300, 500, 700))
    return ImageStat.Stat(seen.getchannel("S")).mean[0] > 40


def take_back(artist: Artist, until: str) -> None:
    """Press Ctrl+Z once; check that the scene is as before and that the image stays in the file, unused."""
    artist.press_in_view("Z", ctrl=True)
    image = f"bpy.data.images.get({PROMPT!r})"
    artist.blender.wait(f"(lambda it: it and it.use_fake_user and it.users == 1)({image}) and {until}", SLOW)
    assert artist.blender.get("'Cube' in bpy.data.objects")
    assert "Traceback" not in artist.blender.log()


def test_a_reference_empty_stands_in_the_view(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    artist.blender.run("bpy.context.scene.cursor.location = (2, -2, 1)")
    artist.choose(**{"ways.reference_height": 2.0, "ways.reference_opacity": 0.6})
    place_by_click(artist, "REFERENCE_EMPTY")
    blender = artist.blender
    turned = "area('VIEW_3D').spaces.active.region_3d.view_rotation"
    assert blender.get(f"({EMPTY}).rotation_euler.to_quaternion().rotation_difference({turned}).angle") < 1e-3
    artist.move_to_view()
    blender.screenshot("way-empty")
    take_back(artist, f"({EMPTY}) is None")


def test_a_camera_has_it_in_its_background(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    place_by_click(artist, "CAMERA_BACKGROUND")
    blender = artist.blender
    shown = "[entry.image.name for entry in bpy.data.cameras['Camera'].background_images]"
    assert blender.get(shown) == [PROMPT]
    blender.run(f"with {OVER_VIEW}: bpy.ops.view3d.view_camera()")
    artist.move_to_view()
    blender.screenshot("way-camera")
    take_back(artist, f"not {shown}")


@pytest.mark.parametrize("mapping", ["PANORAMA", "DOME"])
def test_a_world_surrounds_the_scene(mapping: str, open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    artist.choose(**{"ways.world_mapping": mapping})
    place_by_click(artist, "WORLD")
    blender = artist.blender
    assert blender.get("bpy.context.scene.world.name") == PROMPT
    blender.run("""
space = area("VIEW_3D").spaces.active
space.shading.type = "MATERIAL"
space.shading.use_scene_world = True
space.lens = 18
""")
    blender.run(f"with {OVER_VIEW}: bpy.ops.view3d.view_axis(type='FRONT')")
    blender.run("area('VIEW_3D').spaces.active.region_3d.view_perspective = 'PERSP'")
    artist.move_to_view()
    deadline = time.monotonic() + SLOW
    while not is_colourful(blender.screenshot(f"way-world-{mapping.lower()}")):  # shaders compile
        assert time.monotonic() < deadline
        time.sleep(0.2)
    blender.run("area('VIEW_3D').spaces.active.shading.type = 'SOLID'")
    take_back(artist, "bpy.context.scene.world.name == 'World'")


@pytest.mark.parametrize("mapping", ["STENCIL", "TILED"])
def test_the_brush_paints_with_it(mapping: str, open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    blender = artist.blender
    blender.run(ENTER_PAINTING)
    artist.ensure_brush()
    artist.choose(**{"ways.brush_mapping": mapping})
    place_by_click(artist, "BRUSH_TEXTURE")
    assert blender.get(f"[{BRUSH}.texture.image.name, {BRUSH}.texture_slot.map_mode]") == [PROMPT, mapping]
    artist.move_to_view()
    blender.screenshot(f"way-brush-{mapping.lower()}")
    take_back(artist, "bpy.context.object.mode == 'TEXTURE_PAINT'")
