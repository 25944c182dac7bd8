# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an object casts a hard shadow onto its plain backdrop. Pure; worker threads.

A shadow is the backdrop's own colour, darker by one part everywhere, with a sharp edge. An object's own grey
parts may be that too: but a shadow lies beside the object or under it, and not within.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DARKEST, _LIGHTEST = 0.25, 0.94
"""What part of the backdrop's light is left in a shadow."""
_FAINT: Final = 0.85
"""What leaves more of the light is too faint to matter; and so are the edges of soft shadows."""
_NEUTRAL: Final = 10.0
"""How far its colour may be from the darkened backdrop's, out of 255."""
_EVEN: Final = 0.05
"""A shadow is evenly dark within this part of the backdrop's light."""
_SHARP: Final = 0.5
"""Share of the shadow's pixels of that darkness: of a soft one there are many between."""
_AREA: Final = 0.004
"""The least area, as a part of the picture."""
_LOW: Final = 0.5
"""Part of the object's height, from the top, under which a shadow lies."""


def has_hard_shadow(
    pixels: NDArray[np.uint8], mask: NDArray[np.bool_], backdrop: tuple[float, float, float]
) -> bool:
    """Tell whether a hard shadow lies on the backdrop.

    Args:
        pixels: (height, width, 3), sRGB: small, 256 pixels on the longer side.
        mask: what differs from the backdrop, object and shadow: (height, width).
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
    # What has the object over it may be a part of it: legs, wheels, a foot.
    beside = dark & ~np.maximum.accumulate(thing, axis=0)
    least = _AREA * beside.size
    if not thing.any() or beside.sum() < least:
        return False
    depths, edges = np.histogram(part[beside], bins=69, range=(_DARKEST, _LIGHTEST))
    most = int(depths.argmax())
    middle = float(edges[most] + edges[most + 1]) / 2
    even = (beside & (np.abs(part - middle) < _EVEN)).sum()
    return bool(middle < _FAINT and even >= least and even >= _SHARP * beside.sum())
