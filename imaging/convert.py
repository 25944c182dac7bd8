# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in formats that the service does not take, decoded to rows for `png.write_png`. Worker only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .check import described, translated_errors
from .errors import ImageDamaged, ImageTooLarge, SourceUnreadable
from .pixels import linear_to_srgb
from .png import ArrayRows

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray
    from PIL.Image import Image


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
                    f"The image is too large to be sent: {width:,} × {height:,} pixels. Scale it down."
                )
            return ArrayRows(_eight_bit(image))
    except ImageDamaged as error:
        if isinstance(error.__cause__, PIL.UnidentifiedImageError):
            raise SourceUnreadable(
                f"The file is {described(head)}, which can't be read. Save it as PNG, JPEG or WebP."
            ) from error
        raise


def _eight_bit(image: Image) -> NDArray[np.uint8]:
    """Decode to 8-bit grey, grey and alpha, RGB or RGBA."""
    if image.mode.startswith("I"):
        return _from_integers(np.asarray(image))
    if image.mode == "F":
        # Blender, too, takes floating-point files for scene-linear.
        values = np.nan_to_num(np.asarray(image, np.float64))
        return (linear_to_srgb(values) * 255 + 0.5).astype(np.uint8)
    mode = _target_mode(image)
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _target_mode(image: Image) -> str:
    has_colour_key = "transparency" in image.info
    has_alpha = has_colour_key or bool({"A", "a"} & set(image.getbands()))
    if image.mode in ("1", "L", "LA", "La") and not has_colour_key:
        return "LA" if has_alpha else "L"
    return "RGBA" if has_alpha else "RGB"


def _from_integers(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale 16-bit grey (also when it comes in 32 bits) to 8 bits; 65535 is white."""
    return ((np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257).astype(np.uint8)
