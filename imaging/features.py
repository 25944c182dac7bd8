# SPDX-License-Identifier: GPL-3.0-or-later
"""What two versions of a picture have in common though one was repainted: where its edges are, how they run.

An edge is a complex number: its length says how clear the edge is, its angle is twice the edge's own, so that
it is the same for an edge from dark to light and from light to dark, in whatever colours (the structure
tensor of J. Bigün). Averages of such numbers still make sense: a reduced field tells of fine grain too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .resample import Pixels

EdgeField: TypeAlias = "NDArray[np.complex64]"
"""(height, width) of complex numbers; their length is below 1."""

_SATURATION = 4.0  # times the mean: above it, an edge that is clearer counts hardly more
_ROWS = 128  # at a time


def viewed(pixels: Pixels, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture as 8-bit grey or RGB of that size (width, height), transparent parts black."""
    import PIL.Image

    colours = _eight_bit(pixels)
    image = PIL.Image.fromarray(colours)
    if image.size != size:
        image = image.resize(size, PIL.Image.Resampling.BILINEAR)
    values = np.asarray(image)
    return values if values.ndim == 3 else values[..., np.newaxis]


def edge_field(picture: NDArray[np.uint8]) -> EdgeField:
    """Return the edges of a picture (height, width, channels)."""
    height, width = picture.shape[:2]
    field = np.zeros((height, width), np.complex64)
    for start in range(0, height, _ROWS):
        stop = min(start + _ROWS, height)
        first, last = max(0, start - 1), min(height, stop + 1)
        _add_edges(picture[first:last], field[start:stop], start - first)
    clearness = np.abs(field)
    clearness += np.float32(_SATURATION) * clearness.mean() + np.float32(1e-6)
    field /= clearness
    return field


def reduced(field: EdgeField, factor: int) -> EdgeField:
    """Return the field averaged over squares; what is left over on the right and below is dropped."""
    height, width = (length // factor for length in field.shape)
    squares = field[: height * factor, : width * factor].reshape(height, factor, width, factor)
    return squares.mean((1, 3), dtype=np.complex64)


def _add_edges(picture: NDArray[np.uint8], field: EdgeField, skip: int) -> None:
    """Fill the rows of `field`, which begin `skip` rows below those of `picture`."""
    rows = len(field)
    inner = slice(max(1, skip), min(len(picture) - 1, skip + rows))
    edges = np.zeros_like(field)
    target = slice(inner.start - skip, inner.stop - skip)
    for channel in range(picture.shape[2]):
        values = picture[..., channel].astype(np.float32)
        edges.real[:, 1:-1] = (values[:, 2:] - values[:, :-2])[skip : skip + rows]
        edges.imag[target] = (
            values[inner.start + 1 : inner.stop + 1] - values[inner.start - 1 : inner.stop - 1]
        )
        field += edges * edges


def _eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    """Return what the eye would see: colours times alpha, 16 bits and light brought to 8 bits."""
    if pixels.dtype == np.uint8 and (pixels.ndim == 2 or pixels.shape[2] == 3):
        return pixels
    values: NDArray[Any] = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
    channels = values.shape[2]
    colours = channels - 1 if channels in (2, 4) else channels
    seen = np.empty((*values.shape[:2], colours), np.uint8)
    for start in range(0, len(values), _ROWS):
        band = values[start : start + _ROWS]
        light: NDArray[Any] = band[..., :colours]
        if band.dtype == np.uint16:
            light = light >> 8
        elif band.dtype == np.float32:
            light = np.sqrt(np.clip(np.nan_to_num(light), 0, 1)) * np.float32(255)
        if colours < channels:
            white = 1 if band.dtype == np.float32 else np.iinfo(band.dtype).max
            if band[..., -1].min() < white:
                light = light * (band[..., colours:] / np.float32(white))
        seen[start : start + _ROWS] = light
    return seen[..., 0] if colours == 1 else seen
