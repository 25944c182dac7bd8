# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers show variants of formats that no Blender reads; `test_file_kinds` shows that none does."""

import io
import struct

import pytest
from PIL import Image

from easel.imaging.any_header import read_any_header
from easel.imaging.unread import unread_form


def jpeg(**settings: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((48, 32), 30).convert("RGB").save(file, "JPEG", **settings)
    return file.getvalue()


def jpeg_of(marker: int, bits: int = 8) -> bytes:
    data = jpeg()
    at = data.index(b"\xff\xc0")
    return data[: at + 1] + bytes((marker,)) + data[at + 2 : at + 4] + bytes((bits,)) + data[at + 5 :]


def dds(code: bytes, number: int = 0, flags: int = 4) -> bytes:
    start = struct.pack("<4sIIII", b"DDS ", 124, 0x1007, 32, 48)
    return start + bytes(60) + struct.pack("<I4s", flags, code) + bytes(40) + struct.pack("<I", number)


def exr(compression: int) -> bytes:
    return b"\x76\x2f\x31\x01\2\0\0\0compression\0compression\0\1\0\0\0" + bytes((compression,))


def form(data: bytes) -> str:
    return unread_form(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (jpeg(), ""),
        (jpeg(progressive=True, restart_marker_blocks=1), ""),
        (b"\xff\xd8\xff\xff\xff\xff" + jpeg()[3:], ""),
        (jpeg_of(0xC9), ""),
        (jpeg_of(0xC3), "JPEG (lossless)"),
        (jpeg_of(0xC1, 12), "JPEG (12-bit)"),
        (dds(b"DXT1"), ""),
        (dds(b"DX10", 98), ""),
        (dds(b"DX10", 84), "DDS (BC5S)"),
        (dds(b"DX10", 10), "DDS (DXGI 10)"),
        (dds(b"BC5S"), "DDS (BC5S)"),
        (dds(b"\x24\0\0\0"), "DDS (36)"),
        (dds(b"", flags=0x20), "DDS (P8)"),
        (dds(b"", flags=0x41), ""),
        (exr(9), ""),
        (exr(11), "OpenEXR (HTJ2K)"),
        (exr(13), "OpenEXR (ZSTD)"),
        (exr(99), "OpenEXR (99)"),
        (b"BM" + bytes(12) + b"\x28" + bytes(15) + b"\2\0\0\0", "BMP (RLE)"),
        (b"BM" + bytes(12) + b"\x0c" + bytes(15) + b"\2\0\0\0", ""),
        (b"8BPS\0\1" + bytes(18) + b"\0\x09", "PSD (Lab)"),
        (b"8BPS\0\1" + bytes(18) + b"\0\3", ""),
    ],
)
def test_forms(data: bytes, name: str) -> None:
    assert form(data) == name
    assert read_any_header(io.BytesIO(data)).kind == name


def test_what_is_cut_off_has_none() -> None:
    whole = (jpeg_of(0xC3), dds(b"DX10", 84), exr(13), b"BM" + bytes(12) + b"\x28" + bytes(17))
    for data in whole:
        for length in range(len(data[:130])):
            assert form(data[:length]) in ("", form(data))
    for start in (b"", b"II*\0", b"MM\0*\0\0\0\x08", b"8BPS"):
        assert not form(start)


def test_of_what_pillow_does_not_know_the_size_is_told() -> None:
    header = read_any_header(io.BytesIO(dds(b"DXT2")))
    assert (header.format, header.width, header.height, header.kind) == ("", 48, 32, "")


def test_whatever_pillow_raises_is_no_error() -> None:
    """An error would leave a row at “Looking at the file…”. Pillow raises RuntimeError for a cut AVIF."""
    file = io.BytesIO()
    try:
        Image.new("RGB", (48, 32)).save(file, "AVIF")
    except (KeyError, OSError):
        pytest.skip("this Pillow has no AVIF")
    whole = file.getvalue()
    for length in range(40, len(whole), 7):
        read_any_header(io.BytesIO(whole[:length]))
