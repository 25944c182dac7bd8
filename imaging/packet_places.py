# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the XMP packet of a PNG, JPEG or WebP file, and replace it.

For JPEG and WebP, also find and replace the block of Exif.

A file of pieces is described, not copied: unchanged parts are ranges of the file that was read.
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
"""New bytes, or a range of the file."""
Change: TypeAlias = "Callable[[bytes], bytes]"
"""Returns the new packet for the old one; empty if there was none, or if it is to be removed."""

PNG_XMP: Final = "XML:com.adobe.xmp"
_PNG_XMP_HEAD: Final = packed_text(PNG_XMP, "")
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_EXIF: Final = b"Exif\0\0"
_JPEG_MOST: Final = 65502
"""The most bytes of a packet in one segment, by the XMP specification."""
_JPEG_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))
_EOI, _SOS, _APP0, _APP1 = 0xD9, 0xDA, 0xE0, 0xE1
_RIFF: Final = struct.Struct("<4sI4s")
_CHUNK: Final = struct.Struct("<4sI")
_HAS_XMP, _HAS_EXIF, _HAS_ALPHA = 0x04, 0x08, 0x10
_COPY_BYTES: Final = 1 << 20


class NoRoom(ValueError):
    """The file can't hold the packet."""


def packet_in(file: BinaryIO, found: Format) -> bytes:
    """Return the packet of a file; empty if there is none, or if it is compressed or too large.

    Raises:
        NotAnImage, ImageDamaged
    """
    packets: list[bytes] = []

    def keep(packet: bytes) -> bytes:
        packets.append(packet)
        return packet

    with_packet(file, found, keep)
    return packets[0]


def _same(data: bytes) -> bytes:
    return data


def with_packet(
    file: BinaryIO, found: Format, change: Change, *, form: str = "", exif: Change = _same
) -> list[Piece]:
    """Return the pieces of a file with its packet changed, even if it has none.

    Args:
        form: `form_of` the file before it had a packet, to restore that form.
        exif: changes the block of Exif of a JPEG or WebP (TIFF; `exif_comment.MOST` bytes at most).

    Raises:
        NotAnImage, ImageDamaged, NoRoom
    """
    file.seek(0)
    match found:
        case Format.PNG:
            return _png(file, change)
        case Format.JPEG:
            return _jpeg(file, change, exif)
        case Format.WEBP:
            return _webp(file, change, exif, form)


def form_of(file: BinaryIO, found: Format) -> str:
    """Return "simple" for a WebP file that needs an extended header before it can hold metadata."""
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
    return _replaced(file, [(place, png_chunk(b"iTXt", _PNG_XMP_HEAD + changed) if changed else b"")])


def _jpeg(file: BinaryIO, change: Change, exif: Change) -> list[Piece]:
    first, at, packet, block = range(2, 2), range(2, 2), b"", b""
    packet_at = exif_at = None
    for marker, start, length in _segments(file):
        head = file.read(min(length, len(_JPEG_XMP)))
        end = start + length + 4
        is_exif = marker == _APP1 and head.startswith(_JPEG_EXIF)
        if marker == _APP1 and head == _JPEG_XMP and packet_at is None:
            packet_at, packet = range(start, end), file.read(length - len(head))
        elif is_exif and exif_at is None:
            file.seek(start + 4 + len(_JPEG_EXIF))
            exif_at, block = range(start, end), file.read(length - len(_JPEG_EXIF))
        if at.start == start and (marker == _APP0 or is_exif):
            at = range(end, end)  # these come first
            first = at if marker == _APP0 and first.start == start else first
    changed, new_block = change(packet), exif(block)
    if len(changed) > _JPEG_MOST:
        raise NoRoom("too long for one segment")
    places = [(packet_at or at, _segment(_JPEG_XMP, changed))]
    if new_block != block:
        places.insert(0, (exif_at or first, _segment(_JPEG_EXIF, new_block)))
    return _replaced(file, places)


def _segment(head: bytes, data: bytes) -> bytes:
    """Return a segment of metadata; empty if there is nothing to write."""
    return struct.pack(">BBH", 0xFF, _APP1, 2 + len(head) + len(data)) + head + data if data else b""


def _segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield marker, place and data length of each segment before the pixels, with the file at the data."""
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


def _webp(file: BinaryIO, change: Change, exif: Change, form: str) -> list[Piece]:
    end, chunks = _chunks(file)
    first, at, length = chunks[0]
    packet_at, packet = _chunk_of(file, chunks, b"XMP ", end)
    exif_at, block = _chunk_of(file, chunks, b"EXIF", packet_at.start)
    changed, new_block = change(packet), exif(block)
    if (changed, new_block) == (packet, block):
        return [range(_size_of(file))]
    if not changed and not new_block and form == "simple" and first == b"VP8X":
        head, place = b"", range(at, at + 8 + length)
    elif first == b"VP8X":
        file.seek(at)
        old = file.read(8 + length)
        flags = _flagged(_flagged(old[8], _HAS_XMP, packet, changed), _HAS_EXIF, block, new_block)
        head, place = old[:8] + bytes([flags]) + old[9:], range(at, at + 8 + length)
    else:
        has = _flagged(_flagged(0, _HAS_XMP, packet, changed), _HAS_EXIF, block, new_block)
        head, place = _extended_head(file, first, at, has), range(at, at)
    places = [(place, head), (packet_at, _chunk(b"XMP ", changed))]
    if new_block != block:
        places.insert(1, (exif_at, _chunk(b"EXIF", new_block)))
    size = end - 8 + sum(len(new) - len(gone) for gone, new in places)
    return _replaced(file, [(range(_RIFF.size), _RIFF.pack(b"RIFF", size, b"WEBP")), *places])


def _chunk_of(
    file: BinaryIO, chunks: list[tuple[bytes, int, int]], kind: bytes, otherwise: int
) -> tuple[range, bytes]:
    """Return where the first chunk of a kind is, or would be, and its data; None if it is too large."""
    known = next((chunk for chunk in chunks if chunk[0] == kind), None)
    if known is None:
        return range(otherwise, otherwise), b""
    _kind, at, length = known
    file.seek(at + 8)
    return range(at, at + 8 + length + length % 2), file.read(length) if length <= MAX_TEXT_BYTES else b""


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of metadata; empty if there is nothing to write."""
    return _CHUNK.pack(kind, len(data)) + data + b"\0" * (len(data) % 2) if data else b""


def _flagged(flags: int, flag: int, old: bytes, new: bytes) -> int:
    if old == new:
        return flags
    return flags | flag if new else flags & ~flag


def _chunks(file: BinaryIO) -> tuple[int, list[tuple[bytes, int, int]]]:
    """Return where a WebP file's chunks end, and each chunk's kind, place, and data length."""
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


def _extended_head(file: BinaryIO, kind: bytes, at: int, flags: int) -> bytes:
    """Make the chunk that declares that a WebP file contains more than a picture."""
    file.seek(at + 8)
    data = file.read(10)
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


def _replaced(file: BinaryIO, places: list[tuple[range, bytes]]) -> list[Piece]:
    """Return the pieces of a file with some ranges replaced. Empty ranges come first."""
    pieces: list[Piece] = []
    at = 0
    for place, new in sorted(places, key=lambda each: (each[0].start, each[0].stop)):
        pieces += [range(at, place.start), new]
        at = place.stop
    return [*pieces, range(at, _size_of(file))]


def _size_of(file: BinaryIO) -> int:
    return file.seek(0, 2)
