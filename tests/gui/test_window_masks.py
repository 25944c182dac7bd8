# SPDX-License-Identifier: GPL-3.0-or-later
"""An artist draws boxes, lassos and markers on the picture with the mouse."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import SLOW, Artist
from driver import BlenderWindow
from PIL import Image

from easel.simulator import Simulator, catalogue

MASK = "bpy.context.scene.easel.mask"
PICTURE = "bpy.data.images['bricks.png']"
SIZE = (256, 192)


STATUS_PX = (22, 320)  # the height of the status bar, and the width of its text


def points(blender: BlenderWindow, index: int) -> np.ndarray:
    text = blender.get(f"{MASK}.areas[{index}].points")
    return np.array([[float(value) for value in pair.split(",")] for pair in text.split()])


def open_picture(blender: BlenderWindow, path: Path) -> None:
    """Show a picture in an Image Editor, where the 3D View was."""
    blender.run(f"bpy.data.images.load({blender.launcher.inside(path)!r}).use_fake_user = True")
    blender.run("area('VIEW_3D').ui_type = 'IMAGE_EDITOR'")
    blender.run(f"area('IMAGE_EDITOR').spaces.active.image = {PICTURE}")


def test_a_mask_is_drawn_and_only_there_the_image_changes(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    picture = profile / "bricks.png"
    bricks = np.random.default_rng(2).integers(0, 255, (SIZE[1] // 8, SIZE[0] // 8, 3), np.uint8)
    Image.fromarray(bricks).resize(SIZE, Image.Resampling.BICUBIC).save(picture)
    artist.choose(mode="EDIT", edit_prompt="Mossy")
    open_picture(blender, picture)
    blender.show_sidebar("IMAGE_EDITOR", "Easel")
    blender.wait("[row.text for row in bpy.context.window_manager.easel.sources]", SLOW)
    blender.screenshot("mask-closed")
    artist.open_mask_panel("IMAGE_EDITOR")
    blender.run(f"{MASK}.kind = 'AREA'")
    blender.run("area('IMAGE_EDITOR').tag_redraw()")
    blender.screenshot("mask-empty")

    blender.click(*blender.find_widget("bpy.ops.easel.draw_mask(shape='BOX'", area="IMAGE_EDITOR"))
    blender.drag(artist.at_uv(0.2, 0.3), artist.at_uv(0.5, 0.7))
    blender.wait(f"len({MASK}.areas) == 1")
    box = points(blender, 0)
    np.testing.assert_allclose([box.min(0), box.max(0)], [(0.2, 0.3), (0.5, 0.7)], atol=0.01)

    blender.click(*blender.find_widget("bpy.ops.easel.draw_mask(shape='LASSO'", area="IMAGE_EDITOR"))
    blender.drag(artist.at_uv(0.6, 0.1), artist.at_uv(0.6, 0.1))
    assert blender.get(f"len({MASK}.areas)") == 1, "a click is no lasso, and it may be tried again"
    path = [(0.6, 0.1), (0.9, 0.1), (0.9, 0.3), (0.75, 0.3), (0.75, 0.2), (0.6, 0.2)]
    blender.stroke([artist.at_uv(*place) for place in path])
    blender.wait(f"len({MASK}.areas) == 2")
    lasso = points(blender, 1)
    np.testing.assert_allclose([lasso.min(0), lasso.max(0)], [(0.6, 0.1), (0.9, 0.3)], atol=0.01)
    blender.move(*artist.at_uv(0.05, 0.95))
    blender.wait("not window().modal_operators or 'draw_mask' not in str(list(window().modal_operators))")
    blender.screenshot("mask-areas")

    blender.click(*blender.find_widget("bpy.ops.easel.draw_mask(shape='BOX'", area="IMAGE_EDITOR"))
    blender.key("ESC")
    assert blender.get("len(window().modal_operators)") == 0
    blender.run("bpy.ops.ed.undo()")
    assert blender.get(f"len({MASK}.areas)") == 1
    blender.run("bpy.ops.ed.redo()")
    assert blender.get(f"len({MASK}.areas)") == 2

    blender.click(*blender.find_widget("bpy.ops.easel.edit", area="IMAGE_EDITOR"))
    artist.wait_until_placed()
    blender.screenshot("mask-done")
    (placed,) = artist.library.glob("fitted/*")
    before, after = (np.asarray(Image.open(path)) for path in (picture, placed))
    changed = (before != after).any(-1)
    assert changed[60:130, 55:125].mean() > 0.9
    assert not changed[:, :42].any()
    assert not changed[:, 138:143].any()
    assert changed[160:168, 200:225].mean() > 0.9

    blender.run(f"area('IMAGE_EDITOR').spaces.active.image = {PICTURE}")
    blender.run(f"{MASK}.kind = 'MARKERS'")
    blender.run("area('IMAGE_EDITOR').tag_redraw()")
    for place in ((0.3, 0.6), (0.7, 0.4)):
        blender.click(*blender.find_widget("bpy.ops.easel.add_marker", area="IMAGE_EDITOR"))
        blender.click(*artist.at_uv(*place))
    blender.wait(f"len({MASK}.markers) == 2")
    assert blender.get(f"list({MASK}.markers[1].place)") == pytest.approx((0.7, 0.4), abs=0.01)
    blender.run(f"{MASK}.markers[0].instruction = 'Let grass grow out of the joint'")
    blender.move(*artist.at_uv(0.05, 0.95))
    blender.screenshot("mask-markers")
    blender.run("area('IMAGE_EDITOR').ui_type = 'VIEW_3D'")
    blender.run(f"bpy.context.scene.easel.sources.add().image = {PICTURE}")
    blender.run(f"{MASK}.kind = 'FACES'")
    blender.show_sidebar("VIEW_3D", "Easel")
    artist.press_in_view("TAB")
    blender.wait("bpy.context.mode == 'EDIT_MESH'")
    blender.screenshot("mask-faces")
    assert "Traceback" not in blender.log()


def test_the_keys_of_drawing_stay_in_the_status_bar_while_a_job_runs(
    open_easel: Callable[[], Artist], service: Simulator, profile: Path
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    service.script(catalogue.takes(600))
    artist.write_prompt("Weathered planks")
    blender.click(*blender.find_widget("bpy.ops.easel.generate"))
    artist.wait_for_state("RUNNING")
    picture = profile / "bricks.png"
    Image.new("RGB", SIZE, "teal").save(picture)
    open_picture(blender, picture)
    blender.run("area('IMAGE_EDITOR').spaces.active.show_region_ui = False")
    blender.move(*artist.at_uv(0.5, 0.5))

    def status_bar(name: str) -> np.ndarray:
        with Image.open(blender.screenshot(name)) as screen:
            return np.asarray(screen.convert("L"))[-STATUS_PX[0] :, : STATUS_PX[1]].astype(int)

    time.sleep(1.5)
    progress = status_bar("status-progress")
    blender.run(
        "with bpy.context.temp_override(window=window(), area=area('IMAGE_EDITOR'),"
        " region=region('IMAGE_EDITOR', 'WINDOW')):\n"
        "    bpy.ops.easel.draw_mask('INVOKE_DEFAULT', shape='BOX')"
    )
    keys = status_bar("status-keys")
    time.sleep(3)
    later = status_bar("status-keys-later")
    assert np.abs(keys - progress).mean() > 1
    assert np.abs(keys - later).mean() < 0.5
    blender.key("ESC")
    time.sleep(2)
    assert np.abs(status_bar("status-progress-again") - keys).mean() > 1
