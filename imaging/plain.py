# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect PNG, JPEG and WebP files that every reader shows as Blender does: 8 bits, RGB, RGBA or grey, still.

Other files are encoded again. Some readers keep the lower byte of 16-bit values, CMYK is ambiguous, not all
know transparent colours, and animations have more pictures than the one that Blender shows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from .errors import ImageDamaged
from .formats import Format
from .png_chunks import walk

if TYPE_CHECKING:
    from typing import BinaryIO

_PNG_COLOURS: Final = frozenset((0, 2, 4, 6))  # grey, RGB, both with alpha; 3 is a palette
_FRAMES: Final = range(0xC0, 0xC3)  # of JPEG: baseline, extended and progressive, all with Huffman's code
_OTHER_FRAMES: Final = frozenset({*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SOS, _APP14 = 0xDA, 0xEE
_IS_ANIMATED: Final = 0x02  # of the flags in VP8X


def is_plain(file: BinaryIO, found: Format) -> bool:
    """Return whether a file is plain, by the data before its pixels. The file is read from its beginning."""
    try:
        match found:
            case Format.PNG:
                return _is_plain_png(file)
            case Format.JPEG:
                return _is_plain_jpeg(file)
            case Format.WEBP:
                head = file.read(21)
                return head[12:16] != b"VP8X" or not head[20] & _IS_ANIMATED
    except (struct.error, IndexError, ImageDamaged):  # cut off
        return False


def _is_plain_png(file: BinaryIO) -> bool:
    for kind, _length in walk(file):
        if kind == b"IHDR":
            _width, _height, depth, colour = struct.unpack(">IIBB", file.read(10))
            if depth != 8 or colour not in _PNG_COLOURS:
                return False
        elif kind == b"IDAT":
            return True
        elif kind == b"tRNS":
            return False
    return False


def _is_plain_jpeg(file: BinaryIO) -> bool:
    file.seek(2)
    is_ycc = True
    while True:
        start, marker = struct.unpack("BB", file.read(2))
        if start != 0xFF or marker == _SOS or marker in _OTHER_FRAMES:
            return False
        if marker == 0xFF:  # a fill byte
            file.seek(-1, 1)
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if length < 2:  # it counts itself
            return False
        body = file.read(length - 2)
        if marker == _APP14 and body.startswith(b"Adobe"):
            is_ycc = body[11] != 0
        elif marker in _FRAMES:
            depth, count = body[0], body[5]
            names = body[6 : 6 + 3 * count : 3]
            return depth == 8 and (count == 1 or (count == 3 and is_ycc and names != b"RGB"))
