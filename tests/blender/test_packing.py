# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that Easel packs are the same after Blender has unpacked them."""

import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest
from PIL import Image
from placing import PACK, MakeJob, plan

from easel.imaging.png import ArrayRows, write_png
from easel.scene.pictures.packing import free_name, name_packed, pack_painted
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


@pytest.mark.parametrize("alpha", ["STRAIGHT", "PREMUL", "CHANNEL_PACKED"])
@pytest.mark.parametrize("space", ["sRGB", "Non-Color", "Linear Rec.709", "ACEScg", "Filmic sRGB"])
@pytest.mark.parametrize(("depth", "channels"), [(np.uint8, 4), (np.uint16, 3), (np.uint16, 4)])
def test_a_painted_image_looks_the_same_when_it_was_packed(
    tmp_path: Path, depth: type, channels: int, space: str, alpha: str
) -> None:
    stored = np.array((0.6, 0.4, 0.3, 0.7))[:channels] * np.iinfo(depth).max
    with (tmp_path / "bark.png").open("wb") as file:
        write_png(file, ArrayRows(np.tile(stored.astype(depth), (8, 8, 1))))
    image = bpy.data.images.load(str(tmp_path / "bark.png"))
    image.name, image.use_fake_user = "bark", True
    image.colorspace_settings.name, image.alpha_mode = space, alpha
    image.pixels[0] = 0.25
    seen = list(image.pixels)
    pack_painted(image)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert list(bpy.data.images["bark"].pixels) == pytest.approx(seen, abs=0.002)


def test_tiles_keep_their_numbers_beside_a_free_stem() -> None:
    image = bpy.data.images.new("tiled", 4, 4)
    image.filepath_raw = "//elsewhere/Moss.<UDIM>.png"
    assert free_name("moss.<UDIM>.png") == "moss-2.<UDIM>.png"
    assert free_name("moss.<UDIM>.png", image) == "moss.<UDIM>.png"
    assert free_name("moss.png") == "moss.png"
