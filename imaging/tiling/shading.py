# SPDX-License-Identifier: GPL-3.0-or-later
"""Light that falls off over a whole picture, found and evened out. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..bands import in_bands, rows_of
from ..resample import has_alpha
from .views import block_sums, edges, reduced, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels

_LONGEST: Final = 64  # pixels of what is looked at
_DEGREE: Final = 3  # of the polynomial: a slope, a vignette, a slope that bends
_BLACK: Final = np.float32(4 / 255)
"""Added to all, so that black has no light of its own."""
_GAMMA: Final = 2.2
"""The gamma of sRGB, nearly: a factor of encoded values is a power of it for linear ones."""
_FAINT: Final = 0.03
"""Deviation of the light, as a share of it, that is not worth to be evened out."""
_DOUBTFUL, _CLEAR = 0.7, 0.9
"""Share of what differs between places of the picture that the light explains."""
_LOOSE, _STEADY = 4.0, 7.0
"""How steady a slope is. Of 60 textures without light all of these together leave 53 as they are, boards
among them; the others are soft themselves, as marble is. Of 60 in a light that falls off by a quarter they
find 41, by a half 57: not where the texture is much rougher than it (cobbles, spots)."""
_LINES: Final = 8  # of places each way, in each of which there is a slope
_LEAST: Final = 0.1  # less is not worth that every pixel changes
_STEPS: Final = 16  # of a side: how far apart places are that tell of a slope
_LEVEL: Final = 1e-6
_UNEVEN, _EVEN = 0.5, 0.8
"""Share of its slope that is seen at most places."""
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
    """The part of the differences between places, 0 to 1."""
    steadiness: float
    """How many of its own deviations its slope from side to side is. Bricks with tones of their own vary by
    more than a faint light does, which is the same on all of them."""
    evenness: float
    """How much of it there is at most places: 1 for light; 0 where few steps make it all up, as of boards."""

    @property
    def amount(self) -> float:
        """How much of it to even out, 0 to 1, where nobody has chosen."""
        if self.depth < _FAINT:
            return 0.0
        is_light = max(_ramp(self.share, _DOUBTFUL, _CLEAR), _ramp(self.steadiness, _LOOSE, _STEADY))
        amount = is_light * _ramp(self.evenness, _UNEVEN, _EVEN)
        return amount if amount >= _LEAST else 0.0


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
    # By the normal equations: ten unknowns, and `lstsq` holds the interpreter lock for 30 ms.
    weighted = (basis * cover.ravel()[:, np.newaxis]).T.astype(np.float64)
    square = weighted @ basis
    square += np.eye(len(powers)) * (1e-6 * max(1e-6, float(np.trace(square))))
    found = np.linalg.solve(square, weighted @ values.ravel())
    weights = np.zeros((_DEGREE + 1, _DEGREE + 1), np.float32)
    for (i, j), weight in zip(powers, found, strict=True):
        weights[i, j] = weight
    light = basis @ found
    total = float(cover.sum()) or 1.0
    middle = float((light * cover.ravel()).sum()) / total
    weights[0, 0] -= middle
    spread = float((cover.ravel() * (light - middle) ** 2).sum()) / total
    whole = float((cover * _smoothed(values - np.float32(middle)) ** 2).sum()) / total
    return Light(
        weights=weights,
        depth=spread**0.5,
        share=min(1.0, spread / max(whole, 1e-9)),
        steadiness=_steadiness(values),
        evenness=_evenness(values, light.reshape(values.shape)),
    )


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


def _evenness(values: NDArray[np.float32], light: NDArray[np.float64]) -> float:
    """Return the share of the light's slope that is seen at a usual place: a weighted median."""
    shares: list[NDArray[np.floating]] = []
    weights: list[NDArray[np.floating]] = []
    for axis in (0, 1):
        step = max(1, values.shape[axis] // _STEPS)
        here, there = slice(None, -step), slice(step, None)
        lit, lines = np.moveaxis(light, axis, 0), np.moveaxis(values, axis, 0)
        slope, seen = lit[there] - lit[here], lines[there] - lines[here]
        shares.append((seen / np.where(np.abs(slope) > _LEVEL, slope, np.inf)).ravel())
        weights.append(np.abs(slope).ravel())
    share, weight = np.concatenate(shares), np.concatenate(weights)
    order = share.argsort()
    sums = weight[order].cumsum()
    return float(share[order][int(np.searchsorted(sums, float(sums[-1]) / 2))])


def _steadiness(values: NDArray[np.float32]) -> float:
    """Return how steady the slope is along the axis along which it is steadier; 0 for very small pictures."""
    height, width = values.shape
    if min(height, width) < _LINES:
        return 0.0
    rows, columns = edges(height, _LINES), edges(width, _LINES)
    means = block_sums(block_sums(values, rows, 0), columns, 1)
    means /= np.outer(np.diff(rows), np.diff(columns)).astype(np.float32)
    place = _places(_LINES)
    found = 0.0
    for lines in (means, means.T):
        square = float(place @ place)
        slopes = lines @ place / np.float32(square)
        slope, mean = float(slopes.mean()), lines.mean(0)
        beside = mean - mean.mean() - place * np.float32(slope)
        among = float(slopes.std(ddof=1)) / _LINES**0.5
        along = (float(beside @ beside) / (_LINES - 2) / square) ** 0.5  # boards are alike in all lines
        found = max(found, abs(slope) / max(among, along, 1e-6))
    return found


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


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
