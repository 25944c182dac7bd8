# SPDX-License-Identifier: GPL-3.0-or-later
"""A button of the panel textures an object in a real window, in one undo step; one click takes it back."""

from collections.abc import Callable
from pathlib import Path

from artist import EXTENSION, SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel.to_texture"
CUBE = "bpy.data.objects['Cube']"
MATERIAL = f"{CUBE}.material_slots[0].material.name"
CAMERA = "bpy.data.objects['Camera']"
OPEN = f"""
import sys
for module in ("model", "texture_model"):  # before they are first drawn
    for panel in sys.modules[{EXTENSION + ".panels."!r} + module].CLASSES:
        if panel.__name__ in ("EASEL_PT_model", "EASEL_PT_texture_model"):
            bpy.utils.unregister_class(panel)
            panel.bl_options = set()
            panel.bl_order = 0
            bpy.utils.register_class(panel)
"""


def test_the_cube_is_textured_and_has_its_own_material_again(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    service.speed = 1000
    artist = open_easel()
    blender = artist.blender
    Image.linear_gradient("L").convert("RGB").save(profile / "copper.png")
    path = blender.launcher.inside(profile / "copper.png")
    blender.run(OPEN)
    blender.run(f"{FORM}.image = bpy.data.images.load({path!r})\nbpy.ops.ed.undo_push(message='Picture')")
    blender.run(f"{CAMERA}.keyframe_insert('location')\n{CAMERA}.location.x = 9")  # without a key
    artist.show_panels()
    blender.screenshot("texture-model")
    blender.click(*blender.find_widget("bpy.ops.easel.texture_model"))
    artist.wait_until_placed()
    assert blender.get(MATERIAL) == "Cube copper"
    blender.wait("bpy.context.window_manager.easel.texture_faces == 12", SLOW)
    blender.screenshot("texture-model-done")
    assert blender.get(f"{CAMERA}.location.x") == 9
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{MATERIAL} == 'Material'", SLOW)
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait(f"{MATERIAL} == 'Cube copper'", SLOW)
    blender.click(*blender.find_widget("bpy.ops.easel.revert_textures"))
    blender.wait(f"{MATERIAL} == 'Material'", SLOW)
    assert blender.get("len(bpy.data.scenes)") == 1
    assert "Traceback" not in blender.log()
