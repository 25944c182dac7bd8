# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and even out light that falls off over a whole picture. Worker threads only."""

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

_LONGEST: Final = 64  # pixels of the analysed view
_DEGREE: Final = 3  # of the polynomial: a slope, a vignette, a bent slope
_BLACK: Final = np.float32(4 / 255)
"""Added to all values, so that black shows no light."""
_GAMMA: Final = 2.2
"""About the gamma of sRGB: a factor of encoded values is its power for linear ones."""
_FAINT: Final = 0.03
"""Relative deviation of the light; a smaller one is not worth evening out."""
_DOUBTFUL, _CLEAR = 0.7, 0.9
"""Share of the differences between places that the light explains."""
_LOOSE, _STEADY = 4.0, 7.0
"""Steadiness of a slope. Measured with all of these limits: of 60 textures without light, 53 stay unchanged,
boards among them; the others are soft themselves, like marble. Of 60 in a light that falls off by a quarter,
it finds 41; by a half, 57. It misses textures that are much rougher than the light (cobbles, spots)."""
_LINES: Final = 8  # of places each way; each line has a slope
_LEAST: Final = 0.1  # less is not worth changing every pixel
_STEPS: Final = 16  # of a side: the distance of places that a slope is measured between
_LEVEL: Final = 1e-6
_UNEVEN, _EVEN = 0.5, 0.8
"""Share of its slope that is present at most places."""
_MOST: Final = 1.1  # natural logarithm of the strongest correction, a factor of 3
_BAND_BYTES: Final = 1 << 21


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light over a picture: a polynomial of the place, for natural logarithms of encoded values."""

    weights: NDArray[np.float32]
    """(powers of y, powers of x), places from -1 to 1."""
    depth: float
    """Its standard deviation."""
    share: float
    """Its share of the differences between places, 0 to 1."""
    steadiness: float
    """Its slope from side to side, in deviations of that slope. Bricks vary in tone by more than a faint
    light does, but the light is the same on all of them."""
    evenness: float
    """How much of it is present at most places: 1 for light; 0 if a few steps make it all up, as with
    boards."""

    @property
    def amount(self) -> float:
        """The share of it to even out, 0 to 1, unless somebody has chosen."""
        if self.depth < _FAINT:
            return 0.0
        is_light = max(_ramp(self.share, _DOUBTFUL, _CLEAR), _ramp(self.steadiness, _LOOSE, _STEADY))
        amount = is_light * _ramp(self.evenness, _UNEVEN, _EVEN)
        return amount if amount >= _LEAST else 0.0


def find_light(view: NDArray[np.float32]) -> Light:
    """Find the light that falls off over a picture, in its view from `views.reduced`."""
    view = reduced(view, within(view.shape, _LONGEST), is_view=True)
    colours = view.shape[2] - has_alpha(view)
    values = np.log(view[..., :colours].mean(2, dtype=np.float32) + _BLACK)
    cover = view[..., -1] if has_alpha(view) else np.ones_like(values)
    if has_alpha(view):
        values = np.log(view[..., :colours].mean(2, dtype=np.float32) / np.maximum(cover, _BLACK) + _BLACK)
    y, x = (np.vander(_places(count), _DEGREE + 1, increasing=True) for count in values.shape)
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    basis = np.stack([np.outer(y[:, i], x[:, j]).ravel() for i, j in powers], axis=1)
    # Normal equations suffice for ten unknowns; `lstsq` would hold the interpreter lock for 30 ms.
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
    """Return the picture with a share of its light (0 to 1) evened out; its mean brightness stays."""
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
    """Return the share of the light's slope that is present at a usual place: a weighted median."""
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
    """Return the steadiness of the slope along the steadier axis; 0 for very small pictures."""
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
        along = (float(beside @ beside) / (_LINES - 2) / square) ** 0.5  # boards are the same in all lines
        found = max(found, abs(slope) / max(among, along, 1e-6))
    return found


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _places(count: int) -> NDArray[np.float32]:
    middles = np.arange(count, dtype=np.float32) + np.float32(0.5)
    return middles * np.float32(2 / count) - np.float32(1)


def _smoothed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return means over an eighth of the picture, without grain and bricks."""
    for axis in (0, 1):
        reach = max(1, values.shape[axis] // 16)
        lines = np.moveaxis(values, axis, 0)
        sums = np.cumsum(np.pad(lines, ((reach + 1, reach), (0, 0)), mode="edge"), axis=0, dtype=np.float32)
        means = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) * np.float32(1 / (2 * reach + 1))
        values = np.moveaxis(means, 0, axis)
    return values
