# SPDX-License-Identifier: GPL-3.0-or-later
"""In the panel Result, the artist chooses one of four variations, which becomes the object's texture."""

from collections.abc import Callable

from artist import JOBS, SLOW, Artist

IMAGES = "[image for image in bpy.data.images if 'easel_job' in image]"
SHOWN = (
    "[node.image.get('easel_index') for node in bpy.data.objects['Cube'].active_material.node_tree.nodes"
    " if node.type == 'TEX_IMAGE' and node.image]"
)
ICONS = f"""
import sys
thumbnails = sys.modules["bl_ext.user_default.easel.scene.listing.result_thumbnails"]
icons = lambda: [thumbnails.icon_of({JOBS}[0].name, number) for number in {JOBS}[0].pictures]
"""


def test_of_four_variations_the_third_is_chosen_and_becomes_the_texture(
    open_easel: Callable[[], Artist],
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Copper robot")
    artist.choose(**{"gemini_3_1_flash.count": 4})
    artist.click("generate")
    artist.wait_until_placed()
    blender.run(ICONS)
    blender.wait("all(icons()) and len(icons()) == 4", SLOW)
    assert blender.get(f"len({IMAGES})") == 4
    job = artist.job()["name"]

    blender.click(*blender.find_widget(f'bpy.ops.easel.choose_picture(job_id="{job}", picture=3'))
    blender.wait(f"{JOBS}[0].picture == 3", SLOW)
    blender.screenshot("result-four")
    blender.click(*blender.find_widget(f"bpy.ops.easel.place(job_id=\"{job}\", kind='TEXTURE', picture=3"))
    blender.wait(f"{SHOWN} == [2]", SLOW)
    assert blender.get(f"len({IMAGES})") == 4, "the image that is in the file was used"

    # A key chooses while the mouse is over the tab, and only there.
    blender.find_widget("bpy.ops.easel.edit_picture")
    blender.key("TWO")
    blender.wait(f"{JOBS}[0].picture == 2", SLOW)
    artist.press_in_view("FOUR")
    assert blender.get(f"{JOBS}[0].picture") == 2

    # Neither undo nor another file takes a thumbnail away.
    before = blender.get("icons()")
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{SHOWN} != [2]", SLOW)
    assert blender.get("icons()") == before
    blender.run("bpy.ops.wm.read_homefile()")
    artist.show_panels()
    blender.wait(f"len({JOBS}) == 1 and {JOBS}[0].picture == 2", SLOW)
    assert blender.get("icons()") == before
    assert blender.get(f"len({IMAGES})") == 0

    # To show it large puts it into the file again, once.
    windows = blender.get("len(bpy.context.window_manager.windows)")
    blender.click(*blender.find_widget("bpy.ops.easel.show_picture"))
    blender.wait(f"len(bpy.context.window_manager.windows) == {windows} + 1", SLOW)
    shown = "bpy.context.window_manager.windows[-1].screen.areas[0].spaces.active.image"
    assert blender.get(f"{shown}['easel_index']") == 1
    assert blender.get(f"len({IMAGES})") == 1
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
