# SPDX-License-Identifier: GPL-3.0-or-later
"""Make and read XMP packets, and add a block that can be removed again without a trace. Never with a DTD.

A packet is RDF in XML. Only what programs write about pictures is read: texts, and lists of texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias
from xml.parsers import expat
from xml.sax.saxutils import escape

MAX_BYTES: Final = 1 << 20
"""The largest packet. A larger one is an attempt to fill the memory."""
MAX_DEPTH: Final = 64
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC_EXT: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
DC: Final = "http://purl.org/dc/elements/1.1/"

_HEAD: Final = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Easel"><rdf:RDF xmlns:rdf="' + RDF.encode() + b'">\n'
)
_TAIL: Final = b'\n</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
_BLOCK_TAIL: Final = b"</rdf:Description><!--/Easel-->"
_BLOCK_HEAD: Final = b"<!--Easel-->"
_CONTAINERS: Final = frozenset(f"{RDF} {name}" for name in ("Alt", "Bag", "Seq"))
_NOT_XML: Final = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # 13 ms to compile: at first use


class XmpUnusable(ValueError):
    """Bytes that are not an XMP packet, or a packet that must not be changed."""


class Property(NamedTuple):
    """The name of a property, with the address of its schema."""

    schema: str
    name: str


Entry: TypeAlias = tuple[str, Property, "str | tuple[str, ...]"]
"""The prefix of a schema, a property, and its text; or its texts, for an unordered list."""
DESCRIPTION: Final = Property(DC, "description")
SUBJECT: Final = Property(DC, "subject")
_IN_LANGUAGES: Final = (DESCRIPTION,)
"""Properties whose texts each have a language."""


@dataclass(frozen=True, kw_only=True)
class Packet:
    """The content of a packet."""

    properties: dict[Property, tuple[str, ...]] = field(default_factory=dict[Property, tuple[str, ...]])
    """The texts of each property; one if it is not a list."""
    about: str = ""
    """The packet's identifier of the picture: the same in all its blocks."""
    end: int = -1
    """The offset of the end of its RDF, in bytes: a block inserted before it belongs to it."""

    def text(self, schema: str, name: str) -> str:
        """The first text of a property; empty if there is none."""
        return next(iter(self.properties.get(Property(schema, name), ())), "")


def read_packet(data: bytes) -> Packet:
    """Read a packet. Entities and DTDs are refused before they are evaluated.

    Raises:
        XmpUnusable
    """
    if len(data) > MAX_BYTES:
        raise XmpUnusable("too large")
    reader = _Reader()
    try:
        reader.parser.Parse(data.rstrip(b"\0 \r\n\t"), True)
    except expat.ExpatError as error:
        raise XmpUnusable(str(error)) from error
    if reader.end < 0:
        raise XmpUnusable("no RDF")
    properties = {name: tuple(texts) for name, texts in reader.found.items()}
    return Packet(properties=properties, about=reader.about, end=reader.end)


def new_packet(properties: Iterable[Entry]) -> bytes:
    """Make a packet of properties, each with the prefix of its schema. Texts are plain."""
    return _HEAD + _block(properties, "") + _TAIL


def with_block(data: bytes, properties: Iterable[Entry]) -> bytes:
    """Add properties to another program's packet, all of whose bytes stay.

    Existing properties stay unchanged.

    Raises:
        XmpUnusable: it can't be read, is not UTF-8, or has a block of ours.
    """
    known = read_packet(data)
    if _BLOCK_HEAD in data or data.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0")):
        raise XmpUnusable("not to be touched")
    added = [entry for entry in properties if entry[1] not in known.properties]
    changed = data[: known.end] + _block(added, known.about) + data[known.end :]
    told = read_packet(changed).properties
    if any(told.get(name) != _texts(text) for _prefix, name, text in added):  # it is of another encoding
        raise XmpUnusable("not to be touched")
    return changed


def without_block(data: bytes) -> bytes:
    """Remove the block of `new_packet` or `with_block`: return the earlier packet, empty if there was none.

    A packet without our block is returned unchanged.
    """
    start, end = data.find(_BLOCK_HEAD), data.find(_BLOCK_TAIL)
    if start < 0 or end < start:
        return data
    rest = data[:start] + data[end + len(_BLOCK_TAIL) :]
    return b"" if rest == _HEAD + _TAIL else rest


def _block(properties: Iterable[Entry], about: str) -> bytes:
    entries = list(properties)
    schemas = {prefix: name.schema for prefix, name, _text in entries}
    names = "".join(f' xmlns:{prefix}="{schema}"' for prefix, schema in schemas.items())
    quoted = escape(about, {'"': "&quot;"})
    texts = "".join(
        f"<{prefix}:{name.name}>{_value(name, text)}</{prefix}:{name.name}>" for prefix, name, text in entries
    )
    head = f'<rdf:Description xmlns:rdf="{RDF}" rdf:about="{quoted}"{names}>'
    return _BLOCK_HEAD + f"{head}{texts}".encode() + _BLOCK_TAIL


def _value(name: Property, text: str | tuple[str, ...]) -> str:
    """Write a text, or a list of texts in the form that readers expect."""
    plain = [escape(re.sub(_NOT_XML, chr(0xFFFD), each)) for each in _texts(text)]
    if name in _IN_LANGUAGES:
        return f'<rdf:Alt><rdf:li xml:lang="x-default">{plain[0]}</rdf:li></rdf:Alt>'
    if isinstance(text, tuple):
        return f"<rdf:Bag>{''.join(f'<rdf:li>{each}</rdf:li>' for each in plain)}</rdf:Bag>"
    return plain[0]


def _texts(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


class _Reader:
    """Follows a packet through its elements. Names of properties only occur directly inside a Description."""

    def __init__(self) -> None:
        self.found: dict[Property, list[str]] = {}
        self.about = ""
        self.end = -1
        self._open: list[str] = []
        self._text: list[str] | None = None
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._stop
        parser.CharacterDataHandler = self._add

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(name)
        if len(self._open) > MAX_DEPTH:
            raise XmpUnusable("too deep")
        if name == f"{RDF} Description" and self._open[-2:-1] == [f"{RDF} RDF"]:
            self.about = self.about or attributes.get(f"{RDF} about", "")
            for key, value in attributes.items():
                schema, _, short = key.rpartition(" ")
                if schema not in (RDF, "http://www.w3.org/XML/1998/namespace"):
                    self.found.setdefault(Property(schema, short), []).append(value)
        if self._property is not None:
            self._text = []

    def _add(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _stop(self, name: str) -> None:
        found = self._property
        if found is not None and self._text is not None:
            text = "".join(self._text)
            if text.strip() or name == f"{RDF} li":
                self.found.setdefault(found, []).append(text)
        self._text = None
        self._open.pop()
        if name == f"{RDF} RDF" and self.end < 0:
            self.end = self.parser.CurrentByteIndex

    @property
    def _property(self) -> Property | None:
        """The property whose text is being read: its own, or that of an entry of its list."""
        at = self._open
        if len(at) >= 3 and at[-3:-1] == [f"{RDF} RDF", f"{RDF} Description"]:
            schema, _, short = at[-1].rpartition(" ")
            return Property(schema, short)
        is_entry = len(at) >= 5 and at[-1] == f"{RDF} li" and at[-2] in _CONTAINERS
        if is_entry and at[-5:-3] == [f"{RDF} RDF", f"{RDF} Description"]:
            schema, _, short = at[-3].rpartition(" ")
            return Property(schema, short)
        return None


def _refuse(*_told: object) -> None:
    raise XmpUnusable("a DTD")
