# SPDX-License-Identifier: GPL-3.0-or-later
"""A PNG writer for large images (and, from `png_chunks`, texts in PNG files).

The writer takes rows as they are asked for, filters them with numpy, and deflates bands of them on a few
threads; neither numpy nor zlib holds the interpreter lock meanwhile, so the window stays alive. Bands are
independent deflate blocks of one zlib stream (as `pigz` makes them), so any decoder reads them.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

import numpy as np

from .png_chunks import PNG_SIGNATURE, insert_text, read_text, write_chunk
from .png_filters import Coding, choose_coding, filter_rows, measure_codings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

__all__ = ["ArrayRows", "Rows", "in_order", "insert_text", "read_text", "write_png"]

_BAND_BYTES = 1 << 19
_SAMPLE_SHARE = 32  # a sample is deflated in eight ways, so it must be a small part of the image,
_SAMPLE_MIN_BYTES, _SAMPLE_MAX_BYTES = 1 << 16, 3 << 17  # and 384 KiB tell what a 64 MiB image is like
_SAMPLE_GROUPS = 8
_MAX_THREADS = 4
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by number of channels
_ZLIB_HEADER = b"\x78\x01"  # deflate, 32 KiB window; the level in it is only a remark
_ADLER_BASE = 65521

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


def write_png(file: BinaryIO, rows: Rows) -> None:
    """Write an image as PNG, 8 or 16 bits deep as its rows are, in memory that does not grow with it."""
    row_bytes = _bytes_of(rows, 0, 1).shape[1]
    step = row_bytes // rows.width  # bytes of a pixel
    depth, colour_type = 8 * step // rows.channels, _COLOUR_TYPES[rows.channels]
    header = struct.pack(">IIBBBBB", rows.width, rows.height, depth, colour_type, 0, 0, 0)
    file.write(PNG_SIGNATURE)
    write_chunk(file, b"IHDR", header)
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="easel-png") as pool:
        coding = _coding_for(rows, row_bytes, step, pool)
        prefix, checksum = _ZLIB_HEADER, 1
        for band in _deflated_bands(rows, row_bytes, step, coding, pool):
            write_chunk(file, b"IDAT", prefix, *band.data)
            checksum = _combine_adler32(checksum, band.checksum, band.length)
            prefix = b""
    write_chunk(file, b"IDAT", struct.pack(">I", checksum))
    write_chunk(file, b"IEND")


class _Band:
    """Deflated rows, with length and Adler-32 of what was deflated."""

    def __init__(self, rows: Rows, first: int, stop: int, step: int, coding: Coding) -> None:
        values, above = _with_row_above(rows, first, stop)
        filtered = memoryview(filter_rows(values, above, step, coding.filter)).cast("B")
        compressor = coding.compressor()
        is_last = stop == rows.height
        self.data = (
            compressor.compress(filtered),
            compressor.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH),
        )
        self.length = len(filtered)
        self.checksum = zlib.adler32(filtered)


def _coding_for(rows: Rows, row_bytes: int, step: int, pool: ThreadPoolExecutor) -> Coding:
    """Choose the coding by groups of adjacent rows from all over the image."""
    share = row_bytes * rows.height // _SAMPLE_SHARE
    sample_bytes = min(max(share, _SAMPLE_MIN_BYTES), _SAMPLE_MAX_BYTES)
    group_rows = max(1, sample_bytes // row_bytes // _SAMPLE_GROUPS)
    stride = max(group_rows, rows.height // _SAMPLE_GROUPS)
    starts = range(stride // 2 if rows.height > stride else 0, rows.height, stride)
    stops = [min(start + group_rows, rows.height) for start in starts]

    def measure(start: int, stop: int) -> dict[Coding, int]:
        return measure_codings(*_with_row_above(rows, start, stop), step)

    return choose_coding(pool.map(measure, starts, stops), (sum(stops) - sum(starts)) * row_bytes)


def _deflated_bands(
    rows: Rows, row_bytes: int, step: int, coding: Coding, pool: ThreadPoolExecutor
) -> Iterator[_Band]:
    """Yield the bands in order, while the next ones are being deflated."""
    band_rows = max(1, _BAND_BYTES // row_bytes)
    starts = range(0, rows.height, band_rows)

    def deflate(first: int) -> _Band:
        return _Band(rows, first, min(first + band_rows, rows.height), step, coding)

    yield from in_order(pool, deflate, starts)


def in_order(pool: ThreadPoolExecutor, work: Callable[[int], T], starts: Iterable[int]) -> Iterator[T]:
    """Yield what `work` makes of each start, in order, while the next ones are worked on: a few at a time."""
    waiting: deque[Future[T]] = deque()
    for start in starts:
        waiting.append(pool.submit(work, start))
        if len(waiting) > _MAX_THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _with_row_above(rows: Rows, first: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the bytes of rows, and of the row before them (zeros above the first, as PNG has it)."""
    if first == 0:
        values = _bytes_of(rows, 0, stop)
        return values, np.zeros_like(values[0])
    values = _bytes_of(rows, first - 1, stop)
    return values[1:], values[0]


def _bytes_of(rows: Rows, first: int, stop: int) -> NDArray[np.uint8]:
    """Read rows as (rows, row bytes); 16-bit values become big-endian, as PNG has them."""
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
