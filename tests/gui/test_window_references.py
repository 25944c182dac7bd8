# SPDX-License-Identifier: GPL-3.0-or-later
"""References of a turnaround in a real window, by one click and one undo step; a model in Edit Mode."""

from collections.abc import Callable

from artist import EXTENSION, OVER_VIEW, SLOW, Artist
from model_files import body, textured, write_glb
from PIL import Image
from turnaround_sheets import draw_sheet

EMPTIES = "sorted(obj.name for obj in bpy.data.objects if obj.type == 'EMPTY')"
NAMES = ["Reference Back", "Reference Front", "Reference Right", "Reference Three Quarter"]
SHOWN = "bpy.context.view_layer.layer_collection.children['References'].is_visible"
MODEL = "bpy.data.objects.get('Robot')"


def test_references_come_and_go_by_one_step_each(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    blender = artist.blender
    path = artist.library.parent / "robot.png"
    Image.fromarray(draw_sheet(4, size=(688, 384), shadow=True).pixels).save(path)
    blender.run(f"bpy.data.images.load({blender.launcher.inside(path)!r}).use_fake_user = True")
    blender.run("bpy.ops.ed.undo_push(message='Sheet')")
    blender.run("bpy.ops.easel.split_turnaround(image='robot.png')")  # it is done while Blender goes on
    blender.wait(f"{EMPTIES} == {NAMES}", SLOW)
    artist.show_panels()
    blender.click(*blender.find_widget("bpy.ops.easel.toggle_references"))
    blender.wait(f"not {SHOWN}")
    artist.press_in_view("Z", ctrl=True)
    blender.wait(SHOWN)
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{EMPTIES} == [] and 'References' not in bpy.data.collections")
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait(f"{EMPTIES} == {NAMES}")
    bring_in_edit_mode(artist)
    assert "Traceback" not in blender.log()


def bring_in_edit_mode(artist: Artist) -> None:
    """Have a model come while a mesh is edited: the artist stays at that."""
    blender = artist.blender
    path = write_glb(artist.library.parent / "robot.glb", textured(body()))
    blender.run(f"""
import sys
from pathlib import Path
bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
with {OVER_VIEW}:
    bpy.ops.object.mode_set(mode="EDIT")
sys.modules[{EXTENSION + ".scene.models.bring"!r}].bring_model(
    Path({blender.launcher.inside(path)!r}), scene=bpy.context.scene, name="Robot", height=1.8
)
""")
    blender.wait(f"{MODEL} is not None and abs({MODEL}.dimensions.z - 1.8) < 1e-3", SLOW)
    assert blender.get("bpy.context.view_layer.objects.active.name") == "Cube"
    assert blender.get("bpy.data.objects['Cube'].mode") == "EDIT"
    assert blender.get("len(bpy.data.scenes)") == 1
