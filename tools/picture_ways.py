# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of ways to place that set up Blender: an empty, a camera, the world, a brush."""

import time

from artist import OVER_VIEW, SLOW, Artist
from picture_frames import take, view_box
from picture_studio import WIDE, Studio, set_mode
from PIL import Image, ImageStat

WALL = "Mossy brick wall"


def ways(studio: Studio) -> None:
    """Take each beside its form."""
    with studio.regular("ways", WIDE) as (artist, _service):
        blender = artist.blender
        blender.run("""
area("VIEW_3D").spaces.active.region_3d.view_distance = 9
bpy.context.scene.cursor.location = (1.5, -1.5, 1)
""")
        artist.choose(**{"ways.reference_height": 2.0, "ways.reference_opacity": 0.7})
        _place(artist, "REFERENCE_EMPTY")
        take(blender, "way-empty", view_box)
        blender.run("bpy.data.objects.remove(bpy.data.objects[-1])")

        blender.run(f"with {OVER_VIEW}: bpy.ops.view3d.view_camera()")
        artist.choose(**{"ways.background_frame": "CROP"})
        _place(artist, "CAMERA_BACKGROUND")
        take(blender, "way-camera", view_box)

        blender.run(f"""
with {OVER_VIEW}:
    bpy.ops.view3d.view_axis(type="FRONT")
space = area("VIEW_3D").spaces.active
space.region_3d.view_perspective = "PERSP"
space.shading.type = "MATERIAL"
space.shading.use_scene_world = True
space.lens = 18
""")
        _place(artist, "WORLD")
        _wait_for_colours(artist)
        take(blender, "way-world", view_box)

        blender.run("area('VIEW_3D').spaces.active.shading.type = 'SOLID'")
        set_mode(blender, "TEXTURE_PAINT")
        artist.ensure_brush()
        _place(artist, "BRUSH_TEXTURE")
        take(blender, "way-brush", view_box)


def _place(artist: Artist, way: str) -> None:
    jobs = "bpy.context.window_manager.easel.jobs"
    count = artist.blender.get(f"len({jobs})")
    artist.choose(placement=way, prompt=WALL)
    artist.click("generate")
    artist.blender.wait(f"len({jobs}) == {count + 1}", SLOW)
    artist.wait_until_placed()
    artist.move_to_view()


def _wait_for_colours(artist: Artist) -> None:
    """Wait until the world is visible: shaders compile first."""
    deadline = time.monotonic() + SLOW
    while time.monotonic() < deadline:
        screen = Image.open(artist.blender.screenshot("way-world"))
        left, top, right, bottom = view_box(artist.blender, screen)
        middle = (top + bottom) // 2
        seen = screen.crop((left + 100, middle, left + (right - left) // 3, middle + 100)).convert("HSV")
        if ImageStat.Stat(seen.getchannel("S")).mean[0] > 40:
            return
    raise TimeoutError("the world is not seen")
