# SPDX-License-Identifier: GPL-3.0-or-later
"""Noise, cells, ramps and light, from which materials are made. Arrays are float32, row 0 at the top."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.floating[Any]]  # (height, width)
Pixels = NDArray[np.uint8]  # (height, width, 3), sRGB
Colour = tuple[int, int, int]

_RAMP_STEPS = 1024
_ROWS = 256  # processed at a time: short steps give other threads their turn


class Canvas:
    """A surface to draw on, with its own random numbers.

    `x` and `y` are coordinates in units of the shorter side, from the middle, y downwards.
    """

    def __init__(self, width: int, height: int, name: str) -> None:
        self.width = width
        self.height = height
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        self.random = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
        short = min(width, height)
        self.x: Plane = ((np.arange(width, dtype=np.float32) - width / 2) / short)[None, :]
        self.y: Plane = ((np.arange(height, dtype=np.float32) - height / 2) / short)[:, None]

    def noise(self, cells: float, octaves: int = 4, *, stretch: float = 1.0, gain: float = 0.5) -> Plane:
        """Return smooth noise, 0–1, with `cells` bumps along the shorter side.

        `stretch` > 1 stretches the bumps sideways, < 1 upwards.
        """
        short = min(self.width, self.height)
        total = np.zeros((self.height, self.width), np.float32)
        weight, weights = 1.0, 0.0
        for _ in range(octaves):
            columns = max(2, round(cells / stretch * self.width / short) + 1)
            rows = max(2, round(cells * self.height / short) + 1)
            columns, rows = min(columns, self.width), min(rows, self.height)
            grid = self.random.random((rows, columns), dtype=np.float32)
            total += self._enlarged(grid, Image.Resampling.BICUBIC) * np.float32(weight)
            weights += weight
            weight *= gain
            cells *= 2.0
        total /= np.float32(weights)
        return spread(total)

    def cells(self, count: float) -> tuple[Plane, Plane]:
        """Return how far each pixel is from its cell's border (0 there), and a tone for each cell, 0–1.

        There are about `count` irregular cells along the shorter side. Computed at half the size.
        """
        px = (self.x[:, ::2] + 8.0) * np.float32(count)
        py = (self.y[::2, :] + 8.0) * np.float32(count)
        column, row = np.floor(px).astype(np.int32), np.floor(py).astype(np.int32)
        table = self.random.random((64, 64, 3), dtype=np.float32)
        shape = (py.shape[0], px.shape[1])
        nearest = np.full(shape, 9.0, np.float32)
        second = np.full(shape, 9.0, np.float32)
        tone = np.zeros(shape, np.float32)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                c, r = column + right, row + down
                jitter = table[r % 64, c % 64]
                distance = np.hypot(c + jitter[..., 0] - px, r + jitter[..., 1] - py)
                closer = distance < nearest
                second = np.where(closer, nearest, np.minimum(second, distance))
                tone = np.where(closer, jitter[..., 2], tone)
                nearest = np.where(closer, distance, nearest)
        border = self._enlarged(second - nearest, Image.Resampling.BICUBIC)
        return np.maximum(border, 0), self._enlarged(tone, Image.Resampling.NEAREST)

    def _enlarged(self, values: Plane, resampling: Image.Resampling) -> Plane:
        image = Image.fromarray(values.astype(np.float32)).resize((self.width, self.height), resampling)
        return np.asarray(image, np.float32)


def spread(values: Plane) -> Plane:
    """Stretch values to 0–1; the outermost two percent are cut off."""
    sample = values[::8, ::8]
    low, high = np.quantile(sample, (0.01, 0.99))
    return np.clip((values - np.float32(low)) / np.float32(max(high - low, 1e-6)), 0, 1)


def smooth(low: float, high: float, values: Plane) -> Plane:
    """Return 0 below `low`, 1 above `high`, an S-curve between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def ramp(values: Plane, stops: Sequence[Colour]) -> Pixels:
    """Return colours for values of 0–1, from evenly spaced stops."""
    steps = np.linspace(0, 1, _RAMP_STEPS)
    at = np.linspace(0, 1, len(stops))
    table = np.stack([np.interp(steps, at, [stop[c] for stop in stops]) for c in range(3)], axis=1)
    colours = np.round(table).astype(np.uint8)
    index = (np.clip(values, 0, 1) * np.float32(_RAMP_STEPS - 1)).astype(np.int16)
    return colours[index]


def light(pixels: Pixels, height: Plane, strength: float) -> Pixels:
    """Light a relief from the upper left; a step of `height` by 1 between pixels is steep."""
    slope = np.zeros_like(height)
    slope[:, 1:] += np.diff(height, axis=1)
    slope[1:, :] += np.diff(height, axis=0)
    return scale(pixels, 1 + np.clip(slope * np.float32(strength), -0.6, 0.6))


def scale(pixels: Pixels, factor: Plane) -> Pixels:
    """Multiply the brightness, pixel by pixel."""
    result = np.empty_like(pixels)
    factor = np.broadcast_to(factor, pixels.shape[:2])
    for start in range(0, pixels.shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        lit = pixels[rows] * factor[rows, :, None]
        np.clip(lit, 0, 255, out=lit)
        result[rows] = lit
    return result


def mix(under: Pixels, over: Pixels, share: Plane) -> Pixels:
    """Blend two pictures; `share` 1 shows `over`."""
    result = np.empty_like(under)
    share = np.broadcast_to(share, under.shape[:2])
    for start in range(0, under.shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        part = share[rows, :, None]
        result[rows] = under[rows] * (1 - part) + over[rows] * part
    return result
