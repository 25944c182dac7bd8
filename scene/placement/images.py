# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn result files into image datablocks without decoding: Blender decodes once, at the first use.

Each picture is one datablock: if it is placed again, the existing one is used (`reused`).

An unsaved .blend gets packed images. A saved one gets copies beside it, as `//textures/…`; existing files are
never overwritten.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import bpy

from ...client.requests import EditRequest
from ...imaging.files import FLOAT_SUFFIX, slug
from ...imaging.tiling.settings import BASE_COLOR, Map
from ...jobs.job import Job, Result
from ...jobs.local_edit import LocalEdit, file_stem
from ...jobs.recipe import recipe_text
from ...jobs.targets import PlacementKind
from ...texts.phrases import phrase
from ..notes import is_noted, number_note, text_note
from ..pictures.colours import set_colour_space, set_scene_linear
from ..pictures.packing import FOLDER, name_packed
from .copies import copy
from .reading import apply_look
from .reused import DIRECTX_KEY, INDEX_KEY, JOB_KEY, PART_KEY, RAW_KEY, RECIPE_KEY, copies_of, is_as_placed

_NAME_LENGTH: Final = 40
"""Datablock names are limited to 63 bytes before Blender 5.0, and ".001" must fit."""


@dataclass(kw_only=True)
class Keeper:
    """Where the open file keeps its new images."""

    folder: Path | None
    """None: in the .blend itself."""
    notes: list[str] = field(default_factory=list)
    """Texts for the artist about deviations from the settings."""
    copies: Mapping[Path, Path] = field(default_factory=dict)
    """Files of the library that were copied already."""
    contents: Mapping[Path, bytes] = field(default_factory=dict)
    """Files of the library that were read already."""
    reused: int = 0
    """How many pictures were in the file already, and are reused."""

    @classmethod
    def for_open_file(
        cls,
        *,
        pack: bool,
        copies: Mapping[Path, Path] | None = None,
        contents: Mapping[Path, bytes] | None = None,
    ) -> Keeper:
        """Choose the place for the file that is open now."""
        path = bpy.data.filepath
        folder = None if pack or not path else Path(path).parent / FOLDER
        return cls(folder=folder, copies=copies or {}, contents=contents or {})


def add_images(job: Job, keeper: Keeper) -> list[bpy.types.Image]:
    """Return a datablock for every result: the unchanged one in the file, else a new one.

    New ones are named after the prompt.
    """
    return [_reuse_image(job, result, keeper) or _add_image(job, result, keeper) for result in job.results]


def added_text(count: int, reused: int = 0) -> str:
    """Return the text that a job's images were only added.

    Args:
        reused: how many of them were in the file already.
    """
    if reused == count:
        return phrase("It is in this file already") if count == 1 else phrase("They are in this file already")
    if reused:
        return phrase("{count} images added; the others are in this file already", count=count - reused)
    return phrase("Image added") if count == 1 else phrase("{count} images added", count=count)


def changed_text(image: bpy.types.Image) -> str:
    """Return why an image in the file is not reused."""
    return phrase(
        "“{image}” changed, or its colour settings did: this is a different image", image=image.name
    )


def find_result(job_id: str, index: int, *, as_it_came: bool = False) -> bpy.types.Image | None:
    """Find the datablock of one of a job's results in the open file, fitted or as generated."""
    return next(
        (
            image
            for image in bpy.data.images
            if text_note(image, JOB_KEY) == job_id
            and number_note(image, INDEX_KEY) == index
            and is_noted(image, RAW_KEY) is as_it_came
        ),
        None,
    )


def keep(image: bpy.types.Image) -> None:
    """Keep an image through the next save and reload although nothing uses it."""
    if image.users == 0:
        image.use_fake_user = True


def short_name(prompt: str) -> str:
    """Return the first words of a prompt: a datablock's name."""
    words = prompt.split()
    lengths = itertools.accumulate(len(word) + 1 for word in words)
    fitting = [word for word, end in zip(words, lengths, strict=True) if end <= _NAME_LENGTH + 1]
    name = " ".join(fitting or [prompt.strip()[:_NAME_LENGTH]]).strip(" ,.;:")
    return name or "Image"


def file_name(job: Job, result: Result) -> str:
    """Return the name of a result's copy beside the .blend."""
    if isinstance(job.request, LocalEdit):
        return file_stem(job.request.name_of(result.index)) + result.path.suffix
    return slug(job.request.title) + result.path.suffix


def is_map(job: Job, result: Result) -> bool:
    """Return whether a result is a map that this computer made from a picture."""
    return job.part_of(result.index) not in ("", BASE_COLOR)


def _name_of(job: Job, result: Result) -> str:
    if isinstance(job.request, LocalEdit):
        return job.request.name_of(result.index)
    return short_name(job.request.title)


def _reuse_image(job: Job, result: Result, keeper: Keeper) -> bpy.types.Image | None:
    """Return the result's image in the file, unless the artist has changed it since.

    To check how it must be read, the file is loaded once more, without decoding.
    """
    here = copies_of(job, result)
    if job.placement.makes_copy or not here:
        return None
    fresh = bpy.data.images.load(str(result.path))
    try:
        _read_as_stored(fresh, job, result)
        for image in here:
            if is_as_placed(image, fresh, result.path):
                keeper.reused += 1
                return image
    finally:
        bpy.data.images.remove(fresh)
    keeper.notes.append(changed_text(here[-1]))
    return None


def _add_image(job: Job, result: Result, keeper: Keeper) -> bpy.types.Image:
    name = file_name(job, result)
    path = _copy_beside(result, name, keeper)
    if path is None:
        image = bpy.data.images.load(str(result.path))
        content = keeper.contents.get(result.path)
        if content:
            image.pack(data=content, data_len=len(content))
        else:
            image.pack()  # the file's own bytes: nothing is decoded or encoded
        name_packed(image, name)
    else:
        image = bpy.data.images.load(f"//{FOLDER}/{path.name}")
    image.name = _name_of(job, result)
    _read_as_stored(image, job, result)
    image[JOB_KEY] = job.id
    image[INDEX_KEY] = result.index
    image[RECIPE_KEY] = recipe_text(job, result.index, result.content)
    if part := job.part_of(result.index):
        image[PART_KEY] = part
        if part == Map.NORMAL.value and isinstance(job.request, LocalEdit):
            image[DIRECTX_KEY] = job.request.work.settings.is_directx
    if job.placement.as_it_came and result.fitted:
        image[RAW_KEY] = True
    return image


def _read_as_stored(image: bpy.types.Image, job: Job, result: Result) -> None:
    """Set how the file is read: like the source, so that equal values look the same."""
    apply_look(image, None if is_map(job, result) else job.placement.look)
    if job.placement.is_premultiplied and result.path != result.fitted:  # not fitted
        image.alpha_mode = "STRAIGHT"
    if result.path.suffix == FLOAT_SUFFIX:
        _read_as_floats(image, job)
    if job.placement.kind is PlacementKind.MAP or is_map(job, result):
        set_colour_space(image, "Non-Color")


def _read_as_floats(image: bpy.types.Image, job: Job) -> None:
    request = job.request
    if not (isinstance(request, EditRequest) and request.ignores_alpha):
        image.alpha_mode = "PREMUL"
    if not (isinstance(request, EditRequest) and request.holds_data):
        space = job.preparation.floats_space if job.preparation is not None else {}
        set_scene_linear(image, space.get("name", ""))


def _copy_beside(result: Result, name: str, keeper: Keeper) -> Path | None:
    """Copy a result to the folder beside the .blend, or use its copy; None if it must be packed."""
    if keeper.folder is None:
        return None
    made = keeper.copies.get(result.path)
    if made is not None and made.parent == keeper.folder and made.is_file():
        return made
    try:
        return copy(result.path, keeper.folder / name)
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
