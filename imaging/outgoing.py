# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring pictures into the form in which they leave the machine: no metadata, within the artist's limits.

Worker threads only. A PNG, JPEG or WebP of the right size and form (`plain`) is sent with its own pixels'
bytes. Other pictures become PNG if nothing may be lost (alpha, maps, or the artist's choice), else JPEG of
high quality, with a tenth of the bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .check import read_header
from .errors import ImageDamaged
from .files import open_regular, write_atomically
from .formats import Format

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from .resample import Pixels

_QUALITIES: Final = (95, 90, 85)
"""JPEG qualities, tried in turn while the file is too large. At 95 without colour subsampling no loss is
visible."""
_SHRINKS: Final = 8
"""How often a picture is reduced until its file fits: by its excess of bytes, or by a tenth."""


@dataclass(frozen=True, kw_only=True)
class UploadRule:
    """The artist's preferences for what may leave the machine."""

    max_side: int = 4096  # pixels of the longer side; larger than any model answers
    max_bytes: int = 20_000_000
    lossless: bool = False


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A file as it leaves."""

    path: Path
    format: Format


def make_outgoing(
    path: Path, folder: Path, stem: str, rule: UploadRule, *, is_ours: bool, is_data: bool = False
) -> Outgoing:
    """Bring a PNG, JPEG or WebP file into its outgoing form: `stem.*` in `folder`; unchanged if it is ours.

    The artist's files are copied, because they are sent later, when the disk may not answer or the file may
    have changed.

    Args:
        is_ours: Easel has encoded it, so that it may be encoded again, and holds no metadata.
        is_data: a map, of which nothing may be lost.

    Raises ImagingError.
    """
    info = read_header(path)
    may_lose = not rule.lossless and not is_data
    if max(info.width, info.height) > rule.max_side or path.stat().st_size > rule.max_bytes:
        return _encoded(_decoded(path), folder, stem, rule, may_lose=may_lose, is_data=is_data)
    if not _has_plain_form(path, info.format):
        return _encoded(_decoded(path), folder, stem, rule, may_lose=may_lose, is_data=is_data)
    if not is_ours:
        try:
            return _stripped(path, info.format, folder, stem)
        except ImageDamaged:  # truncated: readers treat it differently
            return _encoded(_decoded(path), folder, stem, rule, may_lose=may_lose, is_data=is_data)
    if may_lose and info.format is Format.PNG and not _has_clear_pixels(path):
        pixels = _decoded(path)
        if _is_opaque(pixels):
            return _encoded(pixels, folder, stem, rule, may_lose=True, is_data=False)
    return Outgoing(path=path, format=info.format)


def _has_plain_form(path: Path, found: Format) -> bool:
    from .plain import is_plain

    with open_regular(path) as file:
        return is_plain(file, found)


def _has_clear_pixels(path: Path) -> bool:
    from .clear_pixels import has_clear_pixels

    return has_clear_pixels(path)


def _stripped(path: Path, found: Format, folder: Path, stem: str) -> Outgoing:
    from .strip import clean_pieces

    with open_regular(path) as file:
        pieces = clean_pieces(file.read())
    target = folder / f"{stem}{found.suffix}"
    with write_atomically(target) as file:
        file.writelines(pieces)
    return Outgoing(path=target, format=found)


def _encoded(
    pixels: Pixels, folder: Path, stem: str, rule: UploadRule, *, may_lose: bool, is_data: bool
) -> Outgoing:
    """Encode pixels within the limits: at a lower quality, then smaller."""
    from .png import ArrayRows, write_png

    pixels = _shrunk(pixels, rule.max_side / max(pixels.shape[:2]), is_data=is_data)
    is_jpeg = may_lose and _is_opaque(pixels)
    found = Format.JPEG if is_jpeg else Format.PNG
    target = folder / f"{stem}{found.suffix}"
    qualities = list(_QUALITIES) if is_jpeg else [0]
    for _ in range(_SHRINKS):
        for quality in qualities:
            with write_atomically(target) as file:
                if is_jpeg:
                    _image(pixels).save(file, "JPEG", quality=quality, subsampling=0)
                else:
                    write_png(file, ArrayRows(pixels))
            if target.stat().st_size <= rule.max_bytes:
                return Outgoing(path=target, format=found)
        factor = math.sqrt(rule.max_bytes / target.stat().st_size)
        pixels = _shrunk(pixels, min(0.9, factor), is_data=is_data)
    return Outgoing(path=target, format=found)  # the service decides


def _decoded(path: Path) -> Pixels:
    """Return a file's pixels in 8 bits, top row first."""
    from .check import translated_errors
    from .eight_bit import read_eight_bit
    from .opening import open_picture

    with translated_errors("source"), open_picture(path) as image:
        return read_eight_bit(path, image)


def _image(pixels: Pixels) -> Image:
    """Return opaque pixels as Pillow's image, without alpha."""
    from .bands import as_image

    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        pixels = pixels[..., :-1]
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    return as_image(pixels)


def _is_opaque(pixels: Pixels) -> bool:
    from .resample import has_alpha

    return not has_alpha(pixels) or bool((pixels[..., -1] == 255).all())


def _shrunk(pixels: Pixels, factor: float, *, is_data: bool) -> Pixels:
    if factor >= 1:
        return pixels
    from .resample import Border, Box, resample

    height, width = pixels.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return resample(pixels, Box(0, 0, width, height), size, is_data=is_data, border=Border.MIRROR)
