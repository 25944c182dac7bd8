# SPDX-License-Identifier: GPL-3.0-or-later
"""UDIM images: Easel edits the ticked tiles; the result is a tiled image with the other tiles unchanged."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from PIL import Image
from tiled import NUMBERS, SIDE, edit, paint, picture, sent, shown

from easel.scene.session import arrivals, session

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def show() -> Callable[[bpy.types.Image], bpy.types.ShaderNodeTexImage]:
    """Return a function that shows an image in a material, and returns the node."""

    def run(image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
        material = bpy.data.materials.new("skin")
        if bpy.app.version < (5, 0):
            material.use_nodes = True
        node = material.node_tree.nodes.new("ShaderNodeTexImage")
        node.image = image
        return node

    return run


@pytest.mark.parametrize("packed", [False, True])
def test_the_ticked_tiles_are_edited_and_the_others_are_the_same_bytes(
    service: "Simulator",
    saved_file: Path,
    load_udim: Callable[..., bpy.types.Image],
    show: Callable[..., bpy.types.ShaderNodeTexImage],
    tmp_path: Path,
    *,
    packed: bool,
) -> None:
    image = load_udim()
    image.colorspace_settings.name = "Non-Color"
    node = show(image)
    if packed:
        image.pack()
    result = edit(image, "1002,1011", placement="TEXTURE")
    assert node.image == result
    assert result.filepath == "//textures/older.<UDIM>.png"
    assert result.colorspace_settings.name == "Non-Color"
    pictures = sent()
    assert set(pictures) == {1002, 1011}
    for number, pixels in pictures.items():
        np.testing.assert_array_equal(pixels, picture(number))
    source, made = tmp_path / "source", tmp_path / "textures"
    assert sorted(path.name for path in made.iterdir()) == [f"older.{number}.png" for number in NUMBERS]
    assert (made / "older.1001.png").read_bytes() == (source / "skin.1001.png").read_bytes()
    for number in (1002, 1011):
        assert shown(result, number).shape == (SIDE, SIDE, 4)
        assert (shown(result, number) != picture(number)).any()
    np.testing.assert_array_equal(shown(image, 1002), picture(1002))
    assert service.balance == 10_000 - 2 * 15
    rows = bpy.context.window_manager.easel.jobs
    assert all(row.is_placed and "Tiles 1002, 1011 replaced" in row.placement_text for row in rows)


def test_in_an_unsaved_file_they_are_packed_and_come_back(
    service: "Simulator", load_udim: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    result = edit(load_udim("jpg", "RGB"))
    assert list(sent()) == [1001], "the active tile"
    assert [packed.tile_number for packed in result.packed_files] == list(NUMBERS)
    assert str(tmp_path) not in result.filepath
    name, before = result.name, {number: shown(result, number) for number in NUMBERS}
    for number in (1002, 1011):
        with Image.open(tmp_path / f"source/skin.{number}.jpg") as file:
            np.testing.assert_array_equal(before[number][..., :3], np.asarray(file))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    for number in NUMBERS:
        np.testing.assert_array_equal(shown(bpy.data.images[name], number), before[number])


def test_float_tiles_stay_floats(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    image = load_udim("exr")
    result = edit(image, "1002")
    assert np.abs(sent()[1002].astype(int) - picture(1002)).max() <= 1
    made, source = tmp_path / "textures", tmp_path / "source"
    for number in (1001, 1011):
        assert (made / f"older.{number}.exr").read_bytes() == (source / f"skin.{number}.exr").read_bytes()
    assert result.colorspace_settings.name == image.colorspace_settings.name
    assert np.abs(shown(result, 1001).astype(int) - picture(1001)).max() <= 1
    job = session.engine().job(bpy.context.window_manager.easel.jobs[0].name)
    with Image.open(job.results_to_place[0].path) as file:
        made_tile = np.asarray(file.convert("RGBA")).astype(int)
    assert np.abs(shown(result, 1002).astype(int) - made_tile).max() <= 1


def test_painted_tiles_are_sent_and_kept_as_they_are_painted(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    painted = paint(image)
    result = edit(image, "1002")
    np.testing.assert_array_equal(sent()[1002], picture(1002))
    np.testing.assert_array_equal(shown(result, 1001), painted)
    assert image.is_dirty
    edit(image, "1001")
    np.testing.assert_array_equal(sent()[1001], painted)


def test_painted_floats_are_kept_as_floats(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim("exr")
    bright = np.full(SIDE * SIDE * 4, 2.5, np.float32)
    bright[3::4] = 1.0
    image.pixels.foreach_set(bright)
    image.update()
    result = edit(image, "1002")
    assert np.abs(sent()[1002].astype(int) - picture(1002)).max() <= 1
    kept = np.empty(SIDE * SIDE * 4, np.float32)
    result.pixels.foreach_get(kept)
    np.testing.assert_array_equal(kept, bright)
    assert np.abs(shown(result, 1011).astype(int) - picture(1011)).max() <= 1
    assert image.is_dirty


def test_by_hand_in_a_later_session_the_image_is_found_by_its_name(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    image.use_fake_user = True
    edit(image, "1002")
    row = bpy.context.window_manager.easel.jobs[0]
    session.renew_id()
    before = set(bpy.data.images)
    bpy.ops.easel.place(job_id=row.name, kind="IMAGE", as_copy=True)
    (again,) = set(bpy.data.images) - before
    assert again.source == "TILED"
    for known in [found for found in bpy.data.images if found.source == "TILED"]:
        bpy.data.images.remove(known)
    bpy.ops.easel.place(job_id=row.name, kind="IMAGE")
    assert [found.source for found in bpy.data.images] == ["FILE"], "alone, where there is none"


def test_variations_are_tiled_images_too(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    bpy.ops.easel.edit(
        prompt="older",
        sources=[{"name": image.name}],
        tiles="1001,1002",
        count=2,
        placement="IMAGE",
        wait=True,
    )
    results = [found for found in bpy.data.images if found != image]
    assert [found.source for found in results] == ["TILED", "TILED"]
    assert {found.filepath for found in results} == {
        "//textures/older.<UDIM>.png",
        "//textures/older-2.<UDIM>.png",
    }


def test_one_variation_is_placed_by_its_number_with_the_other_tiles_of_it(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    bpy.ops.easel.edit(
        prompt="older",
        sources=[{"name": image.name}],
        tiles="1001,1002",
        count=2,
        placement="IMAGE",
        sizing="KEEP_SIZE",
        wait=True,
    )
    first, second = (found for found in bpy.data.images if found != image)
    before = set(bpy.data.images)
    row = bpy.context.window_manager.easel.jobs[0]
    assert bpy.ops.easel.place(job_id=row.name, kind="IMAGE", picture=2, as_copy=True) == {"FINISHED"}
    (again,) = set(bpy.data.images) - before
    for number in (1001, 1002):
        np.testing.assert_array_equal(shown(again, number), shown(second, number))
        assert (shown(again, number) != shown(first, number)).any()


def test_tiles_of_different_kinds_leave_the_result_an_image_of_its_own(
    service: "Simulator",
    saved_file: Path,
    load_udim: Callable[..., bpy.types.Image],
    show: Callable[..., bpy.types.ShaderNodeTexImage],
    tmp_path: Path,
) -> None:
    image = load_udim()
    node = show(image)
    (tmp_path / "source/skin.1011.png").write_bytes(b"\x76\x2f\x31\x01 an EXR")
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles="1002", placement="TEXTURE", wait=True
    )
    (result,) = set(bpy.data.images) - {image}
    assert result.source == "FILE"
    assert node.image == image
    assert "float pixels" in bpy.context.window_manager.easel.jobs[0].placement_text


def test_a_source_that_is_gone_leaves_the_result_in_the_list(
    service: "Simulator", saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    bpy.ops.easel.edit(prompt="older", sources=[{"name": image.name}], tiles="1002", placement="IMAGE")
    bpy.data.images.remove(image)
    (row,) = bpy.context.window_manager.easel.jobs
    from easel.scene.session import pump

    pump.run_until_settled(row.name)
    assert not row.is_placed
    assert "gone" in row.placement_text
    assert not arrivals.is_waiting()


def test_by_hand_a_tile_goes_back_among_the_others(
    service: "Simulator",
    saved_file: Path,
    load_udim: Callable[..., bpy.types.Image],
) -> None:
    image = load_udim()
    first = edit(image, "1002")
    shown_first = shown(first, 1002)
    row = bpy.context.window_manager.easel.jobs[0]
    assert bpy.ops.easel.place(job_id=row.name, kind="IMAGE", as_copy=True) == {"FINISHED"}
    (again,) = set(bpy.data.images) - {image, first}
    assert again.source == "TILED"
    np.testing.assert_array_equal(shown(again, 1002), shown_first)
    np.testing.assert_array_equal(shown(again, 1011), picture(1011))
    assert bpy.ops.easel.place(job_id=row.name, kind="PLANE") == {"FINISHED"}
