# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a new tiled image from edited tiles: a copy of the edited image, with these tiles replaced.

The main thread chooses the content; `assembly` makes the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...imaging.files import FLOAT_SUFFIX, slug
from ...imaging.snapshot import FileSnapshot
from ...imaging.spaces import LinearSpace
from ...jobs.job import Job
from ...jobs.placement import TileTarget
from ...texts.phrases import phrase
from ..errors import PlacementImpossible, SourceUnusable
from ..pictures.colours import name_of_working_space
from ..pictures.tiles import numbers_of
from ..refs import find_image
from ..sources.linear_spaces import space_of
from ..sources.saving import save_tiles
from ..sources.snapshots import packed_file_of, path_of
from .assembly import Assembly, TilesLook
from .images import changed_text, short_name
from .reused_tiles import Reused, gone, made_for, pictures_in, pictures_of, unchanged_pictures

if TYPE_CHECKING:
    from ...imaging.tiles import Content

Written = dict[int, dict[int, FileSnapshot]]
"""Tiles of painted images that Blender has written, by the images' `session_uid`."""


def assemble(jobs: Sequence[Job], folder: Path | None) -> list[Assembly | Reused]:
    """Start to make the tiled images of one click's jobs: one for each variation of their results.

    An unchanged one in the file is used again, unless a copy is wanted. Main thread. Unsaved paint on the
    other tiles is written here, once for all variations.

    Args:
        folder: for their files; None if they must be packed.

    Raises:
        PlacementImpossible: the edited image is gone.
    """
    target = _target(jobs[0])
    variations = max(len(job.results) for job in jobs)
    written: Written = {}
    parts = [_prepared(jobs, target, index, folder, written) for index in range(variations)]
    for part in parts:
        if isinstance(part, Assembly):
            part.start()
    return parts


def _prepared(
    jobs: Sequence[Job], target: TileTarget, index: int, folder: Path | None, written: Written
) -> Assembly | Reused:
    from ...imaging.tiles import TileSet  # here, because it needs numpy

    number = max(job.results[index].index for job in jobs if index < len(job.results))
    batch = f"{target.batch}:{number}"
    pictures = pictures_of(jobs, index)
    made = made_for(batch)
    held = {image.session_uid: unchanged_pictures(image) for image in made}
    for image in made if not jobs[0].placement.makes_copy else ():
        if image.library is None and pictures.items() <= held[image.session_uid].items():
            return Reused(image.session_uid, image.name)
    base = _base(target, made)
    is_changed = base in made and pictures.items() <= pictures_in(base).items()
    edited = {
        _target(job).number: job.results_to_place[index].path for job in jobs if index < len(job.results)
    }
    others = [number for number in numbers_of(base) if number not in edited]
    kept, look = _kept(base, others, written) if others else ({}, _look_of_all(jobs[0]))
    title = jobs[0].request.title
    return Assembly(
        tiles=TileSet(
            kept=kept,
            edited=edited,
            is_data=base.colorspace_settings.is_data,
            is_premultiplied=look.alpha_mode == "PREMUL",
            space=space_of(look.colour_space),
            edited_spaces={_target(job).number: _space_of_floats(job) for job in jobs},
        ),
        look=look,
        labels={tile.number: tile.label for tile in base.tiles},
        folder=folder,
        stem=slug(title),
        job_id=jobs[0].id,
        batch=batch,
        name=short_name(title),
        pictures=held.get(base.session_uid, {}) | pictures,
        remark=changed_text(base) if is_changed and not jobs[0].placement.makes_copy else "",
        held=tuple(written.get(base.session_uid, {}).values()),
    )


def _base(target: TileTarget, made: Sequence[bpy.types.Image]) -> bpy.types.Image:
    """Return the image to copy: the one that earlier jobs of the same click made, else the source."""
    base = made[-1] if made else find_image(target.image)
    if base is None or base.source != "TILED":
        raise gone(target.image.name)
    return base


def _kept(
    base: bpy.types.Image, numbers: Sequence[int], written: Written
) -> tuple[Mapping[int, Content], TilesLook]:
    """Return where the other tiles' pixels are, and how Blender must read them."""
    settings = base.colorspace_settings
    stored = {} if base.is_dirty else {number: _stored(base, number) for number in numbers}
    kept = {number: content for number, content in stored.items() if content is not None}
    if base.has_data and len(kept) < len(numbers):  # painted or generated: no file contains them
        deep = base.is_float
        try:
            if base.session_uid not in written:
                written[base.session_uid] = save_tiles(base, deep=deep)
        except SourceUnusable as error:
            raise PlacementImpossible(str(error)) from error
        if settings.is_data or base.alpha_mode == "CHANNEL_PACKED":
            alpha_mode = "CHANNEL_PACKED"
        else:
            alpha_mode = "PREMUL" if deep else "STRAIGHT"
        usual = (name_of_working_space() or "Linear Rec.709") if deep else "sRGB"
        painted = {number: written[base.session_uid][number].path for number in numbers}
        return painted, TilesLook(
            alpha_mode=alpha_mode, colour_space=settings.name if settings.is_data else usual
        )
    return kept, TilesLook(alpha_mode=base.alpha_mode, colour_space=settings.name)


def _look_of_all(job: Job) -> TilesLook:
    """Return how to read results alone: there is no other tile that they must match."""
    if job.results_to_place[0].path.suffix == FLOAT_SUFFIX:
        is_data = getattr(job.request, "holds_data", False)
        linear = _space_of_floats(job).name or "Linear Rec.709"
        return TilesLook(alpha_mode="PREMUL", colour_space="Non-Color" if is_data else linear)
    look = job.placement.look
    if look is None:
        return TilesLook(alpha_mode="STRAIGHT", colour_space="sRGB")
    return TilesLook(alpha_mode=look.alpha_mode, colour_space=look.colour_space or "sRGB")


def _space_of_floats(job: Job) -> LinearSpace:
    return LinearSpace.from_dict(job.preparation.floats_space if job.preparation is not None else {})


def _stored(base: bpy.types.Image, number: int) -> Content | None:
    packed = packed_file_of(base, tile=number)
    if packed is not None:
        return packed.data
    path = path_of(base, tile=number)
    return path if path.is_file() else None


def _target(job: Job) -> TileTarget:
    if job.placement.tile is None:
        raise PlacementImpossible(phrase("This job knows no tile. Place the image manually."))
    return job.placement.tile
