# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out a placement: turn the results of a finished job into datablocks of the open file.

Everything that can be refused is checked (`Way.find`) before anything is changed. It only uses `bpy.data`: a
timer has no context, and an operator would act on whatever the artist is doing at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy

from ...jobs.job import Job
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.lineage import find_source, note_edits, note_map
from ..notes import text_note
from ..windows.editors import open_in_editors
from .assembly import Assembly
from .images import Keeper, add_images, added_text, is_map, keep
from .reused import PART_KEY
from .reused_tiles import Reused
from .texture_maps import maps_in_use
from .way import Shown
from .ways import WAYS


@dataclass(frozen=True, kw_only=True)
class PlacementSettings:
    """The preferences that affect placement."""

    pack: bool = False
    """Pack images into a saved .blend too, rather than copying them to `//textures`."""
    copies: Mapping[Path, Path] = field(default_factory=dict)
    """Copies in `//textures` that were made already, by the file of the library."""
    contents: Mapping[Path, bytes] = field(default_factory=dict)
    """Bytes to pack that were read already, by the file of the library."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What was done, for the report."""

    images: tuple[str, ...]
    """Names of the image datablocks, in the order of the job's results."""
    text: str
    """One or two sentences without a final period: "Base colour of Cube"."""


def check_files(job: Job) -> None:
    """Check that a job's files to place are on disk.

    Raises:
        PlacementImpossible
    """
    if not job.results:
        raise PlacementImpossible(phrase("This job has no images on disk."))
    check_mask(job)
    for result in job.results:
        if not result.width:  # it was downloaded, but can't be read
            raise PlacementImpossible(result.fit_note)
    for result in job.results_to_place:
        if not result.path.is_file():
            raise PlacementImpossible(phrase("The file is gone from the library: {path}.", path=result.path))


def check_mask(job: Job) -> None:
    """Check that nothing outside an edit's mask changes, unless the artist wants that.

    Raises:
        PlacementImpossible
    """
    if loss := job.mask_loss:
        raise PlacementImpossible(phrase("{loss} Tick As Generated to place it without the mask.", loss=loss))


def place(job: Job, settings: PlacementSettings) -> Placed:
    """Bring a job's results into the open file. Main thread; the caller pushes the undo step.

    An image that nothing uses gets a fake user, or it would be lost at the next save.

    Raises:
        PlacementImpossible: a target is gone or can't be changed, or a file of the library is missing;
            nothing was changed then, and the results wait in the list.
    """
    check_files(job)
    job = replace(job, results=job.results_to_place)
    show = WAYS[job.placement.kind].find(job)
    keeper = Keeper.for_open_file(pack=settings.pack, copies=settings.copies, contents=settings.contents)
    images = add_images(job, keeper)
    shown = show(images)
    text = shown.text or added_text(len(images), keeper.reused)
    return _placed(job, images, shown, [text, job.results[0].fit_note, *keeper.notes])


def place_tiles(jobs: Sequence[Job], parts: Sequence[Assembly | Reused]) -> Placed:
    """Bring the results of one click on a tiled image's tiles into the open file, as new tiled images.

    Args:
        parts: those of the jobs, ready and without a failure.

    Raises:
        PlacementImpossible: as `place`.
    """
    for job in jobs:
        check_mask(job)
    show = WAYS[jobs[0].placement.kind].find(jobs[0])
    images = [part.load() for part in parts]
    shown = show(images)
    fit_notes = dict.fromkeys(job.results[0].fit_note for job in jobs)
    assemblies = [part for part in parts if isinstance(part, Assembly)]
    if not assemblies:
        text = shown.text or added_text(len(images), len(images))
        return _placed(jobs[0], images, shown, [text, *fit_notes])
    numbers = sorted(job.placement.tile.number for job in jobs if job.placement.tile is not None)
    text = (
        phrase("Tile {number} replaced in a new tiled image", number=numbers[0])
        if len(numbers) == 1
        else phrase("Tiles {numbers} replaced in a new tiled image", numbers=", ".join(map(str, numbers)))
    )
    remarks = dict.fromkeys(assembly.remark for assembly in assemblies)
    return _placed(jobs[0], images, shown, [text, shown.text, *fit_notes, *remarks])


def _note(job: Job, images: list[bpy.types.Image], source: bpy.types.Image | None) -> None:
    """Record what the images are edits of; a picture's maps are recorded as its maps."""
    maps = [image for image, result in zip(images, job.results, strict=False) if is_map(job, result)]
    others = [image for image in images if image not in maps]
    note_edits(others, source, job, is_version=WAYS[job.placement.kind].is_version)
    if not maps:
        return
    whole = next(iter(others), source)
    before = maps_in_use(whole) if whole is not None else {}
    note_edits(maps, whole, job, is_version=False)
    for image in maps:
        older = before.get(text_note(image, PART_KEY))
        if older is not None:
            note_map(image, older)


def _placed(job: Job, images: list[bpy.types.Image], shown: Shown, told: Sequence[str]) -> Placed:
    _note(job, images, find_source(job) or shown.replaced)
    open_in_editors(job.placement, images[0])
    for image in images:
        keep(image)
    return Placed(images=tuple(image.name for image in images), text=joined(*told, by=". "))
