# SPDX-License-Identifier: GPL-3.0-or-later
"""Light that falls off over a whole picture, found and evened out. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha
from .views import reduced, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_LONGEST: Final = 64  # pixels of what is looked at
_DEGREE: Final = 3  # of the polynomial: a slope, a vignette, a slope that bends
_BLACK: Final = np.float32(4 / 255)
"""Added to all, so that black has no light of its own."""
_GAMMA: Final = 2.2
"""Of sRGB, nearly: what is a factor of encoded values is a power of it for linear ones."""
_FAINT: Final = 0.03
"""Deviation of the light, as a share of it, that is not worth to be evened out."""
_DOUBTFUL, _CLEAR = 0.8, 0.95
"""Share of what differs between places of the picture that the light explains. Of thirty textures without
light two in three stay under 0.65 (what is soft itself, and boards of few tones, do not); in a light that
falls off by a half two in three have more than 0.88."""
_MOST: Final = 1.1  # natural logarithm of the strongest correction: by a factor of 3
_BAND_BYTES: Final = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light over a picture: a polynomial of the place, in natural logarithms of encoded values."""

    weights: NDArray[np.float32]
    """(powers of y, powers of x), places from -1 to 1."""
    depth: float
    """Its deviation."""
    share: float
    """Of what differs between places, 0 to 1."""

    @property
    def amount(self) -> float:
        """How much of it to even out, 0 to 1, where nobody has chosen."""
        if self.depth < _FAINT:
            return 0.0
        return min(1.0, max(0.0, (self.share - _DOUBTFUL) / (_CLEAR - _DOUBTFUL)))


def find_light(view: NDArray[np.float32]) -> Light:
    """Find the light that falls off over a picture, by a view of it as `views.reduced` makes them."""
    view = reduced(view, within(view.shape, _LONGEST), is_view=True)
    colours = view.shape[2] - has_alpha(view)
    values = np.log(view[..., :colours].mean(2, dtype=np.float32) + _BLACK)
    cover = view[..., -1] if has_alpha(view) else np.ones_like(values)
    if has_alpha(view):
        values = np.log(view[..., :colours].mean(2, dtype=np.float32) / np.maximum(cover, _BLACK) + _BLACK)
    y, x = (np.vander(_places(count), _DEGREE + 1, increasing=True) for count in values.shape)
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    basis = np.stack([np.outer(y[:, i], x[:, j]).ravel() for i, j in powers], axis=1)
    root = np.sqrt(cover.ravel())
    found, *_ = np.linalg.lstsq(basis * root[:, np.newaxis], values.ravel() * root, rcond=1e-6)
    weights = np.zeros((_DEGREE + 1, _DEGREE + 1), np.float32)
    for (i, j), weight in zip(powers, found, strict=True):
        weights[i, j] = weight
    light = basis @ found
    total = float(cover.sum()) or 1.0
    middle = float((light * cover.ravel()).sum()) / total
    weights[0, 0] -= middle
    spread = float((cover.ravel() * (light - middle) ** 2).sum()) / total
    whole = float((cover * _smoothed(values - np.float32(middle)) ** 2).sum()) / total
    return Light(weights=weights, depth=spread**0.5, share=min(1.0, spread / max(whole, 1e-9)))


def evened_out(pixels: Pixels, light: Light, amount: float) -> Pixels:
    """Return the picture with so much of its light (0 to 1) evened out; its mean brightness stays."""
    height, width = pixels.shape[:2]
    power = -amount * (_GAMMA if pixels.dtype == np.float32 else 1.0)
    across = light.weights @ np.vander(_places(width), _DEGREE + 1, increasing=True).T * np.float32(power)
    down = np.vander(_places(height), _DEGREE + 1, increasing=True)
    limit = np.float32(abs(power) * _MOST) + np.float32(1e-9)
    full = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)
    colours = pixels.shape[2] - has_alpha(pixels) if pixels.ndim == 3 else 1
    result = np.empty_like(pixels)

    def fill(rows: slice) -> None:
        gain = np.exp(np.clip(down[rows] @ across, -limit, limit)).astype(np.float32, copy=False)
        part, target = (
            one if one.ndim == 3 else one[..., np.newaxis] for one in (pixels[rows], result[rows])
        )
        values = part[..., :colours] * gain[..., np.newaxis]
        if pixels.dtype != np.float32:
            values = np.minimum(values, np.float32(full)) + np.float32(0.5)
        np.copyto(target[..., :colours], values, casting="unsafe")
        target[..., colours:] = part[..., colours:]

    in_bands(fill, rows_of(height, width * colours * 4, _BAND_BYTES))
    return result


def _places(count: int) -> NDArray[np.float32]:
    middles = np.arange(count, dtype=np.float32) + np.float32(0.5)
    return middles * np.float32(2 / count) - np.float32(1)


def _smoothed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means over an eighth of the picture: what grain and bricks are is gone."""
    for axis in (0, 1):
        reach = max(1, values.shape[axis] // 16)
        lines = np.moveaxis(values, axis, 0)
        sums = np.cumsum(np.pad(lines, ((reach + 1, reach), (0, 0)), mode="edge"), axis=0, dtype=np.float32)
        means = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) * np.float32(1 / (2 * reach + 1))
        values = np.moveaxis(means, 0, axis)
    return values
