# SPDX-License-Identifier: GPL-3.0-or-later
"""Make small pictures of images, in the form of Blender's icons. Worker threads only."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .check import MAX_PIXELS, translated_errors
from .errors import ImageDamaged, ImageTooLarge
from .files import open_regular
from .forecast import Look, look_at
from .formats import sniff
from .opening import open_picture
from .plain import is_plain
from .strip import clean_pieces, size_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image as PillowImage

SIZE = 128  # pixels of the longer side
ICON_SIZE = 48  # likewise, for a row of a list

_SQUARE = 8  # pixels
_GREYS = (97, 138)
"""The greys of the checkerboard behind transparent pixels, 0-255."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Thumbnail:
    """A small picture."""

    width: int  # pixels
    height: int  # pixels
    pixels: NDArray[np.uint8]
    """Flat RGBA values, bottom row first."""
    icon_width: int  # pixels
    icon_height: int  # pixels
    icon_pixels: NDArray[np.uint8]
    """A smaller version, for rows of lists."""
    look: Look | None
    """What decoding told about how the picture will be sent, if that was asked."""


def read_thumbnail(
    source: Path | bytes, size: int = SIZE, *, as_viewed: bool = False, looks: bool = False
) -> Thumbnail:
    """Decode any image that Pillow can read; of an animation, the first frame.

    Args:
        as_viewed: decode it as viewers show it.
        looks: also find out how the picture will be sent, which takes several times as long.

    Raises ImageDamaged (also for files that are not images), ImageTooLarge.
    """
    small, look = _small(source, size, as_viewed=as_viewed, looks=looks)
    icon = small.copy()
    icon.thumbnail((ICON_SIZE, ICON_SIZE))
    return Thumbnail(
        width=small.width,
        height=small.height,
        pixels=_values_of(small),
        icon_width=icon.width,
        icon_height=icon.height,
        icon_pixels=_values_of(icon),
        look=look,
    )


def _values_of(small: PillowImage) -> NDArray[np.uint8]:
    return _upside_down(small).ravel()


def as_picture(thumbnail: Thumbnail) -> PillowImage:
    """Return a small picture in Pillow's form, the top row first."""
    from .bands import as_image

    return as_image(thumbnail.pixels.reshape(thumbnail.height, thumbnail.width, 4)[::-1])


def on_checker(thumbnail: Thumbnail) -> Thumbnail:
    """Put a small picture on a checkerboard where it is transparent; an opaque one stays."""
    if thumbnail.pixels[3::4].min() == 255:
        return thumbnail
    return replace(
        thumbnail,
        pixels=_laid_on_checker(thumbnail.pixels, thumbnail.width),
        icon_pixels=_laid_on_checker(thumbnail.icon_pixels, thumbnail.icon_width),
    )


def _laid_on_checker(values: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    import numpy as np

    pixels = values.reshape(-1, width, 4)
    rows, columns = np.indices(pixels.shape[:2]) // _SQUARE
    greys = np.where((rows + columns) % 2, np.float32(_GREYS[0]), np.float32(_GREYS[1]))[..., None]
    alpha = pixels[..., 3:] / np.float32(255)
    laid = np.full_like(pixels, 255)
    laid[..., :3] = np.rint(pixels[..., :3] * alpha + greys * (1 - alpha))
    return laid.ravel()


def read_reduced(path: Path, size: int) -> NDArray[np.uint8]:
    """Decode a picture as Blender reads it, no larger than `size` pixels: rows of RGBA, bottom row first.

    Raises ImageDamaged, ImageTooLarge.
    """
    return _upside_down(_small(path, size)[0])


def _upside_down(small: PillowImage) -> NDArray[np.uint8]:
    import numpy as np

    return np.ascontiguousarray(np.asarray(small)[::-1])


def _small(
    source: Path | bytes, size: int, *, as_viewed: bool = False, looks: bool = False
) -> tuple[PillowImage, Look | None]:
    """Return it as RGBA, its longer side at most `size`, and how it will be sent, if that is asked."""
    from .bands import as_image
    from .viewing import as_in_blender, viewed

    data = source if isinstance(source, bytes) else _bytes_of(source)
    with translated_errors("source"), open_picture(data) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ImageTooLarge(
                phrase(
                    "The image is too large for a thumbnail: {width} × {height}.",
                    width=image.width,
                    height=image.height,
                )
            )
        whole = viewed(data, image) if as_viewed else as_in_blender(image)
        look = look_at(whole, _clean_bytes(data)) if looks else None
        small = as_image(whole)
        del whole
        small.thumbnail((size, size))
        return small.convert("RGBA"), look


def _bytes_of(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()


def _clean_bytes(data: bytes) -> int:
    """Return how many bytes a file has without metadata; 0 if it can't be sent unchanged."""
    found = sniff(data[:16])
    if found is None or not is_plain(io.BytesIO(data), found):
        return 0
    try:
        return size_of(clean_pieces(data))
    except ImageDamaged:
        return 0
