# SPDX-License-Identifier: GPL-3.0-or-later
"""Each picture is one datablock: placing again uses the one in the file, unless the artist changed it."""

from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from placing import COPY, PACK, MakeJob, plan

from easel.jobs.job import Job
from easel.scene.history.lineage import ancestors_of, is_edit
from easel.scene.placement.place import PlacementSettings, place
from easel.simulator import Simulator


def only(job: Job, index: int) -> Job:
    """Return the job with only one of its images."""
    return replace(job, results=(job.results[index],))


def of_jobs() -> list[bpy.types.Image]:
    """Return the file's images that jobs have made."""
    return [image for image in bpy.data.images if "easel_job" in image]


def planned(job: Job, **changes: object) -> Job:
    """Return the job with changes in its placement."""
    return replace(job, placement=replace(job.placement, **changes))


@pytest.mark.parametrize("settings", [COPY, PACK])
def test_placed_again_the_image_in_the_file_is_used(
    make_job: MakeJob, saved_file: Path, settings: PlacementSettings
) -> None:
    job = make_job(plan("IMAGE"), 2)
    first = place(job, settings)
    bpy.data.images[first.images[1]].name = "the artist's own name"
    again = place(only(job, 1), settings)
    assert again.images == ("the artist's own name",)
    assert again.text == "It is in this file already"
    assert place(job, settings).text == "They are in this file already"
    assert len(of_jobs()) == 2


def test_what_is_missing_is_added_beside_what_is_here(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"), 3)
    place(only(job, 1), COPY)
    placed = place(job, COPY)
    assert placed.text == "2 images added; the others are in this file already"
    assert len(set(placed.images)) == len(of_jobs()) == 3


def test_as_a_copy_it_is_another_datablock(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"))
    first = place(job, COPY).images
    assert place(planned(job, makes_copy=True), COPY).images != first
    assert place(job, COPY).images == first
    assert len(of_jobs()) == 2


def test_an_image_of_the_same_name_is_not_taken_for_it(make_job: MakeJob) -> None:
    job, other = make_job(plan("IMAGE")), make_job(plan("IMAGE"))
    (name,) = place(job, COPY).images
    assert place(other, COPY).images != (name,)


def test_what_the_artist_painted_on_is_left_alone_and_said(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"))
    painted = bpy.data.images[place(job, COPY).images[0]]
    painted.pixels[0] = 0.5
    painted.update()
    assert painted.is_dirty
    placed = place(job, COPY)
    assert placed.images != (painted.name,)
    assert f"“{painted.name}” changed" in placed.text
    assert place(job, COPY).images == placed.images, "the unchanged one is the one that is used"


def test_what_was_painted_and_packed_is_left_alone_too(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"))
    painted = bpy.data.images[place(job, PACK).images[0]]
    painted.pixels[0] = 0.5
    painted.update()
    painted.pack()
    assert not painted.is_dirty
    assert place(job, PACK).images != (painted.name,)


def test_what_is_read_otherwise_by_now_is_left_alone(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"))
    used = bpy.data.images[place(job, COPY).images[0]]
    used.colorspace_settings.name = "Non-Color"
    placed = place(job, COPY)
    assert placed.images != (used.name,)
    assert used.colorspace_settings.name == "Non-Color"


def test_a_file_that_is_gone_makes_it_another_image(make_job: MakeJob, saved_file: Path) -> None:
    job = make_job(plan("IMAGE"))
    image = bpy.data.images[place(job, COPY).images[0]]
    Path(bpy.path.abspath(image.filepath)).unlink()
    assert place(job, COPY).images != (image.name,)


def test_used_again_it_keeps_its_history_and_becomes_no_ancestor_of_itself(
    make_job: MakeJob, default_file: None
) -> None:
    cube = bpy.data.objects["Cube"]
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    job = make_job(plan("TEXTURE"), 2)
    (first,) = place(only(job, 0), COPY).images
    place(only(job, 1), COPY)
    (again,) = place(only(job, 0), COPY).images
    place(only(job, 0), COPY)
    assert again == first
    assert not is_edit(bpy.data.images[first])
    assert [image.name for image in ancestors_of(bpy.data.images["Old copper, worn.001"])] == [first]
    assert len(of_jobs()) == 2


def test_one_of_four_is_placed_by_its_number(service: Simulator, default_file: None) -> None:
    form = bpy.context.scene.easel
    cube = bpy.data.objects["Cube"]
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    form.gemini_3_1_flash.count = 4
    assert bpy.ops.easel.generate(prompt="Copper", placement="IMAGE", wait=True) == {"FINISHED"}
    job = bpy.context.window_manager.easel.jobs[0]
    assert len(of_jobs()) == 4
    assert bpy.ops.easel.place(job_id=job.name, kind="TEXTURE", picture=3) == {"FINISHED"}
    assert len(of_jobs()) == 4, "the one that was here is used"
    nodes = cube.active_material.node_tree.nodes
    (shown,) = (node.image for node in nodes if node.type == "TEX_IMAGE")
    assert shown["easel_index"] == 2
    assert job.image_count == 4, "the list still knows all"
    with pytest.raises(RuntimeError, match="no image 5"):
        bpy.ops.easel.place(job_id=job.name, kind="IMAGE", picture=5)
    assert bpy.ops.easel.place(job_id=job.name, kind="IMAGE", picture=2, as_copy=True) == {"FINISHED"}
    assert len(of_jobs()) == 5
