# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for measurements: RGBA, 8 bits, the same in every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


def photograph(size: int) -> Pixels:
    """Return shapes of every scale (1/f) with a sensor's grain, opaque."""
    rng = np.random.default_rng(1)
    luminance = _clouds(rng, size)
    pixels = np.full((size, size, 4), 255, np.uint8)
    for channel in range(3):
        value = 128 + 45 * luminance + 12 * _clouds(rng, size)
        value += 1.5 * rng.standard_normal((size, size), np.float32)
        pixels[..., channel] = np.clip(value, 0, 255)
    return pixels


def noise(size: int) -> Pixels:
    """Return noise that nothing can compress."""
    return np.random.default_rng(2).integers(0, 256, (size, size, 4), np.uint8)


def flat(size: int) -> Pixels:
    """Return areas of one colour each, opaque: an ID map."""
    colours = np.random.default_rng(3).integers(0, 256, (8, 8, 3), np.uint8)
    pixels = np.full((size, size, 4), 255, np.uint8)
    pixels[..., :3] = colours.repeat(size // 8, axis=0).repeat(size // 8, axis=1)
    return pixels


def painted(size: int) -> Pixels:
    """Return soft strokes over one colour, with a window of real transparency."""
    rng = np.random.default_rng(4)
    canvas = np.full((size, size, 3), (96, 88, 80), np.float32)
    for _ in range(250):
        radius = int(rng.integers(size // 64, size // 8))
        x, y = (int(place) for place in rng.integers(0, size, 2))
        left, right, top, bottom = (
            max(0, x - radius),
            min(size, x + radius),
            max(0, y - radius),
            min(size, y + radius),
        )
        across, down = np.ogrid[top:bottom, left:right]
        distance = np.hypot((across - y) / radius, (down - x) / radius)
        opacity = np.clip((1 - distance) * rng.uniform(1, 6), 0, 1) * rng.uniform(0.3, 1)
        area = canvas[top:bottom, left:right]
        area += (rng.integers(0, 256, 3) - area) * opacity[..., None].astype(np.float32)
    pixels = np.full((size, size, 4), 255, np.uint8)
    pixels[..., :3] = canvas + 0.5
    quarter = size // 4
    pixels[quarter : 2 * quarter, quarter : 2 * quarter, 3] = np.linspace(0, 255, quarter).astype(np.uint8)
    return pixels


def as_buffer(pixels: Pixels) -> NDArray[np.float32]:
    """Return the values of `foreach_get` for a byte image with these pixels: flat, bottom row first."""
    return (pixels[::-1] * np.float32(1 / 255)).ravel()


def _clouds(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    small = size // 4
    frequency = np.hypot(np.fft.fftfreq(small)[:, None], np.fft.rfftfreq(small)[None])
    frequency[0, 0] = 1
    phases = rng.standard_normal(frequency.shape) + 1j * rng.standard_normal(frequency.shape)
    values = np.fft.irfft2(phases / frequency**1.4, s=(small, small))
    values /= values.std()
    image = PIL.Image.fromarray(values.astype(np.float32)).resize((size, size), PIL.Image.Resampling.BICUBIC)
    return np.asarray(image)
