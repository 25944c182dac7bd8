# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs as the main thread sees them: in memory, so that reading them never waits for a disk or a lock."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .job import Job
from .overview import Totals

FIRST_JOBS: Final = 1000
"""How many of the newest jobs are read at the start; open ones are always read."""


class Shelf:
    """Jobs by their ids, as last read or reported. Any thread.

    It is filled at the start, by every report to the main thread, and by what other Blenders wrote.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}  # each step on it is atomic in the interpreter
        self._putting = threading.Lock()
        self.totals = Totals()
        """The ledger's totals when they were last counted."""
        self.unsent: tuple[str, ...] = ()
        """Ids of the jobs that an earlier session left unsent, in their order, as last read."""
        self.is_filled = threading.Event()
        """Set when the jobs of earlier sessions are here."""

    def put(self, job: Job) -> Job:
        """Show a job as it is now. Returns the job as known: a placed job stays placed.

        The ledger may have been read a moment before the placing was written.
        """
        with self._putting:
            known = self.find(job.id)
            if known is not None and known.placed_at and not job.placed_at:
                job = replace(job, placed_at=known.placed_at)
            self._jobs[job.id] = job
        return job

    def fill(self, jobs: list[Job]) -> None:
        """Add what was read at the start. Jobs that were reported meanwhile are newer, and stay."""
        self.add(jobs)
        self.is_filled.set()

    def add(self, jobs: Iterable[Job]) -> list[Job]:
        """Add what was read from the ledger. Returns the jobs as known: reported ones are newer."""
        return [self._jobs.setdefault(job.id, job) for job in jobs]

    def remove(self, job_id: str) -> None:
        """Stop showing a job."""
        self._jobs.pop(job_id, None)

    def job(self, job_id: str) -> Job:
        """Return one job, also a hidden one. Raises KeyError."""
        return self._jobs[job_id]

    def find(self, job_id: str) -> Job | None:
        """Return one job, also a hidden one; or None."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Return every known job, also hidden ones, in no order."""
        return list(self._jobs.copy().values())

    def jobs(self, limit: int) -> list[Job]:
        """Return the newest jobs and all open ones, newest first, without hidden ones."""
        jobs = sorted(self._listed(), key=lambda job: job.created_at, reverse=True)
        return jobs[:limit] + [job for job in jobs[limit:] if not job.state.is_final]

    def jobs_of_click(self, batch: str) -> list[Job]:
        """Return the jobs of one click on tiles (`TileTarget.batch`), newest first."""
        tiles = [(job, job.placement.tile) for job in self._listed()]
        jobs = [job for job, tile in tiles if tile is not None and tile.batch == batch]
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    def find_task(self, server: str, task_id: str) -> Job | None:
        """Return the visible job that a task id belongs to."""
        return next((job for job in self._listed() if (job.server, job.task_id) == (server, task_id)), None)

    def _listed(self) -> list[Job]:
        return [job for job in self.all() if not job.hidden]
