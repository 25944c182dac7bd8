# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in formats that the service does not take, decoded to rows for `png.write_png`. Worker only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .check import translated_errors
from .eight_bit import eight_bit
from .errors import ImageDamaged, ImageTooLarge, SourceUnreadable
from .formats import described
from .png import ArrayRows

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO


def decode(source: Path | BinaryIO, head: bytes, max_pixels: int) -> ArrayRows:
    """Decode what Pillow can read, of an animation the first frame; `head` are the source's first bytes.

    Raises SourceUnreadable, ImageDamaged, ImageTooLarge.
    """
    import PIL.Image

    try:
        with translated_errors("source"), PIL.Image.open(source) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise ImageTooLarge(
                    phrase(
                        "The image is too large to be sent: {width:,} × {height:,} pixels. Scale it down.",
                        width=width,
                        height=height,
                    )
                )
            return ArrayRows(eight_bit(image))
    except ImageDamaged as error:
        if isinstance(error.__cause__, PIL.UnidentifiedImageError):
            raise SourceUnreadable(
                phrase(
                    "The file is {kind}, which can't be read. Save it as PNG, JPEG or WebP.",
                    kind=described(head),
                )
            ) from error
        raise
