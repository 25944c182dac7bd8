# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of files of floats by their first bytes: OpenEXR and Radiance HDR, which Pillow does not read."""

from __future__ import annotations

import re
import struct
from typing import Final

HEAD_BYTES: Final = 16 << 10
"""Enough for the headers that renderers write."""

_EXR: Final = b"\x76\x2f\x31\x01"
_EXR_WINDOW: Final = b"dataWindow\0box2i\0\x10\0\0\0"
_HDR: Final = b"#?"
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
