# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode images that can't be sent unchanged to rows for `png.write_png`. Worker only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .check import translated_errors
from .eight_bit import eight_bit
from .errors import ImageDamaged, ImageTooLarge, SourceUnreadable
from .formats import described
from .opening import open_picture
from .png import ArrayRows
from .viewing import viewed

if TYPE_CHECKING:
    from pathlib import Path


def decode(source: Path | bytes, head: bytes, max_pixels: int, *, as_viewed: bool = False) -> ArrayRows:
    """Decode any image that Pillow can read; of an animation, the first frame.

    Args:
        head: the source's first bytes.
        as_viewed: decode it as viewers show it.

    Raises SourceUnreadable, ImageDamaged, ImageTooLarge.
    """
    import PIL

    try:
        with translated_errors("source"), open_picture(source) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise ImageTooLarge(
                    phrase(
                        "The image is too large to be sent: {width:,} × {height:,} pixels. Scale it down.",
                        width=width,
                        height=height,
                    )
                )
            return ArrayRows(viewed(source, image) if as_viewed else eight_bit(image))
    except ImageDamaged as error:
        if isinstance(error.__cause__, PIL.UnidentifiedImageError):
            raise SourceUnreadable(
                phrase(
                    "The file is {kind}, which can't be read. Save it as PNG, JPEG or WebP.",
                    kind=described(head),
                )
            ) from error
        raise
