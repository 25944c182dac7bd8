# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect forms of formats that Blender, or some Blender version, can't read, though it reads the format.

Each form with a number was tested on Blender 4.2, 5.2 and 5.3 (`tests/blender/test_file_kinds.py`).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from .deep_headers import HEAD_BYTES, tiff_values
from .exr_layers import EXR_MAGIC

if TYPE_CHECKING:
    from typing import BinaryIO

HTJ2K: Final = "OpenEXR (HTJ2K)"
"""Blender reads and writes it from 5.2 on."""

_EXR_COMPRESSION: Final = b"\0compression\0compression\0\1\0\0\0"
_EXR_READ: Final = 10  # compressions below are as old as Blender's reader
_EXR_NAMES: Final = {10: HTJ2K, 11: HTJ2K, 12: "OpenEXR (LJ2K)", 13: "OpenEXR (ZSTD)"}

_FRAME: Final = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
"""Markers of a JPEG's frame, one for each coding."""
_FRAMES_READ: Final = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_ALONE: Final = {0x01, 0xFF, *range(0xD0, 0xD9)}  # markers without anything behind them

_DDS_SIZE: Final = struct.Struct("<12xII")  # height, width
_DDS_FORM: Final = struct.Struct("<80xI4s")  # flags, code of four letters
_HAS_CODE: Final = 4
_UNREAD_FLAGS: Final = {0x20: "DDS (P8)", 0x200: "DDS (YUV)", 0x80000: "DDS (U8V8)"}
_CODES_READ: Final = (
    *(b"DXT1", b"DXT2", b"DXT3", b"DXT4", b"DXT5", b"RXGB"),
    *(b"ATI1", b"ATI2", b"BC4U", b"BC5U"),
)
_DXGI_READ: Final = {24, 28, 29, 56, 71, 72, 74, 75, 77, 78, 80, 83, 87, 88, 91, 93, 95, 96, 98, 99}
_DXGI_NAMES: Final = {
    70: "BC1 typeless",
    73: "BC2 typeless",
    76: "BC3 typeless",
    79: "BC4 typeless",
    81: "BC4S",
    82: "BC5 typeless",
    84: "BC5S",
    94: "BC6H typeless",
    97: "BC7 typeless",
}

_TIFF_COMPRESSION, _TIFF_BITS, _TIFF_KIND = 259, 258, 339  # tags
_TIFF_NAMES: Final = {
    6: "TIFF (old JPEG)",
    **dict.fromkeys((33003, 33004, 33005, 34712), "TIFF (JPEG 2000)"),
    **dict.fromkeys((22610, 34934), "TIFF (JPEG XR)"),
    **dict.fromkeys((50002, 52546), "TIFF (JPEG XL)"),
    34887: "TIFF (LERC)",
    34925: "TIFF (LZMA)",
    34933: "TIFF (PNG)",
    50000: "TIFF (ZSTD)",
    50001: "TIFF (WebP)",
}
_TIFF_COMPLEX: Final = (5, 6)  # kinds of values
_TIFF_FLOATS: Final = 3

_BMP_NAMES: Final = {1: "BMP (RLE)", 2: "BMP (RLE)", 4: "BMP (JPEG)", 5: "BMP (PNG)"}
_PSD_NAMES: Final = {8: "PSD (Duotone)", 9: "PSD (Lab)"}
_PSD_READ: Final = {0, 1, 2, 3, 4, 7}


def unread_form(file: BinaryIO) -> str:
    """Return a file's form if not every Blender version reads it: "DDS (BC5S)"; else empty.

    The file is at its beginning.
    """
    head = file.read(HEAD_BYTES)
    try:
        if head.startswith(EXR_MAGIC):
            return _of_exr(head)
        if head.startswith(b"\xff\xd8"):
            return _of_jpeg(file)
        if head.startswith(b"DDS "):
            return _of_dds(head)
        if head[:4] in (b"II*\0", b"MM\0*"):
            return _of_tiff(file)
        if head.startswith(b"BM"):
            return _BMP_NAMES.get(struct.unpack_from("<I", head, 30)[0], "") if head[14] > 12 else ""
        if head.startswith(b"8BPS"):
            mode = int.from_bytes(head[24:26], "big")
            return "" if mode in _PSD_READ else _PSD_NAMES.get(mode, "PSD")
    except (struct.error, IndexError):  # cut off
        pass
    return ""


def dds_size(head: bytes) -> tuple[int, int]:
    """Return width and height in pixels of a DDS file, by its beginning; (0, 0) for other files."""
    if not head.startswith(b"DDS ") or len(head) < _DDS_SIZE.size:
        return (0, 0)
    height, width = _DDS_SIZE.unpack_from(head)
    return (width, height)


def _of_exr(head: bytes) -> str:
    """Return the compression of the first part, because nobody mixes them."""
    at = head.find(_EXR_COMPRESSION)
    if at < 0:
        return ""
    number = head[at + len(_EXR_COMPRESSION)]
    return "" if number < _EXR_READ else _EXR_NAMES.get(number, f"OpenEXR ({number})")


def _of_jpeg(file: BinaryIO) -> str:
    file.seek(2)
    while len(start := file.read(2)) == 2 and start[0] == 0xFF:
        marker = start[1]
        if marker == 0xFF:  # filled up
            file.seek(-1, 1)
            continue
        if marker in _ALONE:
            continue
        length, bits = struct.unpack(">HB", file.read(3))
        if marker in _FRAME:
            if marker not in _FRAMES_READ:
                return "JPEG (lossless)" if marker in (0xC3, 0xC7, 0xCB, 0xCF) else "JPEG"
            return "" if bits == 8 else f"JPEG ({bits}-bit)"
        file.seek(length - 3, 1)
    return ""


def _of_dds(head: bytes) -> str:
    flags, code = _DDS_FORM.unpack_from(head)
    if not flags & _HAS_CODE:
        return next((name for flag, name in _UNREAD_FLAGS.items() if flags & flag), "")
    if code == b"DX10":
        (number,) = struct.unpack_from("<I", head, 128)
        return "" if number in _DXGI_READ else f"DDS ({_DXGI_NAMES.get(number, f'DXGI {number}')})"
    if code in _CODES_READ:
        return ""
    name = code.decode("ascii") if code.isalnum() else str(int.from_bytes(code, "little"))
    return f"DDS ({name})"


def _of_tiff(file: BinaryIO) -> str:
    found = tiff_values(file, (_TIFF_COMPRESSION, _TIFF_BITS, _TIFF_KIND))
    if name := _TIFF_NAMES.get(found.get(_TIFF_COMPRESSION, 1)):
        return name
    kind = found.get(_TIFF_KIND, 1)
    if kind in _TIFF_COMPLEX:
        return "TIFF (complex)"
    return "TIFF (64-bit)" if found.get(_TIFF_BITS, 1) == 64 and kind != _TIFF_FLOATS else ""
