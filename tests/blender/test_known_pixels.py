# SPDX-License-Identifier: GPL-3.0-or-later
"""A model that changes nothing gives back the same pixels, for every kind of image.

An image upside down, with another gamma, shifted by the padding or stretched would show.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from edits import sent_and_back
from movies import write_movie
from numpy.typing import NDArray
from PIL import Image
from recording_layout import draw

from easel.imaging.exr import write_exr
from easel.imaging.png import ArrayRows, write_png
from easel.panels.result import EASEL_PT_result
from easel.scene.placement.images import find_result

pytestmark = pytest.mark.usefixtures("echo")

BLOCK = 16  # pixels
LINEAR = "Linear Rec.709"
Pixels = NDArray[np.uint8]
Make = Callable[[Path, Pixels], bpy.types.Image]


def picture(size: tuple[int, int]) -> Pixels:
    """Return opaque blocks of known colours, top row first."""
    columns, rows = size[0] // BLOCK, size[1] // BLOCK
    blocks = np.random.default_rng(7).integers(40, 216, (rows, columns, 4), np.uint8)
    blocks[..., 3] = 255
    return np.kron(blocks, np.ones((BLOCK, BLOCK, 1), np.uint8))


def linear(values: Pixels) -> NDArray[np.float32]:
    stored = values / 255
    decoded = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return decoded.astype(np.float32)


def fill(image: bpy.types.Image, values: NDArray[Any]) -> bpy.types.Image:
    image.pixels.foreach_set(values[::-1].astype(np.float32).ravel())
    image.update()
    return image


def png(folder: Path, values: Pixels) -> bpy.types.Image:
    Image.fromarray(values).save(folder / "wall.png")
    return bpy.data.images.load(str(folder / "wall.png"))


def jpeg(folder: Path, values: Pixels) -> bpy.types.Image:
    Image.fromarray(values[..., :3]).save(folder / "wall.jpg", quality=100, subsampling=0)
    return bpy.data.images.load(str(folder / "wall.jpg"))


def tiff(folder: Path, values: Pixels) -> bpy.types.Image:
    Image.fromarray(values).save(folder / "wall.tif")
    return bpy.data.images.load(str(folder / "wall.tif"))


def premultiplied(folder: Path, values: Pixels) -> bpy.types.Image:
    image = png(folder, values)
    image.alpha_mode = "PREMUL"
    return image


def data(folder: Path, values: Pixels) -> bpy.types.Image:
    image = png(folder, values)
    image.colorspace_settings.name = "Non-Color"
    return image


def deep_png(folder: Path, values: Pixels) -> bpy.types.Image:
    with (folder / "deep.png").open("wb") as file:
        write_png(file, ArrayRows(values.astype(np.uint16) * 257))
    return bpy.data.images.load(str(folder / "deep.png"))


def packed(folder: Path, values: Pixels) -> bpy.types.Image:
    image = png(folder, values)
    image.pack()
    (folder / "wall.png").unlink()
    return image


def painted(folder: Path, values: Pixels) -> bpy.types.Image:
    return fill(png(folder, np.zeros_like(values)), values / 255)


def painted_and_packed(folder: Path, values: Pixels) -> bpy.types.Image:
    return fill(packed(folder, np.zeros_like(values)), values / 255)


def generated(_folder: Path, values: Pixels) -> bpy.types.Image:
    return fill(bpy.data.images.new("made", values.shape[1], values.shape[0], alpha=True), values / 255)


def floats(_folder: Path, values: Pixels) -> bpy.types.Image:
    image = bpy.data.images.new("made", values.shape[1], values.shape[0], alpha=True, float_buffer=True)
    return fill(image, linear(values))


def exr(folder: Path, values: Pixels) -> bpy.types.Image:
    with (folder / "light.exr").open("w+b") as file:
        write_exr(file, linear(values))
    image = bpy.data.images.load(str(folder / "light.exr"))
    image.colorspace_settings.name = LINEAR
    return image


def sequence(folder: Path, values: Pixels) -> bpy.types.Image:
    for number in (1, 2, 3):
        Image.fromarray(values if number == 2 else np.zeros_like(values)).save(
            folder / f"shot{number:03}.png"
        )
    image = bpy.data.images.load(str(folder / "shot001.png"))
    image.source = "SEQUENCE"
    bpy.context.scene.frame_set(2)
    return image


def movie(folder: Path, values: Pixels) -> bpy.types.Image:
    empty = np.zeros_like(values[..., :3])
    write_movie(folder / "clip.avi", [empty, values[..., :3], empty])
    bpy.context.scene.frame_set(2)
    return bpy.data.images.load(str(folder / "clip.avi"))


def linked(folder: Path, values: Pixels) -> bpy.types.Image:
    packed(folder, values).use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(folder / "library.blend"), link=True) as (_, wanted):
        wanted.images = ["wall.png"]
    return bpy.data.images[0]


def assert_shows(image: bpy.types.Image, expected: Pixels, tolerance: int) -> None:
    """Check the middle of each block; two resamplings change the blocks' borders."""
    height, width = expected.shape[:2]
    assert tuple(image.size) == (width, height)
    assert not image.is_float
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    shown = np.rint(values.reshape(height, width, -1)[::-1] * 255)[..., :3]
    middle = (slice(BLOCK // 2, None, BLOCK), slice(BLOCK // 2, None, BLOCK))
    assert np.abs(shown[middle] - expected[middle][..., :3]).max() <= tolerance


@pytest.mark.parametrize(
    "make",
    [
        png, jpeg, tiff, premultiplied, data, deep_png, packed, painted, painted_and_packed,
        generated, floats, exr, sequence, movie, linked,
    ],
)  # fmt: skip
def test_what_is_not_changed_looks_the_same(make: Make, tmp_path: Path) -> None:
    values = picture((96, 64))
    image = make(tmp_path, values)
    result = sent_and_back(image)
    assert_shows(result, values, tolerance=6 if make is movie else 3)
    assert result.colorspace_settings.name == ("Non-Color" if make is data else "sRGB")


@pytest.mark.parametrize("size", [(16, 16), (16, 128), (96, 16), (80, 256), (400, 272), (2048, 256)])
def test_at_any_size_and_shape(size: tuple[int, int], tmp_path: Path) -> None:
    values = picture(size)
    assert_shows(sent_and_back(png(tmp_path, values)), values, tolerance=3)


def test_the_image_can_be_had_as_it_came(tmp_path: Path) -> None:
    fitted = sent_and_back(png(tmp_path, picture((10 * BLOCK, 3 * BLOCK))))
    jobs = bpy.context.window_manager.easel.jobs
    job = jobs[0]
    assert job.is_fitted
    mirror = bpy.context.window_manager.easel
    for is_wanted in (False, True):
        mirror.as_it_came = is_wanted
        button = draw(EASEL_PT_result).find("easel.place")
        assert getattr(button.options, "as_it_came", False) is is_wanted
    mirror.active_job = 1
    assert not mirror.as_it_came, "it is a choice for one job"
    before = set(bpy.data.images)
    assert bpy.ops.easel.place(job_id=job.name, kind="IMAGE", as_it_came=True) == {"FINISHED"}
    (raw,) = set(bpy.data.images) - before
    assert "As generated by the model" in jobs[0].placement_text
    assert tuple(raw.size) != tuple(fitted.size)
    assert max(raw.size) > 1000, "what a model makes of 320 × 96"
    assert bpy.ops.easel.place(job_id=job.name, kind="IMAGE") == {"FINISHED"}
    assert set(bpy.data.images) == before | {raw}, "that one is in the file already"
    assert jobs[0].placement_text.startswith("It is in this file already")


def test_as_it_came_is_not_taken_for_what_is_lined_up(tmp_path: Path) -> None:
    """If it were projected, the picture would shift."""
    fitted = sent_and_back(png(tmp_path, picture((10 * BLOCK, 3 * BLOCK))))
    job_id = bpy.context.window_manager.easel.jobs[0].name
    assert find_result(job_id, 0) == fitted
    bpy.data.images.remove(fitted)
    for _again in range(2):
        assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE", as_it_came=True) == {"FINISHED"}
    assert find_result(job_id, 0) is None
    before = set(bpy.data.images)
    assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE") == {"FINISHED"}
    (fitted,) = set(bpy.data.images) - before
    assert find_result(job_id, 0) == fitted
