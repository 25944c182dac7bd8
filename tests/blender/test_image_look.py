# SPDX-License-Identifier: GPL-3.0-or-later
"""How results are read: images that Blender decodes to floats are sent as sRGB, in any colour space."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from PIL import Image

from easel.imaging.exr import write_exr
from easel.imaging.png import ArrayRows, write_png
from easel.scene.masks.masks import packed_points
from easel.scene.placement.reading import look_of
from easel.scene.sources.snapshots import snapshot

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 64
LINEAR = "Linear Rec.709"


def write(path: Path, *, deep: bool) -> None:
    values = np.random.default_rng(1).integers(0, 256, (8, 8, 4), np.uint8)
    with path.open("w+b") as file:
        match path.suffix:
            case ".exr":
                write_exr(file, (values / 255).astype(np.float32))
            case ".png":
                write_png(file, ArrayRows(values.astype(np.uint16) * 257 if deep else values))
            case _:
                Image.fromarray(values[..., 0].astype(np.uint16) * 257 if deep else values).save(file)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("name", "deep", "colour_space", "read_as"),
    [
        ("light.exr", True, "Filmic sRGB", "sRGB"),
        ("light.exr", True, LINEAR, "sRGB"),
        ("wall.png", True, "AgX Base sRGB", "sRGB"),
        ("wall.png", False, LINEAR, LINEAR),
        ("wall.tif", True, "AgX Base sRGB", "sRGB"),
        ("wall.tif", False, LINEAR, LINEAR),
        ("wall.tif", False, "Non-Color", "Non-Color"),
        ("wall.exr", True, "Non-Color", "Non-Color"),
    ],
)
def test_what_is_decoded_to_floats_is_sent_as_srgb(
    tmp_path: Path, name: str, deep: bool, colour_space: str, read_as: str, is_packed: bool
) -> None:
    write(tmp_path / name, deep=deep)
    image = bpy.data.images.load(str(tmp_path / name))
    image.alpha_mode = "NONE"  # so that Blender decodes a PNG too
    image.colorspace_settings.name = colour_space
    if is_packed:
        image.pack()
        (tmp_path / name).unlink()
    look = look_of(image, snapshot(image))
    assert look is not None
    assert (look.colour_space or "sRGB") == read_as
    assert not image.has_data, "nothing is decoded for it"
    assert image.size[0] == 8
    assert image.is_float == deep


@pytest.mark.parametrize("is_painted", [False, True])
def test_what_is_painted_comes_back_bit_by_bit_whatever_its_alpha_mode(
    service: "Simulator", tmp_path: Path, is_painted: bool
) -> None:
    """A premultiplied file can't hold colours that are brighter than their alpha."""
    if is_painted:
        Image.new("RGBA", (SIDE, SIDE)).save(tmp_path / "wall.png")
        image = bpy.data.images.load(str(tmp_path / "wall.png"))
    else:
        image = bpy.data.images.new("wall", SIDE, SIDE, alpha=True)
    image.alpha_mode = "PREMUL"
    values = np.random.default_rng(2).integers(1, 256, (SIDE, SIDE, 4)) / 255
    image.pixels.foreach_set(values.astype(np.float32).ravel())
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.bleed, mask.feather = "AREA", 0, 0
    drawn = mask.areas.add()
    drawn.image, drawn.points = image, packed_points(((0, 0), (0.5, 0), (0.5, 1), (0, 1)))
    sources = [{"name": image.name}]
    assert bpy.ops.easel.edit(prompt="older", sources=sources, placement="IMAGE", wait=True) == {"FINISHED"}
    (result,) = (one for one in bpy.data.images if one.easel_original == image)
    before, after = (np.array(one.pixels[:]).reshape(SIDE, SIDE, 4) for one in (image, result))
    np.testing.assert_array_equal(after[:, SIDE // 2 :], before[:, SIDE // 2 :])
    np.testing.assert_array_equal(after[..., 3], before[..., 3])
    assert (after[:, : SIDE // 2] != before[:, : SIDE // 2]).any(-1).mean() > 0.9
