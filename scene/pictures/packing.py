# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of images beside the .blend, in Blender's form, and where its *Unpack* writes packed images.

That is `//textures/…`, with names that no two images share.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

import bpy

from .colours import set_scene_linear

FOLDER: Final = "textures"
"""Beside the .blend."""
_EXR: Final = b"v/1\1"
"""The first bytes of an OpenEXR."""


def free_name(name: str, image: bpy.types.Image | None = None) -> str:
    """Return a file name that unpacking no other image of the open file would use; `name` if it is free.

    Unpacking only uses names, whatever folders the images came from, and some disks ignore case.

    Args:
        name: of one file, or with `<UDIM>` of all tiles.
        image: its own name does not count.
    """
    taken = {_folded(other.filepath_raw) for other in bpy.data.images if other != image}
    path, number, free = PurePath(name), 1, name
    while _folded(free) in taken:
        number += 1
        stem, dot, tile = path.stem.rpartition(".<UDIM>") if "<UDIM>" in path.stem else (path.stem, "", "")
        free = f"{stem}-{number}{dot}{tile}{path.suffix}"
    return free


def from_blend(path: str) -> str:
    """Return an absolute path relative to the .blend (`//…`); unchanged if that is impossible."""
    if not bpy.data.filepath:  # unsaved
        return path
    try:
        relative = bpy.path.relpath(path)
    except ValueError:  # another drive
        return path
    return f"//{PurePath(relative[2:]).as_posix()}"


def name_packed(image: bpy.types.Image, name: str) -> None:
    """Give a packed image a path beside the .blend, without folders of this machine."""
    free = free_name(name, image)
    for packed in image.packed_files:
        packed.filepath = f"//{FOLDER}/{free.replace('<UDIM>', str(packed.tile_number))}"
    image.filepath_raw = f"//{FOLDER}/{free}"


def pack_painted(image: bpy.types.Image) -> None:
    """Pack an image that was painted, so that it looks the same when the file is opened again.

    Blender writes what it paints on: 8 bits as they are encoded, with straight alpha; more bits as light that
    is multiplied by alpha, in an OpenEXR. It would still read them by the colour space and alpha of the file
    that was loaded, and darken or brighten them.
    Raises RuntimeError if Blender can't write it.
    """
    image.pack()
    packed = image.packed_file
    if packed is None or image.colorspace_settings.is_data:
        return
    is_exr = bytes(packed.data[: len(_EXR)]) == _EXR
    if is_exr:
        set_scene_linear(image)
    if image.alpha_mode in ("STRAIGHT", "PREMUL"):
        image.alpha_mode = "PREMUL" if is_exr else "STRAIGHT"


def _folded(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].casefold()
