# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the head of a GLB: its facts before its geometry and pictures. Any thread."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

from ..texts.phrases import phrase
from .errors import ModelDamaged

MAGIC: Final = b"glTF"
_HEAD: Final = struct.Struct("<4sII")
_CHUNK_HEAD: Final = struct.Struct("<I4s")
_MOST_JSON: Final = 64 << 20
_TRIANGLES: Final = 4


@dataclass(frozen=True, kw_only=True)
class GlbHead:
    """The facts of a GLB."""

    told: Any
    """The JSON, of any content."""
    length: int
    """Bytes of the whole file."""
    start: int
    """Where geometry and pictures begin."""
    binary_length: int
    """Bytes of these; 0 if there are none."""


def read_glb_head(file: IO[bytes], size: int) -> GlbHead:
    """Read the head of a GLB from its first byte.

    Args:
        size: of the file, bytes.

    Raises:
        ModelDamaged: it is not a complete GLB that Blender reads.
        OSError
    """
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size or not head.startswith(MAGIC):
        raise ModelDamaged(phrase("The file is not a GLB."))
    _magic, version, length = _HEAD.unpack(head)
    if version != 2:
        raise ModelDamaged(phrase("The model is glTF {version}: Blender reads 2.", version=version))
    if length > size:
        raise incomplete(size, length)
    json_length, kind = _chunk_head(file)
    if kind != b"JSON" or json_length > min(_MOST_JSON, size):
        raise ModelDamaged(phrase("The model is damaged: its header can't be read."))
    try:
        told: Any = json.loads(file.read(json_length))
    except (ValueError, RecursionError) as error:
        raise ModelDamaged(phrase("The model is damaged: its header can't be read.")) from error
    start, binary_length = file.tell() + _CHUNK_HEAD.size, 0
    if start <= size:
        binary_length, kind = _chunk_head(file)
        if kind != b"BIN\0" or start + binary_length > size:
            raise ModelDamaged(phrase("The model is damaged: its geometry can't be found."))
    return GlbHead(told=told, length=length, start=start, binary_length=binary_length)


def incomplete(size: int, length: int) -> ModelDamaged:
    """Return the text for a file whose length differs from its own claim."""
    return ModelDamaged(
        phrase("The model is incomplete: {size:,} of {whole:,} bytes are there.", size=size, whole=length)
    )


def triangle_count(told: Any) -> int:
    """Count the triangles from the JSON.

    Raises:
        KeyError, TypeError, IndexError, ValueError, AttributeError: the JSON is not valid glTF.
    """
    accessors = told.get("accessors", [])
    parts = [part for mesh in told.get("meshes", ()) for part in mesh["primitives"]]
    corners = [
        part["indices"] if "indices" in part else part["attributes"]["POSITION"]
        for part in parts
        if part.get("mode", _TRIANGLES) == _TRIANGLES
    ]
    return sum(int(accessors[index]["count"]) // 3 for index in corners)


def _chunk_head(file: IO[bytes]) -> tuple[int, bytes]:
    head = file.read(_CHUNK_HEAD.size)
    if len(head) < _CHUNK_HEAD.size:
        raise ModelDamaged(phrase("The model is damaged: its header can't be read."))
    length, kind = _CHUNK_HEAD.unpack(head)
    return length, kind
