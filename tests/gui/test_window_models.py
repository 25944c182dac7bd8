# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own importer brings a model into a window in a turn of the timer, as one undo step."""

from collections.abc import Callable
from pathlib import Path

from artist import EXTENSION, SLOW, Artist
from PIL import Image, ImageDraw

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel.to_model"
MIRROR = "bpy.context.window_manager.easel"
OVER_SIDEBAR = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'UI'))"
)

NOTE_OPERATORS = """
seen = set()
def note_operators(scene, _depsgraph):
    if "Easel Import" in bpy.data.scenes:
        seen.update(operator.bl_idname for operator in window().modal_operators)
bpy.app.handlers.depsgraph_update_post.append(note_operators)
"""
ABOUT_TO_PLACE = f"with {OVER_SIDEBAR}:\n    bpy.ops.easel.place_arrived('INVOKE_DEFAULT')\n"


def test_a_model_comes_to_the_cursor_and_goes_with_one_undo(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    service.speed = 1000
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    picture = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(picture).ellipse((140, 40, 260, 260), fill="brown")
    ImageDraw.Draw(picture).ellipse((0, 100, 60, 200), fill="brown")
    picture.save(profile / "robot.png")
    path = blender.launcher.inside(profile / "robot.png")
    blender.run(f"{FORM}.image = bpy.data.images.load({path!r})\n{FORM}.height = 1.8")
    blender.run("bpy.context.scene.cursor.location = (3, 0, 0)\nbpy.ops.ed.undo_push(message='Cursor')")
    blender.wait(f"'border' in {MIRROR}.model_advice and '2 objects' in {MIRROR}.model_advice", SLOW)
    blender.run(NOTE_OPERATORS)
    blender.run(f"with {OVER_SIDEBAR}:\n    bpy.ops.easel.make_model('INVOKE_DEFAULT')")
    artist.wait_until_placed()
    assert "EASEL_OT_place_arrived" in blender.get("list(seen)"), "imported in an event of the window"
    made = "bpy.data.objects['robot']"
    assert abs(blender.get(f"{made}.dimensions.z") - 1.8) < 0.01
    assert blender.get(f"tuple({made}.location)") == [3, 0, 0]
    assert blender.get(f"{made}.select_get() and bpy.context.view_layer.objects.active == {made}")
    blender.screenshot("model-made")
    blender.run("bpy.ops.ed.undo()")
    assert blender.get("[obj.name for obj in bpy.data.objects]") == ["Camera", "Cube", "Light"]
    again = f"bpy.ops.easel.place_model(job_id={MIRROR}.jobs[0].name)"
    blender.run(f"assert {again} == {{'CANCELLED'}}, 'the click looks at no file'")
    blender.wait("len(bpy.data.objects) == 4", SLOW)
    blender.run("bpy.ops.ed.undo()")
    assert blender.get("len(bpy.data.objects)") == 3, "the pump has pushed the step"
    blender.run(f"assert {again.replace(')', ', wait=True)')} == {{'FINISHED'}}")
    assert blender.get("len(bpy.data.objects)") == 4, "it was paid for: it is placed again"
    blender.run(f"{ABOUT_TO_PLACE}bpy.ops.wm.read_homefile(use_factory_startup=True)")
    blender.wait("not window().modal_operators", SLOW)
    blender.run(f"{ABOUT_TO_PLACE}bpy.ops.preferences.addon_disable(module={EXTENSION!r})")
    blender.wait("not window().modal_operators", SLOW)
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
