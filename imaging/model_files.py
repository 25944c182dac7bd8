# SPDX-License-Identifier: GPL-3.0-or-later
"""Identify files of 3D models, check that they are complete, and unpack archives safely.

Files are identified by their first bytes, or by the name in the link if their format has none. No file is
ever in memory as a whole.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from ..texts.phrases import phrase
from .errors import ModelDamaged
from .files import make_private_folder, open_regular, slug
from .glb import MAGIC, read_glb_head, triangle_count

MODEL_SUFFIXES: Final = (".glb", ".fbx", ".obj", ".gltf", ".usdz", ".stl", ".ply", ".3mf")
"""Suffixes of models, the best first: a GLB has everything in one file, FBX and OBJ lack some of it, and the
others are not imported (`model_contents.IMPORTED`)."""
ARCHIVE: Final = ".zip"
UNKNOWN: Final = ".bin"
"""The suffix of a file of unknown kind. It was paid for, so it is kept unchanged."""
NO_IMAGES: Final = (*MODEL_SUFFIXES, ARCHIVE, UNKNOWN)
"""Suffixes of a job's results that are not images."""
PLAIN_SUFFIXES: Final = (".obj", ".stl", ".ply", ".gltf")
"""The suffixes of files that are or may be text: only their names tell what they are."""

MOST_BYTES: Final = 512 * 1024 * 1024
"""The largest file of a model; 61 MB were seen."""
_MOST_UNPACKED: Final = 2 * 1024 * 1024 * 1024
_MOST_ENTRIES: Final = 1000
_MOST_RATIO: Final = 200
"""The largest compression ratio of an archive's entry with more than this many bytes:"""
_UNSUSPICIOUS: Final = 64 * 1024 * 1024
_CHUNK: Final = 1 << 20
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
)
"""Exceptions of `zipfile`, and of the decompressors that it uses."""


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """The identified file."""

    suffix: str
    """With the dot."""
    faces: int = 0
    """Triangles; 0 if unknown."""


def look_at_model(path: Path, name: str = "") -> ModelFile | None:
    """Identify a download; None for a picture, or anything else that comes beside a model. Worker thread.

    Args:
        name: the last part of its link's path, which decides if the bytes don't.

    Raises:
        ModelDamaged: it is incomplete, or an error page of a proxy.
        OSError
    """
    suffix = PurePosixPath(name).suffix.lower()
    with open_regular(path) as file:
        head = file.read(32)
        if head.startswith(MAGIC):
            return ModelFile(suffix=".glb", faces=_faces_of_glb(file, path.stat().st_size))
        if head.startswith(b"PK"):
            return ModelFile(suffix=_kind_of_zip(path, suffix))
        if head.startswith(b"Kaydara FBX Binary") or (suffix == ".fbx" and head.startswith(b";")):
            return ModelFile(suffix=".fbx")
        if head.startswith(b"ply"):
            return ModelFile(suffix=".ply")
        is_page = head.lstrip().startswith((b"<", b"{")) and suffix != ".gltf"
    if suffix in PLAIN_SUFFIXES and not is_page and head:
        return ModelFile(suffix=suffix)
    if suffix in NO_IMAGES or is_page or not head:
        raise ModelDamaged(phrase("The answer is not a 3D model."))
    return None


def suffix_as_it_came(path: Path) -> str:
    """Return a suffix for an unreadable file by its first bytes.

    Empty if there is nothing to keep: no bytes at all, or an error page of a proxy. Raises OSError.
    """
    with open_regular(path) as file:
        head = file.read(32)
    if not head or head.lstrip().startswith((b"<", b"{")):
        return ""
    known = {MAGIC: ".glb", b"PK": ARCHIVE, b"Kaydara": ".fbx"}
    return next((suffix for magic, suffix in known.items() if head.startswith(magic)), UNKNOWN)


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a folder that is new, or has the same content; return the model's file there.

    No entry can leave the folder, whatever its name. Links and devices are skipped, and an archive that would
    fill the disk is refused. Worker thread.

    Raises:
        ModelDamaged: it can't be read, holds no model, or is a bomb.
        OSError
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        make_private_folder(part)
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if _is_file(entry)]
            if len(entries) > _MOST_ENTRIES:
                raise _bomb()
            left = _MOST_UNPACKED
            for entry in entries:
                left -= _unpack_one(opened, entry, part, left)
        if _model_in(part) is None:
            raise ModelDamaged(phrase("The archive has no 3D model that Blender can read."))
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except _DAMAGED as error:
        raise ModelDamaged(phrase("The archive is damaged.")) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return cast(Path, _model_in(folder))


def unpacked_model(folder: Path) -> Path | None:
    """Return the model in a folder of `unpack`; None if there is none."""
    return _model_in(folder) if folder.is_dir() else None


def _faces_of_glb(file: IO[bytes], size: int) -> int:
    """Count the triangles from the head. Raises ModelDamaged if that can't be read."""
    file.seek(0)
    head = read_glb_head(file, size)
    try:
        return triangle_count(head.told)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError):
        return 0  # Blender decides


def _kind_of_zip(path: Path, suffix: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _DAMAGED as error:
        raise _cut() from error
    if names and PurePosixPath(names[0]).suffix.lower() in (".usda", ".usdc", ".usd"):
        return ".usdz"
    return suffix if suffix == ".3mf" else ARCHIVE


def _is_file(entry: zipfile.ZipInfo) -> bool:
    mode = entry.external_attr >> 16
    return bool(entry.filename) and not entry.is_dir() and (not stat.S_IFMT(mode) or stat.S_ISREG(mode))


def _unpack_one(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one entry, and return its number of bytes; its header's claim is not trusted."""
    target = folder.joinpath(*_safe_parts(entry.filename))
    if target.exists():  # also if only a system without case sensitivity considers it the same
        target = target.with_name(f"{target.stem}-{_own_mark(entry)}{target.suffix}")
    try:
        make_private_folder(target.parent)
    except (FileExistsError, NotADirectoryError):  # an earlier entry has that name, and is a file
        target = folder / f"{_own_mark(entry)}-{target.name}"
    written = 0
    with opened.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            is_bomb = written > max(_UNSUSPICIOUS, entry.compress_size * _MOST_RATIO)
            if written > left or is_bomb:
                raise _bomb()
            file.write(chunk)
    return written


def _own_mark(entry: zipfile.ZipInfo) -> str:
    """Return what tells an entry from another one of the same name."""
    return f"{entry.header_offset:x}"


def _safe_parts(name: str) -> list[str]:
    """Return the parts of an entry's path, so that it stays inside the folder."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return [_safe_name(part) for part in parts[-4:]] or ["file"]


def _safe_name(part: str) -> str:
    stem, dot, suffix = part.rpartition(".")
    is_reserved = slug(stem.partition(".")[0] or part) == f"{(stem.partition('.')[0] or part).lower()}-image"
    is_plain = part.isascii() and part.translate(_PLAIN_MARKS).isalnum() and stem == stem.strip()
    if is_plain and not is_reserved and len(part) <= 100 and part[0] != "." and part[-1] != ".":
        return part  # an MTL refers to its pictures by name
    return slug(stem if dot else part) + (f".{slug(suffix)}" if dot else "")


_PLAIN_MARKS: Final = str.maketrans("", "", "_-. ()")


def _model_in(folder: Path) -> Path | None:
    """Return the best model of a folder; the largest of several of one kind."""
    files = [path for path in folder.rglob("*") if path.suffix.lower() in MODEL_SUFFIXES and path.is_file()]
    files.sort(key=lambda path: (MODEL_SUFFIXES.index(path.suffix.lower()), -path.stat().st_size))
    return files[0] if files else None


def _cut() -> ModelDamaged:
    return ModelDamaged(phrase("The model's file is incomplete."))


def _bomb() -> ModelDamaged:
    return ModelDamaged(phrase("The archive unpacks to far more than a model: it was not unpacked."))
