# SPDX-License-Identifier: GPL-3.0-or-later
"""Open pictures as Blender does, ignoring the data that Blender ignores.

Pillow calls a file damaged for texts and profiles beyond its limits, for their checksums, and for a truncated
JPEG. So for PNG, JPEG and WebP files it only gets the data of the pixels.
"""

from __future__ import annotations

import bisect
import io
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from .files import open_regular
from .formats import sniff
from .pillow import refuse_misread
from .strip import Piece, clean_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.ImageFile import ImageFile
    from typing_extensions import Buffer


def open_picture(source: Path | bytes, *, is_lenient: bool = True) -> ImageFile:
    """Open a file, or the bytes of one, with Pillow, without its metadata.

    Worker thread: the whole file is read.
    Raises Pillow's exceptions, OSError, ImageDamaged.

    Args:
        is_lenient: show the available part of a truncated file.
    """
    import PIL.Image

    data = source if isinstance(source, bytes) else _bytes_of(source)
    found = sniff(data[:16])
    if found is None:
        image = PIL.Image.open(io.BytesIO(data))
        refuse_misread(image)
        return image
    pieces = clean_pieces(data, is_lenient=is_lenient)
    return PIL.Image.open(io.BufferedReader(_Joined(pieces)), formats=[found.value])


def _bytes_of(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()


class _Joined(io.RawIOBase):
    """Pieces that read as one file. Joining those of a large picture would keep the interpreter lock."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces]
        self._ends = list(accumulate(map(len, pieces)))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._ends[-1]}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Buffer, /) -> int:
        target, filled = memoryview(buffer).cast("B"), 0
        index = bisect.bisect_right(self._ends, self._at)
        while filled < len(target) and index < len(self._pieces):
            piece = self._pieces[index]
            start = self._at - (self._ends[index] - len(piece))
            part = piece[start : start + len(target) - filled]
            target[filled : filled + len(part)] = part
            filled += len(part)
            self._at += len(part)
            index += 1
        return filled
