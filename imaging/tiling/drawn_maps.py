# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a model's drawing into a map: data that repeats as its texture does. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from .maps import lightness_of
from .settings import Map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels
    from .smooth import Wraps

_CLOSED_BY: Final = 8
"""A step at the border is evened out within this part (one eighth) of the picture at each end."""
_ALONG: Final = 7  # pixels along the border that are averaged: grain is no step
_TAIL: Final = 0.1
"""Percent of the heights at each end that may be cut off."""
_FLAT: Final = 0.1
"""A drawing with a smaller share of all tones is not spread over all heights."""


def map_of_drawing(drawing: Pixels, part: Map, wraps: Wraps) -> Pixels:
    """Return a map of the drawing's size: heights in 16 bits, spread over the whole range; others in 8 bits.

    Args:
        wraps: the directions in which the texture and so the map repeat. Steps at these borders are evened
            out.
    """
    values = lightness_of(drawing)
    if wraps.across:
        _close(values)
    if wraps.down:
        _close(values.T)
    if part is not Map.HEIGHT:
        return _whole(values, np.uint8)
    values = _softened(values, wraps)
    low, high = (float(value) for value in np.percentile(values[::3, ::3], (_TAIL, 100 - _TAIL)))
    if high - low > _FLAT:
        values -= np.float32(low)
        values *= np.float32(1 / (high - low))
    return _whole(values, np.uint16)


def _close(values: NDArray[np.float32]) -> None:
    """Even out the step from the last column to the first, in place."""
    width = values.shape[1]
    reach = max(2, width // _CLOSED_BY)
    step = (values[:, 0] - values[:, -1]) * np.float32(0.5)
    count = min(_ALONG, len(step)) | 1
    around = np.pad(step, count // 2, mode="wrap")[: len(step) + count - 1]
    step = np.convolve(around, np.full(count, 1 / count, np.float32), "valid").astype(np.float32)
    fade = np.cos(np.linspace(0, np.pi / 2, reach, dtype=np.float32)) ** 2
    values[:, :reach] -= step[:, np.newaxis] * fade
    values[:, width - reach :] += step[:, np.newaxis] * fade[::-1]


def _softened(values: NDArray[np.float32], wraps: Wraps) -> NDArray[np.float32]:
    """Return means of neighbours. Models draw in 8 bits, whose steps would become terraces."""
    for axis, is_round in ((0, wraps.down), (1, wraps.across)):
        before, after = np.roll(values, 1, axis), np.roll(values, -1, axis)
        if not is_round:
            ends = (slice(None),) * axis
            before[(*ends, 0)], after[(*ends, -1)] = values[(*ends, 0)], values[(*ends, -1)]
        before += after
        before *= np.float32(0.25)
        before += values * np.float32(0.5)
        values = before
    return values


def _whole(values: NDArray[np.float32], kind: type[np.uint8] | type[np.uint16]) -> Pixels:
    values *= np.float32(np.iinfo(kind).max)
    values += np.float32(0.5)
    return np.clip(values, 0, np.iinfo(kind).max, out=values).astype(kind)
