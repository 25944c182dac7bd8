# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of an imported model: named by their purpose, maps read as data, packed or beside the file.

Blender's importer for OBJ reads all textures as sRGB, also roughness, metallic and normal maps.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import bpy

from ...imaging.files import slug
from ...texts.phrases import phrase
from ..pictures.colours import set_colour_space
from ..pictures.packing import FOLDER, name_packed
from ..placement.copies import copy
from .importing import Brought

_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {"Base Color": "Base Color", "Emission Color": "Emission", "Emission": "Emission", "Color": "Base Color"}
)
_DATA: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Roughness": "Roughness",
        "Metallic": "Metallic",
        "Normal": "Normal",
        "Alpha": "Alpha",
        "Height": "Height",
        "Displacement": "Height",
    }
)
_COUNT: Final = re.compile(r"\.\d{3,}$")
"""The suffix that Blender adds to a taken name."""
_REACH: Final = 8
"""Nodes between a texture and the shader."""


def settle_textures(
    mesh: bpy.types.Mesh,
    brought: Brought,
    name: str,
    *,
    pack: bool,
    pictures: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """Name materials and images, read data as data, and keep the textures. Returns a report.

    Args:
        brought: what the importer has brought.
        name: how the names begin.
        pack: as for `bring_model`.
        pictures: `ModelContents.pictures`.
    """
    suffixes = dict(pictures)
    uses: dict[int, list[str]] = {}
    new = {image.session_uid: image for image in brought.new("images")}
    materials = [material for material in mesh.materials if material is not None]
    for number, material in enumerate(materials, start=1):
        material.name = name if len(materials) == 1 else f"{name} {number}"
        for node in material.node_tree.nodes if material.node_tree is not None else ():
            if node.type == "TEX_IMAGE" and node.image is not None:
                uses.setdefault(node.image.session_uid, []).extend(_sockets(node))
    notes: list[str] = []
    for uid, sockets in uses.items():
        image = new.get(uid)
        if image is None:  # one that the file had before
            continue
        colours = [_COLOURS[it] for it in sockets if it in _COLOURS]
        data = [_DATA[it] for it in dict.fromkeys(sockets) if it in _DATA and it != "Alpha"]
        if data and not colours:
            set_colour_space(image, "Non-Color")
        told = "-".join(sorted(dict.fromkeys(data))) if data and not colours else (colours or ["Texture"])[0]
        known = suffixes.get(image.name) or suffixes.get(_COUNT.sub("", image.name), "")
        image.name = f"{name} {told}"
        _keep(image, known, pack=pack, notes=notes)
    return list(dict.fromkeys(notes))


def _sockets(node: bpy.types.Node) -> Iterator[str]:
    """Walk the sockets of shaders and outputs that a texture comes to."""
    waiting, seen = [(node, 0)], set[str]()
    while waiting:
        here, far = waiting.pop()
        for output in here.outputs:
            for link in output.links:
                target = link.to_node
                is_shader = any(it.type == "SHADER" for it in target.outputs)
                if is_shader or target.type == "OUTPUT_MATERIAL":
                    yield link.to_socket.name
                elif far < _REACH and target.name not in seen:
                    seen.add(target.name)
                    waiting.append((target, far + 1))


def _keep(image: bpy.types.Image, suffix: str, *, pack: bool, notes: list[str]) -> None:
    """Put a texture into the .blend, or beside it. Textures of a GLB are packed already.

    Args:
        suffix: of its file, if that is known: Blender decodes a packed file to tell.
    """
    packed = image.packed_file is not None
    path = Path(bpy.path.abspath(image.filepath)) if image.filepath else None
    if not packed and (path is None or not path.is_file()):
        return  # it is missing, and reported
    if path is not None and path.suffix:
        suffix = path.suffix
    wanted = slug(image.name) + (suffix or _suffix_of(image))
    blend = bpy.data.filepath
    if not pack and blend:
        try:
            _put_beside(image, path if not packed else None, Path(blend).parent / FOLDER, wanted)
        except OSError as error:
            notes.append(
                phrase(
                    "Packed into the .blend: the folder {folder} can't be written ({reason})",
                    folder=FOLDER,
                    reason=error.strerror,
                )
            )
        else:
            return
    if not packed:
        image.pack()
    name_packed(image, wanted)


def _put_beside(image: bpy.types.Image, path: Path | None, folder: Path, wanted: str) -> None:
    """Have Blender write a packed texture, or copy a file, into a folder under a free name.

    Raises:
        OSError
    """
    if path is not None:
        image.filepath = f"//{FOLDER}/{copy(path, folder / wanted).name}"
        return
    folder.mkdir(exist_ok=True)
    free = _free(folder / wanted)
    before = image.filepath_raw
    image.filepath_raw = f"//{FOLDER}/{free.name}"
    try:
        image.unpack(method="WRITE_LOCAL")  # not through Python, which would hold another copy of it
    except RuntimeError as error:
        image.filepath_raw = before
        raise OSError(errno.EACCES, phrase("it can't be written"), str(folder)) from error


def _free(wanted: Path) -> Path:
    path, number = wanted, 1
    while path.exists():
        number += 1
        path = wanted.with_stem(f"{wanted.stem}-{number}")
    return path


def _suffix_of(image: bpy.types.Image) -> str:
    return {"JPEG": ".jpg", "WEBP": ".webp", "PNG": ".png"}.get(image.file_format, ".png")
