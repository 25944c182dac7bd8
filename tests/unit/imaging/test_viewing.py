# SPDX-License-Identifier: GPL-3.0-or-later
"""A file from disk is sent as viewers show it, and an image in Blender as Blender shows it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from easel.imaging.any_header import read_any_header
from easel.imaging.formats import Format
from easel.imaging.metadata import Viewing, read_viewing
from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.imaging.snapshot import FileSnapshot
from easel.imaging.thumbnails import read_thumbnail
from easel.imaging.upload import prepare_upload

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXCHANGED = SRGB.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
"""A colour profile that swaps red and blue."""
KINDS = {"jpg": {"quality": 95, "subsampling": 0}, "png": {}, "webp": {"lossless": True}, "tif": {}}


def picture() -> NDArray[np.uint8]:
    """Make a picture whose quarters have different colours, so that its orientation shows."""
    colours = np.array([[[220, 40, 40], [40, 220, 40]], [[40, 40, 220], [220, 220, 40]]], np.uint8)
    return np.kron(colours, np.ones((16, 24, 1), np.uint8))


def save(path: Path, *, orientation: int = 1, **options: Any) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture()).save(path, exif=exif, **KINDS[path.suffix[1:]], **options)
    return path


def sent(path: Path, folder: Path, *, as_viewed: bool) -> NDArray[np.int64]:
    upload = prepare_upload(FileSnapshot(path=path, as_viewed=as_viewed), folder, "source")
    out = make_outgoing(upload.path, folder, "sent", UploadRule(), is_ours=upload.is_ours)
    with Image.open(out.path) as image:
        assert not dict(image.getexif())
        assert "icc_profile" not in image.info
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_file_is_sent_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = save(tmp_path / f"photo.{suffix}", orientation=orientation)
    with Image.open(save(tmp_path / "same.png", orientation=orientation)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")  # older Pillows turn TIFFs twice
    seen = sent(path, tmp_path, as_viewed=True)
    assert seen.shape[:2] == upright.size[::-1]
    assert np.abs(seen - np.asarray(upright)).mean() < 2
    assert read_any_header(path).viewed_size == upright.size
    thumbnail = read_thumbnail(path, as_viewed=True)
    assert (thumbnail.width, thumbnail.height) == upright.size


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_what_is_in_blender_is_not_turned(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = save(tmp_path / f"photo.{suffix}", orientation=orientation)
    header = read_any_header(path)
    assert (header.width, header.height) == (48, 32)
    thumbnail = read_thumbnail(path)
    assert (thumbnail.width, thumbnail.height) == (48, 32)
    rows = thumbnail.pixels.reshape(32, 48, 4)[::-1, :, :3].astype(int)
    assert np.abs(rows - picture()).mean() < 4
    if suffix != "tif":  # Blender itself decodes a TIFF
        assert np.abs(sent(path, tmp_path, as_viewed=False) - picture()).mean() < 2


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_colours_are_those_that_viewers_show(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"photo.{suffix}", icc_profile=EXCHANGED)
    seen = sent(path, tmp_path, as_viewed=True)
    assert np.abs(seen[4, 4] - (40, 40, 220)).max() < 16, "what was red is blue"
    if suffix != "tif":
        assert not read_any_header(path).is_viewed_as_stored
        assert np.abs(sent(path, tmp_path, as_viewed=False) - picture()).mean() < 2, "Blender ignores it"


def test_a_profile_that_is_srgb_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = save(tmp_path / "photo.jpg", icc_profile=SRGB)
    upload = prepare_upload(FileSnapshot(path=path, as_viewed=True), tmp_path, "source")
    assert upload.path == path


@pytest.mark.parametrize("profile", [b"nonsense" * 40, SRGB[:200], b"\0" * 1_500_000])
def test_a_broken_profile_says_nothing(tmp_path: Path, profile: bytes) -> None:
    path = save(tmp_path / "photo.png", icc_profile=profile)
    np.testing.assert_array_equal(sent(path, tmp_path, as_viewed=True), picture())


def test_broken_exif_says_nothing() -> None:
    for exif in (b"", b"nonsense", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0"):
        data = io.BytesIO()
        Image.fromarray(picture()).save(data, "JPEG", exif=b"Exif\0\0" + exif)
        data.seek(0)
        assert read_viewing(data, Format.JPEG) == Viewing()
