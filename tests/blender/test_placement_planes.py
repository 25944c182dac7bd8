# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs are placed as reference planes."""

import dataclasses

import bpy
import pytest
from placing import COPY, MakeJob, plan

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def test_planes_stand_side_by_side_at_the_cursor(make_job: MakeJob) -> None:
    bpy.context.scene.cursor.location = (1, 2, 3)
    placed = place(make_job(plan("PLANE"), 2), COPY)
    first, second = (bpy.data.objects[name] for name in placed.images)
    bpy.context.view_layer.update()
    assert first.dimensions[:] == pytest.approx((2, 1, 0))
    corners = [first.matrix_world @ vertex.co for vertex in first.data.vertices]
    assert corners[0][:] == pytest.approx((0, 2, 2.5), abs=1e-6)
    assert corners[2][:] == pytest.approx((2, 2, 3.5), abs=1e-6)
    normal = first.matrix_world.to_3x3() @ first.data.polygons[0].normal
    assert normal[:] == pytest.approx((0, -1, 0), abs=1e-6), "faces the front view"
    assert second.location[:] == pytest.approx((3.1, 2, 3), abs=1e-6)


def test_a_plane_faces_the_view_and_has_the_height_that_was_chosen(make_job: MakeJob) -> None:
    wanted = plan("PLANE")
    assert wanted.target is not None
    top = dataclasses.replace(wanted.target, rotation=(1.0, 0.0, 0.0, 0.0), height=2.5)
    placed = place(make_job(dataclasses.replace(wanted, target=top)), COPY)
    bpy.context.view_layer.update()
    assert bpy.data.objects[placed.images[0]].dimensions[:] == pytest.approx((5, 2.5, 0))


def test_the_view_is_taken_from_the_3d_view() -> None:
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    area.spaces.active.region_3d.view_perspective = "PERSP"
    area.spaces.active.region_3d.view_rotation = (1, 0, 0, 0)  # from the top
    with bpy.context.temp_override(window=window, area=area, region=region):
        pose = plan("PLANE").target
    assert pose is not None
    assert pose.rotation == pytest.approx((1, 0, 0, 0), abs=1e-6)


@pytest.mark.parametrize(("mode", "mixes"), [("RGB", 0), ("RGBA", 1)])
def test_only_an_image_with_alpha_is_mixed_with_transparent(make_job: MakeJob, mode: str, mixes: int) -> None:
    placed = place(make_job(plan("PLANE"), mode=mode), COPY)
    nodes = bpy.data.objects[placed.images[0]].active_material.node_tree.nodes
    assert [node.type for node in nodes].count("MIX_SHADER") == mixes


def test_a_plane_can_be_given_another_texture(make_job: MakeJob) -> None:
    plane = bpy.data.objects[place(make_job(plan("PLANE"), mode="RGBA"), COPY).images[0]]
    plane.select_set(True)
    bpy.context.view_layer.objects.active = plane
    placed = place(make_job(plan("TEXTURE"), prompt="Something else"), COPY)
    textures = [node for node in plane.active_material.node_tree.nodes if node.type == "TEX_IMAGE"]
    assert [node.image.name for node in textures] == list(placed.images)


def test_the_planned_scene_is_gone(make_job: MakeJob) -> None:
    other = bpy.data.scenes.new("Other")
    placement = plan("PLANE")
    assert placement.scene is not None
    ref = dataclasses.replace(placement.scene, name=other.name, session_uid=other.session_uid)
    job = make_job(dataclasses.replace(placement, scene=ref))
    bpy.data.scenes.remove(other)
    with pytest.raises(PlacementImpossible, match="scene"):
        place(job, COPY)
