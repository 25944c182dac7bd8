# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a picture for an engine of 3D models. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .check import translated_errors
from .eight_bit import eight_bit
from .files import write_atomically
from .formats import Format
from .opening import open_picture
from .outgoing import Outgoing
from .resample import Border, Box, has_alpha, resample
from .subject import cut_out_subject, find_subject

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_LEAST_SIDE: Final = 256  # pixels: the provider refuses pictures below 128, and little is visible below this
_QUALITIES: Final = (90, 80, 70)


@dataclass(frozen=True, kw_only=True)
class InputRule:
    """What an engine accepts."""

    cuts: bool
    """It needs a transparent backdrop; else white, without alpha."""
    max_side: int
    max_bytes: int


def make_model_input(path: Path, folder: Path, stem: str, rule: InputRule) -> Outgoing:
    """Write a picture in the form that an engine needs: `stem.*` in `folder`.

    If the engine needs transparency, a backdrop of one colour is cut out. Other backdrops stay, since nothing
    here could separate them from the object.

    Raises ImagingError, OSError.
    """
    with translated_errors("source"), open_picture(path) as image:
        pixels = _in_limits(eight_bit(image), rule.max_side)
    if rule.cuts:
        subject = find_subject(pixels)
        if subject.is_plain and not subject.has_alpha and 0 < subject.share < 1:
            pixels = cut_out_subject(pixels, subject)
    else:
        pixels = on_white(pixels)
    if has_alpha(pixels) and bool((pixels[..., -1] < 255).any()):
        return _write_png(pixels, folder / f"{stem}{Format.PNG.suffix}", rule)
    return _write_jpeg(pixels, folder / f"{stem}{Format.JPEG.suffix}", rule)


def on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture laid over white, without alpha."""
    if not has_alpha(pixels):
        return pixels
    alpha = pixels[..., -1:].astype(np.uint16)
    colours = pixels[..., :-1].astype(np.uint16)
    return ((colours * alpha + (255 - alpha) * 255 + 127) // 255).astype(np.uint8)


def _in_limits(pixels: NDArray[np.uint8], max_side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = min(1.0, max_side / max(height, width))
    if min(height, width) * factor < _LEAST_SIDE:
        factor = min(_LEAST_SIDE / min(height, width), max_side / max(height, width))
    if factor == 1:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return resample(pixels, Box(0, 0, width, height), size, is_data=False, border=Border.MIRROR)


def _write_png(pixels: NDArray[np.uint8], to: Path, rule: InputRule) -> Outgoing:
    from .png import ArrayRows, write_png

    while True:
        with write_atomically(to) as file:
            write_png(file, ArrayRows(pixels))
        if to.stat().st_size <= rule.max_bytes or max(pixels.shape[:2]) <= _LEAST_SIDE:
            return Outgoing(path=to, format=Format.PNG)
        pixels = _in_limits(pixels, round(max(pixels.shape[:2]) * 0.8))


def _write_jpeg(pixels: NDArray[np.uint8], to: Path, rule: InputRule) -> Outgoing:
    from .bands import as_image

    if pixels.ndim == 3:
        pixels = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., 0]
    image = as_image(np.ascontiguousarray(pixels))
    for quality in _QUALITIES:
        with write_atomically(to) as file:
            image.save(file, "JPEG", quality=quality, subsampling=0)
        if to.stat().st_size <= rule.max_bytes:
            break
    return Outgoing(path=to, format=Format.JPEG)
