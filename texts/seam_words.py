# SPDX-License-Identifier: GPL-3.0-or-later
"""How visible a texture's borders are, as a number and a word. 0 % means: like any other place."""

from __future__ import annotations

from typing import Final

from .phrases import phrase

SEEN: Final = 10
"""Percent from which on a seam is seen (`imaging.tiling.settings.VISIBLE`)."""
_CLEARLY: Final = 40


def seam_percent(visibility: float) -> int:
    """Return by how much a border stands out, in percent.

    Args:
        visibility: of the border; 1 if it is like any other place.
    """
    return max(0, round((visibility - 1) * 100))


def seam_text(visibility: float) -> str:
    """Say how visible a border is."""
    percent = seam_percent(visibility)
    if percent < SEEN:
        return phrase("{percent} %, not seen", percent=percent)
    if percent < _CLEARLY:
        return phrase("{percent} %, faint", percent=percent)
    return phrase("{percent} %, clearly seen", percent=percent)
