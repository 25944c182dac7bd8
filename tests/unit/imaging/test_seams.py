# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel tells in each direction whether a texture tiles."""

import numpy as np
import pytest
from numpy.typing import NDArray

from easel.imaging.seams import tiles_across, tiles_down

SIZE = 256


def waves(across: float, down: float) -> NDArray[np.float32]:
    """Make a picture with this many waves; a whole number tiles."""
    x, y = np.meshgrid(np.arange(SIZE) / SIZE, np.arange(SIZE) / SIZE)
    value = 0.5 + 0.25 * np.sin(2 * np.pi * across * x + 0.7) + 0.2 * np.cos(2 * np.pi * down * y + 0.3)
    return np.repeat(value[..., np.newaxis], 3, 2).astype(np.float32)


def bricks(across: int, down: int) -> NDArray[np.uint8]:
    """Make bricks of 32 × 16 pixels with mortar, cut to this size."""
    x, y = np.meshgrid(np.arange(across), np.arange(down))
    mortar = ((x + 16 * (y // 16 % 2)) % 32 < 3) | (y % 16 < 3)
    return np.where(mortar, 60, 180).astype(np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("across", [3.0, 3.4])
@pytest.mark.parametrize("down", [2.0, 2.5])
def test_each_direction_is_told(across: float, down: float, dtype: type) -> None:
    values = waves(across, down)
    pixels = values if dtype == np.float32 else (values * np.iinfo(dtype).max).astype(dtype)
    assert tiles_across(pixels) is across.is_integer()
    assert tiles_down(pixels) is down.is_integer()


def test_a_gradient_has_a_seam() -> None:
    ramp = np.tile(np.arange(SIZE, dtype=np.uint8), (SIZE, 1))
    assert not tiles_across(ramp)
    assert tiles_down(ramp)


def test_bricks_tile_where_they_are_whole() -> None:
    assert tiles_across(bricks(256, 128))
    assert tiles_down(bricks(256, 128))


def test_what_is_too_small_to_tell_does_not_tile() -> None:
    assert not tiles_across(np.zeros((9, 3, 4), np.uint8))
