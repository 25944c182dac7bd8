# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs are placed as images, packed or beside the .blend."""

from pathlib import Path

import bpy
import pytest
from placing import BLUE, COPY, GREEN, PACK, RED, MakeJob, corner_pixels, plan, save_and_reopen

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def test_in_an_unsaved_file_images_are_packed_and_come_back_right(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(plan("IMAGE"), 2)
    placed = place(job, COPY)
    assert placed.images == ("Old copper, worn", "Old copper, worn.001")
    assert placed.text == "2 images added"
    for name, result in zip(placed.images, job.results, strict=True):
        image = bpy.data.images[name]
        assert not image.has_data, "placing must not decode"
        assert image.packed_file.data == result.path.read_bytes()
        assert str(tmp_path) not in image.filepath
        result.path.unlink()
    save_and_reopen(tmp_path / "scene.blend")
    for name in placed.images:
        image = bpy.data.images[name]
        assert image.colorspace_settings.name == "sRGB"
        assert image["easel_job"] == job.id
        assert corner_pixels(image) == [BLUE, RED, GREEN]


def test_in_a_saved_file_images_lie_beside_it(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    job = make_job(plan("IMAGE"))
    name = place(job, COPY).images[0]
    image = bpy.data.images[name]
    assert image.filepath == "//textures/old-copper-worn.png"
    assert image.packed_file is None
    assert not image.has_data
    assert (tmp_path / "textures/old-copper-worn.png").read_bytes() == job.results[0].path.read_bytes()
    save_and_reopen(tmp_path / "scene.blend")
    assert corner_pixels(bpy.data.images[name]) == [BLUE, RED, GREEN]


def test_no_file_is_overwritten_and_the_same_one_is_used_again(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    theirs = tmp_path / "textures/old-copper-worn.png"
    theirs.parent.mkdir()
    theirs.write_bytes(b"mine")
    job = make_job(plan("IMAGE"))
    paths = [bpy.data.images[place(job, COPY).images[0]].filepath for _ in range(2)]
    assert paths == ["//textures/old-copper-worn-2.png"] * 2
    assert theirs.read_bytes() == b"mine"


def test_by_preference_a_saved_file_packs_too(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    name = place(make_job(plan("IMAGE")), PACK).images[0]
    assert bpy.data.images[name].packed_file is not None
    assert not (tmp_path / "textures").exists()


def test_where_the_folder_cannot_be_made_the_image_is_packed_and_said_so(
    make_job: MakeJob, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    (tmp_path / "textures").write_text("a file where the folder should be")
    placed = place(make_job(plan("IMAGE")), COPY)
    assert bpy.data.images[placed.images[0]].packed_file is not None
    assert "Packed into the .blend" in placed.text


def test_a_file_missing_from_the_library_changes_nothing(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"), 2)
    job.results[1].path.unlink()
    with pytest.raises(PlacementImpossible, match="gone from the library"):
        place(job, COPY)
    assert not bpy.data.images
