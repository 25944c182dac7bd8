# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files to image datablocks, without decoding anything: Blender does that once, at the first use.

An unsaved .blend gets packed images. A saved one gets copies beside it, as `//textures/…`; a file that is
there is never overwritten.
"""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import bpy

from ..imaging.files import sha256_of, slug
from ..jobs.job import Job, Result
from ..phrases import phrase
from .colours import set_colour_space

FOLDER: Final = "textures"
"""Beside the .blend."""
JOB_KEY: Final = "easel_job"
"""Custom property of an image: the id of the job that made it."""
_NAME_LENGTH: Final = 40
"""Datablock names end at 63 bytes before Blender 5.0, and ".001" must fit."""


@dataclass(kw_only=True)
class Keeper:
    """Where the open file keeps its new images."""

    folder: Path | None
    """None: in the .blend itself."""
    notes: list[str] = field(default_factory=list)
    """For the artist: what went otherwise than asked."""

    @classmethod
    def for_open_file(cls, *, pack: bool) -> Keeper:
        """Decide for the file that is open now."""
        path = bpy.data.filepath
        return cls(folder=None if pack or not path else Path(path).parent / FOLDER)


def add_images(job: Job, keeper: Keeper) -> list[bpy.types.Image]:
    """Make a datablock of every result, named by the prompt."""
    return [_add_image(job, result, keeper) for result in job.results]


def keep(image: bpy.types.Image) -> None:
    """Make sure that an image outlives the next save and reload although nothing uses it."""
    if image.users == 0:
        image.use_fake_user = True


def short_name(prompt: str) -> str:
    """Return the first words of a prompt: a datablock's name."""
    words = prompt.split()
    lengths = itertools.accumulate(len(word) + 1 for word in words)
    fitting = [word for word, end in zip(words, lengths, strict=True) if end <= _NAME_LENGTH + 1]
    name = " ".join(fitting or [prompt.strip()[:_NAME_LENGTH]]).strip(" ,.;:")
    return name or "Image"


def _add_image(job: Job, result: Result, keeper: Keeper) -> bpy.types.Image:
    name = slug(job.request.title) + result.path.suffix
    path = _copy_beside(result, name, keeper)
    if path is None:
        image = bpy.data.images.load(str(result.path))
        image.pack()  # the file's own bytes: nothing is decoded or encoded
        # From now on no path of this machine. `//textures` is where "Unpack" would write it.
        image.filepath_raw = image.packed_files[0].filepath = f"//{FOLDER}/{name}"
    else:
        image = bpy.data.images.load(f"//{FOLDER}/{path.name}")
    image.name = short_name(job.request.title)
    image.alpha_mode = "STRAIGHT"
    set_colour_space(image, "sRGB")
    image[JOB_KEY] = job.id
    return image


def _copy_beside(result: Result, name: str, keeper: Keeper) -> Path | None:
    """Copy a result to the folder beside the .blend under a free name; None where it is to be packed.

    No fsync: the library keeps what was paid for.
    """
    if keeper.folder is None:
        return None
    try:
        keeper.folder.mkdir(exist_ok=True)
        return _copy(result, keeper.folder / name)
    except OSError as error:
        keeper.folder = None
        keeper.notes.append(
            phrase(
                "Packed into the .blend: the folder {folder} can't be written ({reason})",
                folder=FOLDER,
                reason=error.strerror,
            )
        )
        return None


def _copy(result: Result, wanted: Path) -> Path:
    for number in itertools.count(1):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        try:
            copy = path.open("xb")
        except FileExistsError:
            if _is_same(path, result.path):
                return path
            continue
        try:
            with copy, result.path.open("rb") as original:
                shutil.copyfileobj(original, copy, 1 << 20)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise AssertionError("unreachable: there is always a next number")


def _is_same(path: Path, original: Path) -> bool:
    is_as_long = path.is_file() and path.stat().st_size == original.stat().st_size
    return is_as_long and sha256_of(path) == sha256_of(original)
