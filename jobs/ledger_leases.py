# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a job is: leases, renewed while an engine lives, and what becomes of the jobs of one that died."""

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
        """Whether an engine that is gone left a job half sent: the journal may tell what became of it."""
        rows = self._database.query(
            f"SELECT 1 FROM jobs WHERE state = 'SUBMITTING' AND server = ? AND {ORPHANED} LIMIT 1",
            (server, *self._now()),
        )
        return bool(rows)

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        """Renew the lease of what an engine follows. What it has and does not follow, others may take.

        Args:
            sending: those of them whose POST is in the air. What another engine called uncertain of them,
                while this one stood still, is being sent after all.

        Returns:
            those of `followed` that are not this engine's: taken over, parked or ended by another.
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
                # One that has no row is still to be written down.
                row = connection.execute("SELECT owner FROM jobs WHERE id = ?", (job_id,)).fetchone()
                if row is not None and row["owner"] != owner:
                    lost.add(job_id)
            connection.executemany(
                "UPDATE jobs SET lease_until = ? WHERE id = ?",
                [(lease_until, job_id) for job_id in followed if job_id not in lost],
            )
        return lost

    def release(self, owner: str) -> None:
        """Give up all jobs of an engine that stops. A POST that is still in the air becomes uncertain."""
        with self.transaction() as connection:
            self._make_uncertain(connection, "owner = ?", (owner,))
            connection.execute("UPDATE jobs SET owner = '', lease_until = 0 WHERE owner = ?", (owner,))

    def recover(self, owner: str, server: str, *, parked_too: bool, now: float | None = None) -> list[str]:
        """Settle what a dead or stopped engine left, and take over what is still at the service.

        Args:
            parked_too: also jobs that were left with the service: at start-up, so that nothing that
                was paid for stays there until it expires.
            now: by the clock, when the caller saw that it goes right; the transaction may have to wait.

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
