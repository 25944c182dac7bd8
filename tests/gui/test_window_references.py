# SPDX-License-Identifier: GPL-3.0-or-later
"""One click shows or hides a turnaround's references, in one undo step; a model can come in Edit Mode."""

from collections.abc import Callable

from artist import EXTENSION, OVER_VIEW, SLOW, Artist
from model_files import body, textured, write_glb
from PIL import Image
from turnaround_sheets import draw_sheet

EMPTIES = "sorted(obj.name for obj in bpy.data.objects if obj.type == 'EMPTY')"
NAMES = ["Reference Back", "Reference Front", "Reference Right", "Reference Three Quarter"]
SHOWN = "bpy.context.view_layer.layer_collection.children['References'].is_visible"
SETTINGS = "bpy.data.collections['References'].easel_references"
MODEL = "bpy.data.objects.get('Robot')"


def test_references_come_and_go_by_one_step_each(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    blender = artist.blender
    path = artist.library.parent / "robot.png"
    Image.fromarray(draw_sheet(4, size=(688, 384), shadow=True).pixels).save(path)
    blender.run(f"bpy.data.images.load({blender.launcher.inside(path)!r}).use_fake_user = True")
    blender.run("bpy.ops.ed.undo_push(message='Sheet')")
    blender.run("bpy.ops.easel.split_turnaround(image='robot.png')")  # this runs while Blender goes on
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
    drag_a_border(artist)
    bring_in_edit_mode(artist)
    assert "Traceback" not in blender.log()


def drag_a_border(artist: Artist) -> None:
    """Move a border in the picture, remove a view and restore it, rename one, cut, and undo the cut."""
    blender = artist.blender
    blender.run("""
big = max(window().screen.areas, key=lambda it: it.width * it.height)
with bpy.context.temp_override(window=window(), area=big, region=region(big.type, "WINDOW")):
    bpy.ops.screen.area_split(direction="VERTICAL", factor=0.5)
editor = min((it for it in window().screen.areas if it.type == "VIEW_3D"), key=lambda it: it.x)
editor.ui_type = "IMAGE_EDITOR"
editor.spaces.active.image = bpy.data.images["robot.png"]
""")
    blender.wait("area('IMAGE_EDITOR').spaces.active.image is not None")
    blender.run("""
editor = dict(window=window(), area=area("IMAGE_EDITOR"), region=region("IMAGE_EDITOR", "WINDOW"))
with bpy.context.temp_override(**editor):
    bpy.ops.image.view_all(fit_view=True)
    bpy.ops.easel.adjust_borders("INVOKE_DEFAULT")
""")
    first, second = blender.get(f"tuple({SETTINGS}.borders[:2])")
    blender.drag(artist.at_uv(first, 0.3), artist.at_uv(first - 0.05, 0.4))
    blender.move(*artist.at_uv(second, 0.3))
    blender.screenshot("borders-dragged")
    blender.key("X")
    blender.key("Z", ctrl=True)
    blender.move(*artist.at_uv(0.1, 0.3))
    blender.click(*artist.at_uv((first - 0.05) / 2, 0.95))
    blender.key("RET")
    blender.wait(f"abs({SETTINGS}.borders[0] - {first - 0.05}) < 0.01", SLOW)
    assert blender.get(f"abs({SETTINGS}.borders[1] - {second}) < 0.01")
    assert blender.get(EMPTIES) == NAMES
    assert blender.get(f"[view.side for view in {SETTINGS}.views][:2]") == ["THREE_QUARTER", "FRONT"]
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"abs({SETTINGS}.borders[0] - {first}) < 0.001")


def bring_in_edit_mode(artist: Artist) -> None:
    """Bring in a model while the artist edits a mesh, and check that Edit Mode stays."""
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
