# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove what a file tells about the artist: comments, Exif with places and cameras, XMP, hidden previews.

The pixels' bytes are copied, never encoded again. Data that Blender ignores are removed too, so that the
model sees what the artist sees: colour profiles, gamma, primaries, an Exif orientation. Worker only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from ..texts.phrases import phrase
from .errors import ImageDamaged
from .formats import Format, sniff
from .png_chunks import PNG_SIGNATURE

Piece: TypeAlias = "bytes | memoryview"

_PNG_KEPT: Final = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_PNG_END: Final = b"\0\0\0\0IEND\xae\x42\x60\x82"
_PNG_CLEAR: Final = {0: 2, 2: 6}
"""Bytes of tRNS by the kind of colours: grey, RGB. With another length it is ignored."""
_WEBP_DROPPED: Final = frozenset((b"EXIF", b"XMP ", b"ICCP"))
_WEBP_FLAGS: Final = 0x2C  # of VP8X: has a colour profile, Exif, XMP
_JPEG_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length: TEM, RST0–7
_EOI, _SOS, _COM, _APP14 = 0xD9, 0xDA, 0xFE, 0xEE


def clean_pieces(data: bytes, *, is_lenient: bool = False) -> Sequence[Piece]:
    """Return the pieces of a PNG, JPEG or WebP file without its metadata, in order.

    The pieces are views of it, because joining those of a large file would keep the interpreter lock. Without
    metadata, the whole file is one piece. Data after the image's end (a second picture, a film) are dropped.
    Raises ImageDamaged if the file violates its format.

    Args:
        is_lenient: add a missing end, like readers that show a truncated file.
    """
    match sniff(data[:16]):
        case Format.PNG:
            pieces = list(_png(data, is_lenient=is_lenient))
        case Format.JPEG:
            pieces = list(_jpeg(data, is_lenient=is_lenient))
        case Format.WEBP:
            pieces = list(_webp(data))
        case None:
            raise _damaged("PNG, JPEG, WebP")
    return pieces if size_of(pieces) != len(data) else [data]


def size_of(pieces: Iterable[Piece]) -> int:
    """Return the total bytes of pieces."""
    return sum(map(len, pieces))


def _png(data: bytes, *, is_lenient: bool) -> Iterator[Piece]:
    view = memoryview(data)
    yield PNG_SIGNATURE
    at, kind, colours = len(PNG_SIGNATURE), b"", -1
    while kind != b"IEND":
        if is_lenient and kind == b"IDAT" and at + 12 > len(data):
            yield _PNG_END
            return
        if at + 12 > len(data):
            raise _damaged("PNG")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise _damaged("PNG")
        if kind == b"IHDR" and length == 13:
            colours = data[at + 17]
        if kind in _PNG_KEPT and not (kind == b"tRNS" and length != _PNG_CLEAR.get(colours, length)):
            yield view[at:end]
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    chunks: list[bytes] = []
    at = 12
    while at + 8 <= end:
        kind = data[at : at + 4]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + length + length % 2
        if at + 8 + length > end:
            raise _damaged("WEBP")
        if kind == b"VP8X" and length:
            flags = data[at + 8] & ~_WEBP_FLAGS
            chunks.append(data[at : at + 8] + bytes((flags,)) + data[at + 9 : after])
        elif kind not in _WEBP_DROPPED:
            chunks.append(data[at:after])
        at = after
    yield b"RIFF" + (4 + sum(map(len, chunks))).to_bytes(4, "little") + b"WEBP"
    yield from chunks


def _jpeg(data: bytes, *, is_lenient: bool) -> Iterator[Piece]:
    view = memoryview(data)
    yield data[:2]
    at, has_pixels = 2, False
    while True:
        is_cut_off = at + 4 > len(data) or at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") > len(data)
        marker = _EOI if is_lenient and has_pixels and is_cut_off else _marker(data, at)
        if marker == _EOI:
            yield b"\xff\xd9"
            return
        if marker in _JPEG_ALONE:
            yield view[at : at + 2]
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        after = at + 2 + length
        if length < 2 or after > len(data):
            raise _damaged("JPEG")
        if marker == _SOS:
            after = _end_of_scan(data, after, is_lenient=is_lenient)
            has_pixels = True
        if _is_kept(marker, data[at + 4 : at + 16]):
            yield view[at:after]
        at = after
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1


def _marker(data: bytes, at: int) -> int:
    if at + 2 > len(data) or data[at] != 0xFF:
        raise _damaged("JPEG")
    return data[at + 1]


def _end_of_scan(data: bytes, at: int, *, is_lenient: bool) -> int:
    """Find the marker after entropy-coded data, in which 0xFF is followed by 0 or a restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] not in (0, 0xFF) and data[at + 1] not in _JPEG_ALONE:
            return at
        at += 1 if data[at + 1] == 0xFF else 2
    if is_lenient:
        return len(data) if at < 0 else at
    raise _damaged("JPEG")


def _is_kept(marker: int, head: bytes) -> bool:
    """Return whether a segment says how colours are stored (JFIF's and Adobe's); others are metadata."""
    if marker == 0xE0:
        return head.startswith(b"JFIF\0")  # JFXX holds a preview
    return marker == _APP14 or (marker != _COM and not 0xE0 <= marker <= 0xEF)


def _damaged(name: str) -> ImageDamaged:
    return ImageDamaged(phrase("The {name} image is damaged or incomplete.", name=name))
