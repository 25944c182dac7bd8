# SPDX-License-Identifier: GPL-3.0-or-later
"""After how many pixels a picture repeats itself: bricks, planks, weaves. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..lineup.correlation import peak_offset

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST: Final = 4  # pixels
_LINES: Final = 64  # of which the spectrum is taken at once: before numpy 2 that holds the interpreter lock
_FLAT_PART: Final = 12
"""What is slower than this part of the picture is taken out: tones of boards, light."""
_CLEAR_FLAT: Final = 0.55
"""By how much a peak must stand out of the dip before it. Of thirty textures those that have a period reach
0.77 and more, all others stay under 0.46."""
_CLEAR: Final = 0.6  # likewise with all tones, where 0.64 and 0.48 were seen
_CLEAR_SOFT: Final = 0.5
"""Likewise without fine grain, as photographs have it."""
_CLEAR_AGAIN: Final = 0.25
"""By how much such a peak has to stand out again at twice the lag: 0.35 and more of courses, 0.11 and less of
stones that lie close, which have a usual distance and no period."""
_SOFT_LINES, _SOFT_PLACES = 32, 85
"""Parts of the picture that are taken together then, across the lines and along them."""
_LEAST_LIKE: Final = 0.1
_MOST_COURSES: Final = 4
_OTHER_COURSE: Final = 0.15
"""So much less alike are neighbouring courses; boards with tones of their own are by chance less so."""
_NEARLY_BEST: Final = 0.8
"""The shortest lag that is so much as good as the best is the period, the others are multiples of it."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A length after which a picture is like itself again."""

    length: float
    """Pixels."""
    strict: float
    """The same where what differs from course to course (joints of every other one) is like itself, too."""
    likeness: float
    """Correlation of the picture with itself after a length, up to 1."""


def period_of(lines: NDArray[np.float32]) -> Period | None:
    """Return the period along the lines (second axis) of (lines, places, channels), if there is one.

    It is half of the picture at most.
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
    """Return the period that lines have, by what was made of them.

    Args:
        is_soft: it has to be seen a second time.
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
    """Tell whether lines are like themselves after twice a lag, too."""
    second, reach = 2 * first, max(1, first // 8)
    if second + reach >= len(likeness):
        return False
    dip = float(likeness[first:second].min())
    return float(likeness[second - reach : second + reach + 1].max()) - dip > _CLEAR_AGAIN


def flattened(plane: NDArray[np.float32], *, wraps: bool = False) -> NDArray[np.float32]:
    """Return lines without what changes slowly along them. Beyond its ends a line is mirrored, or wraps."""
    length = plane.shape[1]
    width = max(4, length // _FLAT_PART)
    before, after = width // 2, width - width // 2
    wide = np.pad(plane, ((0, 0), (before, after)), mode="wrap" if wraps else "symmetric")
    sums = np.cumsum(wide, axis=1, dtype=np.float64)
    means = (sums[:, width:] - sums[:, :-width]) / width
    return plane - means[:, :length].astype(np.float32)


def _levelled(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return lines without their mean and slope."""
    slope: NDArray[np.float32] = np.linspace(-1, 1, plane.shape[1], dtype=np.float32)
    level = plane - plane.mean(1, dtype=np.float32, keepdims=True)
    share = np.einsum("ij,j->i", level, slope) / np.einsum("j,j->", slope, slope)
    level -= share[:, np.newaxis] * slope
    return level


def _softened(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return lines that are fewer, without fine grain."""
    lines, places = (
        max(1, side // part) for side, part in zip(plane.shape, (_SOFT_LINES, _SOFT_PLACES), strict=True)
    )
    means = plane[: len(plane) // lines * lines].reshape(-1, lines, plane.shape[1]).mean(1)
    wide = np.pad(means, ((0, 0), (places // 2 + 1, places - places // 2 - 1)), mode="symmetric")
    sums = np.cumsum(np.pad(wide, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    return ((sums[:, places:] - sums[:, :-places]) / places)[:, : plane.shape[1]].astype(np.float32)


def _autocorrelation(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how alike the lines are to themselves at each lag up to half of them, from -1 to 1."""
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
    """Return after how many periods what is not the same in all lines is like itself again."""
    likeness = _autocorrelation(flattened(plane - plane.mean(0, dtype=np.float32)))
    found = [
        float(likeness[max(0, lag - 1) : lag + 2].max())
        for lag in (round(times * length) for times in range(1, _MOST_COURSES + 1))
        if lag < len(likeness)
    ]
    best = int(np.argmax(found)) if found else 0
    return best + 1 if best and found[best] > found[0] + _OTHER_COURSE else 1


def _refined(likeness: NDArray[np.float32], first: int) -> float:
    """Return a lag to parts of a pixel, by the peaks at its multiples."""
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
