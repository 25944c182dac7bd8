# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs as the main thread sees them: in memory, so that looking at them waits for no disk and no lock."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .job import Job
from .overview import Totals

FIRST_JOBS: Final = 1000
"""How many of the newest are read at the start; open ones always are."""


class Shelf:
    """Jobs by their ids, as last read or told. Any thread.

    It is filled at the start, by all that is told to the main thread, and by what other Blenders wrote.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}  # each step on it is one of the interpreter's own
        self._putting = threading.Lock()
        self.totals = Totals()
        """The ledger's totals when they were last counted."""
        self.unsent: tuple[str, ...] = ()
        """Ids of the jobs that an earlier session left unsent, in their order; as last looked at."""
        self.is_filled = threading.Event()
        """Whether what earlier sessions left is there."""

    def put(self, job: Job) -> Job:
        """Show a job as it is now. Returns it as it is known: what was placed stays so.

        A look at the ledger may have read it a moment before that was written down.
        """
        with self._putting:
            known = self.find(job.id)
            if known is not None and known.placed_at and not job.placed_at:
                job = replace(job, placed_at=known.placed_at)
            self._jobs[job.id] = job
        return job

    def fill(self, jobs: list[Job]) -> None:
        """Add what was read at the start. What was told meanwhile is newer."""
        self.add(jobs)
        self.is_filled.set()

    def add(self, jobs: Iterable[Job]) -> list[Job]:
        """Add what was read of the ledger. Returns the jobs as they are known: what was told is newer."""
        return [self._jobs.setdefault(job.id, job) for job in jobs]

    def remove(self, job_id: str) -> None:
        """Show a job no more."""
        self._jobs.pop(job_id, None)

    def job(self, job_id: str) -> Job:
        """One job, a hidden one too. Raises KeyError."""
        return self._jobs[job_id]

    def find(self, job_id: str) -> Job | None:
        """One job, a hidden one too; or None."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Every job that is known, hidden ones too, in no order."""
        return list(self._jobs.copy().values())

    def jobs(self, limit: int) -> list[Job]:
        """The newest jobs and all open ones, newest first; no hidden ones."""
        jobs = sorted(self._listed(), key=lambda job: job.created_at, reverse=True)
        return jobs[:limit] + [job for job in jobs[limit:] if not job.state.is_final]

    def jobs_of_click(self, batch: str) -> list[Job]:
        """The jobs of one click on tiles (`TileTarget.batch`), newest first."""
        tiles = [(job, job.placement.tile) for job in self._listed()]
        jobs = [job for job, tile in tiles if tile is not None and tile.batch == batch]
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    def find_task(self, server: str, task_id: str) -> Job | None:
        """The job that a task id belongs to; no hidden one."""
        return next((job for job in self._listed() if (job.server, job.task_id) == (server, task_id)), None)

    def _listed(self) -> list[Job]:
        return [job for job in self.all() if not job.hidden]
