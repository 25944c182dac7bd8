# SPDX-License-Identifier: GPL-3.0-or-later
"""Make images that are broken in ways which a client must survive."""

import functools
import io
import struct
import zlib

from .faults import Spoilt

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_BOMB_SIDE = 60_000  # pixels: 10.8 GB decoded, 200 KB as a file
_BOMB_BYTES = 200 * 1024 * 1024  # of the decoded rows that the file really contains


def spoil(data: bytes, way: Spoilt) -> bytes:
    """Return the bytes that replace an asset."""
    match way:
        case Spoilt.WRONG_MAGIC:
            return b"NOT-AN-IMAGE" + data[12:]
        case Spoilt.CORRUPT:
            return data[: len(data) // 2]
        case Spoilt.BOMB:
            return bomb()
        case Spoilt.OTHER_SIZE:
            return _other_size(data)


@functools.cache
def bomb() -> bytes:
    """Return a small PNG that claims 60000 × 60000 pixels."""
    header = struct.pack(">IIBBBBB", _BOMB_SIDE, _BOMB_SIDE, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    block = bytes(1024 * 1024)
    packed = b"".join(packer.compress(block) for _ in range(_BOMB_BYTES // len(block))) + packer.flush()
    return PNG_MAGIC + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _other_size(data: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        smaller = image.resize((max(1, image.width * 3 // 4), max(1, image.height // 2)))
        buffer = io.BytesIO()
        smaller.save(buffer, image.format)
    return buffer.getvalue()
