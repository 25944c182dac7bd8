# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ledger tells: jobs with their results, as they are committed."""

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
        """One job with its results.

        Raises:
            KeyError: there is none of that id.
        """
        jobs = self._load("WHERE id = ?", (job_id,))
        if not jobs:
            raise KeyError(job_id)
        return jobs[0]

    def jobs(self, limit: int) -> list[Job]:
        """The newest jobs that are not hidden, newest first; open ones are always among them."""
        return self._load(
            "WHERE NOT hidden AND (id IN (SELECT id FROM jobs WHERE NOT hidden"
            " ORDER BY created_at DESC LIMIT ?)"
            " OR state IN ('QUEUED', 'SUBMITTING', 'RUNNING', 'DOWNLOADING')) ORDER BY created_at DESC",
            (limit,),
        )

    def all_jobs(self) -> list[tuple[str, Job | None]]:
        """Every job by its id, hidden ones too; None for a row that this version can't read."""
        ids = [row["id"] for row in self._database.query("SELECT id FROM jobs", ())]
        known = {job.id: job for job in self._load("", ())}
        return [(job_id, known.get(job_id)) for job_id in ids]

    def changes(self, since: int) -> tuple[int, list[Job]]:
        """The revision of now, and what was changed after an earlier one, without hidden jobs.

        Not by time: clocks are set back. A ledger that was put in the place of a newer one tells all it has.
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
        """One job; None for a row that this version can't read, which is left alone."""
        try:
            job = job_of(row, tuple(results))
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("job %s in %s can't be read by this version", row["id"], self.path, exc_info=True)
            return None
        if job.balances is None or job.state is not JobState.UNCERTAIN:
            return job
        return replace(job, balances=job.balances.known_of(job.finished_at))
