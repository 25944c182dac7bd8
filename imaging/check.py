# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of downloaded images, before anything else touches them. Worker threads only.

The order is from cheap to dear: magic bytes, the size in the header against a cap (a few bytes can claim
60,000 × 60,000 pixels), then the whole decode, which alone finds what is cut off or corrupt.
"""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .errors import ImageDamaged, ImageEmpty, ImageTooLarge, NotAnImage, SourceUnreadable
from .files import open_regular, write_atomically
from .png_chunks import PNG_SIGNATURE, verify_checksums

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from PIL.Image import Image

MAX_PIXELS = 8192 * 8192  # four times what the largest model answers; Pillow itself warns above 89 million
THUMBNAIL_SIZE = 256  # pixels of the longer side
HEAD_BYTES = 512  # what `sniff` and the description of a wrong file need


_KNOWN_MAGIC = {
    b"GIF8": phrase("a GIF image"),
    b"BM": phrase("a BMP image"),
    b"II*\0": phrase("a TIFF image"),
    b"MM\0*": phrase("a TIFF image"),
    b"8BPS": phrase("a Photoshop document"),
    b"\x76\x2f\x31\x01": phrase("an OpenEXR image"),
    b"#?RADIANCE": phrase("a Radiance HDR image"),
    b"PK\x03\x04": phrase("a ZIP archive"),
    b"glTF": phrase("a GLB model"),
    b"%PDF": phrase("a PDF document"),
}


class Format(Enum):
    """An image format that the service sends and takes."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"

    @property
    def media_type(self) -> str:
        """For data URIs and headers."""
        return f"image/{self.value.lower()}"

    @property
    def suffix(self) -> str:
        """For file names, with its dot."""
        return ".jpg" if self is Format.JPEG else f".{self.value.lower()}"


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """What the header of an image says."""

    format: Format
    width: int  # pixels
    height: int  # pixels


def sniff(head: bytes) -> Format | None:
    """Tell the format by the first 16 bytes; None for everything else."""
    if head.startswith(PNG_SIGNATURE):
        return Format.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    return None


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file, enough for `sniff`. Raises SourceUnreadable."""
    try:
        with open_regular(path) as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise SourceUnreadable(phrase("The file {path} is missing.", path=path.name)) from error
    except OSError as error:
        raise SourceUnreadable(
            phrase("The file {path} can't be read: {reason}.", path=path.name, reason=error.strerror)
        ) from error


def read_header(path: Path) -> ImageInfo:
    """Return format and size, reading the header only (milliseconds).

    Raises NotAnImage, ImageDamaged, ImageEmpty, ImageTooLarge, SourceUnreadable.
    """
    with _opened(path) as (_, info):
        return info


def check_image(path: Path, *, max_pixels: int = MAX_PIXELS, thumbnail: Path | None = None) -> ImageInfo:
    """Check an image whole, and make its thumbnail from the same decode if a path for one is given.

    Raises as `read_header` does, and for the thumbnail as `write_atomically` does.
    """
    image, info = _decoded(path, THUMBNAIL_SIZE, max_pixels)
    if thumbnail is not None:
        _write_thumbnail(image, thumbnail, THUMBNAIL_SIZE)
    return info


@contextlib.contextmanager
def translated_errors(name: str) -> Generator[None]:
    """Turn what Pillow raises for a broken or oversized image of format `name` into our errors."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    try:
        yield
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(phrase("The image claims more pixels than are safe to open.")) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error) as error:
        # What Pillow's own `Image.open` expects of a broken file, and OSError for one that is cut off.
        raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name=name)) from error


@contextlib.contextmanager
def _opened(path: Path) -> Generator[tuple[Image, ImageInfo]]:
    """Open an image by its magic bytes (whatever its name), with Pillow's errors made ours."""
    head = read_head(path)
    found = sniff(head)
    if found is None:
        raise NotAnImage(phrase("The file is {kind}, not a PNG, JPEG or WebP image.", kind=described(head)))

    import PIL.Image

    with translated_errors(found.value), PIL.Image.open(path, formats=[found.value]) as image:
        width, height = image.size
        if width < 1 or height < 1:
            raise ImageEmpty(phrase("The image has no pixels."))
        yield image, ImageInfo(format=found, width=width, height=height)


def _decoded(path: Path, size: int, max_pixels: int) -> tuple[Image, ImageInfo]:
    """Check and decode the whole file; a JPEG at the smallest scale that still gives `size` pixels."""
    with _opened(path) as (image, info):
        _check_pixel_count(info, max_pixels)
        if info.format is Format.PNG:
            verify_checksums(path)  # decoding alone does not notice a flipped bit that is valid deflate
        image.draft("RGB", (size, size))
        image.load()
        return image, info


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


def _write_thumbnail(image: Image, to: Path, size: int) -> None:
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        from .bands import as_image  # and with it numpy
        from .eight_bit import eight_bit

        image = as_image(eight_bit(image))
    image.thumbnail((size, size))
    with write_atomically(to) as file:
        image.save(file, "PNG")


def described(head: bytes) -> str:
    """Say in a few words what a file is that is no image of ours."""
    if not head:
        return "empty"
    for magic, name in _KNOWN_MAGIC.items():
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return phrase("an AVIF, HEIC or video file")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return phrase("a web page (HTML)")
    if text.startswith((b"<?xml", b"<error")):
        return phrase("an XML message")
    if text.startswith((b"{", b"[")):
        return phrase("a JSON message")
    if b"\0" not in head:
        return phrase("text")
    return phrase("in an unknown format")
