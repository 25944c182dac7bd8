# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of images, as the pixels that Blender's icons take. Worker threads only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..phrases import phrase
from .check import MAX_PIXELS, translated_errors
from .errors import ImageTooLarge

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SIZE = 128  # pixels of the longer side


@dataclass(frozen=True, kw_only=True, eq=False)
class Thumbnail:
    """A small picture."""

    width: int  # pixels
    height: int  # pixels
    pixels: NDArray[np.float32]
    """Flat RGBA values 0–1, bottom row first."""


def read_thumbnail(source: Path | bytes, size: int = SIZE) -> Thumbnail:
    """Decode what Pillow can read, of an animation the first frame.

    Raises ImageDamaged (also for what is no image), ImageTooLarge.
    """
    import numpy as np
    import PIL.Image

    from .eight_bit import eight_bit

    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    with translated_errors("source"), PIL.Image.open(opened) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ImageTooLarge(
                phrase(
                    "The image is too large for a thumbnail: {width} × {height}.",
                    width=image.width,
                    height=image.height,
                )
            )
        image.draft("RGB", (size, size))
        small = PIL.Image.fromarray(eight_bit(image))
        small.thumbnail((size, size))
        values = np.asarray(small.convert("RGBA"))[::-1]
        return Thumbnail(
            width=small.width,
            height=small.height,
            pixels=np.ascontiguousarray(values, np.float32).ravel() / np.float32(255),
        )
