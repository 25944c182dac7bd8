# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode PNG files of any program in bands: one thread inflates while another one undoes the filters.

Worker threads only. Pillow undoes the filters of one band at a time, so a check needs no memory for the whole
picture. Rare forms are left to Pillow alone: other depths than 8 bits, palettes, a colour key, interlaced.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

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
    reduced: list[Future[Image]] = []
    row = 0
    with ThreadPoolExecutor(1, thread_name_prefix="easel-png") as other:
        for band, start in stream.bands(other, small.factor if small is not None else 1):
            if pixels is not None:
                pixels[row : row + band.height - start] = np.asarray(band)[start:]
            if small is not None:  # by the thread that inflates, which has less to do than this one
                reduced.append(other.submit(small.reduced, band, start))
            row += band.height - start
        return Streamed(pixels, None if small is None else small.joined([it.result() for it in reduced]))


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

    def bands(self, other: Executor, multiple: int) -> Iterator[tuple[Image, int]]:
        """Yield bands, the top one first, each with the number of rows (0 or 1) that repeat the one above.

        All but the last have a multiple of so many rows. Another thread inflates the next ones meanwhile.
        Raises ValueError or zlib.error if the picture does not end where it should, or if its checksum is
        wrong.
        """
        rows = multiple * max(1, _BAND_BYTES // self.row_bytes // multiple)
        above = b""
        for filtered in _ahead(other, self._inflated(rows * self.row_bytes)):
            band = self._unfiltered(above, filtered)
            yield band, 1 if above else 0
            above = band.crop((0, band.height - 1, self.width, band.height)).tobytes()

    def _unfiltered(self, above: bytes, filtered: bytes) -> Image:
        """Undo the filters of rows below a decoded row (empty at the top), which is put before them."""
        import PIL.Image

        lines = b"".join((b"\0", above, filtered)) if above else filtered
        stored = zlib.compress(lines, _STORED)
        size = (self.width, len(lines) // self.row_bytes)
        return PIL.Image.frombytes(self.mode, size, stored, "zip", self.mode)

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


def _ahead(other: Executor, bands: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bands while another thread makes the next ones."""
    waiting = deque(other.submit(next, bands, None) for _ in range(_BANDS_AHEAD))
    while (band := waiting.popleft().result()) is not None:
        waiting.append(other.submit(next, bands, None))
        yield band
