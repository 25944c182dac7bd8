# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures that hardly show a shift: grain in one direction, stripes, gradients, nearly flat plaster.

They are used with the edits and drifts of `synthetic_edits`. Everything is the same in every run.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from synthetic_edits import Drift, Pixels, clouded, corner_error, toned

_WOOD = (90, 60, 35), (190, 140, 95)


def wood_grain(size: int, seed: int) -> Pixels:
    """Draw wavy vertical grain with some roughness."""
    return toned(_lines(size, seed, roughness=0.15, wave=12 * size / 1024), *_WOOD)


def slanting_plank(size: int, seed: int) -> Pixels:
    """Draw straight grain at 23° with hardly any roughness."""
    return toned(_lines(size, seed, roughness=0.05, turn=0.4), *_WOOD)


def stripes(size: int, seed: int) -> Pixels:
    """Draw only horizontal lines."""
    return toned(_lines(size, seed, turn=np.pi / 2), *_WOOD)


def plaster(size: int, seed: int) -> Pixels:
    """Draw a wall with nearly one tone."""
    return toned(
        0.12 * clouded(size, seed, 0.8) + 0.2 * clouded(size, seed + 1, 2), (200, 196, 190), (236, 232, 226)
    )


def gradient(size: int, seed: int) -> Pixels:
    """Draw one even slope of tones."""
    y, x = np.mgrid[:size, :size] / size
    return toned(4 * (x * 0.8 + y * 0.6) - 2.5, (40, 60, 110), (240, 200, 160))


def vignette(size: int, seed: int) -> Pixels:
    """Draw a soft light in the middle."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    return toned(2 - 6 * np.hypot(x, y), (20, 20, 30), (200, 200, 210))


def nearly_flat(size: int, seed: int) -> Pixels:
    """Draw one colour that varies by single levels."""
    return toned(0.02 * clouded(size, seed, 0.8), (100, 100, 100), (160, 150, 150))


QUIET: Mapping[str, Callable[[int, int], Pixels]] = {
    function.__name__: function
    for function in (wood_grain, slanting_plank, stripes, plaster, gradient, vignette, nearly_flat)
}


def bars(size: int, seed: int, *, period: float, turn: float, roughness: float) -> Pixels:
    """Draw equal stripes with sharp borders."""
    across, _ = _turned(size, turn)
    return _dirty(np.where(across / period % 1 < 0.5, -1.5, 1.5), seed, roughness)


def waves(size: int, seed: int, *, period: float, turn: float, roughness: float) -> Pixels:
    """Draw stripes that fade into one another."""
    across, _ = _turned(size, turn)
    return _dirty(1.6 * np.sin(2 * np.pi * across / period), seed, roughness)


def planks(size: int, seed: int, *, period: float, turn: float, roughness: float) -> Pixels:
    """Draw boards of different tones, with dark joints."""
    across, _ = _turned(size, turn)
    tone = np.random.default_rng(seed).standard_normal(2 * size)[(across / period + size).astype(int)]
    return _dirty(np.where(across / period % 1 < 0.06, -2.2, 0.5 + 0.5 * tone), seed + 1, roughness)


def checks(size: int, seed: int, *, period: float, turn: float, roughness: float) -> Pixels:
    """Draw a chessboard."""
    across, along = _turned(size, turn)
    is_dark = (across / period % 1 < 0.5) ^ (along / period % 1 < 0.5)
    return _dirty(np.where(is_dark, -1.5, 1.5), seed, roughness)


def dots(size: int, seed: int, *, period: float, turn: float, roughness: float) -> Pixels:
    """Draw dark discs in rows and columns."""
    across, along = _turned(size, turn)
    radius = np.hypot(across / period % 1 - 0.5, along / period % 1 - 0.5)
    return _dirty(np.where(radius < 0.25, -1.5, 1.5), seed, roughness)


PATTERNS: Mapping[str, Callable[..., Pixels]] = {
    function.__name__: function for function in (bars, waves, planks, checks, dots)
}
"""Patterns that repeat every `period` pixels, turned by `turn` radians, with some dirt."""


def visible_error(
    drift: Drift,
    *,
    dx: float,
    dy: float,
    scale_x: float,
    scale_y: float,
    size: int,
    blind: tuple[float, float] | None,
) -> float:
    """Return the error of the worst corner, in pixels, without a shift along a blind direction."""
    if blind is not None:
        along = (drift.dx - dx) * blind[0] + (drift.dy - dy) * blind[1]
        dx, dy = dx + along * blind[0], dy + along * blind[1]
    return corner_error(drift, dx=dx, dy=dy, scale_x=scale_x, scale_y=scale_y, size=size)


def _lines(
    size: int, seed: int, *, roughness: float = 0.0, turn: float = 0.0, wave: float = 0.0
) -> NDArray[np.float64]:
    count = int(size * 1.6)
    frequency = np.fft.rfftfreq(count)
    frequency[0] = 1
    noise = np.random.default_rng(seed).standard_normal(count)
    profile = np.fft.irfft(np.fft.rfft(noise) / frequency**0.6, count)
    profile /= profile.std()
    across, along = _turned(size, turn)
    place = across + wave * np.sin(along / size * 5 + 1) + count / 2
    values = np.interp(place, np.arange(count), profile)
    return values + roughness * clouded(size, seed + 1, 1.0) if roughness else values


def _turned(size: int, turn: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, x = np.mgrid[:size, :size] - size / 2
    return np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x


def _dirty(values: NDArray[np.float64], seed: int, roughness: float) -> Pixels:
    return toned(values + roughness * clouded(size=len(values), seed=seed, fall=1.0), *_WOOD)
