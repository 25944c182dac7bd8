# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask of changes shows where an edit differs from its original."""

import numpy as np
import pytest
from numpy.typing import NDArray

from easel.imaging.changes import LONGEST, changed_areas, mask_size, sampled
from easel.imaging.snapshot import Encoding, PixelsSnapshot


def snapshot(pixels: NDArray[np.uint8]) -> PixelsSnapshot:
    """Make a snapshot of (height, width, channels) pixels, top row first."""
    height, width, channels = pixels.shape
    floats = (pixels[::-1].astype(np.float32) / 255).reshape(-1)
    return PixelsSnapshot(
        pixels=floats, width=width, height=height, channels=channels, encoding=Encoding.SRGB_BYTES
    )


def mask_of(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = mask_size(before.shape[1], before.shape[0])
    return changed_areas(sampled(snapshot(before), size), sampled(snapshot(after), size))


def test_what_was_changed_is_white_and_noise_is_black() -> None:
    random = np.random.default_rng(1)
    before = random.integers(40, 200, (96, 128, 3), np.uint8)
    after = (before + random.integers(-6, 7, before.shape)).clip(0, 255).astype(np.uint8)
    after[10:40, 20:70] += 40
    mask = mask_of(before, after)
    assert mask.shape == (96, 128)
    assert (mask[10:40, 20:70] == 255).all()
    outside = np.ones(mask.shape, bool)
    outside[4:46, 14:76] = False
    assert not mask[outside].any()


@pytest.mark.parametrize("size", [(2000, 1500), (700, 300)])
def test_an_edit_of_another_size_is_compared_all_the_same(size: tuple[int, int]) -> None:
    before = np.full((1500, 2000, 4), 120, np.uint8)
    after = np.full((size[1], size[0], 3), 120, np.uint8)
    after[: size[1] // 2] = 200
    before[..., 3] = 255
    mask = mask_of(before, after)
    assert mask.shape == (768, LONGEST)
    assert (mask[:380] == 255).all()
    assert not mask[390:].any()


def test_a_change_of_alpha_alone_counts() -> None:
    before = np.full((32, 32, 4), 255, np.uint8)
    after = before.copy()
    after[:8, :8, 3] = 0
    mask = mask_of(before, after)
    assert mask[4, 4] == 255
    assert not mask[16:, 16:].any()


def test_equal_pictures_differ_nowhere() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (50, 40, 3), np.uint8)
    assert not mask_of(picture, picture).any()
