# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs about tiles that one click has made: they are placed together, when the last of them has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..jobs.job import Job
from ..jobs.placement import Placement, PlacementKind, TileTarget
from ..phrases import joined, phrase
from .errors import PlacementImpossible
from .images import Keeper
from .placement import Placed, PlacementSettings, place, place_tiles
from .refs import find_image
from .tiled_results import Assembly, assemble

_batches: dict[str, str] = {}
"""Batches by the ids of their jobs that have ended."""
_unfinished: dict[str, set[str]] = {}
"""Ids of jobs that have not ended, by their batch."""
_assemblies: dict[str, list[Assembly]] = {}
"""Tiled images in the making, by their batch."""


def bind(job_ids: Iterable[str], batch: str) -> None:
    """Tell that jobs are of one click on several tiles."""
    _unfinished[batch] = set(job_ids)


def note_end(job: Job) -> None:
    """Tell that a job has ended, however it did."""
    if job.placement.tile is not None:
        _batches[job.id] = job.placement.tile.batch
        _unfinished.get(job.placement.tile.batch, set()).discard(job.id)


def forget() -> None:
    """Another file is open."""
    _batches.clear()
    _unfinished.clear()
    for assembly in [assembly for assemblies in _assemblies.values() for assembly in assemblies]:
        assembly.discard()
    _assemblies.clear()


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


def is_ready(jobs: Sequence[Job], *, pack: bool) -> bool:
    """Have a thread write the files for jobs of one click; True when they can be placed at once.

    Args:
        pack: as in `PlacementSettings`.
    """
    try:
        return all(assembly.is_ready for assembly in _started(jobs, pack=pack))
    except (PlacementImpossible, OSError, RuntimeError):
        return True  # placing it will say so


def place_together(jobs: Sequence[Job], settings: PlacementSettings) -> Placed | None:
    """Place the results of one click on tiles; None where they are not about tiles. Waits for their files.

    Tiles that can't be put together become images of their own: then no node shows them, for the others would
    be gone.

    Raises:
        PlacementImpossible: as `place`.
    """
    assemblies = _started(jobs, pack=settings.pack)
    if not assemblies:
        return None
    del _assemblies[_batch_of(jobs)]
    try:
        for assembly in assemblies:
            assembly.wait()
        failure = next((assembly.failure for assembly in assemblies if assembly.failure), "")
        if not failure:
            return place_tiles(jobs, assemblies)
        alone = [place(replace(job, placement=_alone(job.placement)), settings) for job in jobs]
    except BaseException:
        for assembly in assemblies:
            assembly.discard()
        raise
    finally:
        for assembly in assemblies:
            assembly.clear_up()
    for assembly in assemblies:
        assembly.discard()
    reason = phrase("The tiles can't be one image: {reason}", reason=failure)
    return Placed(
        images=tuple(name for placed in alone for name in placed.images),
        text=joined(alone[0].text, reason, by=". "),
    )


def _started(jobs: Sequence[Job], *, pack: bool) -> list[Assembly]:
    batch = _batch_of(jobs)
    if batch and batch not in _assemblies:
        _assemblies[batch] = assemble(jobs, Keeper.for_open_file(pack=pack))
    return _assemblies.get(batch, [])


def _batch_of(jobs: Sequence[Job]) -> str:
    tile = jobs[0].placement.tile
    return tile.batch if tile is not None else ""


def _alone(placement: Placement) -> Placement:
    return replace(placement, kind=PlacementKind.IMAGE, open_for=None)
