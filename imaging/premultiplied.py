# SPDX-License-Identifier: GPL-3.0-or-later
"""Write files whose colours Blender reads as multiplied by their alpha. Worker threads only, by bands.

A PNG is straight by definition, but an artist may have Blender read one as premultiplied. Then Blender
divides the colours by alpha when it opens the file, clips them, and rounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .bands import in_bands, rows_of

if TYPE_CHECKING:
    from .resample import Pixels


def premultiplied_file(pixels: Pixels) -> Pixels:
    """Return the file values with which Blender shows these pixels: 8 or 16 bits, straight alpha last.

    Values that Blender has divided itself come back exactly, for every value and alpha of 8 bits. So unedited
    pixels are the same in the file, too (except colours brighter than their alpha, which Blender clips).
    Colours with an alpha of 0 can't be divided and stay.
    """
    highest = np.uint32(np.iinfo(pixels.dtype).max)
    stored = pixels.copy()

    def convert(rows: slice) -> None:
        alpha = pixels[rows, :, -1:].astype(np.uint32)
        colours = pixels[rows, :, :-1]
        products = (colours * alpha + highest // np.uint32(2)) // highest
        np.copyto(stored[rows, :, :-1], products, where=alpha > 0, casting="unsafe")

    in_bands(convert, rows_of(len(pixels), 4 * pixels[:1].size))
    return stored
