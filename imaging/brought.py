# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose the size of an edit that keeps its place, but not its size. Only computes numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_LARGER: Final = 1.02
"""An answer is larger from this multiple of the source's size on: below, nothing would be gained."""


def brought_size(fit: Mapping[str, Any], answer: Sequence[int]) -> tuple[int, int]:
    """Return the size, in the source's shape, that keeps all pixels of an answer; at least the source's.

    Args:
        fit: how the source lies on its canvas (`imaging.fit.Fit.to_dict`).
        answer: width and height of the model's answer, in pixels.
    """
    width, height = fit["source"]
    times = times_of(fit, answer)
    return (width, height) if times < _LARGER else (round(width * times), round(height * times))


def times_of(fit: Mapping[str, Any], answer: Sequence[int]) -> float:
    """Return how many pixels of an answer correspond to one pixel of the source, along a side.

    Arguments as for `brought_size`.
    """
    source, content, canvas = fit["source"], fit["content"], fit["canvas"]
    return max(
        answer[axis] * content[axis] / (canvas[axis] * source[axis]) if canvas[axis] * source[axis] else 0.0
        for axis in (0, 1)
    )
