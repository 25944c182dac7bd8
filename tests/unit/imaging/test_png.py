# SPDX-License-Identifier: GPL-3.0-or-later
"""Pillow reads back the PNG writer's files, pixel for pixel."""

import io
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from easel.imaging import png, png_filters
from easel.imaging.png_filters import Coding, Filter

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def written(array: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    file = io.BytesIO()
    png.write_png(file, png.ArrayRows(array))
    return file.getvalue()


def read_back(data: bytes) -> PIL.Image.Image:
    PIL.Image.open(io.BytesIO(data)).verify()  # checks the checksums of all chunks
    return PIL.Image.open(io.BytesIO(data))


shapes = st.tuples(st.integers(1, 33), st.integers(1, 33), st.integers(1, 4))


@given(shapes.flatmap(lambda shape: npst.arrays(np.uint8, shape)))
def test_any_size_is_read_back_identical(array: NDArray[np.uint8]) -> None:
    image = read_back(written(array))
    assert image.mode == MODES[array.shape[2]]
    np.testing.assert_array_equal(np.asarray(image).reshape(array.shape), array)


@given(st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(lambda shape: npst.arrays(np.uint16, shape)))
def test_sixteen_bit_grey_is_read_back_identical(array: NDArray[np.uint16]) -> None:
    np.testing.assert_array_equal(np.asarray(read_back(written(array))), array)


def test_sixteen_bit_colour_has_its_depth() -> None:
    array = np.random.default_rng(0).integers(0, 65536, (7, 5, 3), np.uint16)
    data = written(array)
    assert data[24:26] == bytes([16, 2])  # depth, colour type
    np.testing.assert_array_equal(np.asarray(read_back(data)), array >> 8)  # Pillow reads 8 bits only


@pytest.mark.parametrize("name", ["gradient", "noise", "flat", "dither"])
def test_images_of_many_bands_are_read_back_identical(name: str) -> None:
    y, x = np.mgrid[0:1501, 0:1777]
    rng = np.random.default_rng(0)
    array = {
        "gradient": np.stack([x // 7, y // 6, (x + y) // 13], 2),
        "noise": rng.integers(0, 256, (1501, 1777, 3)),
        "flat": np.stack([x // 500 * 60, y // 500 * 60, x * 0], 2),
        "dither": np.stack([(x ^ y) & 1] * 3, 2) * 255,
    }[name].astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(read_back(written(array))), array)


def test_the_same_pixels_make_the_same_file() -> None:
    array = np.random.default_rng(0).integers(0, 40, (2000, 700, 4), np.uint8)
    assert written(array) == written(array)


@pytest.mark.parametrize("kind", Filter)
@settings(max_examples=25)
@given(
    array=st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda shape: npst.arrays(np.uint8, (*shape, 3))
    )
)
def test_each_filter_is_undone_by_its_definition(kind: Filter, array: NDArray[np.uint8]) -> None:
    rows = array.reshape(len(array), -1)
    filtered = png_filters.filter_rows(rows, np.zeros_like(rows[0]), 3, kind)
    undone = np.zeros_like(rows)
    for y, (code, *values) in enumerate(filtered.tolist()):
        assert code == kind
        for x, value in enumerate(values):
            left = int(undone[y, x - 3]) if x >= 3 else 0
            up = int(undone[y - 1, x]) if y else 0
            predicted = {Filter.NONE: 0, Filter.SUB: left, Filter.UP: up, Filter.AVERAGE: (left + up) // 2}[
                kind
            ]
            undone[y, x] = (value + predicted) % 256
    np.testing.assert_array_equal(undone, rows)


def coding_for(array: NDArray[np.uint8]) -> Coding:
    rows = array.reshape(len(array), -1)
    measured = png_filters.measure_codings(rows[1:], rows[0], array.shape[2])
    return png_filters.choose_coding([measured], rows[1:].size)


def test_noise_is_coded_fast_and_flat_areas_small() -> None:
    rng = np.random.default_rng(0)
    assert coding_for(rng.integers(0, 256, (60, 300, 3), np.uint8)).strategy == zlib.Z_HUFFMAN_ONLY
    assert coding_for(np.full((60, 300, 3), 7, np.uint8)).strategy == zlib.Z_DEFAULT_STRATEGY


def test_short_runs_are_used() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (60, 60, 1), np.uint8)
    assert coding_for(colours.repeat(5, 1)).strategy == zlib.Z_RLE


def test_smooth_shades_are_filtered() -> None:
    y, x = np.mgrid[0:60, 0:300]
    grain = np.random.default_rng(0).integers(0, 4, (60, 300))
    assert coding_for((x // 3 + y + grain).astype(np.uint8)[..., None]).filter is not Filter.NONE
