# SPDX-License-Identifier: GPL-3.0-or-later
"""The way “Camera Background”."""

from pathlib import Path

import bpy
import pytest
from placing import COPY, MakeJob, plan

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def add_camera(name: str) -> bpy.types.Object:
    """Add a camera that is neither selected nor the scene's."""
    obj = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    bpy.context.scene.collection.objects.link(obj)
    return obj


@pytest.fixture
def camera() -> bpy.types.Object:
    """Make a camera the scene's, and return it."""
    bpy.context.scene.camera = add_camera("Shot")
    return bpy.context.scene.camera


def test_the_scenes_camera_shows_it_as_it_was_chosen(camera: bpy.types.Object, make_job: MakeJob) -> None:
    wanted = plan(
        "CAMERA_BACKGROUND", background_opacity=0.75, background_depth="FRONT", background_frame="CROP"
    )
    placed = place(make_job(wanted, 2), COPY)
    assert placed.text == "Background of Shot, seen through the camera"
    (background,) = camera.data.background_images
    assert camera.data.show_background_images
    assert background.image.name == placed.images[0]
    assert background.alpha == pytest.approx(0.75)
    assert (background.display_depth, background.frame_method) == ("FRONT", "CROP")
    assert bpy.data.images[placed.images[1]].use_fake_user


def test_a_selected_camera_comes_before_the_scenes(camera: bpy.types.Object, make_job: MakeJob) -> None:
    other = add_camera("Close-Up")
    bpy.context.view_layer.objects.active = other
    place(make_job(plan("CAMERA_BACKGROUND")), COPY)
    assert len(camera.data.background_images) == 1, "one that is active but not selected is not meant"
    other.select_set(True)
    place(make_job(plan("CAMERA_BACKGROUND")), COPY)
    assert (len(camera.data.background_images), len(other.data.background_images)) == (1, 1)


def test_what_was_shown_before_is_hidden_and_kept(camera: bpy.types.Object, make_job: MakeJob) -> None:
    place(make_job(plan("CAMERA_BACKGROUND")), COPY)
    placed = place(make_job(plan("CAMERA_BACKGROUND")), COPY)
    assert placed.text.endswith(". Hides what was shown there before")
    assert [entry.show_background_image for entry in camera.data.background_images] == [False, True]


def test_without_a_camera_nothing_is_planned() -> None:
    with pytest.raises(PlacementImpossible, match="no camera"):
        plan("CAMERA_BACKGROUND")


@pytest.mark.parametrize("what", ["gone", "linked", "no camera any more"])
def test_a_camera_that_can_not_take_it_is_told(
    what: str, camera: bpy.types.Object, make_job: MakeJob, tmp_path: Path
) -> None:
    job = make_job(plan("CAMERA_BACKGROUND"))
    bpy.data.objects.remove(camera)
    match what:
        case "linked":
            shot = add_camera("Shot")
            bpy.data.libraries.write(str(tmp_path / "shot.blend"), {shot.data})
            with bpy.data.libraries.load(str(tmp_path / "shot.blend"), link=True) as (there, here):
                here.cameras = there.cameras
            shot.data = here.cameras[0]
        case "no camera any more":
            bpy.data.objects.new("Shot", None)
    with pytest.raises(PlacementImpossible, match="linked" if what == "linked" else "gone"):
        place(job, COPY)
    assert not bpy.data.images
