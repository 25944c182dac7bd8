# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is sent in a form that every reader shows as Blender does, and all that Blender shows is read."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from easel.imaging.any_header import read_any_header
from easel.imaging.check import check_image, read_header
from easel.imaging.depth import read_deep, read_shallow
from easel.imaging.errors import ImageDamaged
from easel.imaging.opening import open_picture
from easel.imaging.outgoing import UploadRule, make_outgoing

SIZE = (64, 48)


def picture() -> NDArray[np.uint8]:
    down, across = np.mgrid[: SIZE[1], : SIZE[0]]
    return np.dstack((across * 3 + 20, down * 4 + 20, across + down)).astype(np.uint8)


def saved(kind: str, image: Image.Image | NDArray[Any], **options: Any) -> bytes:
    target = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(target, kind, **options)
    return target.getvalue()


def with_chunk(data: bytes, kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    return data[:33] + struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum) + data[33:]


def text(key: str, value: str) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_text(key, value, zip=True)
    return texts


RGB, GREY = picture(), picture()[..., 0]
OTHER = Image.fromarray(255 - RGB)
PALETTE = Image.fromarray(RGB).quantize(64)
NOT_PLAIN = {
    "png of a palette": lambda: saved("PNG", PALETTE),
    "png of a palette with alpha": lambda: saved("PNG", PALETTE, transparency=bytes(range(64))),
    "png of one bit": lambda: saved("PNG", Image.fromarray(GREY).convert("1")),
    "png of 16-bit grey": lambda: saved("PNG", GREY.astype(np.uint16) * 257),
    "png with a clear colour": lambda: saved("PNG", RGB, transparency=(20, 20, 0)),
    "png with a clear grey": lambda: saved("PNG", GREY, transparency=20),
    "jpeg of cmyk": lambda: saved("JPEG", Image.fromarray(RGB).convert("CMYK")),
    "jpeg of rgb": lambda: saved("JPEG", RGB, keep_rgb=True),
    "jpeg without an end": lambda: saved("JPEG", RGB)[:-2],
    "webp that moves": lambda: saved("WEBP", Image.fromarray(RGB), save_all=True, append_images=[OTHER]),
}


@pytest.mark.parametrize("name", NOT_PLAIN)
@pytest.mark.parametrize("lossless", [True, False])
def test_what_readers_take_in_more_than_one_way_is_encoded(
    tmp_path: Path, name: str, *, lossless: bool
) -> None:
    path = tmp_path / "source"
    path.write_bytes(NOT_PLAIN[name]())
    rule = UploadRule(lossless=lossless)
    out = make_outgoing(path, tmp_path, "sent", rule, is_ours=False)
    assert out.path != path
    with open_picture(path) as before, Image.open(out.path) as sent:
        assert sent.mode in ("L", "RGB", "RGBA")
        assert getattr(sent, "n_frames", 1) == 1
        if not before.mode.startswith("I"):  # Pillow cuts 16-bit values off at 255
            difference = np.asarray(sent.convert("RGBA")).astype(int) - np.asarray(before.convert("RGBA"))
            assert np.abs(difference).mean() < (0.01 if lossless else 6)


def test_what_we_made_with_16_bits_leaves_with_8(tmp_path: Path) -> None:
    path = tmp_path / "canvas.png"
    path.write_bytes(saved("PNG", GREY.astype(np.uint16) * 257))
    out = make_outgoing(path, tmp_path, "sent", UploadRule(), is_ours=True, is_data=True)
    with Image.open(out.path) as sent:
        assert (sent.mode, sent.format) == ("L", "PNG")
        np.testing.assert_array_equal(np.asarray(sent), GREY)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: saved("PNG", RGB, pnginfo=text("Raw profile", "A" * 3_000_000)), id="text"),
        pytest.param(lambda: saved("PNG", RGB, icc_profile=b"\0" * 1_500_000), id="profile"),
        pytest.param(lambda: with_chunk(saved("PNG", RGB), b"tEXt", b"Author\0x", checksum=1), id="checksum"),
        pytest.param(lambda: with_chunk(saved("PNG", RGB), b"tRNS", b"\0"), id="clear colour"),
        pytest.param(lambda: with_chunk(saved("PNG", RGB), b"iCCP", b"name\0\0nonsense"), id="bad profile"),
    ],
)
def test_what_does_not_make_the_pixels_forbids_nothing(tmp_path: Path, data: Any) -> None:
    path = tmp_path / "source.png"
    path.write_bytes(data())
    assert (read_header(path).width, check_image(path).height) == SIZE
    for read in (read_shallow, read_deep):
        np.testing.assert_array_equal(read(path), RGB)
    out = make_outgoing(path, tmp_path, "sent", UploadRule(lossless=True), is_ours=False)
    with Image.open(out.path) as sent:
        np.testing.assert_array_equal(np.asarray(sent), RGB)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_a_source_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, options: Any) -> None:
    data = saved("JPEG", RGB, quality=95, subsampling=0, **options)
    path = tmp_path / "source.jpg"
    path.write_bytes(data[: len(data) * 9 // 10])
    pixels = read_shallow(path)
    assert np.abs(pixels[:16].astype(int) - RGB[:16]).mean() < 8
    out = make_outgoing(path, tmp_path, "sent", UploadRule(), is_ours=False)
    check_image(out.path)
    with pytest.raises(ImageDamaged):  # a download must be complete
        check_image(path)


@pytest.mark.parametrize("length", [0, 1])
@pytest.mark.parametrize("marker", [0xE1, 0xE2, 0xEE])
def test_a_segment_that_is_shorter_than_its_length_is_no_obstacle(
    tmp_path: Path, marker: int, length: int
) -> None:
    data = saved("JPEG", RGB)
    path = tmp_path / "odd.jpg"
    path.write_bytes(data[:20] + struct.pack(">BBH", 0xFF, marker, length) + data[20:])
    assert read_any_header(path).is_plain is False
