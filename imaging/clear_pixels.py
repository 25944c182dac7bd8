# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect whether a PNG has a transparent pixel, without decoding it. Worker threads only.

As long as all pixels are opaque, a filter turns their alpha into one constant value, whatever the colours are
(PNG specification, section 9). So the first different value reveals a pixel that is not opaque.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from .errors import ImagingError
from .files import open_regular
from .png_chunks import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

_CHANNELS: Final = {4: 2, 6: 4}  # of grey and of colours with alpha
_READ_BYTES: Final = 1 << 16
_HEAD_BYTES: Final = 33
_FIRST_ROW: Final = np.array([[255, 255], [255, 0], [255, 255], [255, 128], [255, 0]], np.uint8)
_OTHER_ROWS: Final = np.array([[255, 255], [255, 0], [0, 0], [128, 0], [0, 0]], np.uint8)
"""By filter: the filtered alpha of the first pixel and of all others in an opaque row."""


def has_clear_pixels(path: Path) -> bool:
    """Return whether an 8-bit PNG certainly has a pixel that is not opaque. False also if that is unknown."""
    try:
        with open_regular(path) as file:
            return _has_clear_pixels(file)
    except (ImagingError, OSError, IndexError, struct.error, zlib.error):
        return False


def _has_clear_pixels(file: BinaryIO) -> bool:
    width, _height, depth, colour, _, _, is_interlaced = struct.unpack_from(
        ">II5B", file.read(_HEAD_BYTES), 16
    )
    channels = _CHANNELS.get(colour, 0)
    if depth != 8 or is_interlaced or not channels:
        return False
    file.seek(0)
    row_bytes = 1 + width * channels
    opaque, rest = _FIRST_ROW, b""
    for data in _inflated(file):
        rest += data
        while len(rest) >= row_bytes:
            count = 1 if opaque is _FIRST_ROW else len(rest) // row_bytes
            rows = np.frombuffer(rest, np.uint8, count * row_bytes).reshape(count, row_bytes)
            if _differs(rows[:, 0], rows[:, channels::channels], opaque):
                return True
            opaque, rest = _OTHER_ROWS, rest[count * row_bytes :]
    return False


def _differs(filters: NDArray[np.uint8], alpha: NDArray[np.uint8], opaque: NDArray[np.uint8]) -> bool:
    """Return whether rows of filtered alpha (rows, width) differ from those of opaque rows."""
    expected = opaque[filters]  # IndexError: no such filter
    return bool((alpha[:, :1] != expected[:, :1]).any() or (alpha[:, 1:] != expected[:, 1:]).any())


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    for kind, length in walk(file):
        while kind == b"IDAT" and length:
            data = file.read(min(length, _READ_BYTES))
            length -= len(data)
            yield inflater.decompress(data)
