# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of comparing images: side by side, and two with a wipe."""

from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow
from picture_frames import Box, box_of, sidebar_box, take
from picture_studio import MIRROR, TALL, WIDE, Studio
from PIL import Image

from easel.simulator import catalogue

INSIDE = f"""
import sys
inside = lambda name: sys.modules["{EXTENSION}." + name]
shown, comparing = inside("scene.comparison.shown"), inside("scene.session.comparing")
"""


def editor_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of the Image Editor, with its sidebar."""
    return box_of(blender, "area('IMAGE_EDITOR')", screen)


def side_by_side(studio: Studio) -> None:
    """Take four images of one job side by side, one of them starred; then two of them with a wipe."""
    with studio.regular("side_by_side", WIDE) as (artist, _service):
        blender = artist.blender
        blender.run(INSIDE)
        make_walls(artist)
        blender.run("""
area("VIEW_3D").ui_type = "IMAGE_EDITOR"
with bpy.context.temp_override(window=window(), area=area("IMAGE_EDITOR")):
    bpy.ops.easel.compare_job(job_id=bpy.context.window_manager.easel.jobs[0].name)
""")
        blender.show_sidebar("IMAGE_EDITOR", "Easel")
        blender.wait("len(shown.cells()) == 4 and not comparing.is_expecting()", SLOW)
        blender.run("""
bpy.ops.easel.star_compared(number=3)
shown.choose(shown.cells()[1], adds=False)
shown.choose(shown.cells()[2], adds=True)
""")
        blender.wait("shown.cells()[2].is_starred", SLOW)
        take(blender, "side-by-side", editor_box)
        blender.run("bpy.ops.easel.show_comparison_as(wipes=True)")
        blender.run(f"{MIRROR}.gallery.split = 0.4")
        blender.wait("not comparing.is_expecting()", SLOW)
        take(blender, "wipe", editor_box)


def newest(studio: Studio) -> None:
    """Take the strip of the newest images: four of one click, one arriving, one earlier."""
    with studio.regular("newest", TALL) as (artist, service):
        blender = artist.blender
        blender.run(f"bpy.context.preferences.addons[{EXTENSION!r}].preferences.rate_limit = 600")
        blender.run("bpy.ops.easel.generate(prompt='Copper roof', placement='IMAGE')")
        artist.wait_until_placed()
        make_walls(artist)
        service.script(catalogue.takes(60))
        blender.run("bpy.ops.easel.generate(prompt='Wet cobblestones', placement='IMAGE')")
        blender.wait(f"{MIRROR}.jobs[0].state == 'RUNNING' and {MIRROR}.jobs[0].progress > 0.5", SLOW)
        blender.run(
            "bpy.ops.easel.choose_newest(job_id=bpy.context.window_manager.easel.jobs[1].name, picture=2)"
        )
        take(blender, "newest", sidebar_box)


def make_walls(artist: Artist) -> None:
    """Generate four images of one prompt."""
    artist.choose(model="GEMINI_3_1_FLASH")
    artist.blender.run("bpy.ops.easel.generate(prompt='Mossy brick wall', count=4, placement='IMAGE')")
    artist.wait_until_placed()
