# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a placement: the results of a finished job become datablocks of the open file.

Everything that can be refused is checked before anything is changed. `bpy.data` only: there is no context in
a timer, and an operator would act on whatever the artist is doing just then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import assert_never

import bpy

from ...jobs.job import Job
from ...jobs.placement import Placement, PlacementKind
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..history.image_uses import ImageUse
from ..history.lineage import find_source, note_edits
from ..windows.editors import open_in_editors
from .assembly import Assembly
from .images import Keeper, add_images, added_text, keep
from .new_nodes import add_node, find_tree
from .node_targets import find_uses, show_in
from .plan import plan_placement
from .planes import add_planes, find_scene
from .texture_targets import FoundTarget, apply_texture, find_textures
from .view_edit import add_view_images

__all__ = ["Placed", "PlacementImpossible", "PlacementSettings", "place", "plan_placement"]


@dataclass(frozen=True, kw_only=True)
class PlacementSettings:
    """The preferences that matter to placement."""

    pack: bool = False
    """Pack images into a saved .blend too, rather than copying them to `//textures`."""
    copies: Mapping[Path, Path] = field(default_factory=dict)
    """Copies in `//textures` that were made already, by the file of the library."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What was done, for the report."""

    images: tuple[str, ...]
    """Names of the image datablocks, in the order of the job's results."""
    text: str
    """One or two sentences without a final period: "Base colour of Cube"."""


def check_files(job: Job) -> None:
    """Make sure that what is to be placed of a job is on disk.

    Raises:
        PlacementImpossible
    """
    if not job.results:
        raise PlacementImpossible(phrase("This job has no images on disk."))
    for result in job.results_to_place:
        if not result.path.is_file():
            raise PlacementImpossible(phrase("The file is gone from the library: {path}.", path=result.path))


def place(job: Job, settings: PlacementSettings) -> Placed:
    """Bring a job's results into the open file. Main thread; the caller pushes the undo step.

    The first result goes to the texture, all of them to planes side by side. An image that nothing uses (the
    others, and all of `IMAGE`) gets a fake user, or it would be gone with the next save.

    Raises:
        PlacementImpossible: a target is gone or can't be changed, or a file of the library is missing;
            nothing was changed then, and the results wait in the list.
    """
    check_files(job)
    job = replace(job, results=job.results_to_place)
    keeper = Keeper.for_open_file(pack=settings.pack, copies=settings.copies)
    placement = job.placement
    original = find_source(job)
    match placement.kind:
        case PlacementKind.IMAGE:
            images = add_images(job, keeper)
            text = added_text(len(images))
        case PlacementKind.TEXTURE:
            images, text, replaced = _place_texture(job, placement, keeper, original)
            original = original or replaced
        case PlacementKind.PLANE:
            scene = find_scene(placement)
            images = add_images(job, keeper)
            text = add_planes(job, images, placement, scene)
        case PlacementKind.NODE:
            tree = find_tree(placement)
            images = add_images(job, keeper)
            text = add_node(placement, tree, images[0])
        case PlacementKind.VIEW:
            images, text = add_view_images(job, placement, keeper)
        case _:
            assert_never(placement.kind)
    note_edits(images, original, job)
    open_in_editors(placement, images[0])
    for image in images:
        keep(image)
    notes = [text, *(note for note in [job.results[0].fit_note] if note), *keeper.notes]
    return Placed(images=tuple(image.name for image in images), text=joined(*notes, by=". "))


def place_tiles(jobs: Sequence[Job], assemblies: Sequence[Assembly]) -> Placed:
    """Bring the results of one click on the tiles of a tiled image into the open file, as new tiled images.

    Args:
        assemblies: those of the jobs, ready and without a failure.

    Raises:
        PlacementImpossible: as `place`.
    """
    placement = jobs[0].placement
    original = find_source(jobs[0])
    replaced: bpy.types.Image | None = None
    uses: list[ImageUse] = []
    gone: list[str] = []
    targets: list[FoundTarget] = []
    if placement.textures:
        targets, gone = find_textures(placement.textures)
    elif placement.kind is PlacementKind.TEXTURE:
        uses, gone, replaced = find_uses(placement, original)
    tree = find_tree(placement) if placement.kind is PlacementKind.NODE else None
    images = [assembly.load() for assembly in assemblies]
    numbers = sorted(job.placement.tile.number for job in jobs if job.placement.tile is not None)
    text = (
        phrase("Tile {number} replaced in a new tiled image", number=numbers[0])
        if len(numbers) == 1
        else phrase("Tiles {numbers} replaced in a new tiled image", numbers=", ".join(map(str, numbers)))
    )
    if uses:
        text = joined(text, show_in(uses, images[0]), by=". ")
    elif targets:
        told, replaced = apply_texture(targets, images[0])
        text = joined(text, told, by=". ")
    elif tree is not None:
        text = joined(text, add_node(placement, tree, images[0]), by=". ")
    note_edits(images, original or replaced, jobs[0])
    open_in_editors(placement, images[0])
    for image in images:
        keep(image)
    notes = [text, *gone, *dict.fromkeys(job.results[0].fit_note for job in jobs if job.results[0].fit_note)]
    return Placed(images=tuple(image.name for image in images), text=joined(*notes, by=". "))


def _place_texture(
    job: Job, placement: Placement, keeper: Keeper, original: bpy.types.Image | None
) -> tuple[list[bpy.types.Image], str, bpy.types.Image | None]:
    """Show the first result as a texture; the image that it replaces is returned last."""
    if placement.textures:
        objects, gone = find_textures(placement.textures)
        images = add_images(job, keeper)
        text, replaced = apply_texture(objects, images[0])
    else:
        uses, gone, replaced = find_uses(placement, original)
        images = add_images(job, keeper)
        text = show_in(uses, images[0])
    return images, joined(text, *gone, by=". "), replaced
