# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the period of a picture, in pixels: bricks, planks, weaves. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..lineup.correlation import peak_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST: Final = 4  # pixels
_LINES: Final = 64  # in one FFT: before numpy 2 it holds the interpreter lock
_FLAT_PART: Final = 12
"""Changes slower than this part of the picture are removed: tones of boards, light."""
_CLEAR_FLAT: Final = 0.55
"""The least height of a peak above the dip before it. Measured on thirty textures: those with a period reach
0.77 or more, all others stay under 0.46."""
_CLEAR: Final = 0.6  # likewise with all tones: measured 0.64 and 0.48
_CLEAR_SOFT: Final = 0.58
"""Likewise without fine grain, for photographs."""
_CLEAR_AGAIN: Final = 0.25
"""The least height of such a peak's repetition at twice the lag. Courses have 0.35 or more. Stones that lie
close have 0.11 or less: they have a usual distance, but no period."""
_SOFT_LINES, _SOFT_PLACES = 32, 85
"""Grain is averaged out over these parts of the picture, across the lines and along them."""
_LEAST_LIKE: Final = 0.1
_MOST_COURSES: Final = 4
_OTHER_COURSE: Final = 0.15
"""Neighbouring courses that alternate are less alike by this. Boards with different tones are so by chance,
but less."""
_NEARLY_BEST: Final = 0.8
"""The shortest lag with this share of the best likeness is the period; the others are multiples of it."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A length after which a picture repeats itself."""

    length: float
    """Pixels."""
    strict: float
    """The period of details that differ between courses, too (joints of every other course). Pixels."""
    likeness: float
    """Correlation of the picture with itself at this lag, 1 at most."""


def period_of(lines: NDArray[np.float32]) -> Period | None:
    """Return the period along the lines (second axis) of (lines, places, channels), or None.

    It is half of the picture's length at most.
    """
    plane = lines.mean(2)
    return (
        _found(plane, flattened(plane), _CLEAR_FLAT)
        or _found(plane, _levelled(plane), _CLEAR)
        or _found(plane, flattened(_softened(plane)), _CLEAR_SOFT, is_soft=True)
    )


def _found(
    plane: NDArray[np.float32], values: NDArray[np.float32], clear: float, *, is_soft: bool = False
) -> Period | None:
    """Return the period of lines, found in their filtered values.

    Args:
        is_soft: the peak has to be found again at twice the lag.
    """
    likeness = _autocorrelation(values)
    lags = np.arange(_LEAST, len(likeness) - 1)
    here = likeness[lags]
    dip = np.minimum.accumulate(likeness)[lags]
    is_peak = (here >= likeness[lags - 1]) & (here > likeness[lags + 1])
    lags = lags[is_peak & (here - dip > clear) & (here > _LEAST_LIKE)]
    if is_soft:
        lags = lags[[_is_seen_again(likeness, int(lag)) for lag in lags]] if lags.size else lags
    if not lags.size:
        return None
    best = float(likeness[lags].max())
    first = int(lags[likeness[lags] > _NEARLY_BEST * best][0])
    length = _refined(likeness, first)
    strict = length * _courses(plane, length)
    return Period(length=length, strict=strict, likeness=float(likeness[first]))


def _is_seen_again(likeness: NDArray[np.float32], first: int) -> bool:
    """Return whether the peak is found again at twice the lag."""
    second, reach = 2 * first, max(1, first // 8)
    if second + reach >= len(likeness):
        return False
    dip = float(likeness[first:second].min())
    return float(likeness[second - reach : second + reach + 1].max()) - dip > _CLEAR_AGAIN


def flattened(plane: NDArray[np.float32], *, wraps: bool = False) -> NDArray[np.float32]:
    """Return lines without slow changes along them. Lines are mirrored beyond their ends, or wrap."""
    length = plane.shape[1]
    reach = max(2, length // _FLAT_PART // 2)
    wide = np.pad(plane, ((0, 0), (reach + 1, reach)), mode="wrap" if wraps else "symmetric")
    sums = np.cumsum(wide, axis=1, dtype=np.float64)
    means = (sums[:, 2 * reach + 1 :] - sums[:, : -2 * reach - 1]) / (2 * reach + 1)
    return plane - means.astype(np.float32)


def _levelled(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return lines without their mean and slope."""
    slope: NDArray[np.float32] = np.linspace(-1, 1, plane.shape[1], dtype=np.float32)
    level = plane - plane.mean(1, dtype=np.float32, keepdims=True)
    share = np.einsum("ij,j->i", level, slope) / np.einsum("j,j->", slope, slope)
    level -= share[:, np.newaxis] * slope
    return level


def _softened(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return fewer lines, without fine grain."""
    lines, places = (
        max(1, side // part) for side, part in zip(plane.shape, (_SOFT_LINES, _SOFT_PLACES), strict=True)
    )
    means = plane[: len(plane) // lines * lines].reshape(-1, lines, plane.shape[1]).mean(1)
    wide = np.pad(means, ((0, 0), (places // 2 + 1, places - places // 2 - 1)), mode="symmetric")
    sums = np.cumsum(np.pad(wide, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    return ((sums[:, places:] - sums[:, :-places]) / places)[:, : plane.shape[1]].astype(np.float32)


def _autocorrelation(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lines' autocorrelation at each lag up to half of their length, -1 to 1."""
    length = values.shape[1]
    size = 1 << (2 * length - 1).bit_length()
    power = np.zeros(size // 2 + 1)
    for start in range(0, len(values), _LINES):
        spectrum = np.fft.rfft(values[start : start + _LINES], size, axis=1)
        power += (spectrum.real**2 + spectrum.imag**2).sum(0)
    lags = np.arange(1, length // 2 + 1, dtype=np.intp)
    products = np.fft.irfft(power)[lags]
    energy = np.cumsum(np.einsum("ij,ij->j", values, values), dtype=np.float64)
    before, after = energy[length - lags - 1], energy[-1] - energy[lags - 1]
    scale = np.sqrt(np.maximum(before * after, 1e-18))
    return np.concatenate(([1], products / scale)).astype(np.float32)


def _courses(plane: NDArray[np.float32], length: float) -> int:
    """Return the number of periods after which details that differ between lines repeat."""
    likeness = _autocorrelation(flattened(plane - plane.mean(0, dtype=np.float32)))
    found = [
        float(likeness[max(0, lag - 1) : lag + 2].max())
        for lag in (round(times * length) for times in range(1, _MOST_COURSES + 1))
        if lag < len(likeness)
    ]
    best = int(np.argmax(found)) if found else 0
    return best + 1 if best and found[best] > found[0] + _OTHER_COURSE else 1


def _refined(likeness: NDArray[np.float32], first: int) -> float:
    """Refine a lag to fractions of a pixel, by the peaks at its multiples."""
    length = float(first)
    for times in range(1, (len(likeness) - 2) // first + 1):
        near, reach = round(length * times), max(1, first // 8)
        start = max(1, near - reach)
        around = likeness[start : min(near + reach + 1, len(likeness) - 1)]
        if not around.size:
            break
        peak = start + int(around.argmax())
        offset = peak_offset(*(float(value) for value in likeness[peak - 1 : peak + 2]))
        if abs(peak + offset - near) > reach:
            break
        length = (peak + offset) / times
    return length
