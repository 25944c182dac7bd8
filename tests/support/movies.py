# SPDX-License-Identifier: GPL-3.0-or-later
"""Small movies for tests: Motion JPEG in AVI, which Blender reads on every platform."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write_movie(path: Path, frames: Sequence[NDArray[np.uint8]]) -> None:
    """Write frames of (height, width, 3) at 25 a second."""
    height, width = frames[0].shape[:2]
    pictures = [_jpeg(frame) for frame in frames]
    main = struct.pack("<14I", 40_000, 0, 0, 0x10, len(frames), 0, 1, 0, width, height, 0, 0, 0, 0)
    box = (0, 0, width, height)
    stream = b"vidsMJPG" + struct.pack("<IHH8I4H", 0, 0, 0, 0, 1, 25, 0, len(frames), 0, 0xFFFFFFFF, 0, *box)
    layout = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0)
    head = _list(
        b"hdrl",
        _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", layout)),
    )
    body = b"".join(_chunk(b"00dc", picture) for picture in pictures)
    index, offset = b"", 4
    for picture in pictures:
        index += b"00dc" + struct.pack("<III", 0x10, offset, len(picture))
        offset += 8 + len(picture) + len(picture) % 2
    path.write_bytes(_chunk(b"RIFF", b"AVI " + head + _list(b"movi", body) + _chunk(b"idx1", index)))


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=100, subsampling=0)
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)
