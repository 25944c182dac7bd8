# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise a file by its first bytes: one of the service's three formats, or something else."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from ..texts.phrases import phrase
from .errors import SourceUnreadable
from .files import open_regular
from .png_chunks import PNG_SIGNATURE

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 512  # `sniff` and the description of a wrong file need these

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


_SUFFIXES: Final = {
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"\x76\x2f\x31\x01": ".exr",
    b"#?RADIANCE": ".hdr",
    b"\xff\x0a": ".jxl",
}
_RARE_MAGIC: Final = {
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"II\xbc": "JPEG XR",
    b"qoif": "QOI",
    **{b"P%d%c" % (number, space): "Netpbm" for number in range(1, 8) for space in b" \t\r\n"},
    **{name + bytes([space]): "PFM" for name in (b"PF", b"Pf") for space in b" \t\r\n"},
    b"\0\0\1\0": "ICO",
    **{b"\x0a%c\x01" % version: "PCX" for version in (0, 2, 3, 4, 5)},
    b"icns": "ICNS",
    b"%PDF": "PDF",
    b"<svg": "SVG",
    b"GIF8": "GIF",
}
_JPEG_LS: Final = b"\xff\xd8\xff\xf7"  # after a SPIFF header, or alone
_BRANDS: Final = {b"avi": "AVIF", b"he": "HEIF", b"mif1": "HEIF", b"msf1": "HEIF"}


class Format(Enum):
    """An image format that the service sends and accepts."""

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


def sniff(head: bytes) -> Format | None:
    """Return the format by the first 16 bytes; None for everything else."""
    if head.startswith(PNG_SIGNATURE):
        return Format.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    return None


def picture_suffix(head: bytes) -> str:
    """Return the suffix of a picture of any kind by its first bytes; empty for other files."""
    found = sniff(head)
    if found is not None:
        return found.suffix
    if head[4:8] == b"ftyp":
        return ".avif" if head[8:12].startswith(b"avi") else ""
    return next((suffix for magic, suffix in _SUFFIXES.items() if head.startswith(magic)), "")


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


def kind_of(head: bytes) -> str:
    """Return the name of a format that not every Blender version reads; empty for all others."""
    if head[4:8] == b"ftyp":
        return next((name for brand, name in _BRANDS.items() if head[8:12].startswith(brand)), "")
    if head.startswith(b"\xff\xd8") and _JPEG_LS in head[:64]:
        return "JPEG-LS"
    return next((name for magic, name in _RARE_MAGIC.items() if head.startswith(magic)), "")


def described(head: bytes) -> str:
    """Describe in a few words a file that is not one of our images."""
    if not head:
        return "empty"
    for magic, name in _KNOWN_MAGIC.items():
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return phrase("an AVIF, HEIC or video file")
    if kind := kind_of(head):
        return phrase("an image of the kind {kind}", kind=kind)
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
