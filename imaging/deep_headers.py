# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file tells of floats: whether Blender decodes it to such, and how large an EXR or Radiance HDR is.

Pillow does not read those two.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

HEAD_BYTES: Final = 16 << 10
"""Enough for the headers that renderers write."""

_EXR: Final = b"\x76\x2f\x31\x01"
_EXR_WINDOW: Final = b"dataWindow\0box2i\0\x10\0\0\0"
_HDR: Final = b"#?"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH: Final = 24
"""Where the header of a PNG has the bits of a value."""
_TIFF: Final = {b"II*\0": "<", b"MM\0*": ">"}
_TIFF_BITS: Final = 258
_OF_BYTES: Final = (b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8")
_HDR_SIZE: Final = re.compile(rb"\n[-+]Y (\d+) [-+]X (\d+)\n")


def size_of(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None where it is no such file, (0, 0) where that is not told."""
    if head.startswith(_EXR):
        place = head.find(_EXR_WINDOW) + len(_EXR_WINDOW)
        if place < len(_EXR_WINDOW) or len(head) < place + 16:
            return (0, 0)
        left, top, right, bottom = struct.unpack_from("<4i", head, place)
        return (right - left + 1, bottom - top + 1)
    if head.startswith(_HDR):
        match = _HDR_SIZE.search(head)
        return (int(match[2]), int(match[1])) if match else (0, 0)
    return None


def becomes_floats(file: BinaryIO) -> bool | None:
    """Tell whether Blender decodes a file (at its beginning) to floats; None where its head does not tell.

    It does so with all that has more than 8 bits a value.
    """
    head = file.read(32)
    if head.startswith((_EXR, _HDR)):
        return True
    if head.startswith(_PNG):
        return head[_PNG_DEPTH : _PNG_DEPTH + 1] == b"\x10"
    if head.startswith(_OF_BYTES):
        return False
    order = _TIFF.get(head[:4])
    bits = _tiff_bits(file, order) if order and len(head) >= 8 else 0
    return bits > 8 if bits else None


def _tiff_bits(file: BinaryIO, order: str) -> int:
    """Return how many bits a value of a TIFF file has; 0 where that is not told."""
    file.seek(4)
    (place,) = struct.unpack(f"{order}I", file.read(4))
    file.seek(place)
    head = file.read(2)
    (count,) = struct.unpack(f"{order}H", head) if len(head) == 2 else (0,)
    entries = file.read(count * 12)
    for start in range(0, len(entries) - 11, 12):
        tag, _kind, values = struct.unpack_from(f"{order}HHI", entries, start)
        if tag != _TIFF_BITS:
            continue
        if values <= 2:  # they are in the entry itself
            bits: int = struct.unpack_from(f"{order}H", entries, start + 8)[0]
            return bits
        (place,) = struct.unpack_from(f"{order}I", entries, start + 8)
        file.seek(place)
        value = file.read(2)
        return struct.unpack(f"{order}H", value)[0] if len(value) == 2 else 0
    return 1 if entries else 0  # that is what is meant where nothing is said
