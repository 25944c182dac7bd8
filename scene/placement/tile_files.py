# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of one click on tiles: find the ones to place together, and make their tiled images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ...jobs.job import Job
from ...jobs.placement import Placement, TileTarget
from ...jobs.targets import PlacementKind
from ...texts.phrases import joined, phrase
from ...threads.task import Task
from ..refs import find_image
from .assembly import Assembly
from .place import PlacementSettings, check_files, place
from .reused_tiles import Reused
from .tiled_results import assemble


class TileFiles:
    """The files of tiled images that are being made. They only suit these jobs and this folder.

    Args:
        folder: beside the .blend by its current name; None if they must be packed.

    Raises:
        PlacementImpossible, OSError, RuntimeError: making them can't begin.
    """

    def __init__(self, jobs: Sequence[Job], folder: Path | None) -> None:
        self._wanted = _wanted(jobs, folder)
        self.parts = assemble(jobs, folder)
        """One for each variation of the jobs' results."""
        self.assemblies = [part for part in self.parts if isinstance(part, Assembly)]
        """The parts that are not in the file already."""

    def is_for(self, jobs: Sequence[Job], folder: Path | None) -> bool:
        """Return whether they are for these jobs and this folder."""
        are_here = all(part.is_here for part in self.parts if isinstance(part, Reused))
        return are_here and self._wanted == _wanted(jobs, folder)

    @property
    def is_ready(self) -> bool:
        """Whether all are written, or will not be."""
        return all(assembly.is_ready for assembly in self.assemblies)

    def wait(self, ends_at: float) -> bool:
        """Block until they are ready; False if `time.monotonic()` reaches `ends_at` first."""
        return all(assembly.wait(ends_at) for assembly in self.assemblies)

    @property
    def failure(self) -> str:
        """Why they will not be written, in words for the artist; empty if they are written."""
        return next((assembly.failure for assembly in self.assemblies if assembly.failure), "")

    def discard(self) -> list[Task]:
        """Remove them, and return the tasks that still work on that."""
        return [assembly.discard() for assembly in self.assemblies]


def find_tile(placement: Placement) -> TileTarget | None:
    """Return the tile of a manual placement, if the edited image is in the file."""
    if placement.tile is None:
        return None
    image = find_image(placement.tile.image)
    return placement.tile if image is not None and image.source == "TILED" else None


def placeable_with(job: Job, others: Iterable[Job]) -> list[Job]:
    """Return the jobs of a click to place together with one of them: the newest of every other tile.

    A job without images on disk is left out.
    """
    chosen = {_number_of(job): job}
    for other in others:
        are_there = other.state.has_images and all(one.path.is_file() for one in other.results_to_place)
        if are_there and other.id != job.id:
            chosen.setdefault(_number_of(other), other)
    return [other for other in chosen.values() if other is not job]


def place_alone(
    jobs: Sequence[Job], settings: PlacementSettings, note: Callable[[Job, str], None], failure: str
) -> tuple[str, ...]:
    """Make separate images of tiles that can't be combined.

    All or none of them, except if an unforeseen error stops at some.

    Args:
        failure: why they can't be combined.
        note: as in `Delivery.place`.

    Raises:
        PlacementImpossible
    """
    for job in jobs:
        check_files(job)
    reason = phrase("The tiles can't be one image: {reason}", reason=failure)
    names: list[str] = []
    for job in jobs:
        placed = place(replace(job, placement=_alone(job.placement)), settings)
        note(job, joined(placed.text, reason, by=". "))
        names += placed.images
    return tuple(names)


def _wanted(jobs: Sequence[Job], folder: Path | None) -> tuple[object, ...]:
    pictures = frozenset((job.id, result.index) for job in jobs for result in job.results)
    return pictures, jobs[0].placement.makes_copy, folder


def _number_of(job: Job) -> int:
    return job.placement.tile.number if job.placement.tile is not None else 0


def _alone(placement: Placement) -> Placement:
    return replace(placement, kind=PlacementKind.IMAGE, open_for=None)
