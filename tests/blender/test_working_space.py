# SPDX-License-Identifier: GPL-3.0-or-later
"""Floats in a .blend whose working space is not Rec.709: sent as the Standard view shows, and returned."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from edits import sent_and_back
from mathutils import Color
from numpy.typing import NDArray
from PIL import Image
from tiled import SIDE, edit as edit_tiles, picture, sent, shown

from easel.imaging.exr import write_exr
from easel.scene.session import session
from easel.scene.sources.linear_spaces import working_space

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIZE = (96, 64)  # pixels
BLOCK = 16
SPACES = ("Linear Rec.2020", "ACEScg")
needs_working_space = pytest.mark.skipif(
    not hasattr(bpy.data, "colorspace"), reason="before Blender 5.0 a .blend has no working space of its own"
)
Floats = NDArray[np.float32]


@pytest.fixture(params=SPACES)
def space(request: pytest.FixtureRequest) -> str:
    bpy.ops.wm.set_working_color_space(working_space=request.param, convert_colors=False)
    assert working_space().name == bpy.data.colorspace.working_space == request.param
    return request.param


def colours() -> NDArray[np.uint8]:
    """Return opaque blocks of known sRGB colours, top row first."""
    blocks = np.random.default_rng(7).integers(40, 216, (SIZE[1] // BLOCK, SIZE[0] // BLOCK, 4), np.uint8)
    blocks[..., 3] = 255
    return np.kron(blocks, np.ones((BLOCK, BLOCK, 1), np.uint8))


def linear(values: NDArray[np.uint8]) -> Floats:
    stored = values / 255
    decoded = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    return decoded.astype(np.float32)


def in_working_space(values: Floats) -> Floats:
    """Convert colours to the working space, one at a time, as Blender does."""
    turned = values.copy()
    for place in np.ndindex(*values.shape[:2]):
        turned[place][:3] = Color(values[place][:3].tolist()).from_rec709_linear_to_scene_linear()
    return turned


def floats(_folder: Path) -> bpy.types.Image:
    image = bpy.data.images.new("made", *SIZE, alpha=True, float_buffer=True)
    image.pixels.foreach_set(in_working_space(linear(colours()))[::-1].ravel())
    image.update()
    return image


def exr(folder: Path) -> bpy.types.Image:
    """Open a Rec.709 file, which Blender converts to its working space."""
    with (folder / "light.exr").open("w+b") as file:
        write_exr(file, linear(colours()))
    image = bpy.data.images.load(str(folder / "light.exr"))
    image.colorspace_settings.name = "Linear Rec.709"
    return image


def exr_of_the_space(folder: Path) -> bpy.types.Image:
    with (folder / "light.exr").open("w+b") as file:
        write_exr(file, in_working_space(linear(colours())))
    image = bpy.data.images.load(str(folder / "light.exr"))
    image.colorspace_settings.name = bpy.data.colorspace.working_space
    return image


MAKERS = pytest.mark.parametrize("make", [floats, exr, exr_of_the_space])


def left_half(size: tuple[int, int]) -> bpy.types.Image:
    mask = bpy.data.images.new("Left", *size)
    values = np.zeros((size[1], size[0], 4), np.float32)
    values[..., 3] = 1
    values[:, : size[0] // 2] = 1
    mask.pixels.foreach_set(values.ravel())
    return mask


def pixels(image: bpy.types.Image) -> Floats:
    assert tuple(image.size) == SIZE
    values = np.empty(SIZE[0] * SIZE[1] * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(SIZE[1], SIZE[0], -1)[::-1]


def seen(image: bpy.types.Image, folder: Path) -> NDArray[Any]:
    """Return the colours that the Standard view shows, in the middle of the blocks."""
    scene = bpy.data.scenes.new("Standard")
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    image.save_render(str(folder / "seen.png"), scene=scene)
    with Image.open(folder / "seen.png") as shown:
        return middle(np.asarray(shown.convert("RGB")).astype(int))


def middle(values: NDArray[Any]) -> NDArray[Any]:
    return values[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK, :3]


@needs_working_space
@MAKERS
def test_what_is_not_changed_looks_the_same(
    make: Callable[[Path], bpy.types.Image],
    space: str,
    tmp_path: Path,
    service: "Simulator",
    echo: None,
) -> None:
    image = make(tmp_path)
    expected = middle(colours().astype(int))
    assert np.abs(seen(image, tmp_path) - expected).max() <= 1
    result = sent_and_back(image)
    assert result.colorspace_settings.name == "sRGB"
    assert np.abs(middle(np.rint(pixels(result) * 255)) - expected).max() <= 3
    assert np.abs(seen(result, tmp_path) - expected).max() <= 4


@needs_working_space
@MAKERS
def test_in_a_mask_too_and_beyond_it_every_float_stays(
    make: Callable[[Path], bpy.types.Image],
    space: str,
    tmp_path: Path,
    service: "Simulator",
    echo: None,
) -> None:
    image = make(tmp_path)
    before, shown = pixels(image).copy(), seen(image, tmp_path)
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.image, mask.feather, mask.bleed = "IMAGE", left_half(SIZE), 0, 0
    result = sent_and_back(image)
    assert result.is_float
    assert result.colorspace_settings.name == space
    after = pixels(result)
    np.testing.assert_array_equal(after[:, SIZE[0] // 2 :], before[:, SIZE[0] // 2 :])
    assert (after[:, : SIZE[0] // 2] != before[:, : SIZE[0] // 2]).any(), "8 bits went there and back"
    assert np.abs(middle(after) - middle(before)).max() < 0.02
    assert np.abs(seen(result, tmp_path) - shown).max() <= 4

    bpy.ops.wm.set_working_color_space(working_space="Linear Rec.709", convert_colors=True)
    job = bpy.context.window_manager.easel.jobs[0]
    known = set(bpy.data.images)
    assert bpy.ops.easel.place(job_id=job.name, kind="IMAGE", as_copy=True) == {"FINISHED"}
    (elsewhere,) = set(bpy.data.images) - known
    for image in (result, elsewhere):
        assert image.colorspace_settings.name == space
        assert np.abs(seen(image, tmp_path) - shown).max() <= 4


def placed_tile() -> NDArray[np.uint8]:
    """Return the result that was placed among the tiles, as sRGB."""
    job = session.engine().job(bpy.context.window_manager.easel.jobs[0].name)
    with Image.open(job.results_to_place[0].path) as file:
        return np.asarray(file.convert("RGBA")).astype(int)


@needs_working_space
def test_an_edited_tile_is_like_the_others(
    space: str, saved_file: Path, load_udim: Callable[..., bpy.types.Image], service: "Simulator"
) -> None:
    image = load_udim("exr")
    image.colorspace_settings.name = "Linear Rec.709"
    result = edit_tiles(image, "1002")
    assert np.abs(sent()[1002].astype(int) - picture(1002)).max() <= 1
    assert result.colorspace_settings.name == "Linear Rec.709"
    assert np.abs(shown(result, 1002).astype(int) - placed_tile()).max() <= 1
    assert np.abs(shown(result, 1001).astype(int) - picture(1001)).max() <= 1


@needs_working_space
@pytest.mark.parametrize("is_of_the_space", [False, True])
def test_an_edited_tile_with_a_mask_too(
    space: str,
    is_of_the_space: bool,
    saved_file: Path,
    load_udim: Callable[..., bpy.types.Image],
    service: "Simulator",
    echo: None,
) -> None:
    image = load_udim("exr")
    image.colorspace_settings.name = space if is_of_the_space else "Linear Rec.709"
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.image, mask.feather, mask.bleed = "IMAGE", left_half((SIDE, SIDE)), 0, 0
    before = shown(image, 1002).astype(int)
    result = edit_tiles(image, "1002")
    assert result.colorspace_settings.name == image.colorspace_settings.name
    after = shown(result, 1002).astype(int)
    assert np.abs(after[8::16, 8::16] - before[8::16, 8::16]).max() <= 4
    assert np.abs(after[:, SIDE // 2 :] - before[:, SIDE // 2 :]).max() <= (0 if is_of_the_space else 1)
    assert np.abs(shown(result, 1001).astype(int) - shown(image, 1001)).max() == 0


@needs_working_space
def test_painted_tiles_of_floats_stay(
    space: str, saved_file: Path, load_udim: Callable[..., bpy.types.Image], service: "Simulator"
) -> None:
    image = load_udim("exr")
    colour = np.array([0.2, 0.5, 0.1, 1], np.float32)
    image.pixels.foreach_set(np.tile(colour, SIDE * SIDE))
    image.update()
    result = edit_tiles(image, "1002")
    kept = np.empty(SIDE * SIDE * 4, np.float32)
    result.pixels.foreach_get(kept)
    np.testing.assert_array_equal(kept.reshape(-1, 4)[0], colour)
    assert np.abs(shown(result, 1002).astype(int) - placed_tile()).max() <= 1
    assert np.abs(shown(result, 1011).astype(int) - picture(1011)).max() <= 1
