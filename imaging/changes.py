# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where an edit differs from its original: a coarse, soft mask for painting through."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import numpy as np

from .pixels import PixelRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .snapshot import PixelsSnapshot

LONGEST: Final = 1024
"""Pixels of the mask's longer side: finer than a brush, and quick for pictures of any size."""
_NOISE: Final = 6.0
"""Differences that models and JPEG cause in unchanged areas, out of 255, after averaging 3 × 3 pixels."""
_SURE: Final = 18.0
"""From this difference on, out of 255, a pixel counts as completely changed."""


def mask_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the mask for a picture's size. All in pixels."""
    factor = min(1.0, LONGEST / max(width, height, 1))
    return max(1, round(width * factor)), max(1, round(height * factor))


def changed_areas(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return (height, width), top row first: 255 where two pictures differ, else 0.

    Args:
        before, after: results of `sampled`, of the same size.
    """
    amount = np.abs(_mean(before - after)).max(axis=2)
    mask = np.clip((amount - _NOISE) / (_SURE - _NOISE), 0, 1).astype(np.float32)
    return (_mean(_widened(mask)) * 255 + 0.5).astype(np.uint8)


def sampled(snapshot: PixelsSnapshot, size: tuple[int, int]) -> NDArray[np.float32]:
    """Return colours and alpha of evenly spaced pixels, as 8-bit values: (height, width, 4).

    Pixels are picked, not averaged, which takes 20 ms for a 4K picture. Any thread.
    """
    width, height = size
    across, down = (
        ((np.arange(count) + 0.5) * (whole / count)).astype(np.intp)
        for count, whole in ((width, snapshot.width), (height, snapshot.height))
    )
    pixels = snapshot.pixels.reshape(snapshot.height, snapshot.width, snapshot.channels)
    few = np.ascontiguousarray(pixels[down[:, None], across])
    rows = PixelRows(dataclasses.replace(snapshot, pixels=few.reshape(-1), width=width, height=height))
    values = rows.read(0, height)
    picked = np.full((height, width, 4), 255, np.float32)
    has_alpha = rows.channels in (2, 4)
    picked[..., :3] = values[..., : rows.channels - has_alpha]
    if has_alpha:
        picked[..., 3] = values[..., -1]
    return picked


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean over 3 × 3 pixels."""
    return _over_neighbours(values, lambda a, b, c: (a + b + c) / np.float32(3))


def _widened(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mask, wider by two pixels, because the border of a change belongs to it."""
    for _ in range(2):
        mask = _over_neighbours(mask, lambda a, b, c: np.maximum(np.maximum(a, b), c))
    return mask


def _over_neighbours(
    values: NDArray[np.float32],
    combined: Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Combine each pixel with its left and right neighbours, then with those above and below."""
    wide = np.pad(values, [(0, 0), (1, 1), *[(0, 0)] * (values.ndim - 2)], mode="edge")
    values = combined(wide[:, :-2], wide[:, 1:-1], wide[:, 2:])
    wide = np.pad(values, [(1, 1), *[(0, 0)] * (values.ndim - 1)], mode="edge")
    return combined(wide[:-2], wide[1:-1], wide[2:])
