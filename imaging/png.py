# SPDX-License-Identifier: GPL-3.0-or-later
"""Write large images as PNG (and texts in PNG files, from `png_chunks`).

The writer reads rows on demand, filters them with numpy, and deflates bands of them on a few threads. Neither
numpy nor zlib holds the interpreter lock meanwhile, so Blender's window stays responsive. Bands are
independent deflate blocks of one zlib stream (as in `pigz`), so any decoder reads them, and unchanged ones
can be copied (`png_bands`).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from .png_chunks import PNG_SIGNATURE, insert_text, read_text, write_chunk
from .png_filters import (
    Coding,
    Effort,
    Filter,
    choose_coding,
    filter_rows,
    measure_codings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["ArrayRows", "Rows", "in_order", "insert_text", "read_text", "write_png"]

_BAND_BYTES = 1 << 19
_SAMPLE_SHARE = 32  # a sample is deflated in twelve ways, so it must be a small part of the image,
_SAMPLE_MIN_BYTES, _SAMPLE_MAX_BYTES = 1 << 16, 3 << 17  # and 384 KiB represent a 64 MiB image well
_QUICK_SAMPLE_BYTES = 3 << 15  # if the artist waits
_ADLER_BASE = 65521
_SAMPLE_GROUPS = 8
_MAX_THREADS = 4
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by number of channels
_CHANNELS = {kind: channels for channels, kind in _COLOUR_TYPES.items()}
_HEADER = ">IIBBBBB"  # of IHDR
_ZLIB_HEADER = b"\x78\x01"  # deflate, 32 KiB window; the level in it is only a remark

T = TypeVar("T")


class Rows(Protocol):
    """An image whose rows can be read in any order, from several threads."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def channels(self) -> int:
        """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""
        ...

    def read(self, first: int, stop: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Return the rows `first` to `stop` (exclusive), top row first, as (rows, width, channels)."""
        ...


class ArrayRows:
    """The rows of an array of (height, width) or (height, width, channels), 8 or 16 bits."""

    def __init__(self, array: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
        self._array = array if array.ndim == 3 else array[:, :, np.newaxis]
        self.height, self.width, self.channels = self._array.shape

    def read(self, first: int, stop: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Return the rows `first` to `stop` (exclusive)."""
        return self._array[first:stop]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of a PNG are stored in its file."""

    header: bytes
    """The data of IHDR."""
    width: int
    height: int
    channels: int
    step: int
    """Bytes of a pixel."""

    @classmethod
    def of(cls, rows: Rows) -> Self:
        """Return the layout that `write_png` uses for rows."""
        depth = 8 * _bytes_of(rows, 0, 1).shape[1] // (rows.width * rows.channels)
        colour_type = _COLOUR_TYPES[rows.channels]
        return cls.read(struct.pack(_HEADER, rows.width, rows.height, depth, colour_type, 0, 0, 0))

    @classmethod
    def read(cls, header: bytes) -> Self:
        """Return the layout of a file with such a header. Raises struct.error, KeyError, ValueError."""
        width, height, depth, colour_type, *ways = struct.unpack(_HEADER, header)
        if depth not in (8, 16) or any(ways) or not width or not height:
            raise ValueError("no layout of Easel's")
        channels = _CHANNELS[colour_type]
        return cls(header=header, width=width, height=height, channels=channels, step=channels * depth // 8)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row, without its filter."""
        return self.width * self.step

    @property
    def band_rows(self) -> int:
        """Rows of a band, except the last one."""
        return max(1, _BAND_BYTES // self.row_bytes)

    @property
    def starts(self) -> range:
        """The first row of each band."""
        return range(0, self.height, self.band_rows)

    def stop(self, first: int) -> int:
        """Return the row after a band that begins at this row."""
        return min(first + self.band_rows, self.height)


@dataclass(frozen=True, kw_only=True)
class Bands:
    """A PNG's bands, as stored in its file."""

    layout: Layout
    data: tuple[bytes, ...]
    """The deflated data of each band; without the zlib header of the first."""
    checksums: tuple[int, ...]
    """Adler-32 of each band, filtered."""


def write_png(
    file: BinaryIO, rows: Rows, *, old: Bands | None = None, is_new: NDArray[np.bool_] | None = None
) -> None:
    """Write an image as PNG with the bit depth of its rows, 8 or 16, in memory that does not grow with it.

    Args:
        old: bands of the PNG that the image was made from. Those of unchanged rows are copied.
        is_new: which rows (height) differ from the old ones. If this is given, the artist waits, so new rows
            may take some more bytes.
    """
    layout = Layout.of(rows)
    if old is not None and (old.layout != layout or is_new is None):
        old = None
    effort = Effort.USUAL if is_new is None else Effort.QUICK
    file.write(PNG_SIGNATURE)
    write_chunk(file, b"IHDR", layout.header)
    checksums: list[int] = []
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="easel-png") as pool:
        coding = _coding_for(rows, layout, pool, effort)

        def band(first: int) -> _Band:
            # Filters need the row above.
            if old is None or is_new is None or is_new[max(0, first - 1) : layout.stop(first)].any():
                return _deflated(rows, layout, first, coding)
            number = first // layout.band_rows
            return _Band((old.data[number],), old.checksums[number])

        for made in in_order(pool, band, layout.starts):
            write_chunk(file, b"IDAT", b"" if checksums else _ZLIB_HEADER, *made.data)
            checksums.append(made.checksum)
    write_chunk(file, b"IDAT", struct.pack(">I", joined_checksum(checksums, layout)))
    write_chunk(file, b"IEND")


def band_checksum(rows: Rows, layout: Layout, first: int, kind: Filter) -> int:
    """Return the Adler-32 of a band whose rows are all filtered in one way."""
    return zlib.adler32(_filtered(rows, layout, first, kind))


def joined_checksum(checksums: Sequence[int], layout: Layout) -> int:
    """Return the Adler-32 of a picture with bands of these checksums."""
    total = 1
    for first, checksum in zip(layout.starts, checksums, strict=True):
        length = (layout.stop(first) - first) * (1 + layout.row_bytes)
        total = _combine_adler32(total, checksum, length)
    return total


class _Band(NamedTuple):
    """Deflated rows."""

    data: tuple[bytes, ...]
    checksum: int
    """Adler-32 of the data before deflating."""


def _deflated(rows: Rows, layout: Layout, first: int, coding: Coding) -> _Band:
    filtered = _filtered(rows, layout, first, coding.filter)
    compressor = coding.compressor()
    is_last = layout.stop(first) == layout.height
    data = (
        compressor.compress(filtered),
        compressor.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH),
    )
    return _Band(data, zlib.adler32(filtered))


def _filtered(rows: Rows, layout: Layout, first: int, kind: Filter) -> memoryview:
    values, above = _with_row_above(rows, first, layout.stop(first))
    return memoryview(filter_rows(values, above, layout.step, kind)).cast("B")


def _coding_for(rows: Rows, layout: Layout, pool: ThreadPoolExecutor, effort: Effort) -> Coding:
    """Choose the coding from groups of adjacent rows all over the image."""
    row_bytes = layout.row_bytes
    share = row_bytes * rows.height // _SAMPLE_SHARE
    most = _QUICK_SAMPLE_BYTES if effort is Effort.QUICK else _SAMPLE_MAX_BYTES
    sample_bytes = min(max(share, _SAMPLE_MIN_BYTES), most)
    group_rows = max(1, sample_bytes // row_bytes // _SAMPLE_GROUPS)
    stride = max(group_rows, rows.height // _SAMPLE_GROUPS)
    starts = range(stride // 2 if rows.height > stride else 0, rows.height, stride)
    stops = [min(start + group_rows, rows.height) for start in starts]

    def measure(start: int, stop: int) -> dict[Coding, int]:
        return measure_codings(*_with_row_above(rows, start, stop), layout.step, effort)

    return choose_coding(pool.map(measure, starts, stops), (sum(stops) - sum(starts)) * row_bytes)


def in_order(pool: ThreadPoolExecutor, work: Callable[[int], T], starts: Iterable[int]) -> Iterator[T]:
    """Yield the results of `work` for each start, in order, while some of the next are computed."""
    waiting: deque[Future[T]] = deque()
    for start in starts:
        waiting.append(pool.submit(work, start))
        if len(waiting) > _MAX_THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _with_row_above(rows: Rows, first: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the bytes of rows, and of the row before them (zeros above the first, as PNG requires)."""
    if first == 0:
        values = _bytes_of(rows, 0, stop)
        return values, np.zeros_like(values[0])
    values = _bytes_of(rows, first - 1, stop)
    return values[1:], values[0]


def _bytes_of(rows: Rows, first: int, stop: int) -> NDArray[np.uint8]:
    """Read rows as (rows, row bytes); 16-bit values become big-endian, as PNG requires."""
    values = rows.read(first, stop)
    if values.dtype.itemsize == 2:
        values = values.astype(">u2")
    return np.ascontiguousarray(values).view(np.uint8).reshape(stop - first, -1)


def _combine_adler32(first: int, second: int, second_length: int) -> int:
    """Return the Adler-32 of two byte strings joined, as zlib's `adler32_combine` does."""
    first_a, first_b = first & 0xFFFF, first >> 16
    second_a, second_b = second & 0xFFFF, second >> 16
    a = (first_a + second_a - 1) % _ADLER_BASE
    b = (first_b + second_b + second_length * (first_a - 1)) % _ADLER_BASE
    return b << 16 | a
