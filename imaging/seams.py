# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect whether a picture continues at its opposite edge, like a tiling texture. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .resample import Pixels

_SAMPLES: Final = 256
"""Pairs of neighbouring lines that show the usual steps in the picture."""
_USUAL: Final = 95
"""Percentile of the steps from line to line. Bricks have few large steps, and the edge may be one of them."""
_MUCH: Final = 1.5
"""A step over the edge is a seam if it is this many times larger."""
_LITTLE: Final = 0.004
"""The smallest step that counts, one of the full range of 255, however smooth the picture."""


def tiles_across(pixels: Pixels) -> bool:
    """Return whether a picture (height, width[, channels]) continues from its right edge at its left one."""
    return _is_seamless(np.moveaxis(pixels, 1, 0))


def tiles_down(pixels: Pixels) -> bool:
    """Return whether a picture continues from its lower edge at its upper one."""
    return _is_seamless(pixels)


def _is_seamless(lines: Pixels) -> bool:
    count = len(lines)
    if count < 4:
        return False
    full = 1.0 if lines.dtype == np.float32 else float(np.iinfo(lines.dtype).max)
    at = np.unique(np.linspace(0, count - 2, _SAMPLES).astype(int))
    usual = np.percentile([_step(lines[index], lines[index + 1]) for index in at], _USUAL)
    return _step(lines[-1], lines[0]) <= max(_MUCH * float(usual), _LITTLE * full)


def _step(line: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    return float(np.mean(np.abs(line.astype(np.float32) - other.astype(np.float32))))
