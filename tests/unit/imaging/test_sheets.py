# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures on a sheet don't touch each other, and come off it unchanged."""

import numpy as np
import pytest
import tiling_textures as textures
from hypothesis import given, settings, strategies as some

from easel.imaging.resample import Box, resample
from easel.imaging.sheets import compose, layout_of, taken_off

NAMES = ("concrete", "plaster", "stone", "bricks")


@settings(max_examples=60, deadline=None)
@given(
    sizes=some.lists(some.tuples(some.integers(1, 8192), some.integers(1, 8192)), min_size=2, max_size=16),
    side=some.integers(512, 4096),
)
def test_cells_lie_apart_and_on_the_sheet(sizes: list[tuple[int, int]], side: int) -> None:
    layout = layout_of(sizes, side)
    taken = np.zeros((layout.height, layout.width), np.bool_)
    for cell in layout.cells:
        rows, columns = slice(cell.top, cell.top + cell.height), slice(cell.left, cell.left + cell.width)
        assert cell.top >= 4
        assert cell.left >= 4
        assert not taken[rows, columns].any()
        taken[rows, columns] = True
        assert taken[rows, columns].shape == (cell.height, cell.width), "it is on the sheet"


@pytest.mark.parametrize(("factor", "drift"), [(1.0, 0), (2.0, 3)])
def test_each_comes_off_as_it_went_on(factor: float, drift: int) -> None:
    pictures = [textures.tiling(name, 256)[: 256 - 32 * number] for number, name in enumerate(NAMES)]
    layout = layout_of([(picture.shape[1], picture.shape[0]) for picture in pictures], 1024)
    sent = compose(pictures, layout)
    size = round(layout.width * factor), round(layout.height * factor)
    answer = np.roll(sent, drift, axis=(0, 1))
    answer = resample(answer, Box(0, 0, layout.width, layout.height), size, is_data=False)
    for number, picture in enumerate(pictures):
        back = taken_off(answer, sent, layout, number, picture)
        assert back.shape == picture.shape
        assert np.abs(back.astype(int) - picture).mean() < 4, NAMES[number]
