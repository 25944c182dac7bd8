# SPDX-License-Identifier: GPL-3.0-or-later
"""Four clicks paint a whole model in a real window, which first shows the parts that no view sees."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from artist import EXTENSION, OVER_VIEW, SLOW, Artist
from PIL import Image

from easel.simulator import Simulator

FORM = "bpy.context.scene.easel"
HEAD = "bpy.data.objects['Head']"
PREPARE = f"""
bpy.data.objects.remove(bpy.data.objects["Cube"])
bpy.ops.mesh.primitive_monkey_add(size=3)
bpy.context.object.name = "Head"
bpy.context.object.modifiers.new("Subdivision", "SUBSURF").levels = 2
with {OVER_VIEW}:
    bpy.ops.view3d.view_selected()
    bpy.context.space_data.shading.type = "MATERIAL"
bpy.ops.ed.undo_push(message="Head")
"""
COVERAGE = f"sys.modules[{EXTENSION + '.scene.session.coverage'!r}]"


def pixels(picture: Path) -> np.ndarray:
    """Return the pixels of a screenshot as integers, which can be subtracted."""
    with Image.open(picture) as opened:
        return np.array(opened.convert("RGB")).astype(int)


def orange(picture: Path) -> int:
    """Count the orange pixels, which show the parts that no view sees."""
    values = pixels(picture)
    red, green, blue = (values[..., channel] for channel in range(3))
    return int(((red > 150) & (red - green > 60) & (green - blue > 5) & (blue < 110)).sum())


def open_whole_model(artist: Artist) -> None:
    """Click the title of the panel, which is six rows below the choice of the model."""
    x, y = artist.blender.find_widget("easel.model")
    for fall in (177, 168, 186, 159):
        artist.blender.click(x, y - fall)
        artist.blender.run("region('VIEW_3D').tag_redraw()")
        with contextlib.suppress(LookupError):
            artist.blender.find_widget("easel.to_paint.views")
            return
    raise AssertionError("the panel does not open")


@pytest.mark.wide
def test_a_head_is_painted_with_four_clicks(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    service.speed = 200
    artist = open_easel()
    blender = artist.blender
    blender.run(PREPARE)
    artist.show_panels()
    clicks = 0
    artist.choose(**{"mode": "EDIT", "to_paint.views": "4"})
    clicks += 1
    artist.write_prompt("Rusty copper with verdigris", "edit_prompt")
    clicks += 1
    open_whole_model(artist)
    clicks += 1
    blender.run("import sys")
    blender.wait(f"any(known.foreseen for known in {COVERAGE}._state().known.values())", SLOW)
    artist.move_to_view()
    plain = orange(blender.screenshot("paint-model-1-ready"))
    artist.click("show_unseen")
    artist.move_to_view()
    blender.wait(f"{COVERAGE}.is_shown() and not {COVERAGE}.is_busy()", SLOW)
    blender.run(f"with {OVER_VIEW}:\n    bpy.ops.view3d.view_axis(type='BOTTOM')")
    shown = orange(blender.screenshot("paint-model-2-unseen"))
    assert shown > plain + 200, "what no view sees is orange"
    added = blender.get("len(bpy.context.scene.easel.to_paint.more)")
    artist.click("add_paint_view")
    blender.wait(f"len({FORM}.to_paint.more) == {added + 1}", SLOW)
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"len({FORM}.to_paint.more) == {added}", SLOW)
    artist.click("show_unseen")
    artist.move_to_view()
    blender.wait(f"not {COVERAGE}.is_shown()", SLOW)
    assert orange(blender.screenshot("paint-model-3-no-more")) < plain + 100

    blender.run(f"with {OVER_VIEW}:\n    bpy.ops.view3d.view_axis(type='FRONT')")
    before = pixels(blender.screenshot("paint-model-4-before"))
    artist.click("paint_model")
    clicks += 1
    artist.wait_until_placed()
    blender.wait(f"{HEAD}.active_material is not None", SLOW)
    artist.move_to_view()
    after = pixels(blender.screenshot("paint-model-5-painted"))
    assert (np.abs(after - before).max(2) > 20).sum() > 20_000, "it is seen on the model"
    assert clicks == 4
    report(f"from selection to painted model: {clicks} clicks and a prompt")
    blender.wait(f"bool({COVERAGE}._state().asked.get('MORE'))", SLOW)
    blender.wait(f"not {COVERAGE}.is_busy()", SLOW)
    blender.screenshot("paint-model-6-second-round")
    artist.press_in_view("Z", ctrl=True)
    blender.wait(f"{HEAD}.active_material is None", SLOW)
    assert "Traceback" not in blender.log()
