# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs about tiles that one click has made: they are placed together, when the last of them has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...jobs.job import Job
from ...jobs.placement import Placement, PlacementKind, TileTarget
from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..refs import find_image
from .assembly import Assembly
from .images import Keeper
from .place import PlacementSettings, check_files, place, place_tiles
from .tiled_results import assemble

_batches: dict[str, str] = {}
"""Batches by the ids of their jobs that have ended."""
_unfinished: dict[str, set[str]] = {}
"""Ids of jobs that have not ended, by their batch."""
_works: dict[str, _Work] = {}
"""Tiled images in the making, by their batch."""


@dataclass(frozen=True, kw_only=True)
class _Work:
    """Tiled images in the making, and what they are made for: of other jobs or elsewhere they are useless."""

    job_ids: frozenset[str]
    folder: Path | None
    """Beside the .blend as it was called then; None where they are to be packed."""
    assemblies: Sequence[Assembly]

    def discard(self) -> None:
        for assembly in self.assemblies:
            assembly.discard()


def bind(job_ids: Iterable[str], batch: str) -> None:
    """Tell that jobs are of one click on several tiles."""
    _unfinished[batch] = set(job_ids)


def note_end(job: Job) -> None:
    """Tell that a job has ended, however it did."""
    if job.placement.tile is not None:
        _batches[job.id] = job.placement.tile.batch
        _unfinished.get(job.placement.tile.batch, set()).discard(job.id)


def forget() -> None:
    """Another file is open. Returns at once, also where tiles are being written."""
    _batches.clear()
    _unfinished.clear()
    for work in _works.values():
        work.discard()
    _works.clear()


def find_tile(placement: Placement) -> TileTarget | None:
    """Return the tile that a placement by hand is about, where the image that was edited is in the file."""
    if placement.tile is None:
        return None
    image = find_image(placement.tile.image)
    return placement.tile if image is not None and image.source == "TILED" else None


def is_held_up(job_id: str) -> bool:
    """True while others of the same click have not ended."""
    return bool(_unfinished.get(_batches.get(job_id, "")))


def siblings(job_id: str, others: Iterable[str]) -> list[str]:
    """Return those of other jobs that are of the same click."""
    batch = _batches.get(job_id)
    return [other for other in others if batch and other != job_id and _batches.get(other) == batch]


def placeable_with(job: Job, others: Iterable[Job]) -> list[Job]:
    """Return those of a click's jobs that are to be placed with one of them: the newest of every other tile.

    One without images on disk stays behind.
    """
    chosen = {_number_of(job): job}
    for other in others:
        are_there = other.state.has_images and all(one.path.is_file() for one in other.results_to_place)
        if are_there and other.id != job.id:
            chosen.setdefault(_number_of(other), other)
    return [other for other in chosen.values() if other is not job]


def is_ready(jobs: Sequence[Job], *, pack: bool) -> bool:
    """Have a thread write the files for jobs of one click; True when they can be placed at once.

    Args:
        pack: as in `PlacementSettings`.
    """
    try:
        return all(assembly.is_ready for assembly in _started(jobs, pack=pack))
    except (PlacementImpossible, OSError, RuntimeError):
        return True  # placing it will say so


def place_together(
    jobs: Sequence[Job], settings: PlacementSettings, note: Callable[[Job, str], None]
) -> tuple[str, ...]:
    """Place the results of one click on tiles. Waits for their files. Returns the names of the images.

    Tiles that can't be put together become images of their own: then no node shows them, for the others would
    be gone.

    Args:
        note: called for each job as soon as its images are in the file, with what was done.

    Raises:
        PlacementImpossible: as `place`; of those that `note` was not called for, nothing was changed.
    """
    assemblies = _started(jobs, pack=settings.pack)
    work = _works.pop(_batch_of(jobs))
    for assembly in assemblies:
        assembly.wait()
    failure = next((assembly.failure for assembly in assemblies if assembly.failure), "")
    if failure:
        work.discard()
        return _place_alone(jobs, settings, note, failure)
    try:
        placed = place_tiles(jobs, assemblies)
    except BaseException:
        work.discard()
        raise
    for job in jobs:
        note(job, placed.text)
    return placed.images


def _place_alone(
    jobs: Sequence[Job], settings: PlacementSettings, note: Callable[[Job, str], None], failure: str
) -> tuple[str, ...]:
    """Make images of their own of all, or of none: only what no check foresees can leave it at some."""
    for job in jobs:
        check_files(job)
    reason = phrase("The tiles can't be one image: {reason}", reason=failure)
    names: list[str] = []
    for job in jobs:
        placed = place(replace(job, placement=_alone(job.placement)), settings)
        note(job, joined(placed.text, reason, by=". "))
        names += placed.images
    return tuple(names)


def _started(jobs: Sequence[Job], *, pack: bool) -> Sequence[Assembly]:
    """Return the tiled images of jobs in the making, begun now if they are not, or not for these and here."""
    batch, job_ids = _batch_of(jobs), frozenset(job.id for job in jobs)
    folder = Keeper.for_open_file(pack=pack).folder
    work = _works.get(batch)
    if work is not None and (work.job_ids, work.folder) != (job_ids, folder):
        _works.pop(batch).discard()
        work = None
    if work is None:
        work = _Work(job_ids=job_ids, folder=folder, assemblies=assemble(jobs, folder))
        _works[batch] = work
    return work.assemblies


def _batch_of(jobs: Sequence[Job]) -> str:
    tile = jobs[0].placement.tile
    return tile.batch if tile is not None else ""


def _number_of(job: Job) -> int:
    return job.placement.tile.number if job.placement.tile is not None else 0


def _alone(placement: Placement) -> Placement:
    return replace(placement, kind=PlacementKind.IMAGE, open_for=None)
