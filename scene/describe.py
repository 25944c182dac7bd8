# SPDX-License-Identifier: GPL-3.0-or-later
"""What panels show of a source. Cheap enough for `draw`: nothing is decoded, headers are read once."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import bpy

from .sources import obstacle, packed_file_of, path_of


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """What panels show of a source."""

    state: str
    """In words: "File", "Packed", "Painted, not saved", "Generated"."""
    width: int = 0  # pixels, 0 = not known without decoding
    height: int = 0  # pixels
    byte_count: int = 0
    """Size of the file or the packed file; 0 where pixels are sent."""
    problem: str = ""
    """Why it can't be sent and what to do; empty where it can."""


def describe(image: bpy.types.Image) -> SourceInfo:
    """Describe an image for the panels. Main thread; never triggers a decode."""
    problem = obstacle(image)
    if problem:
        return SourceInfo(state="Unusable", problem=problem)
    if image.is_dirty or image.source == "GENERATED":
        width, height = _size_in_memory(image)
        return SourceInfo(
            state="Painted, not saved" if image.is_dirty else "Generated", width=width, height=height
        )
    tile = f", UDIM tile {image.tiles[0].number} only" if image.source == "TILED" else ""
    packed = packed_file_of(image)
    if packed is not None:
        width, height = _size_in_memory(image) if image.has_data else _packed_size(image)
        return SourceInfo(state=f"Packed{tile}", width=width, height=height, byte_count=packed.size)
    path = path_of(image)
    try:
        status = path.stat()
    except OSError:
        width, height = _size_in_memory(image)
        return SourceInfo(state="In memory, its file is missing", width=width, height=height)
    width, height = _file_size(path, status.st_mtime_ns, status.st_size)
    return SourceInfo(state=f"File{tile}", width=width, height=height, byte_count=status.st_size)


def _size_in_memory(image: bpy.types.Image) -> tuple[int, int]:
    if image.has_data:
        width, height = image.size
        return width, height
    if image.source == "GENERATED":
        return image.generated_width, image.generated_height
    return 0, 0


def _packed_size(image: bpy.types.Image) -> tuple[int, int]:
    packed = packed_file_of(image)
    return _header_of_packed(image.session_uid, packed.size) if packed is not None else (0, 0)


@lru_cache(maxsize=64)
def _header_of_packed(session_uid: int, _byte_count: int) -> tuple[int, int]:
    """Packed bytes are copied to be read, so once per image and size."""
    image = next(image for image in bpy.data.images if image.session_uid == session_uid)
    packed = packed_file_of(image)
    return _header_size(io.BytesIO(packed.data)) if packed is not None else (0, 0)


@lru_cache(maxsize=256)
def _file_size(path: Path, _modified_ns: int, _byte_count: int) -> tuple[int, int]:
    return _header_size(path)


def _header_size(source: Path | io.BytesIO) -> tuple[int, int]:
    """Width and height by Pillow, which reads no more than the header; zeros for what it does not know."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    try:
        with PIL.Image.open(source) as image:
            return image.size
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError):
        return 0, 0
