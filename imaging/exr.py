# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenEXR files of 32-bit floats in scan lines, for edits of float images. Worker threads only.

https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from ..texts.phrases import phrase
from .bands import MAX_THREADS
from .errors import ImagingError
from .png import in_order

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_MAGIC_AND_VERSION = struct.pack("<ii", 20000630, 2)  # one part, scan lines, short names
_FLOAT = 2  # pixel type
_ZIP = 3  # compression: zlib over blocks of 16 scan lines
_BLOCK_ROWS = 16
_LEVEL = 1  # higher levels hardly make floats smaller
_CHANNEL_BYTES = 18  # of an entry in the list of channels whose name is one letter
_SAMPLES = 4  # blocks
_MUCH_SMALLER = 0.8
"""zlib searches for repetition if that reduces the bytes to less than this fraction. The search doubles the
time: rendered floats gain nothing by it, but floats that were 8 bits do."""

_HARDLY_SMALLER = 0.85
"""A fraction of all bytes. If compression saves less, values are stored uncompressed, in a tenth of the time:
noisy floats."""


def write_exr(file: BinaryIO, pixels: NDArray[np.float32], *, deflates: bool = True) -> None:
    """Write (height, width) or (height, width, channels) as RGB or RGBA, every bit unchanged.

    Top row first, scene-linear with premultiplied alpha, as the format requires. Grey is written three times,
    because not every program reads files of one channel. The file must be seekable.

    Args:
        deflates: False if the artist waits: takes a twentieth of the time, and Blender reads it faster too.
    """
    picture = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
    height, width, count = picture.shape
    colours = {"R": 0, "G": 1, "B": 2} if count > 2 else {"R": 0, "G": 0, "B": 0}
    places = colours if count in (1, 3) else {**colours, "A": count - 1}
    names = sorted(places)  # the format's order
    file.write(_header(width, height, names))
    starts = range(0, height, _BLOCK_ROWS)
    table = file.tell()
    file.write(bytes(8 * len(starts)))
    offsets: list[int] = []

    def prepared(start: int) -> NDArray[np.uint8]:
        rows = picture[start : start + _BLOCK_ROWS]
        # Each line holds all of one channel, then all of the next.
        lines = np.stack([rows[..., places[name]] for name in names], 1)
        return np.ascontiguousarray(lines, "<f4").view(np.uint8).ravel()

    samples = starts[:: max(1, len(starts) // _SAMPLES)] if deflates else ()
    strategy = _strategy([prepared(start) for start in samples])

    def block(start: int) -> list[bytes | memoryview]:
        return _deflated(prepared(start), strategy)

    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="easel-exr") as pool:
        for start, data in zip(starts, in_order(pool, block, starts), strict=True):
            offsets.append(file.tell())
            file.write(struct.pack("<ii", start, _length(data)))
            file.writelines(data)
    end = file.tell()
    file.seek(table)
    file.write(struct.pack(f"<{len(offsets)}Q", *offsets))
    file.seek(end)


def read_exr(path: Path) -> NDArray[np.float32]:
    """Read what `write_exr` wrote: (height, width, channels) as RGB or RGBA, top row first.

    Raises:
        ImagingError: it is not such a file, or damaged.
    """
    try:
        return _pixels(path.read_bytes())
    except (OSError, ValueError, KeyError, struct.error, zlib.error) as error:
        raise ImagingError(phrase("The file {path} can't be read.", path=path.name)) from error


def _pixels(data: bytes) -> NDArray[np.float32]:
    told, table = _told(data)
    if told["compression"] != bytes([_ZIP]):
        raise ValueError("another compression")
    _left, _top, right, bottom = struct.unpack("<iiii", told["dataWindow"])
    width, height = right + 1, bottom + 1
    entries = told["channels"][:-1]
    names = [chr(entries[at]) for at in range(0, len(entries), _CHANNEL_BYTES)]
    pixels = np.empty((height, width, len(names)), np.float32)
    places = ["RGBA".index(name) for name in names]
    for number, start in enumerate(range(0, height, _BLOCK_ROWS)):
        (offset,) = struct.unpack_from("<Q", data, table + 8 * number)
        _row, size = struct.unpack_from("<ii", data, offset)
        rows = min(_BLOCK_ROWS, height - start)
        length = rows * width * len(names) * 4
        values = np.frombuffer(data, np.uint8, size, offset + 8)
        if size < length:
            values = _inflated(values)
        lines = values.view("<f4").reshape(rows, len(names), width)
        for channel, place in enumerate(places):
            pixels[start : start + rows, :, place] = lines[:, channel]
    return pixels


def _told(data: bytes) -> tuple[dict[str, bytes], int]:
    """Return a header's attributes, and where the table of blocks begins."""
    if not data.startswith(_MAGIC_AND_VERSION):
        raise ValueError("no such file")
    told: dict[str, bytes] = {}
    at = len(_MAGIC_AND_VERSION)
    while data[at : at + 1] != b"\0":
        name = data[at : data.index(b"\0", at)]
        at += len(name) + 1
        at = data.index(b"\0", at) + 1
        (size,) = struct.unpack_from("<i", data, at)
        told[name.decode()] = data[at + 4 : at + 4 + size]
        at += 4 + size
    return told, at + 1


def _inflated(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo `_deflated`."""
    apart = np.cumsum(np.frombuffer(zlib.decompress(values), np.uint8), dtype=np.uint8)
    apart[1::2] -= np.uint8(128)
    together = np.empty_like(apart)
    half = (len(apart) + 1) // 2
    together[0::2], together[1::2] = apart[:half], apart[half:]
    return together


def _header(width: int, height: int, names: list[str]) -> bytes:
    channels = b"".join(name.encode() + b"\0" + struct.pack("<iBxxxii", _FLOAT, 0, 1, 1) for name in names)
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    attributes = (
        ("channels", "chlist", channels + b"\0"),
        ("compression", "compression", bytes([_ZIP])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),  # top row first
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    told = b"".join(
        name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
        for name, kind, value in attributes
    )
    return _MAGIC_AND_VERSION + told + b"\0"


def _strategy(samples: list[NDArray[np.uint8]]) -> int | None:
    """Choose how zlib looks for repetition: in all earlier data, in runs of a byte, or not at all (None)."""
    if not samples:
        return None
    searched, runs = (
        sum(_length(_deflated(values, strategy)) for values in samples)
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_RLE)
    )
    if min(searched, runs) > _HARDLY_SMALLER * sum(map(len, samples)):
        return None
    return zlib.Z_DEFAULT_STRATEGY if searched < _MUCH_SMALLER * runs else zlib.Z_RLE


def _deflated(values: NDArray[np.uint8], strategy: int | None) -> list[bytes | memoryview]:
    """Return a block's bytes in the form of the format's ZIP: every other byte, differences, zlib.

    They are returned in pieces, because joining them would keep the interpreter lock.
    """
    if strategy is None:
        return [memoryview(values)]
    apart = np.concatenate((values[0::2], values[1::2]))
    apart[1:] -= apart[:-1] - np.uint8(128)
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    data: list[bytes | memoryview] = [compressor.compress(memoryview(apart)), compressor.flush()]
    # Incompressible data are stored uncompressed: a reader recognises that by the size.
    return data if _length(data) < len(values) else [memoryview(values)]


def _length(pieces: list[bytes | memoryview]) -> int:
    return sum(map(len, pieces))
