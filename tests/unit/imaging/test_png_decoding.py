# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel decodes its own PNGs as Pillow does, and leaves all others to Pillow."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from easel.imaging.depth import read_deep
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.png_decoding import decode_png

SIZE = (900, 401)  # several bands
FLAT = {"across": (0, 7, 0), "down": (5, 0, 0), "both": (3, 7, 0), "noise": (0, 0, 256)}
"""How much values change per row, per column and by chance. Each needs another filter."""


def picture(name: str, channels: int, kind: type) -> NDArray[Any]:
    down, across, chance = FLAT[name]
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    values = rows * down + columns * across
    values = values + np.random.default_rng(0).integers(0, chance + 1, SIZE)
    deep = np.stack([values * (number + 1) for number in range(channels)], 2)
    return (deep % (np.iinfo(kind).max + 1)).astype(kind)


def written(pixels: NDArray[Any], folder: Path) -> Path:
    path = folder / "image.png"
    with path.open("wb") as file:
        write_png(file, ArrayRows(pixels), is_new=np.ones(len(pixels), np.bool_))
    return path


@pytest.mark.parametrize("name", list(FLAT))
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_many_bands_are_decoded(tmp_path: Path, name: str, channels: int, kind: type) -> None:
    pixels = picture(name, channels, kind)
    found = decode_png(written(pixels, tmp_path))
    assert found is not None
    assert found.dtype == kind
    np.testing.assert_array_equal(found, pixels[..., 0] if channels == 1 else pixels)


shapes = st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 4))


@given(
    st.sampled_from([np.uint8, np.uint16]).flatmap(
        lambda kind: shapes.flatmap(lambda shape: npst.arrays(kind, shape))
    )
)
@settings(max_examples=40)
def test_any_size_is_decoded(tmp_path_factory: pytest.TempPathFactory, pixels: NDArray[Any]) -> None:
    path = written(pixels, tmp_path_factory.mktemp("png"))
    found = decode_png(path)
    assert found is not None
    np.testing.assert_array_equal(found.reshape(pixels.shape), pixels)
    if pixels.dtype == np.uint8:
        with PIL.Image.open(path) as image:
            np.testing.assert_array_equal(found, np.asarray(image))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_another_programs_file_is_left_to_pillow(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "theirs.png"
    PIL.Image.new(mode, (40, 30)).save(path)
    assert decode_png(path) is None


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    pixels = picture("noise", 3, np.uint8)
    path = written(pixels, tmp_path)
    data = bytearray(path.read_bytes())
    for at in (20, 200, len(data) // 2, len(data) - 30, len(data) - 20):
        damaged = bytearray(data)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        found = decode_png(path)
        assert found is None or np.array_equal(found, pixels)  # a flipped bit may lie in a chunk's checksum
    path.write_bytes(data[: len(data) // 2])
    assert decode_png(path) is None


def test_averages_are_left_to_pillow(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    soft = PIL.Image.fromarray(rng.integers(0, 256, (30, 20, 3), np.uint8)).resize((400, 600))
    pixels = np.asarray(soft) // 2 + rng.integers(0, 9, (600, 400, 3), np.uint8)
    path = tmp_path / "image.png"
    with path.open("wb") as file:
        write_png(file, ArrayRows(pixels))
    assert decode_png(path) is None
    np.testing.assert_array_equal(read_deep(path), pixels)
