# SPDX-License-Identifier: GPL-3.0-or-later
"""Check downloaded images before anything else uses them. Worker threads only.

The cheapest check comes first: magic bytes, then the header's size against a limit (a few bytes can claim
60,000 × 60,000 pixels), then decoding everything, which finds truncated and corrupt files.
"""

from __future__ import annotations

import contextlib
import logging
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .errors import ImageDamaged, ImageEmpty, ImageTooLarge, NotAnImage
from .files import open_regular, write_atomically
from .formats import Format, described, read_head, sniff
from .opening import open_picture
from .pillow import REFUSALS
from .png_chunks import PNG_SIGNATURE, verify_checksums

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

    from .png_streams import Streamed

logger = logging.getLogger(__name__)
MAX_PIXELS = 8192 * 8192  # four times what the largest model answers; Pillow itself warns above 89 million
THUMBNAIL_SIZE = 256  # pixels of the longer side
_QUICK = 1  # zlib's level for thumbnails: a tenth more bytes than by Pillow's, in a third of the time
_PNG_HEADER = struct.Struct(f">{len(PNG_SIGNATURE) + 8}xII")  # of what is before the rest: width and height


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """The content of an image's header."""

    format: Format
    width: int  # pixels
    height: int  # pixels


def read_header(path: Path) -> ImageInfo:
    """Return format and size from the header alone (milliseconds).

    Raises NotAnImage, ImageDamaged, ImageEmpty, ImageTooLarge, SourceUnreadable.
    """
    head = read_head(path)
    found = format_of(head)
    if found is Format.PNG:  # whose texts may be more than Pillow reads
        if len(head) < _PNG_HEADER.size or head[12:16] != b"IHDR":
            raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name=found.value))
        width, height = _PNG_HEADER.unpack_from(head)
        return _info(found, width, height)
    import PIL.Image

    with translated_errors(found.value), PIL.Image.open(path, formats=[found.value]) as image:
        return _info(found, *image.size)


def check_image(path: Path, *, max_pixels: int = MAX_PIXELS, thumbnail: Path | None = None) -> ImageInfo:
    """Check a whole image. With a path for a thumbnail, also make one from the same decoding.

    Raises as `read_header` does. A failed thumbnail is ignored, because the image matters.
    """
    from .png_streams import decode_stream  # and with it numpy

    with _opened(path, max_pixels) as (image, info, data):
        streamed = decode_stream(data, keeps_pixels=False, small_size=THUMBNAIL_SIZE)
        streamed = streamed or _webp(data, image, keeps_pixels=False)
        if streamed is None:
            image.draft("RGB", (THUMBNAIL_SIZE, THUMBNAIL_SIZE))  # a JPEG at the smallest scale
            image.load()
    if thumbnail is not None:
        _try_thumbnail(image if streamed is None else streamed.small or image, thumbnail)
    return info


def check_and_decode(path: Path, *, thumbnail: Path) -> tuple[ImageInfo, NDArray[np.uint8] | None]:
    """Check an image like `check_image`, and return its pixels too: grey to RGBA, top row first.

    None if there is too little memory for them.
    """
    from .eight_bit import eight_bit
    from .png_streams import decode_stream

    with _opened(path, MAX_PIXELS) as (image, info, data):
        streamed = decode_stream(data, small_size=THUMBNAIL_SIZE) or _webp(data, image)
        if streamed is not None:
            _try_thumbnail(streamed.small or image, thumbnail)
            return info, streamed.pixels
        image.load()
    try:
        pixels = eight_bit(image)
    except MemoryError:
        pixels = None
    _try_thumbnail(image, thumbnail)
    return info, pixels


def _webp(data: bytes, image: ImageFile, *, keeps_pixels: bool = True) -> Streamed | None:
    """Decode a WebP, if that is possible without Pillow and with the memory there is."""
    from .png_streams import Streamed
    from .small import reduced_size, small_picture
    from .webp import decode_webp

    try:
        size = None if keeps_pixels else reduced_size(image.size, THUMBNAIL_SIZE)
        pixels = decode_webp(data, image, size)
        return None if pixels is None else Streamed(pixels, small_picture(pixels, THUMBNAIL_SIZE))
    except MemoryError:
        return None


@contextlib.contextmanager
def translated_errors(name: str) -> Generator[None]:
    """Turn Pillow's exceptions for a broken or oversized image of format `name` into our errors."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    try:
        yield
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(phrase("The image claims more pixels than are safe to open.")) from error
    except REFUSALS as error:
        raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name=name)) from error


def format_of(head: bytes) -> Format:
    """Return the format by the magic bytes, whatever the file's name. Raises NotAnImage."""
    found = sniff(head)
    if found is None:
        raise NotAnImage(phrase("The file is {kind}, not a PNG, JPEG or WebP image.", kind=described(head)))
    return found


def _info(found: Format, width: int, height: int) -> ImageInfo:
    if width < 1 or height < 1:
        raise ImageEmpty(phrase("The image has no pixels."))
    return ImageInfo(format=found, width=width, height=height)


@contextlib.contextmanager
def _opened(path: Path, max_pixels: int) -> Generator[tuple[ImageFile, ImageInfo, bytes]]:
    """Open a file with Pillow, with what its header says and its bytes, and do all checks but decoding."""
    found = format_of(read_head(path))
    with open_regular(path) as file:
        data = file.read()
    with translated_errors(found.value), open_picture(data, is_lenient=False) as image:
        info = _info(found, *image.size)
        _check_pixel_count(info, max_pixels)
        if info.format is Format.PNG:
            verify_checksums(path)  # decoding alone does not notice a flipped bit that is valid deflate
        yield image, info, data


def _check_pixel_count(info: ImageInfo, max_pixels: int) -> None:
    if info.width * info.height > max_pixels:
        raise ImageTooLarge(
            phrase(
                "The image claims {width:,} × {height:,} pixels; "
                "more than {max_pixels:.0f} million are not opened.",
                width=info.width,
                height=info.height,
                max_pixels=max_pixels / 1e6,
            )
        )


def _try_thumbnail(image: Image, to: Path) -> None:
    try:
        _write_thumbnail(image, to, THUMBNAIL_SIZE)
    except Exception:
        logger.exception("No thumbnail: %s", to.name)


def _write_thumbnail(image: Image, to: Path, size: int) -> None:
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        from .bands import as_image  # and with it numpy
        from .eight_bit import eight_bit

        image = as_image(eight_bit(image))
    image.thumbnail((size, size))
    with write_atomically(to) as file:
        image.save(file, "PNG", compress_level=_QUICK)
