# SPDX-License-Identifier: GPL-3.0-or-later
"""The first bytes of a file tell the size of an EXR or HDR, and whether Blender decodes it to floats."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from easel.imaging.deep_headers import becomes_floats, size_of
from easel.imaging.exr import write_exr


def test_an_exr_tells_its_size() -> None:
    file = io.BytesIO()
    write_exr(file, np.zeros((5, 7, 3), np.float32))
    assert size_of(file.getvalue()) == (7, 5)
    assert size_of(file.getvalue()[:60]) == (0, 0)


def test_a_radiance_file_too() -> None:
    assert size_of(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 6\n") == (6, 4)
    assert size_of(b"#?RADIANCE\n") == (0, 0)


def test_of_other_files_nothing_is_told() -> None:
    assert size_of(b"\x89PNG\r\n\x1a\n") is None
    assert size_of(b"") is None


def saved(image: Image.Image, kind: str, **settings: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_more_than_8_bits_become_floats(kind: str) -> None:
    assert becomes_floats(saved(Image.new("I;16", (3, 2)), kind)) is True
    for mode in ("1", "L", "RGB", "RGBA"):
        assert becomes_floats(saved(Image.new(mode, (3, 2)), kind)) is False


def test_a_big_endian_tiff_with_its_table_at_the_end() -> None:
    entry = struct.pack(">HHII", 256, 4, 1, 3) + struct.pack(">HHII", 258, 3, 3, 46)
    table = struct.pack(">H", 2) + entry
    file = struct.pack(">2sHI", b"MM", 42, 20) + bytes(12) + table + struct.pack(">3H", 16, 16, 16)
    assert len(file) == 52
    assert becomes_floats(io.BytesIO(file)) is True


def test_other_files(tmp_path: Path) -> None:
    for kind in ("JPEG", "WEBP", "BMP"):
        assert becomes_floats(saved(Image.new("RGB", (3, 2)), kind)) is False
    with (tmp_path / "sky.exr").open("w+b") as file:
        write_exr(file, np.zeros((2, 3, 3), np.float32))
        file.seek(0)
        assert becomes_floats(file) is True
    assert becomes_floats(io.BytesIO(b"#?RADIANCE\n")) is True
    for unknown in (b"", b"\x00" * 40, b"II*\0", b"II*\0\xff\0\0\0"):
        assert becomes_floats(io.BytesIO(unknown)) is None
