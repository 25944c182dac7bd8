# SPDX-License-Identifier: GPL-3.0-or-later
"""A PNG's filtered bytes tell whether it has a transparent pixel, whichever program filtered them."""

import struct
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from easel.imaging.clear_pixels import has_clear_pixels
from easel.imaging.png import ArrayRows, write_png
from easel.imaging.png_chunks import PNG_SIGNATURE, write_chunk


def paeth(left: int, up: int, corner: int) -> int:
    """Return the Paeth predictor as the specification defines it."""
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))


def filtered(pixels: NDArray[np.uint8], filters: list[int]) -> bytes:
    """Filter each row in its own way, byte by byte."""
    height, width, step = pixels.shape
    data = bytearray()
    for y in range(height):
        data.append(filters[y])
        for x in range(width):
            for channel in range(step):
                left = int(pixels[y, x - 1, channel]) if x else 0
                up = int(pixels[y - 1, x, channel]) if y else 0
                corner = int(pixels[y - 1, x - 1, channel]) if x and y else 0
                guess = (0, left, up, (left + up) // 2, paeth(left, up, corner))[filters[y]]
                data.append((int(pixels[y, x, channel]) - guess) % 256)
    return bytes(data)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([2, 4]), st.data())
@settings(max_examples=60)
def test_it_is_told_of_any_filters(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, channels: int, data: st.DataObject
) -> None:
    pixels = np.random.default_rng(height * 10 + width).integers(0, 256, (height, width, channels), np.uint8)
    pixels[..., -1] = 255
    if is_clear := data.draw(st.booleans()):
        at = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
        pixels[at][-1] = data.draw(st.integers(0, 254))
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    path = tmp_path_factory.mktemp("clear") / "image.png"
    with path.open("wb") as file:
        file.write(PNG_SIGNATURE)
        colour = {2: 4, 4: 6}[channels]
        write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
        stream = zlib.compress(filtered(pixels, filters))
        write_chunk(file, b"IDAT", stream[:9])
        write_chunk(file, b"IDAT", stream[9:])
        write_chunk(file, b"IEND")
    with PIL.Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
    assert has_clear_pixels(path) == is_clear


@pytest.mark.parametrize("place", [None, (0, 0), (899, 599), (500, 1)])
def test_it_is_told_of_large_files(tmp_path: Path, place: tuple[int, int] | None) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (900, 600, 4), np.uint8)
    pixels[..., 3] = 255
    if place:
        pixels[place][3] = 254
    ours, theirs = tmp_path / "ours.png", tmp_path / "theirs.png"
    with ours.open("wb") as file:
        write_png(file, ArrayRows(pixels))
    PIL.Image.fromarray(pixels).save(theirs)
    assert has_clear_pixels(ours) == has_clear_pixels(theirs) == (place is not None)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "I;16", "1"])
def test_what_has_no_alpha_has_no_clear_pixels(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "image.png"
    PIL.Image.new(mode, (8, 8)).save(path)
    assert not has_clear_pixels(path)


def test_what_is_broken_is_not_told_of(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    path.write_bytes(b"no picture")
    assert not has_clear_pixels(path)
