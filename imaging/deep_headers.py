# SPDX-License-Identifier: GPL-3.0-or-later
"""Read facts that Pillow does not give: whether Blender decodes floats, and the size of rare formats."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

HEAD_BYTES: Final = 16 << 10
"""Enough bytes for the headers that renderers write."""

_EXR: Final = b"\x76\x2f\x31\x01"
_EXR_WINDOW: Final = b"dataWindow\0box2i\0\x10\0\0\0"
_HDR: Final = b"#?"
_HDR_SIZE: Final = re.compile(rb"\n[-+]Y (\d+) [-+]X (\d+)\n")
_PSD: Final = b"8BPS"
_PSD_SIZE: Final = struct.Struct(">14xII")  # height, width
_PSD_DEPTH: Final = 23
_DPX: Final = {b"SDPX": ">", b"XPDS": "<"}
_DPX_SIZE: Final = "772xII"
_DPX_DEPTH: Final = 803
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTH: Final = 24
"""The position of the bit depth in the header of a PNG."""
_SHORT, _LONG = 3, 4  # kinds of a TIFF's values
_SGI: Final = b"\x01\xda"
_TIFF: Final = {b"II*\0": "<", b"MM\0*": ">"}
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS = 256, 257, 258  # tags
_OF_BYTES: Final = (b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8", b"DDS ")
_JPEG_2000: Final = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
_JPEG_2000_DEPTH: Final = re.compile(rb"\xff\x51.{36}(.)", re.DOTALL)
"""Matches the first component's bits, less one, in the codestream's header of sizes."""
_AVIF_DEPTH: Final = re.compile(rb"av1C.{2}(.)", re.DOTALL)
_AVIF_IS_DEEP: Final = 0x40


def size_of(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels of files that Pillow does not read, or not always.

    None if it is not such a file, (0, 0) if the size is unknown.
    """
    if head.startswith(_EXR):
        place = head.find(_EXR_WINDOW) + len(_EXR_WINDOW)
        if place < len(_EXR_WINDOW) or len(head) < place + 16:
            return (0, 0)
        left, top, right, bottom = struct.unpack_from("<4i", head, place)
        return (right - left + 1, bottom - top + 1)
    if head.startswith(_HDR):
        match = _HDR_SIZE.search(head)
        return (int(match[2]), int(match[1])) if match else (0, 0)
    if head[:4] in _DPX:
        layout = struct.Struct(_DPX[head[:4]] + _DPX_SIZE)
        if len(head) < layout.size:
            return (0, 0)
        width, height = layout.unpack_from(head)
        return (width, height)
    if head.startswith(_PSD) and len(head) > _PSD_DEPTH and head[_PSD_DEPTH] > 8:
        height, width = _PSD_SIZE.unpack_from(head)
        return (width, height)
    return None


def has_floats(head: bytes) -> bool:
    """Return whether a file of a format that `size_of` knows has values beyond 0 to 1."""
    return head.startswith((_EXR, _HDR))


def becomes_floats(file: BinaryIO) -> bool | None:
    """Return whether Blender decodes a file (at its beginning) to floats; None if its head does not tell.

    Blender does so for all files with more than 8 bits a value.
    """
    head = file.read(HEAD_BYTES)
    if head.startswith((_EXR, _HDR)) or head[:4] in _DPX:
        return True
    if head.startswith(_PNG):
        return head[_PNG_DEPTH : _PNG_DEPTH + 1] == b"\x10"
    if head.startswith(_OF_BYTES):
        return False
    if head.startswith(_PSD):
        return head[_PSD_DEPTH : _PSD_DEPTH + 1] > b"\x08"
    if head.startswith(_SGI):
        return head[3:4] == b"\x02"  # bytes a value
    if head.startswith(_JPEG_2000):
        match = _JPEG_2000_DEPTH.search(head)
        return match[1][0] & 0x7F > 7 if match else None
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        match = _AVIF_DEPTH.search(head)
        return bool(match[1][0] & _AVIF_IS_DEEP) if match else None
    bits = tiff_values(file, (_TIFF_BITS,)).get(_TIFF_BITS, 0)
    return bits > 8 if bits else None


def tiff_size(file: BinaryIO) -> tuple[int, int]:
    """Return width and height in pixels of a TIFF file (at its beginning); (0, 0) for other files."""
    file.seek(0)
    found = tiff_values(file, (_TIFF_WIDTH, _TIFF_HEIGHT))
    return found.get(_TIFF_WIDTH, 0), found.get(_TIFF_HEIGHT, 0)


def tiff_values(file: BinaryIO, tags: Collection[int]) -> dict[int, int]:
    """Return the first value of each of a TIFF's tags, as numbers; 1 bit by default.

    Reads the first picture. The file may be at any position; other files have no tags.
    """
    file.seek(0)
    head = file.read(8)
    order = _TIFF.get(head[:4])
    if order is None or len(head) < 8:
        return {}
    file.seek(struct.unpack(f"{order}4xI", head)[0])
    head = file.read(2)
    (count,) = struct.unpack(f"{order}H", head) if len(head) == 2 else (0,)
    entries = file.read(count * 12)
    found = {_TIFF_BITS: 1} if entries else {}
    for start in range(0, len(entries) - 11, 12):
        tag, kind, values = struct.unpack_from(f"{order}HHI", entries, start)
        if tag not in tags or kind not in (_SHORT, _LONG):
            continue
        width = 2 if kind == _SHORT else 4
        value = entries[start + 8 : start + 8 + width]
        if values * width > 4:  # they are stored elsewhere
            (place,) = struct.unpack_from(f"{order}I", entries, start + 8)
            file.seek(place)
            value = file.read(width)
        found[tag] = (
            struct.unpack(f"{order}{'H' if width == 2 else 'I'}", value)[0] if len(value) == width else 0
        )
    return found
