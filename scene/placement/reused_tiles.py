# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a click's tiled images that are in the open file already, and their unchanged tiles.

Edited tiles may be other files than their results, so their lengths are recorded on the image.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

from ...jobs.job import Job
from ...texts.phrases import phrase
from ..errors import PlacementImpossible
from ..notes import text_note
from ..refs import image_by_uid
from ..sources.snapshots import packed_file_of, path_of

BATCH_KEY: Final = "easel_batch"
"""Custom property of a tiled image: its click and the number of its variation."""
TILES_KEY: Final = "easel_tiles"
"""Custom property of a tiled image: the text of `note_of`."""

Pictures = Mapping[int, str]
"""Results that are tiles, by the tiles' numbers: the job's id and the result's index."""


@dataclass(frozen=True)
class Reused:
    """An unchanged tiled image in the file, which is used again."""

    session_uid: int
    name: str

    @property
    def is_here(self) -> bool:
        """Whether it still exists."""
        return image_by_uid(self.session_uid) is not None

    def load(self) -> bpy.types.Image:
        """Return it. Raises PlacementImpossible."""
        image = image_by_uid(self.session_uid)
        if image is None:
            raise gone(self.name)
        return image


def gone(name: str) -> PlacementImpossible:
    """Return the text that a tiled image no longer exists."""
    return PlacementImpossible(
        phrase("The tiled image {image} is gone. Place the image manually.", image=name)
    )


def pictures_of(jobs: Sequence[Job], variation: int) -> dict[int, str]:
    """Return the results that become tiles of a variation (from 0) of a click's image."""
    return {
        job.placement.tile.number: f"{job.id}/{job.results[variation].index}"
        for job in jobs
        if job.placement.tile is not None and variation < len(job.results)
    }


def made_for(batch: str) -> list[bpy.types.Image]:
    """List the tiled images in the file that were made for a variation of a click."""
    return [
        image for image in bpy.data.images if image.source == "TILED" and text_note(image, BATCH_KEY) == batch
    ]


def note_of(pictures: Pictures, paths: Mapping[int, Path]) -> str:
    """Return a text with an image's results by tile, and the lengths of their files. Worker.

    Args:
        paths: the files of the tiles.
    """
    return json.dumps(
        {number: [picture, paths[number].stat().st_size] for number, picture in pictures.items()}
    )


def pictures_in(image: bpy.types.Image) -> dict[int, str]:
    """Return the results that an image's tiles were when it was made."""
    return {number: picture for number, (picture, _length) in _noted(image).items()}


def unchanged_pictures(image: bpy.types.Image) -> dict[int, str]:
    """Return the results that an image's tiles still are, without painted ones. Decodes nothing."""
    if image.is_dirty:
        return {}
    return {
        number: picture
        for number, (picture, length) in _noted(image).items()
        if _length_of(image, number) == length
    }


def _noted(image: bpy.types.Image) -> dict[int, tuple[str, int]]:
    try:
        noted: dict[str, Any] = json.loads(text_note(image, TILES_KEY) or "{}")
        return {int(number): (str(picture), int(length)) for number, (picture, length) in noted.items()}
    except (ValueError, TypeError, AttributeError):  # somebody else's
        return {}


def _length_of(image: bpy.types.Image, number: int) -> int:
    packed = packed_file_of(image, tile=number)
    if packed is not None:
        return packed.size
    try:
        return path_of(image, tile=number).stat().st_size
    except OSError:
        return -1
