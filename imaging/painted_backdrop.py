# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect what a model painted instead of transparency: a checkerboard, or one flat colour. Pure.

No image model makes transparency. If asked for it, they paint the checkerboard with which programs show it,
or a plain backdrop. Both can be removed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from .subject import find_subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKED_AT: Final = 1024
"""Pixels of the longer side when looking for a checkerboard: the smallest squares have three pixels."""
_PATCH: Final = 0.16
"""The fraction of the shorter side that is examined in each corner."""
_LEAST, _MOST = 3, 64
"""The least and most pixels of a square."""
_GREY: Final = 16
"""How far the channels of a painted checkerboard may differ, out of 255."""
_APART: Final = (6.0, 130.0)
"""The least and most difference of its two greys, out of 255."""
_ALIKE: Final = 0.6
"""The least correlation by which squares repeat, and alternate."""
_TONES: Final = 0.22
"""The largest mean distance of pixels to the nearer grey, as a fraction of the greys' difference."""
_SHARE: Final = (0.02, 0.9)
"""The least and most share of the picture that an object covers before a flat backdrop."""
_AT_BORDER: Final = 0.02
"""The share of a side that something must touch to continue beyond it."""
_PARTS: Final = 6
"""The most parts: more are a pattern on a ground."""


class Backdrop(StrEnum):
    """What was painted instead of transparency."""

    NONE = ""
    CHECKER = "CHECKER"
    FLAT = "FLAT"


def painted_backdrop(pixels: NDArray[np.uint8]) -> Backdrop:
    """Return what was painted instead of transparency.

    Args:
        pixels: (height, width) or (height, width, 1 to 4), sRGB, straight alpha. `LOOKED_AT` on the longer
            side, no larger: in a smaller picture, small squares would turn grey.
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.shape[2] in (2, 4) and (pixels[..., -1] < 250).any():
        return Backdrop.NONE  # it is transparent
    if sum(_square(corner) > 0 for corner in _corners(pixels)) >= 2:
        return Backdrop.CHECKER
    subject = find_subject(pixels)
    mask = subject.mask
    cut_off = sum(bool(side.mean() > _AT_BORDER) for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))
    is_one = cut_off <= 1 and subject.parts <= _PARTS  # a texture continues at all sides
    is_flat = subject.is_plain and is_one and _SHARE[0] <= subject.share <= _SHARE[1]
    return Backdrop.FLAT if is_flat else Backdrop.NONE


def _corners(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    side = max(4 * _LEAST, round(min(pixels.shape[:2]) * _PATCH))
    return [
        pixels[rows, columns]
        for rows in (slice(None, side), slice(-side, None))
        for columns in (slice(None, side), slice(-side, None))
    ]


def _square(patch: NDArray[np.uint8]) -> int:
    """Return the side of a checkerboard's squares, in pixels; 0 if there is none."""
    colours = patch[..., :3].astype(np.float32)
    if patch.shape[2] >= 3 and np.median(colours.max(2) - colours.min(2)) > _GREY:
        return 0
    light = colours.mean(2)
    low, high = np.percentile(light, (15, 85))
    if not _APART[0] <= high - low <= _APART[1]:
        return 0
    middle = (low + high) / 2
    off = np.minimum(np.abs(light - low), np.abs(light - high)).mean()
    signs = np.where(light > middle, np.float32(1), np.float32(-1))
    if off > _TONES * (high - low) or abs(float(signs.mean())) > 0.5:
        return 0
    for side in range(_LEAST, min(_MOST, min(signs.shape) // 3) + 1):
        across, down = _alike(signs, 0, side), _alike(signs, side, 0)
        if max(across, down) > -_ALIKE:
            continue
        if min(_alike(signs, side, side), _alike(signs, 0, 2 * side), _alike(signs, 2 * side, 0)) > _ALIKE:
            return side
    return 0


def _alike(signs: NDArray[np.float32], down: int, across: int) -> float:
    """Return how similar a pattern is to itself, shifted: 1 identical, -1 the opposite."""
    height, width = signs.shape
    return float((signs[down:, across:] * signs[: height - down, : width - across]).mean())
