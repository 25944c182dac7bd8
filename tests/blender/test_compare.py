# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the library are compared in an Image Editor, the best is starred, the others go to the bin."""

from typing import Any

import bpy
import pytest
from hypothesis import given, strategies as st
from pumping import pump_until
from recording_layout import RecordingLayout, draw

from easel.operators.compare import EASEL_OT_touch_comparison
from easel.panels.compare import EASEL_PT_compare
from easel.panels.gallery import EASEL_PT_gallery
from easel.panels.result import EASEL_MT_result
from easel.scene.comparison import pictures, shown
from easel.scene.comparison.geometry import Box, contained, left_part, sheet
from easel.scene.session import comparing, mirror, pump, session, wall
from easel.simulator import Simulator


def look() -> RecordingLayout:
    """Draw the library's panel, wait for the data that it requests, and draw it again."""
    draw(EASEL_PT_gallery)
    pump_until(lambda: not wall.is_expecting())
    return draw(EASEL_PT_gallery)


@pytest.fixture
def editor(service: Simulator) -> Any:
    """Yield an Image Editor, in an area that was another editor."""
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before = area.ui_type
    area.ui_type = "IMAGE_EDITOR"
    yield area
    comparing.end()
    area.ui_type = before


def make(prompt: str, **options: Any) -> str:
    assert bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True, **options) == {"FINISHED"}
    return mirror.mirror().jobs[0].name


def compare_chosen(*prompts: str) -> None:
    look()
    for prompt in prompts:
        wall.choose(next(row.id for row in wall.rows() if row.written == prompt), adds=True)
    assert bpy.ops.easel.compare() == {"FINISHED"}
    pump_until(lambda: not comparing.is_expecting())


def test_two_that_are_chosen_are_compared_with_a_wipe_and_the_file_stays_as_it_was(editor: Any) -> None:
    for prompt in ("Copper roof", "Oak floor", "Glass"):
        make(prompt)
    images = sorted(bpy.data.images.keys())
    assert not bpy.ops.easel.compare.poll(), "nothing is chosen"
    compare_chosen("Copper roof", "Glass")
    assert (shown.wipes(), [cell.caption for cell in shown.cells()]) == (True, ["Copper roof", "Glass"])
    assert all(pictures.pieces_of(cell.key) for cell in shown.cells())
    assert sorted(bpy.data.images.keys()) == images
    drawn = draw(EASEL_PT_compare)
    assert drawn.texts("prop") == ["Split"]
    assert bpy.ops.easel.show_comparison_as(wipes=False) == {"FINISHED"}
    assert not draw(EASEL_PT_compare).texts("prop")
    assert bpy.ops.easel.end_comparison() == {"FINISHED"}
    assert not shown.is_open()
    assert not pictures.pieces_of(f"{mirror.mirror().jobs[0].name}/1"), "its memory is given back"


def test_the_best_of_a_job_is_starred_and_the_others_go_to_the_bin(editor: Any) -> None:
    job_id = make("Copper roof", count=4, model="GEMINI_3_1_FLASH")
    assert bpy.ops.easel.compare_job(job_id=job_id) == {"FINISHED"}
    pump_until(lambda: not comparing.is_expecting())
    assert (len(shown.cells()), shown.wipes()) == (4, False)
    keep = next(item for item in draw(EASEL_PT_compare).items if item.name == "easel.keep_starred")
    assert not keep.enabled, "none has a star"
    assert bpy.ops.easel.star_compared(number=3) == {"FINISHED"}
    pump_until(lambda: [cell.is_starred for cell in shown.cells()] == [False, False, True, False])
    assert bpy.ops.easel.keep_starred(job_id=job_id) == {"FINISHED"}
    pump_until(lambda: [cell.number for cell in shown.cells()] == [3])
    bpy.context.window_manager.easel.gallery.scope = "BIN"
    look()
    assert sorted(row.index for row in wall.rows()) == [0, 1, 3]
    assert all(row.path.is_file() for row in wall.rows())
    for row in wall.rows():
        wall.choose(row.id, adds=True)
    bpy.ops.easel.restore_images()
    pump_until(lambda: len(shown.cells()) == 4)


def test_nothing_is_deleted_where_none_has_a_star(editor: Any) -> None:
    job_id = make("Copper roof", count=2, model="GEMINI_3_1_FLASH")
    assert bpy.ops.easel.keep_starred(job_id=job_id) == {"FINISHED"}
    session.engine().gallery.star([], is_on=True)  # once this is done, keep_starred is done too
    look()
    assert len(wall.rows()) == 2


def test_of_many_the_two_that_were_clicked_are_wiped(editor: Any) -> None:
    make("Copper roof", count=4, model="GEMINI_3_1_FLASH")
    job_id = mirror.mirror().jobs[0].name
    bpy.ops.easel.compare_job(job_id=job_id)
    pump_until(lambda: not comparing.is_expecting())
    with pytest.raises(RuntimeError, match="Choose the two first"):
        bpy.ops.easel.show_comparison_as(wipes=True)
    shown.choose(shown.cells()[3], adds=False)
    shown.choose(shown.cells()[1], adds=True)
    assert bpy.ops.easel.show_comparison_as(wipes=True) == {"FINISHED"}
    assert [cell.number for cell in shown.pair() or ()] == [2, 4]


def test_models_tell_images_apart_where_the_prompt_does_not(editor: Any) -> None:
    make("Copper roof", model="GEMINI_3_1_FLASH")
    make("Copper roof", model="SEEDREAM_V5_LITE")
    look()
    for row in wall.rows():
        wall.choose(row.id, adds=True)
    bpy.ops.easel.compare()
    pump_until(lambda: not comparing.is_expecting())
    assert len({cell.caption for cell in shown.cells()}) == 2
    assert all("Copper" not in cell.caption for cell in shown.cells())


def test_a_comparison_ends_with_its_editor_its_file_and_its_images(editor: Any) -> None:
    for prompt in ("Copper roof", "Oak floor", "Glass", "Linen"):
        make(prompt)
    compare_chosen("Copper roof", "Oak floor")
    editor.ui_type = "VIEW_3D"
    pump.tick()
    assert not shown.is_open()
    editor.ui_type = "IMAGE_EDITOR"
    compare_chosen()
    assert shown.is_open()
    bpy.ops.easel.delete_images()
    pump_until(lambda: not shown.is_open())
    look()
    compare_chosen("Glass", "Linen")
    bpy.ops.wm.read_homefile(use_empty=True)
    assert not shown.is_open()


def test_a_file_that_is_gone_is_said_and_the_others_are_seen(editor: Any) -> None:
    make("Copper roof")
    make("Oak floor")
    look()
    gone = wall.rows()[0]
    gone.path.unlink()
    gone.thumbnail.unlink(missing_ok=True)
    compare_chosen("Copper roof", "Oak floor")
    failed = {cell.caption: pictures.has_failed(cell.key) for cell in shown.cells()}
    assert failed == {"Oak floor": True, "Copper roof": False}


def test_keys_are_blender_s_where_nothing_is_compared(editor: Any) -> None:
    assert not bpy.ops.easel.star_compared.poll()
    assert not bpy.ops.easel.end_comparison.poll()
    assert not EASEL_OT_touch_comparison.poll(bpy.context)
    assert draw(EASEL_MT_result).names("operator") == []


@given(
    count=st.integers(1, 36),
    room=st.tuples(st.floats(300, 4000), st.floats(300, 4000)),
    ratio=st.floats(0.25, 4.0),
)
def test_a_sheet_s_pictures_lie_in_the_room_and_none_over_another(
    count: int, room: tuple[float, float], ratio: float
) -> None:
    boxes = sheet(count, Box(50.0, 20.0, *room), ratio, 4.0)
    assert len(boxes) == count
    for number, box in enumerate(boxes):
        assert box.x >= 50 - 1e-6
        assert box.x + box.width <= 50 + room[0] + 1e-6
        assert box.y >= 20 - 1e-6
        assert box.y + box.height <= 20 + room[1] + 1e-6
        for other in boxes[:number]:
            assert other.x + other.width <= box.x or other.y >= box.y + box.height
    assert boxes == sorted(boxes, key=lambda box: (-box.y, box.x)), "read as a text is"


@given(
    size=st.tuples(st.integers(0, 8192), st.integers(0, 8192)),
    split=st.floats(-100, 900),
    x=st.floats(-50, 50),
)
def test_a_picture_keeps_its_shape_and_the_split_cuts_it_where_it_is(
    size: tuple[int, int], split: float, x: float
) -> None:
    room = Box(x, 10.0, 400.0, 300.0)
    box = contained(*size, room)
    assert box.width <= 400 + 1e-6
    assert box.height <= 300 + 1e-6
    assert abs(box.width * max(size[1], 1) - box.height * max(size[0], 1)) < 1e-3 * max(*size, 1)
    part, share = left_part(box, split)
    assert 0 <= share <= 1
    assert abs(part.width - share * box.width) < 1e-6
