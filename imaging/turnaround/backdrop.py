# SPDX-License-Identifier: GPL-3.0-or-later
"""Separate the object on a sheet from its backdrop and its shadows. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRIP: Final = 0.012
"""The strips that count as backdrop: a fraction of the width at both sides, and of the height at the top."""
_SMOOTH: Final = 9
"""Strips are smoothed over this fraction of their length, which removes objects that touch the border."""
_LEAST, _MOST = 10.0, 40.0
"""How much the object must differ from the backdrop, out of 255. JPEG's own noise stays below the least."""
_BEND: Final = 24.0
"""How much a backdrop's light may bend between the two sides, out of 255."""
_OPAQUE: Final = 128
"""The alpha from which on a pixel belongs to the object: shadows have less."""
_DARKEST, _LIGHTEST = 0.3, 0.985
"""The fraction of the backdrop's light that remains in a shadow."""
_NEUTRAL: Final = 12.0
"""How far a shadow's colour may be from the darkened backdrop's, out of 255."""
_SOFT: Final = 12.0
"""Steeper steps from pixel to pixel, out of 255, belong to the object."""
_UNDER: Final = 0.7
"""Shadows are below this fraction of the object's height."""


def object_mask(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the object is: (height, width), without the backdrop and soft shadows under the feet.

    Args:
        pixels: (height, width, 1 to 4), sRGB, straight alpha. A small picture: a thousand pixels wide.
    """
    if pixels.shape[2] in (2, 4):
        opaque = pixels[..., -1] >= _OPAQUE
        if not opaque.all() and _is_cut_out(opaque):
            return _without_specks(opaque)
        pixels = pixels[..., :-1]
    colours = pixels.astype(np.float32)
    backdrop = _backdrop(colours)
    difference = np.abs(colours - backdrop).max(2)
    width = _strip(difference.shape[1])
    noise = float(np.median(np.concatenate((difference[:, :width], difference[:, -width:]), axis=None)))
    found = difference > np.float32(np.clip(3 * noise + _LEAST, _LEAST, _MOST))
    return _without_specks(found & ~_shadow(colours, backdrop, found))


def _is_cut_out(opaque: NDArray[np.bool_]) -> bool:
    border = np.concatenate((opaque[0], opaque[-1], opaque[:, 0], opaque[:, -1]))
    return bool(border.mean() < 0.5)


def _strip(length: int) -> int:
    return max(2, round(length * _STRIP))


def _backdrop(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the picture without the object, interpolated from side to side, and bent like the top."""
    height, width = colours.shape[:2]
    wide, high = _strip(width), _strip(height)
    left = _smoothed(np.median(colours[:, :wide], axis=1))
    right = _smoothed(np.median(colours[:, -wide:], axis=1))
    top = _smoothed(np.median(colours[:high], axis=0))
    across = np.linspace(0, 1, width, dtype=np.float32)[:, np.newaxis]
    bend = np.clip(top - (top[0] * (1 - across) + top[-1] * across), -_BEND, _BEND)
    share = across[np.newaxis]
    return left[:, np.newaxis] * (1 - share) + right[:, np.newaxis] * share + bend[np.newaxis]


def _smoothed(strip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the median over a window along (length, channels)."""
    window = max(3, len(strip) // _SMOOTH) | 1
    padded = np.pad(strip, ((window // 2, window // 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis=0)
    return np.median(windows, axis=2).astype(np.float32)


def _shadow(
    colours: NDArray[np.float32], backdrop: NDArray[np.float32], found: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where the backdrop's own colour is darker and without edges, in the lower part of the object."""
    rows = np.flatnonzero(found.any(1))
    shadow = np.zeros_like(found)
    if not rows.size:
        return shadow
    first = int(rows[0] + _UNDER * (rows[-1] - rows[0]))
    here, behind = colours[first:], backdrop[first:]
    light = here.mean(2)
    part = light / np.maximum(behind.mean(2), 1)
    is_neutral = np.abs(here - behind * part[..., np.newaxis]).max(2) < _NEUTRAL
    steps = np.zeros_like(light)
    for axis in (0, 1):
        step = np.abs(np.diff(light, axis=axis))
        before = [slice(None)] * 2
        after = [slice(None)] * 2
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        for place in (tuple(before), tuple(after)):
            steps[place] = np.maximum(steps[place], step)
    shadow[first:] = is_neutral & (part > _DARKEST) & (part < _LIGHTEST) & (steps < _SOFT)
    return shadow


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Remove pixels that have fewer than three neighbours."""
    padded = np.pad(mask, 1).astype(np.uint8)
    height, width = mask.shape
    around = np.zeros(mask.shape, np.uint8)
    for down in range(3):
        for across in range(3):
            around += padded[down : down + height, across : across + width]
    return mask & (around >= 4)
