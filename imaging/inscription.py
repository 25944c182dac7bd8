# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a record of how a PNG, JPEG or WebP file was made into it, and read the file without it.

All other bytes stay, both the pixels and others' data (such as content credentials): the record can be
removed without a trace. PNG stores it in an iTXt chunk, the others in an XMP packet. In all three, the packet
says what kind of picture it is. Data for other programs go into the packet, a text chunk, or an Exif comment.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from .check import format_of
from .errors import ImageDamaged
from .exif_comment import MOST, exif_comment, is_own
from .files import open_regular
from .formats import HEAD_BYTES, Format, sniff
from .packet_places import (
    PNG_XMP,
    Change,
    NoRoom,
    Piece,
    form_of,
    packet_in,
    parts_of,
    png_chunk,
    with_packet,
)
from .png_chunks import MAX_TEXT_BYTES, packed_text, read_text, unread_keys, walk
from .xmp import (
    DESCRIPTION,
    IPTC_EXT,
    SUBJECT,
    Entry,
    Packet,
    Property,
    XmpUnusable,
    new_packet,
    read_packet,
    with_block,
    without_block,
)

KEYWORD: Final = "easel"
"""Name of the PNG text chunk, and prefix of our schema in XMP."""
SCHEMA: Final = "urn:x-easel:recipe:1.0/"
RECIPE: Final = Property(SCHEMA, "recipe")
PACKED: Final = Property(SCHEMA, "packed")
"""The recipe, deflated and in base64, if a JPEG has no room for it otherwise."""
FORM: Final = Property(SCHEMA, "form")
"""The form of the original file (`packet_places.form_of`)."""
SOURCE_TYPE: Final = Property(IPTC_EXT, "DigitalSourceType")
GENERATED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EDITED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
ENHANCED: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"

_PARAMETERS: Final = "parameters"
_PARAMETERS_HEAD: Final = _PARAMETERS.encode() + b"\0\0\0\0Easel\0"
"""The head of an iTXt chunk. Its translated keyword says that Easel wrote it, so that it can be removed."""

_TAKEN_APART: Final = f"{KEYWORD}:{RECIPE.name}"
"""Name of the text chunk that Blender makes from the packet of a JPEG or WebP when it saves it as PNG."""


class NotInscribed(ValueError):
    """The record can't be written so that it could be removed again: there is one, or the file is unusual."""


@dataclass(frozen=True, kw_only=True)
class ForOthers:
    """Facts about a picture for other programs, if the artist wants that."""

    description: str
    """Viewers show it."""
    keywords: tuple[str, ...]
    """At least one."""
    parameters: str
    """In the form of Stable Diffusion web UI, which many programs read: in PNG a text, else an Exif
    comment."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a file says about how it was made, by any tool."""

    recipe: str = ""
    """Easel's own recipe."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The texts of a PNG's chunks, by their keys."""
    packet: Packet = field(default_factory=Packet)
    """Its XMP."""
    is_unreadable: bool = False
    """There is a recipe, or may be one, that is broken or too large."""


def inscribe(
    source: Path,
    to: BinaryIO,
    recipe: str,
    *,
    source_type: str,
    content: str,
    others: ForOthers | None = None,
) -> None:
    """Copy a file with a recipe in it. Worker only.

    Args:
        to: empty; opened for writing and reading.
        source_type: GENERATED or EDITED.
        content: SHA-256 of the source.
        others: facts for other programs; left out if the file has its own, or no room.

    Raises:
        NotInscribed: the written data must be discarded.
        NotAnImage, ImageDamaged, OSError: likewise.
    """
    with open_regular(source) as file:
        found = _format_of(file)
        for part in parts_of(file, _inscribed(file, found, recipe, source_type, others)):
            to.write(part)
    to.flush()
    if _digest(to) != content:
        raise NotInscribed("it could not be taken out again")


def content_of(path: Path) -> str:
    """Return the SHA-256 of a file as it was before any version of Easel wrote a recipe into it.

    Raises NotAnImage, ImageDamaged, OSError.
    """
    with open_regular(path) as file:
        return _digest(file)


def copy_as_it_came(path: Path, to: BinaryIO) -> None:
    """Copy a file without the data of `inscribe`. Raises NotAnImage, ImageDamaged, OSError."""
    with open_regular(path) as file:
        for part in _as_it_came(file):
            to.write(part)


def read_told(path: Path) -> Told:
    """Read what a file says about how it was made. Raises NotAnImage, ImageDamaged, OSError."""
    with open_regular(path) as file:
        found = _format_of(file)
        try:
            data = b"" if found is Format.PNG else packet_in(file, found)
        except NoRoom:
            data = b""
    texts = read_text(path) if found is Format.PNG else {}
    data = data or texts.get(PNG_XMP, "").encode("utf-8", "replace")
    try:
        packet, is_broken = (read_packet(data) if data else Packet()), False
    except XmpUnusable:
        packet, is_broken = Packet(), SCHEMA.encode() in data
    recipe = texts.get(KEYWORD) or packet.text(*RECIPE) or texts.get(_TAKEN_APART, "")
    if not recipe and (packed := packet.text(*PACKED) or texts.get(f"{KEYWORD}:{PACKED.name}", "")):
        recipe = _unpacked(packed)
        is_broken = not recipe
    if not recipe and found is Format.PNG:
        is_broken |= not unread_keys(path).isdisjoint((KEYWORD, _TAKEN_APART))
    return Told(recipe=recipe, texts=texts, packet=packet, is_unreadable=is_broken and not recipe)


def _format_of(file: BinaryIO) -> Format:
    file.seek(0)
    return format_of(file.read(HEAD_BYTES))


def _inscribed(
    file: BinaryIO, found: Format, recipe: str, source_type: str, others: ForOthers | None
) -> list[Piece]:
    kind: Entry = ("Iptc4xmpExt", SOURCE_TYPE, source_type)
    told: list[Entry] = []
    if others is not None:
        told = [("dc", DESCRIPTION, others.description), ("dc", SUBJECT, others.keywords)]
    try:
        if found is Format.PNG:
            return _png(file, recipe, [kind, *told], others)
        form = form_of(file, found)
        marks: list[Entry] = [kind, *([(KEYWORD, FORM, form)] if form else [])]
        block = exif_comment(others.parameters) if others is not None else b""
        exif = _with_own(block) if len(block) <= MOST else _same
        with contextlib.suppress(NoRoom):
            return with_packet(file, found, _adding([*marks, *told, (KEYWORD, RECIPE, recipe)]), exif=exif)
        with contextlib.suppress(NoRoom):
            return with_packet(file, found, _adding([*marks, (KEYWORD, RECIPE, recipe)]), exif=exif)
        return with_packet(file, found, _adding([*marks, (KEYWORD, PACKED, _packed(recipe))]), exif=exif)
    except (NoRoom, XmpUnusable) as error:
        raise NotInscribed(str(error)) from error


def _png(file: BinaryIO, recipe: str, entries: list[Entry], others: ForOthers | None) -> list[Piece]:
    text = packed_text(KEYWORD, recipe)
    if len(text) > MAX_TEXT_BYTES:
        raise NotInscribed("too long")
    if any(_recipe_chunks(file)):
        raise NotInscribed("it has a recipe")
    try:
        pieces = with_packet(file, Format.PNG, _adding(entries))
    except (NoRoom, XmpUnusable):
        pieces: list[Piece] = [range(file.seek(0, 2))]
    added = [png_chunk(b"iTXt", text)]
    if others is not None and not _has_parameters(file):
        added.append(png_chunk(b"iTXt", _PARAMETERS_HEAD + others.parameters.encode()))
    at = _after_header(file)
    return [range(at), *added, *_without(pieces, [range(at)])]


def _has_parameters(file: BinaryIO) -> bool:
    """Return whether a PNG has another tool's `parameters`."""
    file.seek(0)
    key = _PARAMETERS.encode() + b"\0"
    return any(
        kind in (b"tEXt", b"zTXt", b"iTXt") and file.read(len(key)) == key for kind, _length in walk(file)
    )


def _after_header(file: BinaryIO) -> int:
    file.seek(0)
    for kind, length in walk(file):
        if kind == b"IHDR":
            return file.tell() + length + 4
    raise ImageDamaged("")  # `with_packet` has found it


def _recipe_chunks(file: BinaryIO) -> Iterator[range]:
    """Return where a PNG's recipes are, in Easel's form, and Easel's data for other programs."""
    file.seek(0)
    for kind, length in walk(file):
        start = file.tell() - 8
        if kind == b"iTXt" and file.read(len(_PARAMETERS_HEAD)).startswith(
            (KEYWORD.encode() + b"\0", _PARAMETERS_HEAD)
        ):
            yield range(start, start + length + 12)


def _same(data: bytes) -> bytes:
    return data


def _with_own(block: bytes) -> Change:
    return lambda theirs: theirs or block


def _without_own(block: bytes) -> bytes:
    return b"" if is_own(block) else block


def _adding(entries: list[Entry]) -> Change:
    return lambda packet: with_block(packet, entries) if packet else new_packet(entries)


def _as_it_came(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    found = sniff(file.read(16))
    if found is None:
        pieces: list[Piece] = [range(file.seek(0, 2))]
    else:
        form = ""
        with contextlib.suppress(XmpUnusable, NoRoom):
            form = read_packet(packet_in(file, found)).text(*FORM)
        try:
            pieces = with_packet(file, found, without_block, form=form, exif=_without_own)
        except NoRoom:
            pieces = [range(file.seek(0, 2))]
        if found is Format.PNG:
            pieces = _without(pieces, list(_recipe_chunks(file)))
    yield from parts_of(file, pieces)


def _without(pieces: list[Piece], gone: list[range]) -> list[Piece]:
    """Cut ranges out of the pieces that belong to the file."""
    for cut in gone:
        pieces = [
            part
            for piece in pieces
            for part in (
                (
                    range(piece.start, min(cut.start, piece.stop)),
                    range(max(cut.stop, piece.start), piece.stop),
                )
                if isinstance(piece, range)
                else (piece,)
            )
        ]
    return pieces


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for part in _as_it_came(file):
        digest.update(part)
    return digest.hexdigest()


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _unpacked(text: str) -> str:
    """Unpack a text; empty if it can't be read, or is larger than a recipe can be."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(base64.b64decode(text, validate=True), MAX_TEXT_BYTES)
        return data.decode() if inflater.eof else ""
    except (ValueError, zlib.error):
        return ""
