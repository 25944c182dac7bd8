# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll a picture by half: its borders meet in a cross in the middle, where a model can repair them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..resample import Pixels


def rolled(pixels: Pixels) -> Pixels:
    """Return the picture with its borders in the middle."""
    height, width = pixels.shape[:2]
    return np.roll(pixels, (height // 2, width // 2), axis=(0, 1))


def rolled_back(pixels: Pixels) -> Pixels:
    """Undo `rolled`."""
    height, width = pixels.shape[:2]
    return np.roll(pixels, (-(height // 2), -(width // 2)), axis=(0, 1))
