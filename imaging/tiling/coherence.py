# SPDX-License-Identifier: GPL-3.0-or-later
"""Strangeness: how much of a picture is nowhere in its original. Worker threads only.

Each small patch is compared with the patches of the same lines of the original. A patch that was moved along
its lines without a trace finds itself; a visible cut, a ghost or a blur finds nothing alike. (Simakov et al.
2008, bidirectional similarity, call this coherence.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE: Final = 6  # of a patch, pixels
_LINES: Final = 24  # that are compared
_AT_ONCE: Final = 200_000
"""Products in one call: BLAS starts no threads for so few, which would only wait."""


def strangeness(
    result: NDArray[np.float32], original: NDArray[np.float32], changed: NDArray[np.bool_]
) -> float:
    """Return how far patches at the changed places are from the original's: 0: found again; 1: as any two.

    Args:
        result, original: (lines, places, channels), with as many lines; the result repeats.
        changed: for each of the result's places.
    """
    lines = len(original) - _SIDE + 1
    places = np.flatnonzero(np.logical_or.reduce([np.roll(changed, -by) for by in range(_SIDE)]))
    if not places.size or lines < 1 or original.shape[1] < _SIDE:
        return 0.0
    of_result = _patches(np.pad(result, ((0, 0), (0, _SIDE - 1), (0, 0)), mode="wrap"))
    of_original = _patches(original)
    nearest, usual = 0.0, 0.0
    looked_at = range(0, lines, max(1, lines // _LINES))
    for line in looked_at:
        known = _rows(of_original[line])
        centre = known.mean(0)
        known, found = known - centre, _rows(of_result[line, places]) - centre
        lengths = np.einsum("ij,ij->i", known, known)
        least = np.einsum("ij,ij->i", found, found)
        turned = known.T * np.float32(-2)
        some = max(1, _AT_ONCE // known.size)
        for first in range(0, len(found), some):
            least[first : first + some] += (found[first : first + some] @ turned + lengths).min(1)
        nearest += float(np.maximum(least, 0).mean())
        usual += 2 * float(lengths.mean())
    return nearest / max(usual, 1e-6 * len(looked_at))


def _patches(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a view of all patches: (lines, places, channels, _SIDE, _SIDE)."""
    return np.lib.stride_tricks.sliding_window_view(picture, (_SIDE, _SIDE), (0, 1))


def _rows(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return patches, one per row."""
    return patches.reshape(-1, patches.shape[-1] * patches.shape[-2] * patches.shape[-3])
