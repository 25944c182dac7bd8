# SPDX-License-Identifier: GPL-3.0-or-later
"""What panels show of a source. The pump's work, never `draw`'s: headers are read once, no pixels."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import bpy

from ..imaging.check import Format
from ..phrases import joined, phrase
from ..wording import bytes_text, pixels_text
from .sources import is_stored_as_shown, obstacle, packed_file_of, path_of

_NON_COLOR: Final = phrase("Non-Color data: the model takes it for a picture")
_PAINTED: Final = phrase("Painted and not saved: the painted pixels are sent")
_NO_FILE: Final = phrase("Its file is missing: the pixels in memory are sent")
_ALPHA: Final = phrase("Has an alpha channel, which a model may ignore")


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """What panels show of a source."""

    state: str
    """In words: "File", "Packed", "Painted, not saved", "Generated"."""
    width: int = 0  # pixels, 0 = not known without decoding
    height: int = 0  # pixels
    byte_count: int = 0
    """Size of the file or the packed file that is sent; 0 where a file is yet to be made."""
    sent_as: str = Format.PNG.value
    """The format that leaves the machine."""
    warnings: tuple[str, ...] = ()
    """What the artist may not expect, each a sentence without its period."""
    problem: str = ""
    """Why it can't be sent and what to do; empty where it can."""

    @property
    def text(self) -> str:
        """All of it in one line: "2048 × 2048 · PNG · 3.1 MB"."""
        if self.problem:
            return ""
        size = pixels_text(self.width, self.height) if self.width else ""
        weight = bytes_text(self.byte_count) if self.byte_count else ""
        return joined(size, self.sent_as, weight, by=" · ")


@dataclass(frozen=True, kw_only=True)
class _Header:
    width: int = 0
    height: int = 0
    format: str = ""
    """Pillow's name of it, empty where it does not know it."""
    has_alpha: bool = False


def describe(image: bpy.types.Image) -> SourceInfo:
    """Describe an image for the panels. Main thread; never triggers a decode."""
    problem = obstacle(image)
    if problem:
        return SourceInfo(state=phrase("Unusable"), problem=problem)
    info = _describe_pixels(image)
    warnings = list(info.warnings)
    if image.source == "TILED":
        warnings.append(phrase("UDIM: only tile {number} is sent", number=image.tiles[0].number))
    if image.colorspace_settings.is_data:
        warnings.append(_NON_COLOR)
    return replace(info, warnings=tuple(warnings))


def describe_file(path: Path) -> SourceInfo:
    """Describe a file that is no datablock of the scene."""
    try:
        status = path.stat()
    except OSError:
        return SourceInfo(state=phrase("Unusable"), problem=phrase("The file is missing: {path}", path=path))
    header = _file_header(path, status.st_mtime_ns, status.st_size)
    if not header.format:
        return SourceInfo(
            state=phrase("Unusable"), problem=phrase("{path} is no image that can be read.", path=path.name)
        )
    is_sent = header.format in Format.__members__
    return _from_header(phrase("File"), header, status.st_size, is_sent_as_stored=is_sent)


def _describe_pixels(image: bpy.types.Image) -> SourceInfo:
    if image.is_dirty or image.source == "GENERATED":
        width, height = _size_in_memory(image)
        is_painted = image.is_dirty and image.source != "GENERATED"
        return SourceInfo(
            state=phrase("Painted, not saved") if image.is_dirty else phrase("Generated"),
            width=width,
            height=height,
            warnings=(_PAINTED,) if is_painted else (),
        )
    tile = phrase("UDIM tile {number} only", number=image.tiles[0].number) if image.source == "TILED" else ""
    packed = packed_file_of(image)
    if packed is not None:
        header = _packed_header(image.session_uid, packed.size)
        state, byte_count = joined(phrase("Packed"), tile, by=", "), packed.size
    else:
        path = path_of(image)
        try:
            status = path.stat()
        except OSError:
            width, height = _size_in_memory(image)
            state = phrase("In memory, its file is missing")
            return SourceInfo(state=state, width=width, height=height, warnings=(_NO_FILE,))
        header = _file_header(path, status.st_mtime_ns, status.st_size)
        state, byte_count = joined(phrase("File"), tile, by=", "), status.st_size
    found = Format.__members__.get(header.format)
    info = _from_header(state, header, byte_count, is_sent_as_stored=is_stored_as_shown(image, found))
    if not info.width:
        width, height = _size_in_memory(image)
        info = replace(info, width=width, height=height)
    return info


def _from_header(state: str, header: _Header, byte_count: int, *, is_sent_as_stored: bool) -> SourceInfo:
    return SourceInfo(
        state=state,
        width=header.width,
        height=header.height,
        byte_count=byte_count if is_sent_as_stored else 0,
        sent_as=header.format if is_sent_as_stored else Format.PNG.value,
        warnings=(_ALPHA,) if header.has_alpha else (),
    )


def _size_in_memory(image: bpy.types.Image) -> tuple[int, int]:
    if image.has_data:
        width, height = image.size
        return width, height
    if image.source == "GENERATED":
        return image.generated_width, image.generated_height
    return 0, 0


@lru_cache(maxsize=64)
def _packed_header(session_uid: int, _byte_count: int) -> _Header:
    """Packed bytes are copied to be read, so once per image and size."""
    image = next(image for image in bpy.data.images if image.session_uid == session_uid)
    packed = packed_file_of(image)
    return _read_header(io.BytesIO(packed.data)) if packed is not None else _Header()


@lru_cache(maxsize=256)
def _file_header(path: Path, _modified_ns: int, _byte_count: int) -> _Header:
    return _read_header(path)


def _read_header(source: Path | io.BytesIO) -> _Header:
    """Ask Pillow, which reads no more than the header."""
    import PIL.Image  # here, because enabling the extension must not import Pillow

    try:
        with PIL.Image.open(source) as image:
            return _Header(
                width=image.width,
                height=image.height,
                format="JPEG" if image.format == "MPO" else image.format or "",
                has_alpha=image.has_transparency_data,
            )
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError):
        return _Header()
