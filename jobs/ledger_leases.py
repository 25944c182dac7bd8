# SPDX-License-Identifier: GPL-3.0-or-later
"""The owners of jobs: leases that a live engine renews, and what happens to jobs of a dead one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any

from ..texts.phrases import pack
from .job import CUT_OFF
from .ledger_steps import LEASE_S, ORPHANED, LedgerSteps
from .rows import STAMP


class LedgerLeases(LedgerSteps):
    """Any thread. Raises `LedgerError`."""

    def is_half_sent(self, server: str) -> bool:
        """Return whether a dead engine left a job half sent. The journal may tell its outcome."""
        rows = self._database.query(
            f"SELECT 1 FROM jobs WHERE state = 'SUBMITTING' AND server = ? AND {ORPHANED} LIMIT 1",
            (server, *self._now()),
        )
        return bool(rows)

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        """Renew the leases of the jobs that an engine follows.

        Others may take its jobs that it does not follow.

        Args:
            sending: those jobs whose POST is under way. If another engine called one uncertain while this
                engine stood still, it is being sent after all.

        Returns:
            those of `followed` that no longer belong to this engine: taken over, parked or ended by another.
        """
        lost: set[str] = set()
        with self.transaction() as connection:
            lease_until = self.clock() + LEASE_S
            for job_id in sending:
                connection.execute(
                    "UPDATE jobs SET state = 'SUBMITTING', message = '', finished_at = 0, owner = ?,"
                    f" {STAMP} WHERE id = ? AND state = 'UNCERTAIN' AND message = ?",
                    (owner, self.clock(), job_id, pack(CUT_OFF)),
                )
            for job_id in followed:
                # A job without a row is still to be written.
                row = connection.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
                if row is not None and row["owner"] != owner:
                    lost.add(job_id)
            connection.executemany(
                "UPDATE jobs SET lease_until = ? WHERE id = ?",
                [(lease_until, job_id) for job_id in followed if job_id not in lost],
            )
        return lost

    def release(self, owner: str) -> None:
        """Give up all jobs of an engine that stops.

        If a POST is still under way, its job becomes uncertain.
        """
        with self.transaction() as connection:
            self._make_uncertain(connection, "owner = ?", (owner,))
            connection.execute("UPDATE jobs SET owner = '', lease_until = 0 WHERE owner = ?", (owner,))

    def recover(self, owner: str, server: str, *, parked_too: bool, now: float | None = None) -> list[str]:
        """Settle the jobs that a dead or stopped engine left, and take over those still at the service.

        Args:
            parked_too: also take parked jobs. Used at start-up, so that no paid result stays at the service
                until it expires.
            now: the time when the caller saw that the clock is right; the transaction may have to wait.

        Returns:
            ids of all jobs that changed; those with state RUNNING or DOWNLOADING now belong to `owner`.
        """
        now = self.clock() if now is None else now
        lease = (now, now + 2 * LEASE_S)
        orphaned = f"server = ? AND {ORPHANED}"
        with self.transaction() as connection:
            changed = self._make_uncertain(connection, orphaned, (server, *lease))
            rows = connection.execute(
                f"UPDATE jobs SET owner = ?, lease_until = ?, parked = 0, hidden = 0, {STAMP}"
                f" WHERE {orphaned} AND state IN ('RUNNING', 'DOWNLOADING') AND task_id != ''"
                " AND (NOT parked OR ?) RETURNING id",
                (owner, now + LEASE_S, now, server, *lease, parked_too),
            ).fetchall()
        return changed + [row[0] for row in rows]

    def _make_uncertain(
        self, connection: sqlite3.Connection, where: str, values: tuple[Any, ...]
    ) -> list[str]:
        now = self.clock()
        rows = connection.execute(
            f"UPDATE jobs SET state = 'UNCERTAIN', owner = '', finished_at = ?, {STAMP}, remedy = '',"
            f" message = ? WHERE state = 'SUBMITTING' AND {where} RETURNING id",
            (now, now, pack(CUT_OFF), *values),
        ).fetchall()
        return [row[0] for row in rows]
