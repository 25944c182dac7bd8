# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures are sent as they are, as PNG if nothing may be lost, or else as JPEG, within the limits."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from easel.imaging.formats import Format
from easel.imaging.outgoing import Outgoing, UploadRule, make_outgoing

RULE = UploadRule()


def clouds(size: int = 256, channels: int = 3) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 256, (8, 8, channels), np.uint8))
    pixels = np.array(small.resize((size, size), Image.Resampling.BICUBIC))
    return pixels ^ rng.integers(0, 4, pixels.shape, np.uint8)


def save(path: Path, pixels: NDArray[np.uint8], **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def opened(path: Path) -> Image.Image:
    """Read an image into memory and close its file."""
    with Image.open(path) as image:
        image.load()
        return image


def send(path: Path, rule: UploadRule = RULE, *, is_ours: bool = False, is_data: bool = False) -> Outgoing:
    return make_outgoing(path, path.parent, "sent", rule, is_ours=is_ours, is_data=is_data)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_clean_file_of_the_right_size_is_sent_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"picture.{suffix}", clouds())
    assert send(path).path.read_bytes() == path.read_bytes()


def test_metadata_stay_at_home_and_the_file_as_it_is(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Jane Artist")
    path = save(tmp_path / "picture.png", clouds(), pnginfo=texts)
    before = path.read_bytes()
    sent = send(path)
    assert sent.path != path
    assert path.read_bytes() == before
    assert b"Jane" not in sent.path.read_bytes()
    assert np.array_equal(np.asarray(opened(sent.path)), clouds())


def test_what_we_encode_is_jpeg_where_that_loses_nothing_that_matters(tmp_path: Path) -> None:
    opaque = save(tmp_path / "opaque.png", clouds())
    sent = send(opaque, is_ours=True)
    assert sent.format is Format.JPEG
    assert sent.path.stat().st_size < opaque.stat().st_size / 2
    difference = np.asarray(opened(sent.path)).astype(int) - clouds()
    assert np.abs(difference).mean() < 2

    all_opaque = clouds(channels=4)
    all_opaque[..., 3] = 255
    assert send(save(tmp_path / "all.png", all_opaque), is_ours=True).format is Format.JPEG


def test_what_we_encode_is_png_where_it_would_lose(tmp_path: Path) -> None:
    alpha = save(tmp_path / "alpha.png", clouds(channels=4))
    opaque = save(tmp_path / "opaque.png", clouds())
    for path, rule, is_data in (
        (alpha, RULE, False),
        (opaque, RULE, True),
        (opaque, UploadRule(lossless=True), False),
    ):
        sent = send(path, rule, is_ours=True, is_data=is_data)
        assert sent.format is Format.PNG
        assert sent.path == path


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_side_that_is_too_long_is_made_shorter(tmp_path: Path, is_ours: bool) -> None:
    path = save(tmp_path / "large.png", clouds(600)[:300])
    sent = send(path, UploadRule(max_side=200), is_ours=is_ours)
    assert opened(sent.path).size == (200, 100)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_file_that_is_too_large_is_made_to_fit(tmp_path: Path, channels: int) -> None:
    path = save(
        tmp_path / "large.png", np.random.default_rng(2).integers(0, 256, (512, 512, channels), np.uint8)
    )
    sent = send(path, UploadRule(max_bytes=100_000))
    assert sent.path.stat().st_size <= 100_000
    assert sent.format is (Format.JPEG if channels == 3 else Format.PNG)
    width, height = opened(sent.path).size
    assert width == height > 50


def test_what_is_larger_than_both_limits_keeps_no_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Jane Artist"
    path = save(tmp_path / "large.jpg", clouds(600), exif=exif, comment=b"Jane")
    sent = send(path, UploadRule(max_side=512))
    assert b"Jane" not in sent.path.read_bytes()
    assert not dict(Image.open(io.BytesIO(sent.path.read_bytes())).getexif())
