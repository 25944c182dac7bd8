# SPDX-License-Identifier: GPL-3.0-or-later
"""A downloaded file is trusted only after a complete decode."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from easel.imaging.check import ImageInfo, check_and_decode, check_image, read_header
from easel.imaging.errors import ImageDamaged, ImageTooLarge, ImagingError, NotAnImage, SourceUnreadable
from easel.imaging.formats import Format, sniff


def encoded(kind: Format, size: tuple[int, int] = (640, 400), mode: str = "RGB") -> bytes:
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    grain = np.random.default_rng(0).integers(0, 20, (height, width))
    image = PIL.Image.fromarray(
        np.stack([x * 200 // width + grain, y * 200 // height, (x + y) % 256], 2).astype(np.uint8)
    ).convert(mode)
    file = io.BytesIO()
    image.save(file, kind.value)
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Make a PNG of a hundred bytes whose header claims any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.part"


@pytest.mark.parametrize("kind", Format)
def test_a_good_image_is_described(path: Path, kind: Format) -> None:
    path.write_bytes(encoded(kind))
    expected = ImageInfo(format=kind, width=640, height=400)
    assert check_image(path) == expected
    assert read_header(path) == expected


@pytest.mark.parametrize("kind", Format)
def test_a_good_image_is_checked_and_decoded_in_one(path: Path, kind: Format, tmp_path: Path) -> None:
    path.write_bytes(encoded(kind))
    small = tmp_path / "small.png"
    info, pixels = check_and_decode(path, thumbnail=small)
    assert info == ImageInfo(format=kind, width=640, height=400)
    with PIL.Image.open(path) as whole, PIL.Image.open(small) as reduced:
        np.testing.assert_array_equal(pixels, whole)
        assert reduced.size == (256, 160)


def test_formats_know_their_names() -> None:
    assert [(kind.media_type, kind.suffix) for kind in Format] == [
        ("image/png", ".png"),
        ("image/jpeg", ".jpg"),
        ("image/webp", ".webp"),
    ]


@pytest.mark.parametrize("kind", Format)
def test_the_magic_bytes_count_and_not_the_name(tmp_path: Path, kind: Format) -> None:
    path = tmp_path / "picture.tiff"
    path.write_bytes(encoded(kind))
    assert check_image(path).format is kind


@given(st.binary(max_size=64))
def test_sniffing_takes_any_bytes(head: bytes) -> None:
    assert sniff(head) is None or len(head) >= 3


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"\n<!DOCTYPE html><html><body>Bad gateway", "a web page (HTML)"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied', "an XML message"),
        (b'{"detail": "Not found."}', "a JSON message"),
        (b"upstream connect error", "text"),
        (b"GIF89a\1\0\1\0", "a GIF image"),
        (b"PK\x03\x04\0\0", "a ZIP archive"),
        (b"\0\0\0\x1cftypavif", "an AVIF, HEIC or video file"),
        (b"\0\1\2\3\4", "in an unknown format"),
    ],
)
def test_the_error_says_what_was_there_instead(path: Path, data: bytes, what: str) -> None:
    path.write_bytes(data)
    with pytest.raises(NotAnImage) as caught:
        check_image(path)
    assert f"The file is {what}, not a PNG, JPEG or WebP image." == str(caught.value)


@pytest.mark.parametrize("kind", Format)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_an_image_cut_off_anywhere_is_damaged(path: Path, kind: Format, share: float) -> None:
    data = encoded(kind)
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ImageDamaged, match=kind.value):
        check_image(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_every_flipped_bit_of_a_png_is_noticed(path: Path, data: st.DataObject) -> None:
    good = encoded(Format.PNG, (40, 30))
    place = data.draw(st.integers(8, len(good) - 1))
    flipped = bytearray(good)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(flipped)
    with pytest.raises(ImagingError):
        check_image(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(Format), st.data())
def test_damage_of_any_kind_is_an_error_of_ours_or_none(
    path: Path, kind: Format, data: st.DataObject
) -> None:
    bytes_ = bytearray(encoded(kind, (40, 30)))
    for place in data.draw(st.lists(st.integers(0, len(bytes_) - 1), min_size=1, max_size=20)):
        bytes_[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes_)
    try:
        check_image(path)
    except ImagingError as error:
        assert str(error)  # noqa: PT017 - any error of the family is fine


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_000, 10_000), (2**31 - 1, 1), (8193, 8192)])
def test_a_bomb_is_never_decoded(path: Path, size: tuple[int, int]) -> None:
    path.write_bytes(png_claiming(*size))
    with pytest.raises(ImageTooLarge, match="pixels"):
        check_image(path)


def test_the_cap_is_the_callers(path: Path) -> None:
    path.write_bytes(encoded(Format.JPEG, (100, 100)))
    assert check_image(path, max_pixels=10_000).width == 100
    with pytest.raises(ImageTooLarge, match="100 × 100"):
        check_image(path, max_pixels=9_999)


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_image_without_pixels_is_refused(path: Path, size: tuple[int, int]) -> None:
    path.write_bytes(png_claiming(*size))
    with pytest.raises(ImagingError):
        check_image(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"gone\.png is missing"):
        read_header(tmp_path / "gone.png")


@pytest.mark.parametrize("kind", Format)
def test_check_and_thumbnail_share_a_decode(path: Path, tmp_path: Path, kind: Format) -> None:
    path.write_bytes(encoded(kind, (1600, 1000)))
    small = tmp_path / "small.png"
    assert check_image(path, thumbnail=small).width == 1600  # the image's, at any decoded scale
    with PIL.Image.open(small) as thumbnail:
        assert (thumbnail.format, thumbnail.size, thumbnail.mode) == ("PNG", (256, 160), "RGB")
        red, green, _ = np.asarray(thumbnail)[5, 250]
        assert red > 180
        assert green < 30


@pytest.mark.parametrize(
    ("mode", "expected"), [("RGBA", "RGBA"), ("L", "L"), ("LA", "LA"), ("P", "RGB"), ("1", "L")]
)
def test_thumbnails_of_every_mode_are_plain(path: Path, tmp_path: Path, mode: str, expected: str) -> None:
    path.write_bytes(encoded(Format.PNG, (300, 600), mode))
    small = tmp_path / "small.png"
    check_image(path, thumbnail=small)
    with PIL.Image.open(small) as thumbnail:
        assert (thumbnail.size, thumbnail.mode) == ((128, 256), expected)


def test_a_sixteen_bit_thumbnail_keeps_its_shades(path: Path, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 512).astype(np.uint16), (64, 1))
    PIL.Image.fromarray(ramp).save(path, "PNG")
    small = tmp_path / "small.png"
    check_image(path, thumbnail=small)
    with PIL.Image.open(small) as thumbnail:
        middle = thumbnail.convert("L").getpixel((128, 16))
    assert isinstance(middle, int)
    assert abs(middle - 128) < 6


def test_a_damaged_image_leaves_no_thumbnail(path: Path, tmp_path: Path) -> None:
    path.write_bytes(encoded(Format.PNG)[:-40])
    with pytest.raises(ImageDamaged):
        check_image(path, thumbnail=tmp_path / "small.png")
    assert list(tmp_path.iterdir()) == [path]
