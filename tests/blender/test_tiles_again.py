# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles that are placed again use the tiled image of the file, and a copy only on demand."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from PIL import Image
from tiled import NUMBERS, edit, paint, shown

from easel.scene.placement.place import place_tiles
from easel.scene.placement.reused_tiles import TILES_KEY, pictures_in
from easel.scene.placement.tile_files import TileFiles
from easel.scene.session import pump, session

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def skin(load_udim: Callable[..., bpy.types.Image]) -> bpy.types.Image:
    image = load_udim()
    image.use_fake_user = True
    return image


def rows() -> Any:
    return bpy.context.window_manager.easel.jobs


def tiled() -> list[bpy.types.Image]:
    return [image for image in bpy.data.images if image.source == "TILED"]


def place_again(kind: str = "IMAGE", **settings: object) -> str:
    """Place the newest job manually; return its text about the placement."""
    assert bpy.ops.easel.place(job_id=rows()[0].name, kind=kind, **settings) == {"FINISHED"}
    return rows()[0].placement_text


@pytest.fixture(params=["beside", "packed"])
def made(
    request: pytest.FixtureRequest, service: "Simulator", skin: bpy.types.Image, tmp_path: Path
) -> bpy.types.Image:
    """Return the tiled image that the edit of two tiles has made."""
    if request.param == "beside":
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    result = edit(skin, "1002,1011")
    assert bool(result.packed_files) is (request.param == "packed")
    return result


def test_placed_again_the_tiled_image_in_the_file_is_used(
    made: bpy.types.Image, skin: bpy.types.Image, tmp_path: Path
) -> None:
    files = sorted(tmp_path.rglob("*.png"))
    assert place_again().startswith("It is in this file already")
    assert set(tiled()) == {skin, made}
    bpy.ops.mesh.primitive_plane_add()
    assert "already" not in place_again("TEXTURE")
    assert set(tiled()) == {skin, made}
    assert bpy.context.object.active_material.node_tree.user_of_id(made), "the plane shows it"
    assert sorted(tmp_path.rglob("*.png")) == files
    assert made.easel_original == skin, "it became no ancestor of itself"


def test_also_after_the_file_was_opened_again(made: bpy.types.Image, tmp_path: Path) -> None:
    name = made.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    pump.tick()
    assert place_again().startswith("It is in this file already")
    assert [image.name for image in tiled() if TILES_KEY in image] == [name]


def test_as_a_copy_it_is_another(made: bpy.types.Image, skin: bpy.types.Image) -> None:
    place_again(as_copy=True)
    (again,) = set(tiled()) - {skin, made}
    for number in NUMBERS:
        np.testing.assert_array_equal(shown(again, number), shown(made, number))
    assert pictures_in(again) == pictures_in(made)


def test_what_the_artist_painted_on_is_left_alone_and_said(
    made: bpy.types.Image, skin: bpy.types.Image
) -> None:
    painted = paint(made)
    told = place_again()
    assert f"“{made.name}” changed, or its colour settings did: this is a different image" in told
    (again,) = set(tiled()) - {skin, made}
    np.testing.assert_array_equal(shown(again, 1001), painted)


def test_an_edited_tile_that_was_painted_and_saved_is_made_anew(
    service: "Simulator", skin: bpy.types.Image, saved_file: Path
) -> None:
    made = edit(skin, "1002")
    before = shown(made, 1002)
    path = saved_file.parent / "textures" / "older.1002.png"
    Image.new("RGBA", (64, 64), (9, 9, 9, 255)).save(path)
    assert "changed, or its colour settings did" in place_again()
    (again,) = set(tiled()) - {skin, made}
    np.testing.assert_array_equal(shown(again, 1002), before)
    assert place_again().startswith("It is in this file already"), "that one is as it was placed"
    assert set(tiled()) == {skin, made, again}


def test_tiles_that_came_one_after_the_other_are_all_known(
    service: "Simulator", skin: bpy.types.Image, saved_file: Path
) -> None:
    bpy.data.images.remove(edit(skin, "1002,1011"))
    jobs = [session.engine().job(row.name) for row in rows()]
    for job in jobs:
        files = TileFiles([job], saved_file.parent / "textures")
        assert files.wait(math.inf)
        (name,) = place_tiles([job], files.parts).images
    assert set(pictures_in(bpy.data.images[name])) == {1002, 1011}
    again = TileFiles(jobs, saved_file.parent / "textures")
    assert not again.assemblies
    assert place_tiles(jobs, again.parts).images == (name,)
    bpy.data.images.remove(bpy.data.images[name])
    assert not again.is_for(jobs, saved_file.parent / "textures"), "it was deleted meanwhile"


@pytest.mark.parametrize("note", ["", "[]", "{no", '{"1002": 3}', '{"x": ["a", 1]}', 7])
def test_what_others_have_noted_there_is_none_of_ours(
    service: "Simulator", skin: bpy.types.Image, saved_file: Path, note: object
) -> None:
    made = edit(skin, "1002")
    made[TILES_KEY] = note
    place_again()
    (again,) = set(tiled()) - {skin, made}
    assert set(pictures_in(again)) == {1002}
