# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an XMP packet lies in a PNG, JPEG or WebP file, and the file's pieces with another one in its place.

A file of pieces is described, not copied: all that stays is a range of the file that was read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final, TypeAlias

from ..texts.phrases import phrase
from .errors import ImageDamaged
from .formats import Format
from .png_chunks import MAX_TEXT_BYTES, packed_text, walk

Piece: TypeAlias = "bytes | range"
"""Bytes of its own, or where they are in the file."""
Change: TypeAlias = "Callable[[bytes], bytes]"
"""What becomes of a packet; empty where there is none, or is to be none."""

PNG_XMP: Final = "XML:com.adobe.xmp"
_PNG_XMP_HEAD: Final = packed_text(PNG_XMP, "")
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_MOST: Final = 65502
"""Bytes of a packet in one segment, by the XMP specification."""
_JPEG_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))
_EOI, _SOS, _APP0, _APP1 = 0xD9, 0xDA, 0xE0, 0xE1
_RIFF: Final = struct.Struct("<4sI4s")
_CHUNK: Final = struct.Struct("<4sI")
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10
_COPY_BYTES: Final = 1 << 20


class NoRoom(ValueError):
    """The file can't have the packet."""


def packet_in(file: BinaryIO, found: Format) -> bytes:
    """Return the packet of a file; empty where there is none, or one that is compressed or too large.

    Raises:
        NotAnImage, ImageDamaged
    """
    packets: list[bytes] = []

    def keep(packet: bytes) -> bytes:
        packets.append(packet)
        return packet

    with_packet(file, found, keep)
    return packets[0]


def with_packet(file: BinaryIO, found: Format, change: Change, *, form: str = "") -> list[Piece]:
    """Return the pieces of a file with its packet changed. It is asked for one, also where there is none.

    Args:
        form: `form_of` the file before there was a packet, where that is what is wanted back.

    Raises:
        NotAnImage, ImageDamaged, NoRoom
    """
    file.seek(0)
    match found:
        case Format.PNG:
            return _png(file, change)
        case Format.JPEG:
            return _jpeg(file, change)
        case Format.WEBP:
            return _webp(file, change, form)


def form_of(file: BinaryIO, found: Format) -> str:
    """Return "simple" for a WebP file that has no room for any metadata until it gets another head."""
    if found is not Format.WEBP:
        return ""
    file.seek(0)
    _end, chunks = _chunks(file)
    return "simple" if chunks[0][0] != b"VP8X" else ""


def parts_of(file: BinaryIO, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the bytes of pieces, in parts."""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        file.seek(piece.start)
        left = len(piece)
        while left:
            part = file.read(min(left, _COPY_BYTES))
            if not part:
                raise ImageDamaged(phrase("The image is cut off."))
            yield part
            left -= len(part)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a whole chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(file: BinaryIO, change: Change) -> list[Piece]:
    place = packet = None
    for kind, length in walk(file):
        start = file.tell() - 8
        if kind == b"IHDR":
            place = range(start + length + 12, start + length + 12)
        elif kind == b"iTXt" and packet is None and length <= MAX_TEXT_BYTES:
            data = file.read(length)
            if data.startswith(_PNG_XMP_HEAD):
                packet, place = data[len(_PNG_XMP_HEAD) :], range(start, start + length + 12)
            elif data.startswith(PNG_XMP.encode() + b"\0"):  # compressed, or in some language
                raise NoRoom("another kind of packet")
    if place is None:
        raise ImageDamaged(phrase("The PNG image is cut off."))
    changed = change(packet or b"")
    return _replaced(file, place, png_chunk(b"iTXt", _PNG_XMP_HEAD + changed) if changed else b"")


def _jpeg(file: BinaryIO, change: Change) -> list[Piece]:
    place, packet = range(2, 2), None
    for marker, start, length in _segments(file):
        head = file.read(min(length, len(_JPEG_XMP)))
        end = start + length + 4
        if marker == _APP1 and head == _JPEG_XMP:
            place, packet = range(start, end), file.read(length - len(head))
            break
        if place.start == start and (marker == _APP0 or (marker == _APP1 and head[:4] == b"Exif")):
            place = range(end, end)  # these come first
    changed = change(packet or b"")
    if len(changed) > _JPEG_MOST:
        raise NoRoom("too long for one segment")
    segment = struct.pack(">BBH", 0xFF, _APP1, 2 + len(_JPEG_XMP) + len(changed)) + _JPEG_XMP + changed
    return _replaced(file, place, segment if changed else b"")


def _segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield marker, place and data length of each segment before the pixels; the file stands at the data."""
    at = 2
    while True:
        file.seek(at)
        head = file.read(4)
        if head[:2] == b"\xff\xff":  # a fill byte
            at += 1
        elif len(head) < 4 or head[0] != 0xFF:
            raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name="JPEG"))
        elif head[1] in (_SOS, _EOI):
            return
        elif head[1] in _JPEG_ALONE:
            at += 2
        else:
            length = int.from_bytes(head[2:], "big") - 2
            if length < 0:
                raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name="JPEG"))
            yield head[1], at, length
            at += length + 4


def _webp(file: BinaryIO, change: Change, form: str) -> list[Piece]:
    end, chunks = _chunks(file)
    first, at, length = chunks[0]
    known = next((chunk for chunk in chunks if chunk[0] == b"XMP "), None)
    packet = b""
    if known is not None and known[2] <= MAX_TEXT_BYTES:
        file.seek(known[1] + 8)
        packet = file.read(known[2])
    changed = change(packet)
    if changed == packet:
        return [range(_size_of(file))]
    if not changed and form == "simple" and first == b"VP8X":
        head, rest = b"", at + 8 + length
    elif first == b"VP8X":
        file.seek(at)
        old = file.read(8 + length)
        flags = old[8] | _HAS_XMP if changed else old[8] & ~_HAS_XMP
        head, rest = old[:8] + bytes([flags]) + old[9:], at + 8 + length
    else:
        head, rest = _extended_head(file, first, at), at
    chunk = _CHUNK.pack(b"XMP ", len(changed)) + changed + b"\0" * (len(changed) % 2) if changed else b""
    place = range(known[1], known[1] + 8 + known[2] + known[2] % 2) if known is not None else range(end, end)
    size = 4 + len(head) + (place.start - rest) + len(chunk) + (end - place.stop)
    pieces: list[Piece] = [_RIFF.pack(b"RIFF", size, b"WEBP") + head, range(rest, place.start), chunk]
    return [*pieces, range(place.stop, _size_of(file))]


def _chunks(file: BinaryIO) -> tuple[int, list[tuple[bytes, int, int]]]:
    """Where a WebP file's chunks end, and of each its kind, its place, and the length of its data."""
    _riff, size, _webp = _RIFF.unpack(file.read(_RIFF.size).ljust(_RIFF.size, b"\0"))
    end, at = 8 + size, _RIFF.size
    chunks: list[tuple[bytes, int, int]] = []
    while at + 8 <= end <= _size_of(file):
        file.seek(at)
        kind, length = _CHUNK.unpack(file.read(8).ljust(8, b"\0"))
        chunks.append((kind, at, length))
        at += 8 + length + length % 2
    if not chunks or at != end:
        raise ImageDamaged(phrase("The {name} image is damaged or incomplete.", name="WebP"))
    return end, chunks


def _extended_head(file: BinaryIO, kind: bytes, at: int) -> bytes:
    """Make the chunk that says that there is more than a picture in a WebP file."""
    file.seek(at + 8)
    data = file.read(10)
    flags = _HAS_XMP
    if kind == b"VP8L" and data[:1] == b"\x2f":
        bits = int.from_bytes(data[1:5], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF  # each less one
        flags |= _HAS_ALPHA if bits >> 28 & 1 else 0
    elif kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(data[i : i + 2], "little") % 0x4000 - 1 for i in (6, 8))
    else:
        raise NoRoom("another kind of WebP")
    sizes = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return _CHUNK.pack(b"VP8X", 10) + bytes([flags, 0, 0, 0]) + sizes


def _replaced(file: BinaryIO, place: range, new: bytes) -> list[Piece]:
    return [range(place.start), new, range(place.stop, _size_of(file))]


def _size_of(file: BinaryIO) -> int:
    return file.seek(0, 2)
