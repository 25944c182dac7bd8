# SPDX-License-Identifier: GPL-3.0-or-later
"""List the layers and parts of OpenEXR files with several pictures, and extract a single one.

Blender gives no pixels of such a file, and Pillow does not read it. Blender reads a file with only one
picture. So the headers are rewritten, and the pixels copied unchanged, in whatever compression.

https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import shutil
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ..texts.phrases import phrase
from .errors import SourceUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

EXR_MAGIC: Final = b"\x76\x2f\x31\x01"
_IS_TILED, _HAS_LONG_NAMES, _IS_DEEP, _HAS_PARTS = 0x200, 0x400, 0x800, 0x1000  # bits of the version
_VERSION: Final = 2
_OF_A_PART: Final = ("name", "type", "chunkCount", "view", "multiView", "BlenderMultiChannel")
"""Attributes that only a file of several pictures has."""
_MAX_HEADER: Final = 4 << 20  # bytes; a crypto layer's manifest has hundreds of kilobytes
_COLOURS: Final = {
    "r": "R",
    "red": "R",
    "g": "G",
    "green": "G",
    "b": "B",
    "blue": "B",
    "a": "A",
    "alpha": "A",
}
_COMBINED: Final = ("combined", "beauty", "rgba", "rgb")
"""Names of the combined picture, the most telling first."""
_DWA: Final = (b"\x08", b"\x09")  # compressions that depend on the names of channels
_DWA_KNOWN: Final = ("r", "red", "g", "grn", "green", "b", "blu", "blue", "y", "by", "ry", "a")
"""The endings of names that they depend on, also in capitals. All others are compressed alike."""
_VALUE: Final = "V"
"""The name of a single channel of this kind: Blender 4.2 separates "Z" from the colours."""
_TAIL: Final = 16  # bytes of a channel behind its name


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One picture of a file."""

    name: str
    """The file's name for it: "ViewLayer.Combined"; for channels without a layer, their part's name."""
    part: int
    width: int  # pixels
    height: int  # pixels
    channels: Mapping[str, str]
    """Names of its channels: in the file, and in an extracted file."""
    is_bound: bool = False
    """It can't be extracted. But it can become the one that Blender gives for a file of several."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    attributes: Sequence[tuple[str, bytes, bytes]]
    """Name, type, value."""

    def value(self, name: str) -> bytes:
        return next((value for known, _, value in self.attributes if known == name), b"")

    @property
    def name(self) -> str:
        return self.value("name").decode(errors="replace")

    @property
    def channels(self) -> list[tuple[str, bytes]]:
        """Names, in the order of the pixels, each with what else is told of it."""
        data, at = self.value("channels"), 0
        found: list[tuple[str, bytes]] = []
        while data[at : at + 1] not in (b"\0", b""):
            end = data.index(b"\0", at) + 1
            found.append((data[at : end - 1].decode(errors="replace"), data[end : end + _TAIL]))
            at = end + _TAIL
        return found


@dataclass(frozen=True, kw_only=True)
class _Head:
    version: int
    parts: Sequence[_Part]
    end: int
    """Where the tables of offsets begin."""


def layers_of(file: BinaryIO) -> list[Layer]:
    """List the pictures of a file (at its beginning) that Blender treats as several layers.

    The combined picture is the first. Empty if Blender gives the pixels, and for damaged files.
    """
    try:
        head = _read_head(file)
        return _layers(head)
    except (ValueError, struct.error):
        return []


def _layers(head: _Head) -> list[Layer]:
    is_layered = len(head.parts) > 1 or any("." in name for part in head.parts for name, _ in part.channels)
    if not is_layered or head.version & _IS_DEEP:
        return []
    found = [layer for number, part in enumerate(head.parts) for layer in _layers_of_part(number, part)]
    return sorted(found, key=_rank)


def write_layer(file: BinaryIO, layer: Layer, to: BinaryIO) -> None:
    """Write one picture of a file (at its beginning) as a separate file, with unchanged pixels.

    Worker thread.
    Raises SourceUnreadable.
    """
    try:
        head = _read_head(file)
        part = head.parts[layer.part]
        if len(head.parts) == 1:
            _write_alone(file, head, part, layer, to)
        else:
            _write_part(file, head, layer, to)
    except (ValueError, struct.error, IndexError) as error:
        raise SourceUnreadable(
            phrase("The layer “{layer}” can't be read: its file is damaged.", layer=layer.name)
        ) from error


def _layers_of_part(number: int, part: _Part) -> list[Layer]:
    left, top, right, bottom = struct.unpack("<4i", part.value("dataWindow"))
    width, height = right - left + 1, bottom - top + 1
    groups: dict[str, list[str]] = {}
    for name, _tail in part.channels:
        groups.setdefault(name.rpartition(".")[0], []).append(name)
    found = [
        Layer(
            name=prefix or part.name or "".join(sorted(channels.values(), key="RGBA".find)),
            part=number,
            width=width,
            height=height,
            channels=channels,
        )
        for prefix, names in groups.items()
        if (channels := _alone(names))
    ]
    if len(groups) < 2 or part.value("compression")[:1] not in _DWA:
        return found
    return [replace(layer, is_bound=True) for layer in found if _bound_names(part, layer)]


def _bound_names(part: _Part, layer: Layer) -> list[str]:
    """Name a part's channels so that Blender takes the layer for the combined picture of its render layer.

    The endings and the order stay, because the compression depends on them. Empty if that is impossible.
    """
    names = [name for name, _tail in part.channels]
    if len(layer.channels) == 1:
        (alone,) = layer.channels
        group, _, end = alone.rpartition(".")
        if end.lower() == "a":  # which Blender would take for alpha
            return []
        if end.lower() not in _DWA_KNOWN:
            names[names.index(alone)] = f"{group}.{_VALUE}" if group else _VALUE
    groups = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    place = groups.index(next(iter(layer.channels)).rpartition(".")[0])
    passes = {group: f"A{at:05d}" if at < place else f"D{at:05d}" for at, group in enumerate(groups)}
    passes[groups[place]] = "Combined"
    new = [f"Layer.{passes[group]}.{end}" for group, _, end in (name.rpartition(".") for name in names)]
    if new == sorted(new):
        return new
    return names if groups[place] == "" and place == 0 else []


def _alone(names: Sequence[str]) -> dict[str, str]:
    """Name a layer's channels so that Blender reads them as a picture; empty if they are no picture."""
    ends = [name.rpartition(".")[2] for name in names]
    colours = {
        name: _COLOURS[end.lower()] for name, end in zip(names, ends, strict=True) if end.lower() in _COLOURS
    }
    is_in_order = list(colours.values()) == sorted(set(colours.values()))
    if {"R", "G", "B"} <= set(colours.values()) and is_in_order:
        return colours
    if ends == ["X", "Y", "Z"]:
        return dict(zip(names, ends, strict=True))
    if len(names) == 1:
        return {names[0]: "Y"}
    return {}


def _rank(layer: Layer) -> tuple[int, int]:
    last = layer.name.lower().split(".")
    place = min((_COMBINED.index(word) for word in last if word in _COMBINED), default=len(_COMBINED))
    return (len(layer.channels) < 3, place)


def _write_alone(file: BinaryIO, head: _Head, part: _Part, layer: Layer, to: BinaryIO) -> None:
    header = _header(head.version, part, layer)
    to.write(header)
    file.seek(head.end)
    offsets = _table(file, head.end)
    shift = len(header) - head.end
    moved = [offset + shift if offset else 0 for offset in offsets]
    to.write(struct.pack(f"<{len(moved)}Q", *moved))
    shutil.copyfileobj(file, to, 1 << 20)


def _table(file: BinaryIO, start: int) -> list[int]:
    """Read the offsets of a file of one part, which are stored before the data."""
    offsets: list[int] = []
    end = 1 << 62
    while start + 8 * len(offsets) < end:
        (offset,) = struct.unpack("<Q", file.read(8))
        offsets.append(offset)
        end = min(end, offset or end)
    return offsets


def _write_part(file: BinaryIO, head: _Head, layer: Layer, to: BinaryIO) -> None:
    counts = [struct.unpack("<i", part.value("chunkCount"))[0] for part in head.parts]
    part = head.parts[layer.part]
    file.seek(head.end + 8 * sum(counts[: layer.part]))
    offsets = struct.unpack(f"<{counts[layer.part]}Q", file.read(8 * counts[layer.part]))
    is_tiled = part.value("type") == b"tiledimage"
    version = _VERSION | (_IS_TILED if is_tiled else 0) | (head.version & _HAS_LONG_NAMES)
    header = _header(version, part, layer)
    to.write(header)
    to.write(bytes(8 * len(offsets)))
    moved: list[int] = []
    place = struct.Struct("<iiiii" if is_tiled else "<ii")  # where in the picture, and how many bytes
    for offset in offsets:
        if not offset:  # was never written
            moved.append(0)
            continue
        file.seek(offset + 4)  # after the part's number
        start = file.read(place.size)
        data = file.read(place.unpack(start)[-1])
        moved.append(to.tell())
        to.write(start)
        to.write(data)
    to.seek(len(header))
    to.write(struct.pack(f"<{len(moved)}Q", *moved))


def _header(version: int, part: _Part, layer: Layer) -> bytes:
    """Return the header of a file whose only picture is the layer. All channels stay, as the pixels do."""
    names = _bound_names(part, layer) if layer.is_bound else _names(part, layer)
    tails = (tail for _name, tail in part.channels)
    channels = [name.encode() + b"\0" + tail for name, tail in zip(names, tails, strict=True)]
    written = [EXR_MAGIC, struct.pack("<i", version)]
    for name, kind, value in part.attributes:
        if name not in _OF_A_PART:
            content = b"".join((*channels, b"\0")) if name == "channels" else value
            written.append(name.encode() + b"\0" + kind + b"\0" + struct.pack("<i", len(content)) + content)
    return b"".join((*written, b"\0"))


def _names(part: _Part, layer: Layer) -> list[str]:
    """Name a part's channels so that Blender only sees the layer's. They are sorted by these names."""
    new: list[str] = []
    last = "0"
    for number, (name, _tail) in enumerate(part.channels):
        last = layer.channels.get(name, last)
        new.append(last if name in layer.channels else f"{last}_{number:05d}")
    return new


def _read_head(file: BinaryIO) -> _Head:
    data = file.read(8)
    if not data.startswith(EXR_MAGIC) or len(data) < 8:
        raise ValueError("no OpenEXR file")
    (version,) = struct.unpack_from("<i", data, 4)
    data = file.read(_MAX_HEADER)
    parts: list[_Part] = []
    at = 0
    while True:
        attributes: list[tuple[str, bytes, bytes]] = []
        while data[at : at + 1] != b"\0":
            name_end = data.index(b"\0", at)
            kind_end = data.index(b"\0", name_end + 1)
            (size,) = struct.unpack_from("<i", data, kind_end + 1)
            start = kind_end + 5
            if size < 0 or start + size >= len(data):
                raise ValueError("cut off")
            name = data[at:name_end].decode(errors="replace")
            attributes.append((name, data[name_end + 1 : kind_end], data[start : start + size]))
            at = start + size
        at += 1
        if attributes:
            parts.append(_Part(attributes=attributes))
        if not version & _HAS_PARTS or not attributes:
            return _Head(version=version, parts=parts, end=8 + at)
