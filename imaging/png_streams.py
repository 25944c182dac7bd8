# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode PNG files of any program in bands: one thread inflates while another one undoes the filters.

The first one, which has less to do, also undoes those of some columns. Worker threads only. Pillow undoes the
filters of one band at a time, so a check needs no memory for the whole picture. Rare forms are left to Pillow
alone: other depths than 8 bits, palettes, a colour key, interlaced.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from .png_chunks import PNG_SIGNATURE
from .small import Small

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor, Future

    from numpy.typing import NDArray
    from PIL.Image import Image

_MODES: Final = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}  # Pillow's, by the colour type in the header
_HEADER: Final = struct.Struct(">IIBBBBB")
_BAND_BYTES: Final = 1 << 19
_READ_BYTES: Final = 1 << 16
_BANDS_AHEAD: Final = 4  # with one, threads would wait for each other on a busy machine
_STORED: Final = 0  # zlib's level without compression
_UP, _AVERAGE = 2, 3  # filters
_OTHERS_SHARE = 6
"""Of so many columns, the thread that inflates undoes the filters of one: then both threads take as long."""

_Made = TypeVar("_Made")


class Streamed(NamedTuple):
    """A decoded PNG."""

    pixels: NDArray[np.uint8] | None
    """(height, width[, channels]), top row first, if they were asked for."""
    small: Image | None
    """A small picture, if it was asked for."""


def decode_stream(data: bytes, *, keeps_pixels: bool = True, small_size: int = 0) -> Streamed | None:
    """Decode the bytes of a PNG, whose size is known to be harmless; its own checksum proves them.

    Returns None for other files, for rare forms, and if anything is wrong: Pillow then decides.

    Args:
        keeps_pixels: return all pixels.
        small_size: also return a picture whose longer side has at most so many pixels.
    """
    try:
        stream = _Stream.of(data)
        return None if stream is None else _decoded(stream, small_size, keeps_pixels=keeps_pixels)
    except (ValueError, OSError, MemoryError, zlib.error):
        return None


def _decoded(stream: _Stream, small_size: int, *, keeps_pixels: bool) -> Streamed:
    pixels = np.empty(stream.shape, np.uint8) if keeps_pixels else None
    small = Small.of((stream.width, stream.height), small_size) if small_size else None
    reduced: list[tuple[tuple[int, int], Future[Image]]] = []
    factor = small.factor if small is not None else 1
    row = 0
    with ThreadPoolExecutor(1, thread_name_prefix="easel-png") as other:
        for parts in stream.bands(other, factor):
            for part in parts:
                if pixels is not None:
                    part.copy_into(pixels, row)
                if small is not None:  # by the thread that inflates, which has less to do than this one
                    place = part.left // factor, row // factor
                    reduced.append((place, other.submit(small.reduced, part.image, part.box)))
            row += parts[0].height
        if small is None:
            return Streamed(pixels, None)
        return Streamed(pixels, small.joined([(place, made.result()) for place, made in reduced]))


class _Part(NamedTuple):
    """Decoded rows, from one column to another."""

    image: Image
    left: int
    """Its first column."""
    box: tuple[int, int, int, int]
    """What is new in the image: left, top, right and bottom. The rest are pixels beside and above it."""

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    def copy_into(self, pixels: NDArray[np.uint8], row: int) -> None:
        """Copy it to a row of the picture and those below."""
        width = self.box[2] - self.box[0]
        to = pixels[row : row + self.height, self.left : self.left + width]
        to[...] = np.asarray(self.image)[self.box[1] :, self.box[0] :]


class _Columns:
    """Some columns of a picture, whose filters are undone band by band from the top."""

    def __init__(self, mode: str, left: int, right: int) -> None:
        self._mode, self._left, self._right = mode, left, right
        self._above = b""
        """The last decoded row, with the pixel before it if that is known."""

    def unfilter(self, rows: NDArray[np.uint8], before: _Part | None = None) -> _Part:
        """Undo the filters of the next rows (rows, filter and bytes), given the decoded part before them.

        Pillow also gets the row above and the last pixels of that part, filtered again.
        """
        import PIL.Image

        step = len(self._mode)
        top, lead = int(bool(self._above)), int(before is not None)
        size = lead + self._right - self._left, top + len(rows)
        lines = np.empty((size[1], 1 + step * size[0]), np.uint8)
        lines[top:, 0] = rows[:, 0]
        lines[top:, 1 + step * lead :] = rows[:, 1 + step * self._left : 1 + step * self._right]
        if before is not None:
            lines[:, 1 : 1 + step] = _filtered_first(before, rows[:, :1], step)
        if self._above:
            lines[0, 0] = 0
            lines[0, 1:] = np.frombuffer(self._above, np.uint8)
        stored = zlib.compress(memoryview(lines).cast("B"), _STORED)
        image = PIL.Image.frombytes(self._mode, size, stored, "zip", self._mode)
        self._above = image.crop((0, size[1] - 1, *size)).tobytes()
        return _Part(image, self._left, (lead, top, *size))


def _filtered_first(before: _Part, kinds: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return the last pixels of decoded rows as if no others were before them, filtered in these ways."""
    width, height = before.image.size
    top = before.box[1]
    values = np.asarray(before.image.crop((width - 1, 0, width, height))).reshape(height, step)
    above = np.zeros((height - top, step), np.uint8)
    above[1 - top :] = values[: height - 1]
    above[kinds[:, 0] < _UP] = 0  # only pixels on the left matter to these, and there are none
    above[kinds[:, 0] == _AVERAGE] >>= 1
    filtered = values.copy()
    filtered[top:] -= above
    return filtered


@dataclass(frozen=True, kw_only=True)
class _Stream:
    """A PNG that can be decoded in bands."""

    width: int  # pixels
    height: int  # pixels
    mode: str
    """Pillow's; a letter for each channel."""
    data: bytes
    """The file."""

    @classmethod
    def of(cls, data: bytes) -> _Stream | None:
        """Return it for a file's bytes; None if it isn't a PNG, or if its form is a rare one."""
        kinds: set[bytes] = set()
        header = b""
        for kind, content in _chunks(data):
            if kind == b"IDAT":
                break
            kinds.add(kind)
            header = bytes(content) if kind == b"IHDR" else header
        if len(header) != _HEADER.size or b"tRNS" in kinds:
            return None
        width, height, depth, colours, *ways = _HEADER.unpack(header)
        if depth != 8 or colours not in _MODES or any(ways) or not width * height:
            return None
        return cls(width=width, height=height, mode=_MODES[colours], data=data)

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width[, channels])."""
        return (self.height, self.width, len(self.mode))[: 2 if self.mode == "L" else 3]

    @property
    def row_bytes(self) -> int:
        """Bytes of a filtered row."""
        return 1 + self.width * len(self.mode)

    def bands(self, other: Executor, multiple: int) -> Iterator[list[_Part]]:
        """Yield bands in one or two parts, the top one first, with a multiple of so many rows but the last.

        Another thread inflates the next bands meanwhile, and undoes the filters of the first columns.
        Raises ValueError or zlib.error if the picture does not end where it should, or if its checksum is
        wrong.
        """
        rows = multiple * max(1, _BAND_BYTES // self.row_bytes // multiple)
        column = multiple * (self.width // _OTHERS_SHARE // multiple)
        rest = _Columns(self.mode, column, self.width)
        for filtered, first in _ahead(other, self._begun(rows * self.row_bytes, column)):
            parts = [] if first is None else [first]
            yield [*parts, rest.unfilter(filtered, first)]

    def _begun(self, count: int, column: int) -> Iterator[tuple[NDArray[np.uint8], _Part | None]]:
        """Yield the filtered rows, so many bytes at a time, and what is before a column."""
        first = _Columns(self.mode, 0, column) if column else None
        for filtered in self._inflated(count):
            rows = np.frombuffer(filtered, np.uint8).reshape(-1, self.row_bytes)
            yield rows, None if first is None else first.unfilter(rows)

    def _inflated(self, count: int) -> Iterator[bytes]:
        """Yield the filtered rows, so many bytes at a time."""
        inflater = zlib.decompressobj()
        left = self.height * self.row_bytes
        parts: list[bytes] = []
        wanted = min(count, left)
        for piece in chain(_deflated(self.data), (b"",)):
            deflated: bytes | memoryview = piece
            while True:
                part = inflater.decompress(deflated, max(1, wanted))
                deflated = inflater.unconsumed_tail
                left -= len(part)
                wanted -= len(part)
                parts.append(part)
                if left < 0:
                    raise ValueError("more rows than in the header")
                if part and not wanted:
                    yield b"".join(parts)
                    parts, wanted = [], min(count, left)
                if not deflated:
                    break
        if left or not inflater.eof:
            raise ValueError("fewer rows than in the header")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and content of each chunk. A truncated one is the last."""
    view, at = memoryview(data), len(PNG_SIGNATURE)
    while data.startswith(PNG_SIGNATURE) and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, view[at + 8 : at + 8 + length]
        at += 12 + length


def _deflated(data: bytes) -> Iterator[memoryview]:
    """Yield the deflated pixels in small pieces."""
    for kind, content in _chunks(data):
        if kind == b"IDAT":
            for at in range(0, len(content), _READ_BYTES):
                yield content[at : at + _READ_BYTES]


def _ahead(other: Executor, bands: Iterator[_Made]) -> Iterator[_Made]:
    """Yield the bands while another thread makes the next ones."""
    waiting = deque(other.submit(next, bands, None) for _ in range(_BANDS_AHEAD))
    while (band := waiting.popleft().result()) is not None:
        waiting.append(other.submit(next, bands, None))
        yield band
