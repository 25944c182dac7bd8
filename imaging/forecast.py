# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict the upload of a source before anything is encoded, by the same rules as `jobs/prepare.py`.

Format and pixel size are those that will be sent. The bytes are exact if the file is sent unchanged.
Otherwise they are estimated from a piece of the picture, or an upper bound.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .outgoing import UploadRule

_PIECE: Final = 512  # pixels of the sides of what is encoded to learn how a picture compresses
_QUALITY: Final = 95  # as `outgoing` encodes first


@dataclass(frozen=True, kw_only=True)
class Look:
    """What only reading the file's pixels tells. Made by a worker."""

    clean_bytes: int = 0
    """Size of the file without metadata, as it is sent; 0 if unknown."""
    is_plain: bool = True
    """The file can be sent unchanged."""
    is_opaque: bool = True
    jpeg_rate: float = 0.0
    """Bytes per pixel as JPEG; as JPEG and as PNG, at the picture's own size."""
    png_rate: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a source's header tells."""

    width: int  # pixels
    height: int  # pixels
    format: Format | None = None
    """The format of a file that can be sent unchanged; None if Easel has to encode."""
    byte_count: int = 0
    """The size of that file; 0 = not known."""
    is_data: bool = False
    """Compression must not lose anything."""
    has_alpha: bool | None = None
    """None: not known."""
    is_alpha_unsure: bool = False
    """Even a worker that reads it can't be sure, because Blender decodes it."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What will be sent."""

    width: int  # pixels
    height: int  # pixels
    format: Format | None
    """None: JPEG if it turns out to be opaque, else PNG."""
    byte_count: int
    is_about: bool
    """The bytes are an estimate."""
    is_most: bool = False
    """The bytes are an upper bound, since nobody has read the pixels."""


def foresee(
    stored: Stored, look: Look | None, rule: UploadRule, ratios: Sequence[str] | None = None
) -> Forecast:
    """Predict what will be sent for a source. Any thread; reads nothing.

    Args:
        ratios: the model's, if the source keeps size and place and so is sent on a canvas.
    """
    size = stored.width, stored.height
    sent = _canvas(size, ratios, rule) if ratios is not None and all(size) else size
    has_own_format = stored.format is not None and sent == size and (look is None or look.is_plain)
    clean_bytes = look.clean_bytes if look is not None else 0
    byte_count = clean_bytes or stored.byte_count
    if has_own_format and max(size) <= rule.max_side and byte_count <= rule.max_bytes:
        return Forecast(
            width=size[0],
            height=size[1],
            format=stored.format,
            byte_count=byte_count,
            is_about=not clean_bytes,
        )
    if max(sent) > rule.max_side:
        factor = rule.max_side / max(sent)
        sent = max(1, round(sent[0] * factor)), max(1, round(sent[1] * factor))
    if stored.is_alpha_unsure:
        is_opaque = None
    else:
        is_opaque = look.is_opaque if look is not None else True if stored.has_alpha is False else None
    if rule.lossless or stored.is_data or is_opaque is False:
        found: Format | None = Format.PNG
    else:
        found = Format.JPEG if is_opaque else None
    rate = 0.0 if look is None else look.png_rate if found is Format.PNG else look.jpeg_rate
    if not rate:
        channels = 3 if found is Format.JPEG or stored.has_alpha is False else 4
        most = min(_most_bytes(*sent, channels), rule.max_bytes) if all(sent) else rule.max_bytes
        return Forecast(
            width=sent[0], height=sent[1], format=found, byte_count=most, is_about=False, is_most=True
        )
    grown = max(1.0, max(sent) / max(*size, 1))
    thinned = grown**0.6 if found is Format.PNG else grown  # enlarged pictures have less detail in a pixel
    estimate = round(rate * sent[0] * sent[1] / thinned)
    return Forecast(
        width=sent[0],
        height=sent[1],
        format=found,
        byte_count=min(estimate, rule.max_bytes),
        is_about=True,
    )


def look_at(pixels: NDArray[np.uint8], clean_bytes: int) -> Look:
    """Estimate from a picture's 8-bit pixels how it will be encoded. Worker thread, some 20 ms.

    Args:
        pixels: (height, width) or (height, width, channels).
        clean_bytes: `Look.clean_bytes`; 0 if it can't be sent unchanged.
    """
    import PIL.Image

    from .png import ArrayRows, write_png
    from .resample import has_alpha

    is_opaque = not has_alpha(pixels) or bool((pixels[..., -1] == 255).all())
    height, width = pixels.shape[:2]
    top, left = max(0, (height - _PIECE) // 2), max(0, (width - _PIECE) // 2)
    piece = pixels[top : top + _PIECE, left : left + _PIECE]
    count = piece.shape[0] * piece.shape[1]
    png, jpeg = io.BytesIO(), io.BytesIO()
    write_png(png, ArrayRows(piece))
    PIL.Image.fromarray(piece).convert("RGB").save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
    return Look(
        clean_bytes=clean_bytes,
        is_plain=clean_bytes > 0,
        is_opaque=is_opaque,
        jpeg_rate=jpeg.tell() / count,
        png_rate=png.tell() / count,
    )


def _most_bytes(width: int, height: int, channels: int) -> int:
    """Return the most bytes that pixels of 8 bits take as PNG; as JPEG they take less."""
    rows = (width * channels + 1) * height  # a byte of each row names its filter
    return rows + rows // 256 + 2048  # blocks, chunks and the file have headers


def _canvas(size: tuple[int, int], ratios: Sequence[str], rule: UploadRule) -> tuple[int, int]:
    from .fit import MAX_SIDE, plan_fit

    return plan_fit(size, ratios, max_side=min(MAX_SIDE, rule.max_side)).canvas
