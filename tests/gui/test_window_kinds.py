# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sources shows each kind of image, also the picture of a viewer node, which needs a window."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from artist import EXTENSION, SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
ROWS = "bpy.context.window_manager.easel.sources"
# Place tiles by hand while no file can be written; `LET_GO` allows writing again.
PLACE = f"""
import importlib
writing = importlib.import_module("{EXTENSION}.scene.placement.assembly")._one_at_a_time
writing.acquire()
job_id = bpy.context.window_manager.easel.jobs[0].name
result = list(bpy.ops.easel.place("INVOKE_DEFAULT", job_id=job_id, kind="IMAGE"))
"""
LET_GO = f"""
import importlib
importlib.import_module("{EXTENSION}.scene.placement.assembly")._one_at_a_time.release()
"""


def test_tiles_are_ticked_and_edited(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    folder = profile / "skin"
    folder.mkdir()
    for number in (1001, 1002, 1003, 1004, 1011, 1012):
        Image.effect_noise((128, 128), 60).convert("RGB").save(folder / f"skin.{number}.png")
    blender.run(f"""
image = bpy.data.images.load({blender.launcher.inside(folder / "skin.1001.png")!r})
image.source = "TILED"
image.filepath_raw = image.filepath.replace("1001", "<UDIM>")
image.use_fake_user = True
bpy.ops.easel.edit_image(session_uid=image.session_uid)
{FORM}.edit_prompt = "Older"
""")
    blender.wait(f"all(row.icon for row in {ROWS}) and len({ROWS}) == 1", SLOW)
    artist.click("show_source")
    blender.screenshot("tiles-choice")
    blender.key("ESC")
    blender.run("bpy.ops.easel.tick_tile(number=1011)")  # the driver can't find widgets in a popup
    blender.wait(f"{FORM}.sources[0].tiles == '1001,1011'")
    artist.move_to_view()
    blender.screenshot("tiles")
    assert blender.get(f"[row.state for row in {ROWS}]") == ["UDIM tiles 1001, 1011"]
    blender.click(*blender.find_widget("bpy.ops.easel.edit"))
    blender.wait("all(job.is_placed for job in bpy.context.window_manager.easel.jobs)", SLOW)
    assert blender.get("len(bpy.context.window_manager.easel.jobs)") == 2
    made = "next(i for i in bpy.data.images if i.source == 'TILED' and i.name != 'skin.1001.png')"
    assert blender.get(f"[tile.number for tile in {made}.tiles]") == [1001, 1002, 1003, 1004, 1011, 1012]
    blender.screenshot("tiles-done")
    count = "sum(image.source == 'TILED' for image in bpy.data.images)"
    blender.run(f"bpy.data.images.remove({made})\nbpy.ops.ed.undo_push(message='Delete')")
    assert blender.get(count) == 1
    assert blender.run(PLACE) == ["CANCELLED"], "the pump places them, when their files are written"
    assert blender.get(count) == 1
    blender.run(LET_GO)
    blender.wait(f"{count} == 2", SLOW)
    blender.run("bpy.ops.ed.undo()")
    assert blender.get(count) == 1
    artist.move_to_view()
    assert blender.get(count) == 1, "what a click brought goes with it"
    assert "Traceback" not in blender.log()


def test_a_viewer_node_is_sent_as_it_is_seen(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32] = (200, 60, 20)
    picture[32:] = (20, 90, 180)
    Image.fromarray(picture).save(profile / "seen.png")
    blender.run(f"""
scene = bpy.context.scene
scene.view_settings.view_transform = "Standard"
if bpy.app.version < (5, 0):
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
else:
    tree = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
    scene.compositing_node_group = tree
shown = tree.nodes.new("CompositorNodeImage")
shown.image = bpy.data.images.load({blender.launcher.inside(profile / "seen.png")!r})
viewer = tree.nodes.new("CompositorNodeViewer")
tree.links.new(shown.outputs["Image"], viewer.inputs["Image"])
tree.nodes.active = viewer
area("VIEW_3D").ui_type = "CompositorNodeTree"
area("NODE_EDITOR").spaces.active.show_backdrop = True
""")
    viewer = "bpy.data.images['Viewer Node']"
    blender.wait("'Viewer Node' in bpy.data.images", SLOW)
    blender.screenshot("viewer-node")
    blender.wait(f"tuple({viewer}.size) == (64, 64)", SLOW)
    blender.run("area('NODE_EDITOR').ui_type = 'IMAGE_EDITOR'")
    blender.run(f"area('IMAGE_EDITOR').spaces.active.image = {viewer}")
    blender.run(f"{FORM}.mode = 'EDIT'\n{FORM}.edit_prompt = 'Rusty'")
    blender.show_sidebar("IMAGE_EDITOR", "Easel")
    blender.wait(f"[row.state for row in {ROWS}] == ['Viewer']", SLOW)
    blender.screenshot("viewer")
    blender.click(*blender.find_widget("bpy.ops.easel.edit", area="IMAGE_EDITOR"))
    artist.wait_until_placed()
    blender.screenshot("viewer-done")
    assert blender.get("area('IMAGE_EDITOR').spaces.active.image.source") == "FILE"
    (sent,) = (artist.library / "sources").glob("*/original.png")
    with Image.open(sent) as file:
        assert np.abs(np.asarray(file.convert("RGB")).astype(int) - picture).max() <= 1
    assert "Traceback" not in blender.log()
