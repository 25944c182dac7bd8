# SPDX-License-Identifier: GPL-3.0-or-later
"""The way “Brush Texture”."""

import bpy
import pytest
from hypothesis import given, strategies as st
from placing import COPY, MakeJob, plan

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.brush_textures import stencil_in
from easel.scene.placement.place import place

MODES = {"TEXTURE_PAINT": "image_paint", "VERTEX_PAINT": "vertex_paint", "SCULPT": "sculpt"}


def active_brush(mode: str) -> bpy.types.Brush:
    return getattr(bpy.context.scene.tool_settings, MODES[mode]).brush


@pytest.mark.parametrize("mode", MODES)
def test_the_active_brush_paints_with_the_image(mode: str, default_file: None, make_job: MakeJob) -> None:
    bpy.ops.object.mode_set(mode=mode)
    before = active_brush(mode)
    placed = place(make_job(plan("BRUSH_TEXTURE")), COPY)
    brush = active_brush(mode)
    assert placed.text == f"Texture of the brush {brush.name}"
    assert brush.texture.image.name == placed.images[0]
    assert brush.texture_slot.map_mode == "STENCIL"
    assert (brush == before) is (before.library is None)
    assert brush.library is None


@pytest.mark.parametrize("mode", MODES)
def test_the_next_image_goes_to_the_same_brush(mode: str, default_file: None, make_job: MakeJob) -> None:
    bpy.ops.object.mode_set(mode=mode)
    place(make_job(plan("BRUSH_TEXTURE")), COPY)
    brush, count = active_brush(mode), len(bpy.data.brushes)
    placed = place(make_job(plan("BRUSH_TEXTURE")), COPY)
    assert (active_brush(mode), len(bpy.data.brushes)) == (brush, count)
    assert brush.texture.image.name == placed.images[0]


def test_a_tile_is_as_high_as_the_brush(default_file: None, make_job: MakeJob) -> None:
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    place(make_job(plan("BRUSH_TEXTURE", brush_mapping="TILED"), size=(16, 4)), COPY)
    slot = active_brush("TEXTURE_PAINT").texture_slot
    assert slot.map_mode == "TILED"
    assert tuple(slot.scale) == pytest.approx((0.25, 1.0, 1.0))


def test_a_brush_that_is_not_chosen_any_more_gets_it_all_the_same(
    default_file: None, make_job: MakeJob
) -> None:
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    job = make_job(plan("BRUSH_TEXTURE"))
    bpy.ops.object.mode_set(mode="SCULPT")
    sculpting = active_brush("SCULPT")
    placed = place(job, COPY)
    assert active_brush("SCULPT") == sculpting
    assert sculpting.texture is None
    assert any(brush.texture and brush.texture.image.name == placed.images[0] for brush in bpy.data.brushes)


def test_outside_of_painting_nothing_is_planned(default_file: None) -> None:
    with pytest.raises(PlacementImpossible, match="enter Texture Paint"):
        plan("BRUSH_TEXTURE")


def test_a_brush_that_is_gone_is_told(default_file: None, make_job: MakeJob) -> None:
    bpy.ops.object.mode_set(mode="TEXTURE_PAINT")
    job, images = make_job(plan("BRUSH_TEXTURE")), len(bpy.data.images)
    for brush in list(bpy.data.brushes):
        bpy.data.brushes.remove(brush)
    with pytest.raises(PlacementImpossible, match="is gone"):
        place(job, COPY)
    assert len(bpy.data.images) == images


lengths = st.integers(1, 8000)


@given(st.tuples(lengths, lengths), lengths, lengths)
def test_a_stencil_fits_into_the_view_in_its_own_shape(
    room: tuple[int, int], width: int, height: int
) -> None:
    (half_width, half_height), centre = stencil_in(room, width, height)
    assert half_width / half_height == pytest.approx(width / height)
    assert centre == (room[0] / 2, room[1] / 2)
    assert 2 * half_width <= room[0]
    assert 2 * half_height <= room[1]
    assert max(2 * half_width / room[0], 2 * half_height / room[1]) == pytest.approx(0.6)
