# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours as one integer each, so that numpy adds all their channels at once. Any thread.

Each of three channels has a lane of 20 bits, which holds the sum of up to 16 channels of 16 bits. The upper 4
bits count the colours of a sum, up to 15. The integer of an unknown colour is 0: it changes no sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LANES: Final = tuple(np.uint64(shift) for shift in (0, 20, 40))
_LANE: Final = np.uint64((1 << 20) - 1)
_COUNT: Final = np.uint64(60)
_ONE: Final = np.uint64(1 << 60)


def in_lanes(colours: NDArray[Any]) -> NDArray[np.uint64]:
    """Return colours (…, 3) of up to 16 bits as integers (…)."""
    found = np.full(colours.shape[:-1], _ONE)
    for channel, lane in enumerate(_LANES):
        found |= colours[..., channel].astype(np.uint64) << lane
    return found


def means_of(sums: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the mean colours of sums, each of one colour at least."""
    count = sums >> _COUNT
    half = count >> np.uint64(1)
    found = np.full(sums.shape, _ONE)
    for lane in _LANES:
        found |= (((sums >> lane) & _LANE) + half) // count << lane
    return found


def out_of_lanes(colours: NDArray[np.uint64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the channels (…, 3) of integers (…)."""
    found = np.empty((*colours.shape, 3), dtype)
    for channel, lane in enumerate(_LANES):
        found[..., channel] = (colours >> lane) & _LANE
    return found
