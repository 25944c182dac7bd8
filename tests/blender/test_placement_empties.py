# SPDX-License-Identifier: GPL-3.0-or-later
"""The way “Reference Empty”."""

import bpy
import pytest
from mathutils import Vector
from placing import COPY, MakeJob, corner_pixels, plan

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def empties() -> list[bpy.types.Object]:
    """Return the scene's empties in the order of their images."""
    found = [obj for obj in bpy.context.scene.objects if obj.type == "EMPTY"]
    return sorted(found, key=lambda obj: obj.data["easel_index"])


def test_an_empty_shows_the_image_as_it_was_chosen(make_job: MakeJob) -> None:
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    wanted = plan(
        "REFERENCE_EMPTY",
        reference_height=1.5,
        reference_depth="BACK",
        reference_side="FRONT",
        reference_opacity=0.25,
    )
    placed = place(make_job(wanted), COPY)
    (empty,) = empties()
    assert placed.text == "Reference empty in Scene"
    assert (empty.empty_display_type, empty.empty_image_depth, empty.empty_image_side) == (
        "IMAGE",
        "BACK",
        "FRONT",
    )
    assert empty.use_empty_image_alpha
    assert empty.color[3] == pytest.approx(0.25)
    assert empty.empty_display_size == pytest.approx(3.0)  # 8 × 4 pixels, 1.5 m high
    assert tuple(empty.location) == pytest.approx((1.0, 2.0, 3.0))
    up = empty.rotation_euler.to_matrix() @ Vector((0, 1, 0))
    assert tuple(up) == pytest.approx((0, 0, 1), abs=1e-6)
    assert empty.data.name == placed.images[0]
    assert corner_pixels(empty.data)[0][2] == 190


def test_several_stand_side_by_side(make_job: MakeJob) -> None:
    place(make_job(plan("REFERENCE_EMPTY", reference_height=2.0), 3), COPY)
    assert [empty.location.x for empty in empties()] == pytest.approx([0.0, 4.2, 8.4])


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_transparent_pictures_are_seen_through(mode: str, make_job: MakeJob) -> None:
    place(make_job(plan("REFERENCE_EMPTY"), mode=mode), COPY)
    assert empties()[0].use_empty_image_alpha is (mode == "RGBA")


def test_without_the_scene_nothing_is_changed(make_job: MakeJob) -> None:
    other = bpy.data.scenes.new("Other")
    with bpy.context.temp_override(scene=other):
        wanted = plan("REFERENCE_EMPTY")
    bpy.data.scenes.remove(other)
    with pytest.raises(PlacementImpossible, match="scene of the click is gone"):
        place(make_job(wanted), COPY)
    assert not bpy.data.images
    assert not bpy.data.objects
