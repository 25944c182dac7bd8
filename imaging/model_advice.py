# SPDX-License-Identifier: GPL-3.0-or-later
"""Warn about a picture before its 3D model is paid for. Pure; worker threads.

Measured on 84 drawn pictures with each fault 14 times (`tests/support/concept_pictures.py`): all texts and
backgrounds and 11 hard shadows were found, without false alarms. In 70 others with shadows of random length,
side, darkness and softness, 30 of 35 hard ones were found, and 3 of 35 soft ones were taken for hard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..texts.phrases import phrase
from .bands import in_three
from .cast_shadow import has_hard_shadow
from .lettering import has_text
from .subject import advice_on, find_subject, small_view

if TYPE_CHECKING:
    from numpy.typing import NDArray


def advice_for(pixels: NDArray[np.uint8]) -> list[str]:
    """Return what may spoil a model of a picture; one sentence each, without a final period.

    Args:
        pixels: (height, width) or (height, width, 1 to 4), sRGB, straight alpha: 512 on the longer side.
    """
    subject = find_subject(pixels)
    advice = advice_on(subject)
    if subject.is_busy:  # text in the background disappears with it
        return advice
    colours = _opaque(pixels)
    if has_text(colours):
        advice.append(phrase("There is text in the picture: it may become a part of the model"))
    is_cast = subject.is_plain and not subject.has_alpha
    if is_cast and has_hard_shadow(small_view(colours), subject.mask, subject.colour):
        advice.append(phrase("A hard shadow lies beside the object: it may become a part of the model"))
    return advice


def _opaque(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the three colours, on white where the picture is transparent."""
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    colours = pixels[..., :3] if pixels.shape[2] >= 3 else in_three(pixels[..., 0])
    if pixels.shape[2] in (1, 3):
        return np.ascontiguousarray(colours)
    alpha = pixels[..., -1:].astype(np.float32) / 255
    return np.rint(colours * alpha + 255 * (1 - alpha)).astype(np.uint8)
