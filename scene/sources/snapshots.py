# SPDX-License-Identifier: GPL-3.0-or-later
"""Image datablocks as sources of an edit: the cheapest way to their true pixels.

It only reads properties that are safe for an unloaded image: `size`, `channels`, `is_float` or `file_format`
would decode the file at once. It takes the visible frame of a sequence or movie, and one tile of a UDIM
image.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final

import bpy

from ...imaging.any_header import AnyHeader, read_any_header
from ...imaging.errors import ImagingError
from ...imaging.formats import Format
from ...imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels
from ...imaging.unread import HTJ2K
from ...texts.phrases import joined, phrase
from ..errors import SourceUnusable
from ..pictures.frames import frame_path, scene_on_screen, shown_frame
from ..pictures.tiles import active_tile, tile_name
from . import file_facts
from .borrowed import Stored
from .layers import meant_layer
from .painted_tiles import promise_tile
from .pixels import promise
from .saving import bytes_as_seen

__all__ = [
    "SourceUnusable",
    "is_stored_as_shown",
    "obstacle",
    "obstacle_of_file",
    "obstacle_to_read",
    "packed_file_of",
    "path_of",
    "snapshot",
    "snapshot_of_file",
]

_ALPHA_AS_STORED: Final = ("STRAIGHT", "CHANNEL_PACKED")


def snapshot(
    image: bpy.types.Image, *, scene: bpy.types.Scene | None = None, tile: int = 0
) -> FileSnapshot | BytesSnapshot | PendingPixels:
    """Take the cheapest correct snapshot of an image, without decoding it. Main thread.

    A `PendingPixels` is queued: `pixels.read_next` (called by the pump) reads one per tick. A render or
    viewer is written and read back at once, with its view transform.

    Args:
        scene: decides frame and view; None: the first window's scene.
        tile: number of the tile of a UDIM image; 0: the active one.

    Raises:
        SourceUnusable: missing, without pixels, or on a disk that does not answer.
    """
    problem = obstacle(image, scene=scene, tile=tile)
    if problem:
        raise SourceUnusable(problem)
    match image.source:
        case "VIEWER":
            return BytesSnapshot(data=bytes_as_seen(image, scene or scene_on_screen()))
        case "MOVIE":
            path, frame = path_of(image), shown_frame(image, scene)
            _check_that_blender_reads(image, file_facts.header_of(path))
            return promise(Stored.of(image, path, movie_frame=frame))
        case "SEQUENCE":
            return _stored_snapshot(image, path_of(image, scene=scene))
        case "GENERATED":
            return promise(image)
        case _:
            return _file_or_tile(image, tile)


def obstacle(
    image: bpy.types.Image,
    *,
    scene: bpy.types.Scene | None = None,
    tile: int = 0,
    is_file: Callable[[Path], bool] = file_facts.is_file,
) -> str:
    """Return why an image can't be a source, and the remedy; empty if it can. Decodes nothing.

    Args: as for `snapshot`, and
        is_file: returns whether a file exists; it may only read the disk at a click.

    Raises:
        SourceUnusable: as `is_file` does.
    """
    if image.source == "VIEWER":
        is_rendering = bpy.app.is_job_running("RENDER")
        return phrase("Wait until the render is finished") if is_rendering else ""
    is_in_memory = image.source == "GENERATED" or (image.has_data and image.source in ("FILE", "TILED"))
    if is_in_memory or packed_file_of(image, tile=tile) is not None:
        return ""
    if not image.filepath:
        return phrase("“{image}” has no file and no pixels.", image=image.name)
    path = path_of(image, scene=scene, tile=tile)
    if is_file(path):
        return ""
    if image.source == "SEQUENCE":
        return phrase(
            "Frame {frame} of “{image}” is missing: {path}. Go to another frame.",
            frame=shown_frame(image, scene),
            image=image.name,
            path=path,
        )
    return phrase(
        "The file of “{image}” is missing: {path}. Find it with File > External Data.",
        image=image.name,
        path=path,
    )


def path_of(image: bpy.types.Image, *, scene: bpy.types.Scene | None = None, tile: int = 0) -> Path:
    """Return the absolute path of an image's file, visible frame or tile. It may not exist.

    Args: as for `snapshot`.
    """
    text = bpy.path.abspath(image.filepath, library=image.library)
    if image.source == "TILED":
        text = tile_name(text, tile or active_tile(image))
    if image.source == "SEQUENCE":
        return frame_path(Path(text), shown_frame(image, scene))
    return Path(text)


def packed_file_of(image: bpy.types.Image, *, tile: int = 0) -> bpy.types.PackedFile | None:
    """Return an image's packed file; for a UDIM image that of a tile (0: the active one)."""
    if image.source != "TILED":
        return image.packed_file
    number = tile or active_tile(image)
    tiles = (packed.packed_file for packed in image.packed_files if packed.tile_number == number)
    return next(tiles, None)


def is_stored_as_shown(image: bpy.types.Image, found: Format | None) -> bool:
    """Return whether bytes in a format are what the artist sees, and what the service accepts.

    Blender reads all other formats (EXR, HDR, TIFF, 16-bit TGA …).
    """
    if found is Format.JPEG:  # it has no alpha that a mode could change
        return True
    return found is not None and image.alpha_mode in _ALPHA_AS_STORED


def obstacle_to_read(image: bpy.types.Image, header: AnyHeader) -> str:
    """Return that Blender can't read the format of an image's file, and the remedy; empty if it can."""
    return "" if image.has_data else _obstacle_to_load(image.name, header)


def obstacle_of_file(path: Path, header: AnyHeader) -> str:
    """Return why a file that is no image of the scene can't be sent, and the remedy; empty if it can."""
    if header.format:  # Pillow reads it
        return ""
    if problem := _obstacle_to_load(path.name, header):
        return problem
    if header.width:  # Blender reads it
        return ""
    return phrase(
        "{path} can't be read as an image. If Blender shows it, open it there and add it as an image.",
        path=path.name,
    )


def snapshot_of_file(path: Path) -> FileSnapshot | PendingPixels:
    """Take a snapshot of a file that is no image of the scene, as viewers show it or as Blender reads it.

    Main thread. For several layers it is the combined picture.

    Raises:
        SourceUnusable: the file can't be read, or its disk does not answer.
    """
    as_viewed = FileSnapshot(path=path, as_viewed=True)
    try:
        header = file_facts.header_of(path)
    except ImagingError:  # the worker reports it
        return as_viewed
    if problem := obstacle_of_file(path, header):
        raise SourceUnusable(problem)
    if header.format:
        return as_viewed
    return promise(Stored(name=path.name, content=path, layer=next(iter(header.layers), None)))


def _obstacle_to_load(name: str, header: AnyHeader) -> str:
    match header.kind:
        case "":
            return ""
        case "AVIF" if bpy.app.version >= (5, 1):
            return ""
        case "GIF" if bpy.app.version < (5, 0) or not header.is_still:
            return ""
        case _ if header.kind == HTJ2K and bpy.app.version >= (5, 2):
            return ""
        case kind:
            return phrase(
                "Blender can't read “{image}”: its file is {kind}. Save it as PNG, and load that.",
                image=name,
                kind=kind,
            )


def _check_that_blender_reads(image: bpy.types.Image, header: AnyHeader) -> None:
    if problem := obstacle_to_read(image, header):
        raise SourceUnusable(problem)


def _file_or_tile(image: bpy.types.Image, tile: int) -> FileSnapshot | BytesSnapshot | PendingPixels:
    if image.is_dirty:
        return _from_memory(image, tile)
    packed = packed_file_of(image, tile=tile)
    if packed is not None:
        data: bytes = packed.data
        header = read_any_header(io.BytesIO(data))
        _check_that_blender_reads(image, header)
        if header.format and is_stored_as_shown(image, header.magic):
            return BytesSnapshot(data=data)
        return _read_by_blender(image, data, header)
    try:
        return _stored_snapshot(image, path_of(image, tile=tile))
    except SourceUnusable:
        if image.has_data:  # the file is gone, but Blender has its pixels
            return _from_memory(image, tile)
        raise


def _stored_snapshot(image: bpy.types.Image, path: Path) -> FileSnapshot | PendingPixels:
    try:
        header = file_facts.header_of(path)
    except ImagingError as error:
        raise SourceUnusable(joined(f"“{image.name}”", str(error), by=": ")) from error
    _check_that_blender_reads(image, header)
    if header.format and is_stored_as_shown(image, header.magic):
        return FileSnapshot(path=path)
    return _read_by_blender(image, path, header)


def _read_by_blender(image: bpy.types.Image, content: Path | bytes, header: AnyHeader) -> PendingPixels:
    layer = meant_layer(image, header.layers)
    is_image_itself = image.source == "FILE" and layer is None
    return promise(image if is_image_itself else Stored.of(image, content, layer=layer))


def _from_memory(image: bpy.types.Image, tile: int) -> PendingPixels:
    """Promise painted or generated pixels: `pixels` has those of the first tile, others must be saved."""
    if image.source != "TILED" or (tile or active_tile(image)) == image.tiles[0].number:
        return promise(image)
    return promise_tile(image, tile or active_tile(image))
