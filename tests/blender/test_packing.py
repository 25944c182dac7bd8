# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that Easel packs are the same after Blender has unpacked them."""

import shutil
from pathlib import Path

import bpy
import pytest
from PIL import Image
from placing import PACK, MakeJob, plan

from easel.scene.pictures.packing import free_name, name_packed
from easel.scene.placement.place import place


def packed_image(path: Path, name: str, colour: str) -> bpy.types.Image:
    Image.new("RGB", (4, 4), colour).save(path)
    image = bpy.data.images.load(str(path))
    image.pack()
    name_packed(image, name)
    image.use_fake_user = True
    return image


def first_pixels() -> dict[str, list[float]]:
    return {image.name: list(image.pixels[:3]) for image in bpy.data.images if image.size[0]}


@pytest.mark.parametrize("method", ["USE_LOCAL", "WRITE_LOCAL"])
def test_unpacked_images_show_themselves(tmp_path: Path, make_job: MakeJob, method: str) -> None:
    place(make_job(plan("IMAGE"), 2), PACK)
    place(make_job(plan("IMAGE")), PACK)
    packed_image(tmp_path / "one.png", "Clipboard.PNG", "red")
    packed_image(tmp_path / "two.png", "clipboard.png", "lime")  # some disks don't tell these names apart
    before = first_pixels()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.file.unpack_all(method=method)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert first_pixels() == before
    assert len(list((tmp_path / "textures").iterdir())) == len(before)
    shutil.rmtree(tmp_path / "textures")


def test_tiles_keep_their_numbers_beside_a_free_stem() -> None:
    image = bpy.data.images.new("tiled", 4, 4)
    image.filepath_raw = "//elsewhere/Moss.<UDIM>.png"
    assert free_name("moss.<UDIM>.png") == "moss-2.<UDIM>.png"
    assert free_name("moss.<UDIM>.png", image) == "moss.<UDIM>.png"
    assert free_name("moss.png") == "moss.png"
