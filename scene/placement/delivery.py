# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of one click on their way into the open file: placed automatically, or by the artist.

A click on several tiles makes several jobs, which are placed together when the last of them has ended. Any
other click makes one. Main thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...jobs.job import Job
from ...jobs.targets import PlacementKind
from ...texts.phrases import phrase
from ...threads.task import Task
from ..errors import PlacementImpossible
from .assembly import Assembly
from .copies import Copies
from .images import Keeper, file_name
from .kept_files import Ready
from .place import PlacementSettings, place, place_tiles
from .tile_files import TileFiles, place_alone

_TOO_LATE = phrase(
    "The waiting time is over, but files are still being written. Nothing was placed: try again."
)


@dataclass(kw_only=True, eq=False)
class Delivery:
    """The jobs of one click, and the files that are being written for them."""

    given_up: list[Task]
    """Tasks of all deliveries that still work on files which nobody needs any more."""
    awaited: set[str] = field(default_factory=set)
    """Ids of the click's jobs that have not ended."""
    waiting: dict[str, float] = field(default_factory=dict)
    """Ids of the jobs that wait to be placed, with the monotonic times since when."""
    asked: str = ""
    """Id of the job that the artist has placed manually, while its files are written."""
    by_hand: Sequence[Job] = ()
    """That job and those placed with it, with the artist's placement."""
    files: Copies | TileFiles | None = None
    """Files that are being written for the next jobs to be placed."""
    assembled: dict[str, Assembly] = field(default_factory=dict)
    """The makers of the placed tiled images, by the images' names."""

    @property
    def since(self) -> float:
        """When the first of its jobs began to wait."""
        return min(self.waiting.values())

    @property
    def is_free(self) -> bool:
        """Whether its jobs can be placed automatically: all have ended, and none was placed manually."""
        return bool(self.waiting) and not self.awaited and not self.by_hand

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens automatically."""
        return not (self.awaited or self.waiting or self.by_hand)

    def drop(self, job_id: str) -> bool:
        """Stop waiting for a job. True if the artist had placed it manually."""
        self.waiting.pop(job_id, None)
        if self.asked != job_id:
            return False
        self.asked, self.by_hand = "", ()
        return True

    def are_files_ready(self, jobs: Sequence[Job], *, pack: bool) -> bool:
        """Write the files that belong beside the .blend. False while that takes time.

        Args:
            pack: as in `PlacementSettings`.
        """
        if jobs[0].placement.kind is PlacementKind.MODEL:
            return True
        folder = folder_beside(pack=pack)
        if jobs[0].placement.tile is None:
            return folder is None or self._copies(jobs[0], folder).is_ready
        try:
            return self._tiles(jobs, folder).is_ready
        except (PlacementImpossible, OSError, RuntimeError):
            return True  # placing it will report the reason

    def place(
        self,
        jobs: Sequence[Job],
        *,
        pack: bool,
        note: Callable[[Job, str], None],
        ends_at: float = math.inf,
        ready: Ready | None = None,
    ) -> tuple[str, ...]:
        """Place a job, or jobs of a click on tiles together. Waits for their files.

        Tiles that can't be combined become separate images. Then no node shows them, because the other tiles
        would be missing.

        Args:
            note: called for each job as soon as its images are in the file, with what was done.
            ends_at: when to wait no more (`time.monotonic`).
            ready: the files of a job that is not a tile, if they were prepared.

        Returns:
            the names of the images.

        Raises:
            PlacementImpossible: of those that `note` was not called for, nothing was changed.
        """
        settings = PlacementSettings(pack=pack)
        if jobs[0].placement.tile is not None:
            return self._place_tiles(jobs, settings, note, ends_at)
        if ready is not None:
            settings = replace(settings, copies=ready.copies, contents=ready.contents)
            placed = place(jobs[0], settings)
            note(jobs[0], placed.text)
            return placed.images
        folder = folder_beside(pack=pack)
        if folder is not None and ends_at < math.inf:
            self._copies(jobs[0], folder)  # a thread can be left to itself
        placed = place(jobs[0], replace(settings, copies=self._take_copies(folder, ends_at)))
        note(jobs[0], placed.text)
        return placed.images

    def give_up_files(self) -> None:
        """Stop writing files that nobody needs. Returns at once."""
        if self.files is not None:
            still_at_it = [task for task in self.given_up if not task.is_over]
            self.given_up[:] = [*still_at_it, *self.files.discard()]
            self.files = None

    def _place_tiles(
        self,
        jobs: Sequence[Job],
        settings: PlacementSettings,
        note: Callable[[Job, str], None],
        ends_at: float,
    ) -> tuple[str, ...]:
        files = self._tiles(jobs, folder_beside(pack=settings.pack))
        try:
            if not files.wait(ends_at):
                raise PlacementImpossible(_TOO_LATE)
            if files.failure:
                return place_alone(jobs, settings, note, files.failure)
            placed = place_tiles(jobs, files.parts)
            made = zip(placed.images, files.parts, strict=True)
            self.assembled = {name: part for name, part in made if isinstance(part, Assembly)}
            self.files = None  # they are the images'
        finally:
            self.give_up_files()
        for job in jobs:
            note(job, placed.text)
        return placed.images

    def _tiles(self, jobs: Sequence[Job], folder: Path | None) -> TileFiles:
        """Return the files of tiles that are being written; start them if there are none for these jobs."""
        if not isinstance(self.files, TileFiles) or not self.files.is_for(jobs, folder):
            self.give_up_files()
            self.files = TileFiles(jobs, folder)
        return self.files

    def _copies(self, job: Job, folder: Path) -> Copies:
        """Return the copies that are being made; start them if there are none for these files and folder."""
        names = names_of(job)
        if not isinstance(self.files, Copies) or (self.files.folder, self.files.names) != (folder, names):
            self.give_up_files()
            self.files = Copies(folder, names)
        return self.files

    def _take_copies(self, folder: Path | None, ends_at: float) -> dict[Path, Path]:
        """Return the copies that were made; those for another folder are dropped.

        Raises:
            PlacementImpossible: they were not made by `ends_at`.
        """
        if not isinstance(self.files, Copies):
            return {}
        if self.files.folder != folder:
            self.give_up_files()
            return {}
        if not self.files.wait(ends_at):
            self.give_up_files()
            raise PlacementImpossible(_TOO_LATE)
        copies, self.files = self.files, None
        return copies.made


def names_of(job: Job) -> dict[Path, str]:
    """Return the library's files that a job is placed from, and the names of their copies."""
    return {result.path: file_name(job, result) for result in job.results_to_place}


def folder_beside(*, pack: bool) -> Path | None:
    """Return the folder for the open file's new images; None: they are packed."""
    return Keeper.for_open_file(pack=pack).folder
