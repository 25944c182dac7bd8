# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources are read at their full depth."""

import io
from pathlib import Path

import numpy as np
import pytest

from easel.imaging.depth import keep_floats, read_deep, read_shallow
from easel.imaging.errors import ImagingError
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.png_chunks import write_chunk
from easel.imaging.snapshot import Encoding, PixelsSnapshot


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_png_keeps_its_depth(tmp_path: Path, channels: int, depth: type) -> None:
    pixels = np.random.default_rng(channels).integers(0, np.iinfo(depth).max, (33, 47, channels), depth)
    file = io.BytesIO()
    write_png(file, ArrayRows(pixels))
    (tmp_path / "deep.png").write_bytes(file.getvalue())
    for source in (tmp_path / "deep.png", file.getvalue()):
        read = read_deep(source)
        assert read.dtype == depth
        np.testing.assert_array_equal(read, pixels[..., 0] if channels == 1 else pixels)
    assert read_shallow(file.getvalue()).dtype == (
        np.uint16 if depth is np.uint16 and channels == 1 else np.uint8
    )


def test_a_colour_that_stands_for_transparent_becomes_alpha() -> None:
    pixels = np.full((4, 4, 3), 1000, np.uint16)
    pixels[0, 0] = 1001
    file = io.BytesIO()
    write_png(file, ArrayRows(pixels))
    key = io.BytesIO()
    write_chunk(key, b"tRNS", np.full(3, 1001, ">u2").tobytes())
    read = read_deep(file.getvalue()[:33] + key.getvalue() + file.getvalue()[33:])
    np.testing.assert_array_equal(read[..., :3], pixels)
    assert read[0, 0, 3] == 0
    assert (read[..., 3].ravel()[1:] == 65535).all()


def test_floats_are_kept_bit_by_bit(tmp_path: Path) -> None:
    pixels = np.array([np.nan, np.inf, -1, 65504, 1e-40, 0.5, 3, 0] * 2, np.float32)
    snapshot = PixelsSnapshot(
        pixels=pixels, width=2, height=2, channels=4, encoding=Encoding.LINEAR, is_float=True
    )
    keep_floats(snapshot, tmp_path / "kept.npy")
    kept = read_deep(tmp_path / "kept.npy")
    assert kept.tobytes() == pixels.reshape(2, 2, 4)[::-1].tobytes()


def test_what_can_not_be_read_says_so(tmp_path: Path) -> None:
    for name in ("page.png", "kept.npy", "missing.npy"):
        path = tmp_path / name
        if "missing" not in name:
            path.write_text("<html>")
        with pytest.raises(ImagingError):
            read_deep(path)
