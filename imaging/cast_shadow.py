# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect whether an object casts a hard shadow onto its plain backdrop. Pure; worker threads.

A shadow has the backdrop's colour, darker by the same factor everywhere, with a sharp edge. Grey parts of the
object may look the same, but a shadow lies beside or under the object, not inside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DARKEST, _LIGHTEST = 0.25, 0.94
"""The fraction of the backdrop's light that remains in a shadow."""
_FAINT: Final = 0.85
"""A lighter shadow is too faint to matter; so are the edges of soft shadows."""
_NEUTRAL: Final = 10.0
"""How far a shadow's colour may be from the darkened backdrop's, out of 255."""
_EVEN: Final = 0.05
"""A shadow's darkness varies by less than this fraction of the backdrop's light."""
_SHARP: Final = 0.5
"""The least share of a hard shadow's pixels with that darkness; a soft shadow has many lighter ones."""
_AREA: Final = 0.004
"""The least area, as a fraction of the picture."""
_LOW: Final = 0.5
"""A shadow lies below this fraction of the object's height, from the top."""


def has_hard_shadow(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_], backdrop: tuple[float, float, float]
) -> bool:
    """Return whether a hard shadow lies on the backdrop.

    Args:
        pixels: (height, width, 3), sRGB: small, 256 pixels on the longer side.
        mask: where the picture differs from the backdrop, object and shadow: (height, width).
        backdrop: its colour, 0-255.
    """
    behind = np.asarray(backdrop, np.float32)
    light = float(behind.mean())
    if light < 60.0 or not mask.any():
        return False
    colours = pixels.astype(np.float32)
    part = colours.mean(2) / np.float32(light)
    neutral = np.abs(colours - behind * part[..., None]).max(2) < _NEUTRAL
    dark = mask & neutral & (part > _DARKEST) & (part < _LIGHTEST)
    rows = np.flatnonzero(mask.any(1))
    dark[: int(rows[0] + _LOW * (rows[-1] + 1 - rows[0]))] = False
    thing = mask & ~dark
    # Pixels below other pixels of the object may belong to it: legs, wheels, a foot.
    beside = dark & ~np.maximum.accumulate(thing, axis=0)
    least = _AREA * beside.size
    if not thing.any() or beside.sum() < least:
        return False
    depths, edges = np.histogram(part[beside], bins=69, range=(_DARKEST, _LIGHTEST))
    most = int(depths.argmax())
    middle = float(edges[most] + edges[most + 1]) / 2
    even = (beside & (np.abs(part - middle) < _EVEN)).sum()
    return bool(middle < _FAINT and even >= least and even >= _SHARP * beside.sum())
