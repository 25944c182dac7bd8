# SPDX-License-Identifier: GPL-3.0-or-later
"""A reduced picture as the eye sees it, for finding seams and periods. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha, srgb_from_linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_BAND_BYTES = 1 << 21  # of the picture as floats


def seen(part: Pixels) -> NDArray[np.float32]:
    """Return (height, width, channels), sRGB-encoded, white = 1; colours are multiplied by their alpha."""
    if part.dtype == np.float32:
        values = np.nan_to_num(part, nan=0, posinf=1, neginf=0)
        if has_alpha(part):
            values[..., :-1] = srgb_from_linear(np.clip(values[..., :-1], 0, 1))
        else:
            values = srgb_from_linear(np.clip(values, 0, 1))
    else:
        values = part.astype(np.float32)
        values *= np.float32(1 / np.iinfo(part.dtype).max)
    if values.ndim == 2:
        return values[..., np.newaxis]
    if has_alpha(part):
        values[..., :-1] *= values[..., -1:]
    return values


def reduced(pixels: Pixels, size: tuple[int, int], *, is_view: bool = False) -> NDArray[np.float32]:
    """Return means of blocks of `seen`, (height, width, channels), at a size (width, height) no larger.

    The outermost blocks end at the picture's borders, so seams are kept.

    Args:
        is_view: the pixels are already a view.
    """
    height, width = pixels.shape[:2]
    rows, columns = edges(height, size[1]), edges(width, size[0])
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    result = np.empty((size[1], size[0], channels), np.float32)
    across = np.diff(columns).astype(np.float32)[:, np.newaxis]
    is_whole = size == (width, height)

    def fill(band: slice) -> None:
        start, stop = rows[band.start], rows[band.stop]
        values = pixels[start:stop] if is_view else seen(pixels[start:stop])
        if is_whole:
            result[band] = values
            return
        down = np.diff(rows[band.start : band.stop + 1]).astype(np.float32)
        sums = block_sums(block_sums(values, rows[band.start : band.stop + 1] - start, 0), columns, 1)
        sums /= across
        sums /= down[:, np.newaxis, np.newaxis]
        result[band] = sums

    in_bands(fill, rows_of(size[1], -(-height // size[1]) * width * channels * 4, _BAND_BYTES))
    return result


def block_sums(values: NDArray[np.float32], at: NDArray[np.intp], axis: int) -> NDArray[np.float32]:
    """Return the sums of blocks between edges; equal blocks are fast."""
    count, length = len(at) - 1, int(at[-1])
    part = length // count
    if part * count != length:
        return np.add.reduceat(values, at[:-1], axis=axis)
    shape = values.shape
    blocks = values.reshape(*shape[:axis], count, part, *shape[axis + 1 :])
    sums = blocks[(slice(None),) * (axis + 1) + (0,)].copy()
    for index in range(1, part):
        sums += blocks[(slice(None),) * (axis + 1) + (index,)]
    return sums


def edges(length: int, count: int) -> NDArray[np.intp]:
    """Return the starts of `count` blocks of pixels, and the end of the last one."""
    return (np.arange(count + 1) * length // count).astype(np.intp)


def within(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Return the size (width, height) of a picture's view: its sides over a whole number, rounded up."""
    height, width = shape[:2]
    part = max(1, -(-max(height, width) // longest))
    return -(-width // part), -(-height // part)
