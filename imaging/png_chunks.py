# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write PNG files as sequences of chunks, and their texts (how an image was made)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..texts.phrases import phrase
from .errors import ImageDamaged, NotAnImage
from .files import open_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_COPY_BYTES = 1 << 20
_IS_ANCILLARY = 0x20  # of a kind's first letter: it is a small one
MAX_TEXT_BYTES = 1 << 20  # a recipe has some kilobytes; more may be an attempt to fill the memory
_MAX_KEY = 80  # bytes, with the final zero
_TEXT_KINDS = frozenset({b"iTXt", b"tEXt", b"zTXt"})


def write_chunk(file: BinaryIO, kind: bytes, *parts: bytes) -> None:
    """Write one chunk, whose data are the joined `parts`."""
    checksum = zlib.crc32(kind)
    file.write(struct.pack(">I", sum(map(len, parts))) + kind)
    for part in parts:
        file.write(part)
        checksum = zlib.crc32(part, checksum)
    file.write(struct.pack(">I", checksum))


def insert_text(source: Path, to: Path | BinaryIO, texts: Mapping[str, str]) -> None:
    """Copy a PNG with texts added as iTXt chunks, and with unchanged bytes of pixels.

    An existing text with the same key is dropped. A path is written atomically (it may be the source itself),
    a stream directly. Keys are 1–79 Latin-1 characters.
    Raises NotAnImage, ImageDamaged, and as `write_atomically` does.
    """
    if isinstance(to, Path):
        with write_atomically(to) as file:
            insert_text(source, file, texts)
        return
    with source.open("rb") as file:
        for kind, length in walk(file):
            if kind in _TEXT_KINDS and length <= MAX_TEXT_BYTES:
                data = _read_exactly(file, length)
                file.seek(-length, 1)
                if _split_text(kind, data)[0] in texts:
                    continue
            if kind == b"IHDR":
                to.write(PNG_SIGNATURE)
            _copy_chunk(file, kind, length, to)
            if kind == b"IHDR":
                for key, text in texts.items():
                    write_chunk(to, b"iTXt", packed_text(key, text))


def read_text(path: Path) -> dict[str, str]:
    """Return the texts of a PNG by key; broken ones, and those above 1 MiB, are left out.

    Raises NotAnImage, ImageDamaged.
    """
    texts: dict[str, str] = {}
    with open_regular(path) as file:
        for kind, length in walk(file):
            if kind in _TEXT_KINDS and length <= MAX_TEXT_BYTES:
                key, text = _split_text(kind, _read_exactly(file, length))
                if key and text is not None:
                    texts[key] = text
    return texts


def unread_keys(path: Path) -> set[str]:
    """Return the keys of the texts that `read_text` leaves out. Raises NotAnImage, ImageDamaged."""
    keys: set[str] = set()
    with open_regular(path) as file:
        for kind, length in walk(file):
            if kind in _TEXT_KINDS:
                is_large = length > MAX_TEXT_BYTES
                key, text = _split_text(kind, _read_exactly(file, _MAX_KEY if is_large else length))
                if is_large or text is None:
                    keys.add(key)
    return keys


def verify_checksums(path: Path) -> None:
    """Check the CRCs of a PNG's pixel data, up to its end. Raises NotAnImage, ImageDamaged."""
    with open_regular(path) as file:
        for kind, length in walk(file):
            if kind[0] & _IS_ANCILLARY:  # readers drop these if they are wrong
                continue
            checksum = zlib.crc32(kind)
            for part in _parts(file, length):
                checksum = zlib.crc32(part, checksum)
            if _read_exactly(file, 4) != struct.pack(">I", checksum):
                raise ImageDamaged(phrase("The PNG image is damaged: a checksum is wrong."))


def walk(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield kind and data length of each chunk up to IEND, with the file at the chunk's data.

    The caller may read any part of the data. Raises NotAnImage, ImageDamaged.
    """
    if file.read(len(PNG_SIGNATURE)) != PNG_SIGNATURE:
        raise NotAnImage(phrase("The file is not a PNG image."))
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", _read_exactly(file, 8))
        start = file.tell()
        yield kind, length
        file.seek(start + length + 4)


def _copy_chunk(source: BinaryIO, kind: bytes, length: int, to: BinaryIO) -> None:
    """Copy a chunk with its checksum, so that damage is neither hidden nor added."""
    to.write(struct.pack(">I", length) + kind)
    for part in _parts(source, length + 4):  # the checksum follows the data
        to.write(part)


def _parts(file: BinaryIO, count: int) -> Iterator[bytes]:
    """Read exactly so many bytes, in parts."""
    while count:
        part = _read_exactly(file, min(count, _COPY_BYTES))
        yield part
        count -= len(part)


def _read_exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise ImageDamaged(phrase("The PNG image is cut off."))
    return data


def packed_text(key: str, text: str) -> bytes:
    """Return the data of an iTXt chunk, not compressed. A key has 1–79 Latin-1 characters."""
    name = key.encode("latin-1")
    if not 1 <= len(name) <= 79 or "\0" in key:
        raise ValueError(f"a PNG key has 1 to 79 characters: {key!r}")
    return name + b"\0\0\0\0\0" + text.encode()  # not compressed, no language, no translated key


def _split_text(kind: bytes, data: bytes) -> tuple[str, str | None]:
    """Return key and text of a text chunk; None for a text that is broken or too large."""
    name, _, rest = data.partition(b"\0")
    key = name.decode("latin-1")
    try:
        if kind == b"tEXt":
            return key, _decoded(rest)
        if kind == b"zTXt":
            return key, _decoded(_inflate(rest[1:]))
        is_compressed = rest[:1] == b"\1"
        _language, _translated_key, value = rest[2:].split(b"\0", 2)
        return key, (_inflate(value) if is_compressed else value).decode()
    except (ValueError, zlib.error):
        return key, None


def _decoded(text: bytes) -> str:
    """Decode a text that should be Latin-1.

    Blender and many others write UTF-8; a text is rarely valid in both.
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    value = inflater.decompress(data, MAX_TEXT_BYTES)
    if not inflater.eof:
        raise ValueError("the text is cut off or too large")
    return value
