# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of any size with distinguishable places, and checks that it was kept as a whole."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from easel.imaging.fit import MAX_SIDE, Fit

FEATHER = 3  # pixels
_GRAIN = 8
_LIKE = 15  # of 255, on average: grain, rings of resampling, JPEG; other blocks differ by 57


def wall(size: tuple[int, int], kind: type = np.uint8) -> NDArray[Any]:
    """Return blocks of colour with grain, at least 4 across. Size is (width, height)."""
    width, height = size
    side = _side(size)
    chance = np.random.default_rng(11)
    blocks = chance.integers(30, 200, (-(-height // side), -(-width // side), 3), np.uint8)
    pixels = blocks.repeat(side, 0).repeat(side, 1)[:height, :width]
    pixels += chance.integers(0, _GRAIN, (height, width, 1), np.uint8)
    return (
        pixels
        if kind is np.uint8
        else pixels.astype(kind) * 257 - chance.integers(0, 200, pixels.shape, kind)
    )


def assert_whole(sent: NDArray[np.uint8], source: NDArray[Any], fit: Fit) -> None:
    """Check that a canvas contains its whole source in its proportions, and that models accept it."""
    height, width = source.shape[:2]
    assert (sent.shape[1], sent.shape[0]) == fit.canvas
    assert max(fit.canvas) <= MAX_SIDE
    if fit.ratio:
        across, down = map(int, fit.ratio.split(":"))
        assert abs(fit.canvas[0] * down - fit.canvas[1] * across) <= max(across, down)
    assert abs(fit.content[0] * height - fit.content[1] * width) <= max(width, height) / 2
    side = _side((width, height))
    rows, columns = np.meshgrid(
        np.arange(side // 2, height, side), np.arange(side // 2, width, side), indexing="ij"
    )
    down = (fit.offset[1] + (rows + 0.5) * fit.content[1] / height).astype(int)
    across = (fit.offset[0] + (columns + 0.5) * fit.content[0] / width).astype(int)
    scale = 1 if source.dtype == np.uint8 else 257
    difference = np.abs(sent[down, across].astype(int) - source[rows, columns] // scale)
    assert difference.mean() <= _LIKE, "cropped, stretched, or in another place"


def assert_kept(placed: NDArray[Any], source: NDArray[Any]) -> None:
    """Check that an edit of the left half has changed it, and nothing beyond the feather."""
    assert placed.dtype == source.dtype
    assert placed.shape == source.shape
    edge = source.shape[1] // 2
    assert np.array_equal(placed[:, edge + FEATHER :], source[:, edge + FEATHER :])
    assert (placed[:, :edge] != source[:, :edge]).any(-1).mean() > 0.9


def _side(size: tuple[int, int]) -> int:
    return max(4, min(size) // 16)
