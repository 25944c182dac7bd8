# SPDX-License-Identifier: GPL-3.0-or-later
"""A saved copy holds the pixels and the recipe in each format; Pillow checks the pixels."""

import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from easel.imaging.errors import ImagingError
from easel.imaging.exr import read_exr, write_exr
from easel.imaging.inscription import EDITED, SOURCE_TYPE, content_of, inscribe, read_told
from easel.imaging.pixels import linear_to_srgb
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.saved_copy import save_copy

RECIPE = '{"prompt": "café 銅"}'
SIZE = (40, 24)


def picture(channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    """Make a smooth picture, which every format changes little."""
    down, across = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / np.array([SIZE[1], SIZE[0]]).reshape(2, 1, 1)
    values = np.stack([across, down, across * down, 0.2 + 0.8 * across], -1)[..., :channels]
    return (values * np.iinfo(dtype).max).astype(dtype)


def inscribed(folder: Path, pixels: np.ndarray) -> Path:
    plain, path = folder / "plain.png", folder / "source.png"
    with plain.open("wb") as file:
        write_png(file, ArrayRows(pixels))
    to = io.BytesIO()
    inscribe(plain, to, RECIPE, source_type=EDITED, content=content_of(plain))
    path.write_bytes(to.getvalue())
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".PNG"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_and_recipe_are_in_each_format(
    tmp_path: Path, suffix: str, channels: int, dtype: type
) -> None:
    pixels = picture(channels, dtype)
    source, target = inscribed(tmp_path, pixels), tmp_path / f"copy{suffix}"
    loss = save_copy(source, target)
    assert ("transparency" in loss) == (suffix == ".jpg" and channels == 4)
    if suffix == ".PNG":
        assert target.read_bytes() == source.read_bytes()
    told = read_told(target)
    assert (told.recipe, told.packet.text(*SOURCE_TYPE)) == (RECIPE, EDITED)
    with PIL.Image.open(source) as first, PIL.Image.open(target) as second:
        over = PIL.Image.new("RGBA", SIZE, "white")
        wanted, found = (
            np.asarray(PIL.Image.alpha_composite(over, _eight(each).convert("RGBA")), np.int32)
            for each in (first, second)
        )
        assert second.format == {".jpg": "JPEG", ".webp": "WEBP", ".PNG": "PNG"}[suffix]
    assert np.abs(wanted - found).max() <= 12
    assert np.abs(wanted - found).mean() < 2
    assert not list(tmp_path.glob("*.part"))


def _eight(image: PIL.Image.Image) -> PIL.Image.Image:
    return image if not image.mode.startswith("I") else image.point(lambda value: value / 257, "L")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_an_openexr_is_light_and_comes_back(tmp_path: Path, channels: int) -> None:
    pixels = picture(channels, np.uint16)
    source, target = inscribed(tmp_path, pixels), tmp_path / "copy.exr"
    assert save_copy(source, target) == ""
    floats = read_exr(target)
    alpha = pixels[..., 3:] / 65535 if channels == 4 else 1.0
    straight = floats[..., :3] / alpha
    wanted = pixels[..., :3] / 65535
    assert np.abs(linear_to_srgb(straight.astype(np.float64)) - wanted).max() < 1e-4
    back = tmp_path / "back.png"
    assert save_copy(target, back) == ""
    with PIL.Image.open(back) as image:
        wanted = np.asarray(_eight(image).convert("RGBA"), np.int32)
    with PIL.Image.open(source) as image:
        assert np.abs(wanted - np.asarray(_eight(image).convert("RGBA"), np.int32)).max() <= 1


def test_what_is_brighter_than_white_is_said(tmp_path: Path) -> None:
    source, target = tmp_path / "sun.exr", tmp_path / "sun.jpg"
    with source.open("wb") as file:
        write_exr(file, np.full((4, 4, 3), 3.0, np.float32))
    assert "brighter than white" in save_copy(source, target)
    with PIL.Image.open(target) as image:
        assert image.getpixel((1, 1)) == (255, 255, 255)


def test_what_can_not_be_read_leaves_what_was_there(tmp_path: Path) -> None:
    source, target = tmp_path / "broken.png", tmp_path / "mine.jpg"
    source.write_bytes(inscribed(tmp_path, picture()).read_bytes()[:120])
    target.write_bytes(b"mine")
    with pytest.raises(ImagingError):
        save_copy(source, target)
    assert target.read_bytes() == b"mine"
    assert not list(tmp_path.glob("*.part"))
