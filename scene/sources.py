# SPDX-License-Identifier: GPL-3.0-or-later
"""Image datablocks as sources of an edit: the cheapest way to their true pixels.

Only what is safe to ask of an unloaded image is asked: `size`, `channels`, `is_float` or `file_format` would
decode the file on the spot.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

from ..imaging.check import Format, read_head, sniff
from ..imaging.errors import ImagingError
from ..imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels
from ..phrases import joined, phrase
from .errors import SourceUnusable
from .pixels import promise

__all__ = ["SourceUnusable", "is_stored_as_shown", "obstacle", "packed_file_of", "path_of", "snapshot"]

_NOT_A_PICTURE: Final = {
    "VIEWER": "“{image}” shows a render or a viewer node: save it with Image > Save As, and add that file.",
    "SEQUENCE": "“{image}” is an image sequence: add the file of the frame that you want.",
    "MOVIE": "“{image}” is a movie: save the frame that you want as an image, and add that.",
}
_ALPHA_AS_STORED: Final = ("STRAIGHT", "CHANNEL_PACKED")


def snapshot(image: bpy.types.Image) -> FileSnapshot | BytesSnapshot | PendingPixels:
    """Take the cheapest correct snapshot of an image, without decoding it. Main thread.

    A `PendingPixels` is queued: `pixels.read_next` (called by the pump) reads one per tick. Of a UDIM image
    the first tile is taken.

    Raises:
        SourceUnusable: missing, or of a kind that has no pixels of its own.
    """
    problem = obstacle(image)
    if problem:
        raise SourceUnusable(problem)
    if image.is_dirty or image.source == "GENERATED":
        return promise(image)
    packed = packed_file_of(image)
    if packed is not None:
        data: bytes = packed.data
        return BytesSnapshot(data=data) if is_stored_as_shown(image, sniff(data)) else promise(image)
    path = path_of(image)
    try:
        head = read_head(path)
    except ImagingError as error:
        if image.has_data:  # the file is gone, the pixels are not
            return promise(image)
        raise SourceUnusable(joined(f"“{image.name}”", str(error), by=": ")) from error
    return FileSnapshot(path=path) if is_stored_as_shown(image, sniff(head)) else promise(image)


def obstacle(image: bpy.types.Image) -> str:
    """Say why an image can't be a source and what to do; empty where it can. Decodes nothing."""
    if image.source in _NOT_A_PICTURE:
        return phrase(_NOT_A_PICTURE[image.source], image=image.name)
    if image.source == "GENERATED" or image.has_data or packed_file_of(image) is not None:
        return ""
    if not image.filepath:
        return phrase("“{image}” has no file and no pixels.", image=image.name)
    path = path_of(image)
    if not path.is_file():
        return phrase(
            "The file of “{image}” is missing: {path}. Find it with File > External Data.",
            image=image.name,
            path=path,
        )
    return ""


def path_of(image: bpy.types.Image) -> Path:
    """Return the absolute path of the image's file (UDIM: of its first tile). It may not exist."""
    text = bpy.path.abspath(image.filepath, library=image.library)
    if image.source == "TILED":
        number = image.tiles[0].number
        column, row = (number - 1001) % 10, (number - 1001) // 10
        text = text.replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
    return Path(text)


def packed_file_of(image: bpy.types.Image) -> bpy.types.PackedFile | None:
    """Return what is packed of the image, of a UDIM image its first tile."""
    if image.source != "TILED":
        return image.packed_file
    number = image.tiles[0].number
    tiles = (packed.packed_file for packed in image.packed_files if packed.tile_number == number)
    return next(tiles, None)


def is_stored_as_shown(image: bpy.types.Image, found: Format | None) -> bool:
    """Tell whether bytes stored in a format are what the artist sees, and what the service takes.

    What else Blender reads (EXR, HDR, TIFF, 16-bit TGA …) is left to Blender.
    """
    if found is Format.JPEG:  # has no alpha that a mode could change
        return True
    return found is not None and image.alpha_mode in _ALPHA_AS_STORED
