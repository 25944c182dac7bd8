# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the bands of a PNG of `write_png`, to copy them into another one. Worker threads only.

Each band is a separate IDAT chunk that depends on no other, and the checksum comes last. The file does not
declare this: it is guessed from the chunks' number and ends, and proved by the file's own checksum, which
must match the filtered pixels.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from .bands import at_once
from .errors import ImagingError
from .files import open_regular
from .png import Bands, Layout, band_checksum, joined_checksum
from .png_chunks import walk
from .png_filters import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .png import Rows

_FLUSHED: Final = b"\0\0\xff\xff"
"""The end of the deflated data of each band but the last."""
CHECKSUM_BYTES: Final = 4
START_BYTES: Final = 1 << 12
"""More bytes than a block's header has before its first byte."""


def read_bands(path: Path, rows: Rows) -> Bands | None:
    """Read the bands of a file that holds these rows; None if `write_png` did not write it."""
    try:
        layout = Layout.of(rows)
        header, places = places_of(path)
        *bands, (end_at, end_length) = places
        if header != layout.header or len(bands) != len(layout.starts) or end_length != CHECKSUM_BYTES:
            return None
        data = [read_at(path, at, length) for at, length in bands]
        end = read_at(path, end_at, end_length)
        data[0] = data[0][2:]  # the header of the zlib stream
        if not are_apart(data) or not _is_first(data[0], layout):
            return None

        def checksum(number: int) -> int:
            kind = Filter(inflated(data[number][:START_BYTES], 1)[0])
            return band_checksum(rows, layout, layout.starts[number], kind)

        checksums = at_once(checksum, range(len(data)))
        if end != struct.pack(">I", joined_checksum(checksums, layout)):
            return None
        return Bands(layout=layout, data=tuple(data), checksums=tuple(checksums))
    except (ImagingError, OSError, ValueError, IndexError, zlib.error):
        return None


def is_in_bands(path: Path) -> bool:
    """Return whether a file looks like a PNG of `write_png`, by its chunks. Decodes nothing."""
    try:
        header, (*bands, end) = places_of(path)
        return len(bands) == len(Layout.read(header).starts) and end[1] == CHECKSUM_BYTES
    except (ImagingError, OSError, ValueError, KeyError, struct.error):
        return False


def places_of(path: Path) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the data of IHDR, and the place and length of each IDAT's data."""
    header = b""
    places: list[tuple[int, int]] = []
    with open_regular(path) as file:
        for kind, length in walk(file):
            if kind == b"IHDR":
                header = file.read(length)
            elif kind == b"IDAT":
                places.append((file.tell(), length))
    return header, places


def read_at(path: Path, at: int, length: int) -> bytes:
    """Read so many bytes of a file from a place."""
    with open_regular(path) as file:
        file.seek(at)
        return file.read(length)


def are_apart(data: Sequence[bytes]) -> bool:
    """Return whether each band but the last ends on a whole byte, so that any band can follow it."""
    return all(band.endswith(_FLUSHED) for band in data[:-1])


def _is_first(data: bytes, layout: Layout) -> bool:
    """Return whether data are exactly the rows of the first band."""
    count = min(layout.band_rows, layout.height) * (1 + layout.row_bytes)
    return len(inflated(data, count + 1)) == count


def inflated(data: bytes, most: int) -> bytes:
    """Inflate a band, up to so many bytes. Raises zlib.error."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)
