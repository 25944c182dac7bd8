# SPDX-License-Identifier: GPL-3.0-or-later
"""Read jobs and their results from the ledger, as committed."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from typing import Any

from .job import Job, JobState, Result
from .ledger_steps import LedgerSteps
from .rows import job_of, result_of

logger = logging.getLogger(__name__)


class LedgerReading(LedgerSteps):
    """Any thread. Raises `LedgerError`."""

    def job(self, job_id: str) -> Job:
        """Return one job with its results.

        Raises:
            KeyError: no job has the id.
        """
        jobs = self._load("WHERE id = ?", (job_id,))
        if not jobs:
            raise KeyError(job_id)
        return jobs[0]

    def jobs(self, limit: int) -> list[Job]:
        """Return the newest visible jobs, newest first. Open ones are always among them."""
        return self._load(
            "WHERE NOT hidden AND (id IN (SELECT id FROM jobs WHERE NOT hidden"
            " ORDER BY created_at DESC LIMIT ?)"
            " OR state IN ('QUEUED', 'SUBMITTING', 'RUNNING', 'DOWNLOADING')) ORDER BY created_at DESC",
            (limit,),
        )

    def all_jobs(self) -> list[tuple[str, Job | None]]:
        """Return every job by its id, with hidden ones; None for a row that this version can't read."""
        ids = [row["id"] for row in self._database.query("SELECT id FROM jobs", ())]
        known = {job.id: job for job in self._load("", ())}
        return [(job_id, known.get(job_id)) for job_id in ids]

    def changes(self, since: int) -> tuple[int, list[Job]]:
        """Return the current revision, and visible jobs that changed after an earlier one.

        Revisions are used instead of times, because clocks are set back. An older ledger that was restored
        reports all its jobs.
        """
        latest: int = self._database.query("SELECT coalesce(max(revision), 0) FROM jobs", ())[0][0]
        if latest == since:
            return latest, []
        return latest, self._load("WHERE revision > ? AND NOT hidden", (since if since < latest else 0,))

    # -- inside --------------------------------------------------------------------------------------

    def _load(self, where: str, values: tuple[Any, ...]) -> list[Job]:
        results: dict[str, list[Result]] = {}
        rows = self._database.query(f"SELECT * FROM jobs {where}", values)
        chosen = f"SELECT id FROM jobs {where}"
        for row in self._database.query(
            f"SELECT * FROM results WHERE job_id IN ({chosen}) ORDER BY position", values
        ):
            results.setdefault(row["job_id"], []).append(result_of(row, self.path.parent))
        return [job for row in rows if (job := self._readable(row, results.get(row["id"], []))) is not None]

    def _readable(self, row: sqlite3.Row, results: list[Result]) -> Job | None:
        """Return one job; None for a row that this version can't read, which is left alone."""
        try:
            job = job_of(row, tuple(results))
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("job %s in %s can't be read by this version", row["id"], self.path, exc_info=True)
            return None
        if job.balances is None or job.state is not JobState.UNCERTAIN:
            return job
        return replace(job, balances=job.balances.known_of(job.finished_at))
