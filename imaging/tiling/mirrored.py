# SPDX-License-Identifier: GPL-3.0-or-later
"""Hide a border by mirror images: no step remains, but the eye finds the axis. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..bands import in_bands, rows_of
from .cuts import mixed, smoothly

if TYPE_CHECKING:
    from ..resample import Pixels


def mirrored(pixels: Pixels, taken: int) -> Pixels:
    """Return (lines, places, channels), with each end faded into the mirror image of the other.

    Args:
        taken: number of places that change at each end, half of all at most.
    """
    result = pixels.copy(order="K")
    place = (np.arange(taken, dtype=np.float32) + np.float32(0.5)) / np.float32(taken)
    share = np.float32(0.5) + np.float32(0.5) * smoothly(place)

    def fill(rows: slice) -> None:
        begin, end = pixels[rows, :taken], pixels[rows, ::-1][:, :taken]
        result[rows, :taken] = mixed(begin, end, share)
        result[rows, ::-1][:, :taken] = mixed(end, begin, share)

    in_bands(fill, rows_of(len(pixels), taken * pixels.shape[2] * 4))
    return result
