# SPDX-License-Identifier: GPL-3.0-or-later
"""Read how viewers should show a picture: rotated, and with which colours. Blender ignores both."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .errors import ImageDamaged
from .formats import Format
from .png_chunks import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from PIL.Image import Image

UPRIGHT: Final = 1
_ORIENTATION: Final = 0x0112  # Exif's tag
_LYING: Final = range(5, 9)  # its values that swap width and height
_EXIF: Final = b"Exif\0\0"
_PROFILE: Final = b"ICC_PROFILE\0"
_MAX_PROFILE: Final = 8 << 20  # bytes; printers' profiles have 2 MB
_SOS, _APP1, _APP2 = 0xDA, 0xE1, 0xE2


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """What viewers do to a picture's pixels before they show them."""

    orientation: int = UPRIGHT
    """Exif's value: 1 to 8."""
    profile: bytes = b""
    """ICC profile."""

    @property
    def is_lying(self) -> bool:
        """Width and height are swapped."""
        return self.orientation in _LYING


def read_viewing(file: BinaryIO, found: Format) -> Viewing:
    """Read it from a file at its beginning; broken metadata are ignored. Any thread."""
    walk = {Format.PNG: _png, Format.JPEG: _jpeg, Format.WEBP: _webp}[found]
    exif, profile = b"", b""
    try:
        for part in walk(file):
            if part.startswith(_PROFILE):
                profile += part.removeprefix(_PROFILE)
            else:
                exif = exif or part
    except (struct.error, zlib.error, ValueError, ImageDamaged):  # cut off
        pass
    return Viewing(orientation=_orientation(exif), profile=profile)


def viewing_of(image: Image) -> Viewing:
    """Read it from an image that Pillow has opened with its metadata."""
    profile = image.info.get("icc_profile")
    try:
        orientation = _valid(image.getexif().get(_ORIENTATION, UPRIGHT))
    except (OSError, SyntaxError, ValueError, struct.error):
        orientation = UPRIGHT
    return Viewing(orientation=orientation, profile=profile if isinstance(profile, bytes) else b"")


def _orientation(exif: bytes) -> int:
    if not exif:
        return UPRIGHT
    import PIL.Image

    tags = PIL.Image.Exif()
    try:
        tags.load(exif)
        return _valid(tags.get(_ORIENTATION, UPRIGHT))
    except (OSError, SyntaxError, ValueError, struct.error):
        return UPRIGHT


def _valid(orientation: object) -> int:
    if isinstance(orientation, int) and UPRIGHT <= orientation <= _LYING[-1]:
        return orientation
    return UPRIGHT


def _png(file: BinaryIO) -> Iterator[bytes]:
    for kind, length in walk(file):
        if kind == b"eXIf":
            yield _EXIF + file.read(length)
        elif kind == b"iCCP":
            _name, _, packed = file.read(length).partition(b"\0")
            yield _PROFILE + zlib.decompressobj().decompress(packed[1:], _MAX_PROFILE)


def _jpeg(file: BinaryIO) -> Iterator[bytes]:
    file.seek(2)
    while True:
        start, marker = struct.unpack("BB", file.read(2))
        if start != 0xFF or marker == _SOS:
            return
        if marker == 0xFF:  # a fill byte
            file.seek(-1, 1)
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if length < 2:  # it counts itself
            return
        if marker not in (_APP1, _APP2):
            file.seek(length - 2, 1)
            continue
        data = file.read(length - 2)
        if data.startswith(_EXIF):
            yield data
        elif data.startswith(_PROFILE):
            yield _PROFILE + data[len(_PROFILE) + 2 :]  # after their number and their count


def _webp(file: BinaryIO) -> Iterator[bytes]:
    file.seek(12)
    while head := file.read(8):
        kind, length = struct.unpack("<4sI", head)
        if kind not in (b"EXIF", b"ICCP"):
            file.seek(length + length % 2, 1)
            continue
        data = file.read(length)
        file.seek(length % 2, 1)
        if kind == b"ICCP":
            yield _PROFILE + data
        else:
            yield data if data.startswith(_EXIF) else _EXIF + data
