# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert pixel buffers of `foreach_get` to the 8-bit rows of a PNG.

Everything works on small chunks of rows with reused memory. So a 4K image needs no second copy of itself, and
numpy lets other threads run meanwhile. Worker threads only.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

import numpy as np

from ..texts.phrases import phrase
from .errors import ImageEmpty, ImagingError
from .snapshot import Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .snapshot import PixelsSnapshot

_CHUNK_VALUES = 1 << 17  # 512 KiB of float32, which a core's cache holds
_TABLE_MAX = 65535

# Why 255.5: trunc(b / 255 * 255.5) is b for every byte b, with no separate rounding step.
_BYTE_SCALE = np.float32(255.5)


class PixelRows:
    """A pixel buffer as rows of 8-bit values, top row first, converted when they are read.

    An alpha channel that is opaque everywhere, or holds no transparency, is dropped. Rows may be read in any
    order, by several threads.
    """

    def __init__(self, snapshot: PixelsSnapshot) -> None:
        width, height, channels = snapshot.width, snapshot.height, snapshot.channels
        if width < 1 or height < 1:
            raise ImageEmpty(phrase("The image has no pixels."))
        if channels not in (1, 2, 3, 4) or snapshot.pixels.size != width * height * channels:
            raise ImagingError(
                phrase(
                    "The image's pixels do not fit its size: {size} values "
                    "for {width} × {height} pixels of {channels} channels.",
                    size=snapshot.pixels.size,
                    width=width,
                    height=height,
                    channels=channels,
                )
            )
        self.width = width
        self.height = height
        self._top_down = snapshot.pixels.reshape(height, width, channels)[::-1]
        self._encoding = snapshot.encoding
        self._space = snapshot.space
        self._scratch = threading.local()
        self._chunk_rows = max(1, _CHUNK_VALUES // (width * channels))
        self._drops_alpha = channels in (2, 4) and (snapshot.alpha_is_data or self._is_opaque())
        self.channels = channels - 1 if self._drops_alpha else channels

    def read(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Return the rows `first` to `stop` (exclusive) as (rows, width, channels)."""
        rows = np.empty((stop - first, self.width, self.channels), np.uint8)
        with np.errstate(all="ignore"):  # infinities and NaN are clipped afterwards
            for start in range(first, stop, self._chunk_rows):
                end = min(start + self._chunk_rows, stop)
                self._convert(self._top_down[start:end], rows[start - first : end - first])
        return rows

    def _convert(self, source: NDArray[np.float32], target: NDArray[np.uint8]) -> None:
        floats: NDArray[np.float32] | None = getattr(self._scratch, "floats", None)
        if floats is None or len(floats) < len(source):
            floats = np.empty(source.shape, np.float32)
            self._scratch.floats = floats
        floats = floats[: len(source)]
        wide = np.empty(source.shape, np.uint8) if self._drops_alpha else target
        match self._encoding:
            case Encoding.SRGB_BYTES:
                np.multiply(source, _BYTE_SCALE, out=floats)
                _store(floats, 255, wide)
            case Encoding.RAW:
                np.multiply(source, np.float32(255), out=floats)
                np.add(floats, np.float32(0.5), out=floats)
                _store(floats, 255, wide)
            case Encoding.LINEAR | Encoding.LINEAR_PACKED:
                self._linear_to_srgb(source, floats, wide)
        if self._drops_alpha:
            # Channel by channel: numpy is slow if the innermost axis has three values.
            for channel in range(self.channels):
                target[..., channel] = wide[..., channel]

    def _linear_to_srgb(
        self, source: NDArray[np.float32], floats: NDArray[np.float32], target: NDArray[np.uint8]
    ) -> None:
        if source.shape[2] in (2, 4) and not self._drops_alpha and self._encoding is Encoding.LINEAR:
            _unpremultiply(source, out=floats)
            source = floats
        source = self._space.in_rec709(source)
        np.multiply(source, np.float32(_TABLE_MAX), out=floats)
        np.add(floats, np.float32(0.5), out=floats)
        places = np.empty(source.shape, np.uint16)
        _store(floats, _TABLE_MAX, places)
        np.take(_srgb_table(), places, out=target, mode="clip")
        if source.shape[2] in (2, 4):
            # Alpha is linear in both worlds: the 16-bit value, rounded to 8 bits.
            target[..., -1] = (places[..., -1].astype(np.uint32) + 128) // 257

    def _is_opaque(self) -> bool:
        # Compare with the conversion's own formula, so that dropped values would all have been 255.
        limit = np.float32(255) if self._encoding is Encoding.SRGB_BYTES else np.float32(254.5)
        scale = _BYTE_SCALE if self._encoding is Encoding.SRGB_BYTES else np.float32(255)
        alpha = self._top_down[..., -1]
        step = 4 * self._chunk_rows
        with np.errstate(all="ignore"):
            return all(
                alpha[start : start + step].min() * scale >= limit for start in range(0, self.height, step)
            )


def linear_to_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sRGB encoding (IEC 61966-2-1) of scene-linear values, clipped to 0–1."""
    clipped = np.clip(values, 0.0, 1.0)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)


def _store(floats: NDArray[np.float32], highest: int, out: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Clip the values in place to 0–`highest`, NaN to 0, and truncate them into `out`."""
    if not (floats.min() >= 0 and floats.max() < highest + 1):  # clipping takes longer than all the rest
        np.fmax(floats, np.float32(0), out=floats)
        np.minimum(floats, np.float32(highest), out=floats)
    np.copyto(out, floats, casting="unsafe")


def _unpremultiply(source: NDArray[np.float32], *, out: NDArray[np.float32]) -> None:
    """Divide the colours by alpha; where alpha is 0 they stay (pure glow), as in Blender's own conversion."""
    alpha = source[..., -1]
    divisor = np.where(alpha > 0, alpha, np.float32(1))
    for channel in range(source.shape[2] - 1):
        np.divide(source[..., channel], divisor, out=out[..., channel])
    out[..., -1] = alpha


@functools.cache
def _srgb_table() -> NDArray[np.uint8]:
    linear = np.arange(_TABLE_MAX + 1, dtype=np.float64) / _TABLE_MAX
    return (linear_to_srgb(linear) * 255 + 0.5).astype(np.uint8)
