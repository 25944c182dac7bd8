# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what a model's file needs from Blender, and whether it is complete, before importing anything.

Only the head of a GLB is read; an OBJ is read line by line in pieces. No file is in memory as a whole. Any
thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO, Final
from urllib.parse import unquote

from ..texts.phrases import phrase
from .errors import ModelDamaged
from .files import open_regular
from .formats import HEAD_BYTES, picture_suffix
from .glb import GlbHead, incomplete, read_glb_head, triangle_count

IMPORTED: Final = (".glb", ".obj", ".fbx")
"""Suffixes of files that can be imported into Blender."""
_NEWEST: Final = (5, 3)
"""The newest Blender version that the table below covers."""
_SINCE: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "EXT_mesh_gpu_instancing",
                "EXT_texture_webp",
                "KHR_animation_pointer",
                "KHR_draco_mesh_compression",
                "KHR_lights_punctual",
                "KHR_materials_anisotropy",
                "KHR_materials_clearcoat",
                "KHR_materials_emissive_strength",
                "KHR_materials_ior",
                "KHR_materials_pbrSpecularGlossiness",
                "KHR_materials_sheen",
                "KHR_materials_specular",
                "KHR_materials_transmission",
                "KHR_materials_unlit",
                "KHR_materials_variants",
                "KHR_materials_volume",
                "KHR_mesh_quantization",
                "KHR_texture_transform",
            ),
            (4, 2),
        ),
        "EXT_meshopt_compression": (5, 2),
        "KHR_meshopt_compression": (5, 2),
        "KHR_materials_dispersion": (5, 2),
        "KHR_materials_iridescence": (5, 2),
        "KHR_gaussian_splatting": (5, 3),
        "KHR_texture_basisu": (5, 3),
    }
)
"""glTF extensions that Blender's importer reads, and since which version (as far as tested)."""
_PIECE: Final = 1 << 20
_BINARY_FBX: Final = b"Kaydara FBX Binary"
_MAP: Final = re.compile(rb"(?:map_\w+|bump|norm|disp|refl)\s+(.+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ModelContents:
    """The content of a model's files, as far as reading parts of them tells."""

    suffix: str
    faces: int = 0
    """Triangles, or faces of an OBJ; 0 if unknown."""
    extensions: frozenset[str] = frozenset()
    """The glTF extensions that the file requires."""
    webp_count: int = 0
    """The number of WebP textures."""
    pictures: tuple[tuple[str, str], ...] = ()
    """A GLB's textures: the name that Blender's importer gives, and the suffix by the first bytes."""
    generator: str = ""
    """The program that made a glTF, as the file says."""
    missing: tuple[str, ...] = ()
    """Names of referenced files that are missing: materials, textures."""

    def lacking(self, version: tuple[int, int]) -> str:
        """Return what a version of Blender lacks to read it; empty if nothing is known."""
        lacks = (it for it in sorted(self.extensions) if _SINCE.get(it, _unknown_since(version)) > version)
        return ", ".join(lacks)


def _unknown_since(version: tuple[int, int]) -> tuple[int, int]:
    """Return the text for an extension that is not in the table.

    A newer Blender may read it, so it decides.
    """
    return version if version > _NEWEST else (version[0] + 1, 0)


def read_contents(path: Path) -> ModelContents:
    """Check a model's file, and the files beside it that it needs.

    Raises:
        ModelDamaged: it is incomplete, damaged, empty, or not a model that Blender imports.
        OSError
    """
    suffix = path.suffix.lower()
    with open_regular(path) as file:
        match suffix:
            case ".glb":
                return _of_glb(file, path)
            case ".obj":
                return _of_obj(file, path)
            case ".fbx":
                return _of_fbx(file)
            case _:
                raise ModelDamaged(
                    phrase("“{name}” is not a GLB, OBJ or FBX: only those are imported.", name=path.name)
                )


def _of_fbx(file: BinaryIO) -> ModelContents:
    head = file.read(64)
    if not head.startswith((_BINARY_FBX, b";")):
        raise ModelDamaged(phrase("The file is not an FBX."))
    return ModelContents(suffix=".fbx")


def _of_glb(file: BinaryIO, path: Path) -> ModelContents:
    size = path.stat().st_size
    head = read_glb_head(file, size)
    if head.length != size:  # Blender's importer refuses files that are too long, too
        raise incomplete(size, head.length)
    try:
        contents = _told_by(head.told, head.binary_length, path.parent)
        return replace(contents, pictures=tuple(_pictures_of(file, head)))
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise ModelDamaged(phrase("The model is damaged: its header makes no sense.")) from error


def _pictures_of(file: BinaryIO, head: GlbHead) -> Iterator[tuple[str, str]]:
    """Return the names and suffixes of the pictures in a GLB."""
    for index, image in enumerate(head.told.get("images", [])):
        if "bufferView" not in image:
            continue
        file.seek(head.start + head.told["bufferViews"][image["bufferView"]].get("byteOffset", 0))
        suffix = picture_suffix(file.read(HEAD_BYTES))
        if suffix:
            yield str(image.get("name") or f"Image_{index}"), suffix


def _told_by(told: Any, binary_length: int, folder: Path) -> ModelContents:
    if told["asset"]["version"] != "2.0":
        version = told["asset"]["version"]
        raise ModelDamaged(phrase("The model is glTF {version}: Blender reads 2.", version=version))
    _check_buffers(told, binary_length, folder)
    faces = triangle_count(told)
    if not faces:
        raise ModelDamaged(phrase("The model has no faces."))
    images = told.get("images", [])
    return ModelContents(
        suffix=".glb",
        faces=faces,
        extensions=frozenset(told.get("extensionsRequired", [])),
        webp_count=sum(image.get("mimeType") == "image/webp" for image in images),
        generator=str(told["asset"].get("generator", "")),
        missing=tuple(_missing_of(images, folder)),
    )


def _check_buffers(told: Any, binary_length: int, folder: Path) -> None:
    """Check that all bytes exist in which parts are said to be."""
    lengths: list[int] = []
    for number, buffer in enumerate(told.get("buffers", [])):
        length, is_inside = buffer["byteLength"], "uri" not in buffer
        # A buffer that only exists to be compressed has no bytes.
        is_fallback = any("fallback" in it for it in buffer.get("extensions", {}).values())
        if is_inside and not is_fallback and (number > 0 or length > binary_length):
            raise ModelDamaged(phrase("The model is damaged: its geometry can't be found."))
        if not is_inside and next(iter(_missing_of([buffer], folder)), None):
            raise ModelDamaged(phrase("The file “{name}” of the model is missing.", name=buffer["uri"]))
        lengths.append(length)
    for view in told.get("bufferViews", []):
        if view.get("byteOffset", 0) + view["byteLength"] > lengths[view["buffer"]]:
            raise ModelDamaged(phrase("The model is damaged: its geometry can't be found."))


def _missing_of(entries: Any, folder: Path) -> Iterator[str]:
    for entry in entries:
        uri = entry.get("uri", "")
        if uri and not uri.startswith("data:") and not _inside(folder, unquote(uri)).is_file():
            yield unquote(uri)


def _of_obj(file: BinaryIO, path: Path) -> ModelContents:
    faces = vertices = 0
    libraries: list[str] = []
    rest = b""
    while piece := file.read(_PIECE):
        lines, _newline, rest = (rest + piece).rpartition(b"\n")
        faces, vertices = faces + _count(lines, b"f"), vertices + _count(lines, b"v")
        libraries += _libraries(lines)
    faces, vertices = faces + _count(rest, b"f"), vertices + _count(rest, b"v")
    libraries += _libraries(rest)
    if not faces or not vertices:
        raise ModelDamaged(phrase("The model has no faces."))
    return ModelContents(suffix=".obj", faces=faces, missing=tuple(_missing_of_obj(libraries, path.parent)))


def _count(lines: bytes, word: bytes) -> int:
    """Count the lines that begin with a word."""
    return lines.count(b"\n" + word + b" ") + lines.startswith(word + b" ")


def _libraries(lines: bytes) -> list[str]:
    found = re.findall(rb"^mtllib\s+(.+?)\s*$", lines, re.MULTILINE) if b"mtllib" in lines else []
    return [name.decode(errors="replace") for name in found]


def _missing_of_obj(libraries: list[str], folder: Path) -> Iterator[str]:
    for name in dict.fromkeys(libraries):
        library = _inside(folder, name)
        if not library.is_file():
            yield name
            continue
        with open_regular(library) as file:
            text = file.read(_PIECE)
        for line in text.splitlines():
            if found := _MAP.match(line.strip()):
                # Options come first, the name last; a name may contain spaces.
                whole = found[1].decode(errors="replace").strip()
                names = (whole, whole.rpartition(" ")[2])
                if not any(_inside(library.parent, it).is_file() for it in names):
                    yield names[1]


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file that a model needs. Raises ModelDamaged if it is not beside the model."""
    asked = PurePosixPath(name.strip('"').replace("\\", "/"))
    if asked.is_absolute() or ".." in asked.parts or ":" in name:
        raise ModelDamaged(
            phrase("The model asks for a file outside its folder: {name}. It is not imported.", name=name)
        )
    return folder / asked
