# SPDX-License-Identifier: GPL-3.0-or-later
"""Find results that are in the open file already, and check whether they are unchanged.

They are identified by Easel's custom properties, not by their names. A result and its fitted image are two
pictures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

from ...jobs.job import Job, Result
from ...jobs.recipe import Recipe, RecipeUnreadable, recipe_of
from ..notes import is_noted, number_note, text_note

JOB_KEY: Final = "easel_job"
"""Custom property of an image: the id of the job that made it."""
INDEX_KEY: Final = "easel_index"
"""Custom property of an image: which of the job's results it is."""
PART_KEY: Final = "easel_part"
"""Custom property of an image that this computer made: which part of a material it is."""
DIRECTX_KEY: Final = "easel_directx"
"""Custom property of an image of normals that this computer made: green points down in it."""
RECIPE_KEY: Final = "easel_recipe"
"""Custom property of an image: its recipe as JSON. Files that other programs saved may have lost theirs."""
RAW_KEY: Final = "easel_as_it_came"
"""Custom property of an image: it is the model's own image, although its job's result was fitted."""


def copies_of(job: Job, result: Result) -> list[bpy.types.Image]:
    """List the datablocks of a picture in the open file, by their names, without linked ones."""
    is_raw = job.placement.as_it_came and result.fitted is not None
    return [
        image
        for image in bpy.data.images
        if text_note(image, JOB_KEY) == job.id
        and number_note(image, INDEX_KEY) == result.index
        and is_noted(image, RAW_KEY) is is_raw
        and image.source == "FILE"
        and image.library is None
    ]


def recipe_in(image: bpy.types.Image) -> Recipe | None:
    """Return the recipe of an image datablock; None if there is none, or it is unreadable."""
    text = text_note(image, RECIPE_KEY)
    try:
        return recipe_of(text, Path(image.name)) if text else None
    except RecipeUnreadable:
        return None


def recipe_of_file(path: Path) -> Recipe | None:
    """Return the recipe of the open file's image with this path. Does not read the disk."""
    name = path.name.casefold()  # a fast comparison first: a file may have thousands of images
    for image in bpy.data.images:
        if not image.filepath_raw.casefold().endswith(name) or RECIPE_KEY not in image:
            continue
        if Path(bpy.path.abspath(image.filepath_raw, library=image.library)) == path:
            return recipe_in(image)
    return None


def is_as_placed(image: bpy.types.Image, fresh: bpy.types.Image, path: Path) -> bool:
    """Return whether an image is unchanged since it was placed, and read as required. Decodes nothing.

    An image that was painted and saved has another length than the library's file.

    Args:
        fresh: the same picture, just loaded and set up.
        path: its file in the library, or the fitted one.
    """
    if image.is_dirty or _reading_of(image) != _reading_of(fresh):
        return False
    packed = image.packed_file
    try:
        length = path.stat().st_size
        if packed is not None:
            return packed.size == length
        return Path(bpy.path.abspath(image.filepath)).stat().st_size == length
    except OSError:
        return False


def _reading_of(image: bpy.types.Image) -> tuple[object, ...]:
    return image.alpha_mode, image.colorspace_settings.name, image.use_view_as_render
