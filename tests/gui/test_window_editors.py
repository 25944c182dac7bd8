# SPDX-License-Identifier: GPL-3.0-or-later
"""A window shows sources that only it can give, the tabs of the other editors, and a drop."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
ROWS = "bpy.context.window_manager.easel.sources"
OVER_VIEW = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'WINDOW'))"
)


def test_what_the_window_shows_becomes_a_source(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    launcher = blender.launcher
    artist.show_panels()
    wood = profile / "wood.png"
    noise = np.random.default_rng(1).integers(0, 255, (4096, 4096, 3), np.uint8)
    Image.fromarray(noise).save(wood, compress_level=1)
    blender.run(f"bpy.data.images.load({launcher.inside(wood)!r}).use_fake_user = True")
    blender.run(f"{FORM}.mode = 'EDIT'\n{FORM}.edit_prompt = 'Older'")
    blender.run("bpy.ops.easel.edit_image(session_uid=bpy.data.images['wood.png'].session_uid)")
    overlays = "area('VIEW_3D').spaces.active.overlay.show_overlays"
    assert blender.get(overlays)
    for operator in ("add_viewport", "add_camera"):
        blender.run(f"with {OVER_VIEW}:\n    bpy.ops.easel.{operator}()")
    assert blender.get(overlays)
    blender.wait(f"len({ROWS}) == 3 and all(row.icon for row in {ROWS})", SLOW)
    assert blender.get("bpy.data.images['wood.png'].has_data") is False

    snapshots = sorted((artist.library / "snapshots").glob("*/*"))
    assert [path.name.split()[0] for path in snapshots] == ["Camera", "Viewport"]
    camera, viewport = (Image.open(path).convert("RGB") for path in snapshots)
    assert camera.size == (1920, 1080)
    assert viewport.size == tuple(blender.get("(lambda r: (r.width, r.height))(region('VIEW_3D', 'WINDOW'))"))
    for picture in (camera, viewport):
        middle = np.asarray(picture.resize((9, 9)), float)[4, 4]
        corner = np.asarray(picture.resize((9, 9)), float)[0, 0]
        assert np.abs(middle - corner).max() > 20  # of 255: the cube is not the background
    artist.move_to_view()
    blender.screenshot("sources-list")
    blender.run(f"with {OVER_VIEW}:\n    bpy.ops.wm.call_menu(name='EASEL_MT_add_source')")
    blender.screenshot("sources-add-menu")
    blender.key("ESC")
    assert "Traceback" not in blender.log()


@pytest.mark.smoke
def test_the_form_in_the_other_editors(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    launcher = blender.launcher
    artist.show_panels()
    picture = profile / "bricks.png"
    Image.effect_noise((256, 256), 80).convert("RGB").save(picture)
    blender.run(f"image = bpy.data.images.load({launcher.inside(picture)!r})\nimage.use_fake_user = True")
    blender.run(f"{FORM}.mode = 'EDIT'\n{FORM}.edit_prompt = 'Mossy'")
    blender.run("area('VIEW_3D').ui_type = 'IMAGE_EDITOR'")
    blender.run("area('IMAGE_EDITOR').spaces.active.image = bpy.data.images['bricks.png']")
    blender.show_sidebar("IMAGE_EDITOR", "Easel")
    blender.wait(f"[row.text for row in {ROWS}]", SLOW)
    blender.screenshot("image-editor-tab")
    blender.click(*blender.find_widget("bpy.ops.easel.edit", area="IMAGE_EDITOR"))
    artist.wait_until_placed()
    assert blender.get("area('IMAGE_EDITOR').spaces.active.image.name") == "Mossy"
    blender.screenshot("image-editor-done")

    blender.run(f"{FORM}.mode = 'GENERATE'\n{FORM}.prompt = 'Copper'")
    blender.run("area('IMAGE_EDITOR').ui_type = 'ShaderNodeTree'")
    blender.show_sidebar("NODE_EDITOR", "Easel")
    blender.screenshot("shader-editor-tab")
    blender.click(*blender.find_widget("bpy.ops.easel.generate", area="NODE_EDITOR"))
    nodes = "bpy.data.objects['Cube'].active_material.node_tree.nodes"
    blender.wait(f"any(node.type == 'TEX_IMAGE' for node in {nodes})", SLOW)
    blender.screenshot("shader-editor-done")

    made = launcher.inside(artist.library) + "/images"
    blender.run(f"""
from pathlib import Path
path = next(path for path in Path({made!r}).rglob("*copper*"))
{FORM}.prompt = ""
with bpy.context.temp_override(window=window(), area=area("NODE_EDITOR"), region=region("NODE_EDITOR")):
    bpy.ops.wm.drop_import_file("INVOKE_DEFAULT", directory=str(path.parent), files=[{{"name": path.name}}])
""")
    blender.screenshot("drop-offers")
    blender.run("bpy.ops.easel.reuse_settings(filepath=str(path))")
    assert blender.get(f"{FORM}.prompt") == "Copper"
    assert "Traceback" not in blender.log()
