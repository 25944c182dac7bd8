# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode PNG files of `write_png` band by band on all cores. Worker threads only.

Pillow decodes a PNG on one core, and colours of 16 bits twice. This returns nothing for other files, and for
files with averaging filters, in which each pixel depends on the one before.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from .bands import at_once, in_bands
from .errors import ImagingError
from .png import Layout, joined_checksum
from .png_bands import CHECKSUM_BYTES, START_BYTES, Bands, are_apart, inflated, places_of, read_at
from .png_filters import Filter

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_ZLIB_HEAD_BYTES: Final = 2


def decode_png(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
    """Return the pixels of Easel's own PNG as (height, width[, channels]), top row first; else None.

    The file's checksum proves them.
    """
    decoded = decode_with_bands(path)
    return None if decoded is None else decoded.pixels


def decode_with_bands(path: Path) -> DecodedPng | None:
    """Return the result of `decode_png`, with its bands."""
    try:
        header, (*bands, end) = places_of(path)
        layout = Layout.read(header)
        if len(bands) != len(layout.starts) or end[1] != CHECKSUM_BYTES:
            return None
        return _decoded(path, layout, bands, end)
    except (ImagingError, OSError, ValueError, KeyError, IndexError, struct.error, zlib.error):
        return None


class DecodedPng(NamedTuple):
    """Easel's own PNG."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    bands: Bands


def _decoded(path: Path, layout: Layout, bands: list[tuple[int, int]], end: tuple[int, int]) -> DecodedPng:
    """Decode the bands at these places. Raises ValueError, OSError, zlib.error if they are not bands."""
    starts = [read_at(path, at, min(length, START_BYTES)) for at, length in bands]
    kinds = [
        Filter(inflated(data[0 if number else _ZLIB_HEAD_BYTES :], 1)[0])
        for number, data in enumerate(starts)
    ]
    if Filter.AVERAGE in kinds:
        raise ValueError("averages")
    rows = np.empty((layout.height, layout.row_bytes), np.uint8)

    def fill(number: int) -> tuple[bytes, int]:
        """Fill a band's rows as if the row above were black; return its data and their checksum."""
        first = layout.starts[number]
        target = rows[first : layout.stop(first)]
        data = read_at(path, *bands[number])[0 if number else _ZLIB_HEAD_BYTES :]
        filtered = inflated(data, len(target) * (1 + layout.row_bytes) + 1)
        lines = np.frombuffer(filtered, np.uint8).reshape(len(target), 1 + layout.row_bytes)
        if (lines[:, 0] != kinds[number]).any():
            raise ValueError("each row has a filter of its own")
        _unfilter(lines[:, 1:], layout.step, kinds[number], target)
        return data, zlib.adler32(filtered)

    filled = at_once(fill, range(len(bands)))
    data, checksums = tuple(data for data, _ in filled), tuple(checksum for _, checksum in filled)
    if not are_apart(data):
        raise ValueError("bands that go on in the next one")
    if read_at(path, *end) != struct.pack(">I", joined_checksum(checksums, layout)):
        raise ValueError("another checksum")
    above: list[NDArray[np.uint8] | None] = [None]
    for first, kind in zip(layout.starts, kinds, strict=True):
        last = rows[layout.stop(first) - 1]
        before = above[-1]
        above.append(last + before if kind is Filter.UP and before is not None else last)

    def complete(number: int) -> None:
        """Add the row above a band to all its rows."""
        first, before = layout.starts[number], above[number]
        if kinds[number] is Filter.UP and before is not None:
            rows[first : layout.stop(first)] += before

    at_once(complete, range(len(bands)))
    return DecodedPng(_as_pixels(rows, layout), Bands(layout=layout, data=data, checksums=checksums))


def _unfilter(lines: NDArray[np.uint8], step: int, kind: Filter, target: NDArray[np.uint8]) -> None:
    """Undo a filter of rows (rows, row bytes)."""
    match kind:
        case Filter.NONE:
            target[...] = lines
        case Filter.SUB:
            pixels = (len(lines), -1, step)
            np.add.accumulate(lines.reshape(pixels), 1, np.uint8, target.reshape(pixels))
        case _:  # UP
            target[0] = lines[0]
            for line in range(1, len(lines)):  # `accumulate` takes ten times as long downwards
                np.add(lines[line], target[line - 1], out=target[line])


def _as_pixels(rows: NDArray[np.uint8], layout: Layout) -> NDArray[np.uint8] | NDArray[np.uint16]:
    shape = layout.height, layout.width, layout.channels
    pixels = shape if layout.channels > 1 else shape[:2]
    if layout.step == layout.channels:
        return rows.reshape(pixels)
    deep = rows.view(np.uint16)  # in its own memory: as much again would be slow to get

    def convert(part: slice) -> None:
        deep[part] = deep[part].view(">u2")

    in_bands(convert, [slice(first, layout.stop(first)) for first in layout.starts])
    return deep.reshape(pixels)
