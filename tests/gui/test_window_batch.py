# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch in a window runs while Blender stays free, and one undo takes all of it back if chosen so."""

from collections.abc import Callable

from artist import JOBS, OVER_VIEW, SLOW, Artist

from easel.simulator import Simulator

CRATES = "[bpy.data.objects[f'Crate {number}'] for number in range(3)]"
TEXTURED = f"[obj.name for obj in {CRATES} if obj.active_material]"
BATCH = "sys.modules['bl_ext.user_default.easel.scene.session.batch']"
OPEN = """
import sys
panel = sys.modules["bl_ext.user_default.easel.panels.batch"].EASEL_PT_batch
bpy.utils.unregister_class(panel)
panel.bl_options = set()
bpy.utils.register_class(panel)
"""


def test_what_a_batch_brings_leaves_its_buttons_in_place(open_easel: Callable[[], Artist]) -> None:
    artist = open_easel()
    blender = artist.blender
    blender.run(OPEN)
    artist.show_panels()
    blender.run(f"""
bpy.data.texts.new("Row").write("Slate\\nOak\\nBrass")
with {OVER_VIEW}:
    bpy.ops.easel.batch_lines(text="Row")
""")
    blender.wait(f"{BATCH}.run() is not None", SLOW)
    before = blender.find_widget("bpy.ops.easel.batch_page(by=1")
    blender.screenshot("batch-before")
    blender.run(f"with {OVER_VIEW}: bpy.ops.easel.batch_start()")
    blender.wait(f"len({JOBS}) == 3 and all(job.is_placed for job in {JOBS})", SLOW)
    after = blender.find_widget("bpy.ops.easel.batch_page(by=1")
    artist.move_to_view()
    blender.screenshot("batch-after")
    assert after == before, "Result and Newest are here now"
    assert blender.quit()[0] == 0, blender.log()


def test_one_undo_takes_back_a_batch(open_easel: Callable[[], Artist], service: Simulator) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    blender.run(f"""
import sys
mesh = bpy.data.objects["Cube"].data.copy()
mesh.materials.clear()
for number in range(3):
    crate = bpy.data.objects.new(f"Crate {{number}}", mesh.copy())
    bpy.context.scene.collection.objects.link(crate)
bpy.context.scene.easel.prompt = "wood of {{object}}"
with {OVER_VIEW}:
    bpy.ops.transform.translate("EXEC_DEFAULT", True, value=(2, 0, 0))
    bpy.ops.easel.batch_objects(objects="Crate 0; Crate 1; Crate 2")
""")
    blender.wait(f"{BATCH}.run() is not None", SLOW)
    blender.run(f"""
bpy.context.window_manager.easel.batch.one_step = True
with {OVER_VIEW}:
    bpy.ops.easel.batch_start()
""")
    blender.wait(f"len({TEXTURED}) == 3 and all(job.is_placed for job in {JOBS})", SLOW)
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"not {TEXTURED}", SLOW)
    assert blender.get("bpy.data.objects['Cube'].location.x") == 2
    blender.wait("len([image for image in bpy.data.images if image.get('easel_job')]) == 3", SLOW)
    artist.press_in_view("Z", ctrl=True, shift=True)
    blender.wait(f"len({TEXTURED}) == 3", SLOW)
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
