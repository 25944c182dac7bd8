# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger as a long list: its totals, its pages, hidden jobs, and the cost of uncertain jobs."""

from __future__ import annotations

from typing import Final

from .balances import Reading
from .job import Job, JobState
from .ledger_reading import LedgerReading
from .ledger_steps import ORPHANED
from .overview import DONE_STATES, PAGE, Cursor, Totals
from .weighing import weigh

_LISTED: Final = "hidden = ? AND NOT (hidden AND imported)"
"""Imported images are never in the list, and do not count as hidden by the artist."""


class LedgerList(LedgerReading):
    """Any thread. Raises `LedgerError`."""

    def page(self, after: Cursor, *, hidden: bool) -> tuple[list[Job], Cursor | None]:
        """Return the next jobs of a list, newest first, and where they end; None if they are the last.

        Args:
            after: where the page before ended (`overview.START` for the first).
            hidden: list the jobs that the artist has hidden, or the others.
        """
        rows = self._database.query(
            f"SELECT id, created_at FROM jobs WHERE {_LISTED} AND (created_at, id) < (?, ?)"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            (hidden, *after, PAGE),
        )
        if not rows:
            return [], None
        end = (rows[-1]["created_at"], rows[-1]["id"])
        jobs = self._load(
            f"WHERE {_LISTED} AND (created_at, id) < (?, ?) AND (created_at, id) >= (?, ?)"
            " ORDER BY created_at DESC, id DESC",
            (hidden, *after, *end),
        )
        return jobs, end if len(rows) == PAGE else None

    def totals(self) -> Totals:
        """Count the jobs."""
        rows = self._database.query(
            "SELECT hidden, state, count(*) FROM jobs WHERE NOT (hidden AND imported) GROUP BY hidden, state",
            (),
        )
        listed = {state: count for hidden, state, count in rows if not hidden}
        return Totals(
            listed=sum(listed.values()),
            hidden=sum(count for hidden, _state, count in rows if hidden),
            done=sum(listed.get(state, 0) for state in DONE_STATES),
        )

    def unsent(self, server: str) -> list[str]:
        """Return ids of the jobs that an earlier session left unsent, in the order in which they were made.

        Jobs that another live engine is about to send are left out.
        """
        rows = self._database.query(
            "SELECT id FROM jobs WHERE state = 'QUEUED' AND NOT hidden AND server = ?"
            f" AND {ORPHANED} ORDER BY created_at, id",
            (server, *self._now()),
        )
        return [row["id"] for row in rows]

    def hide_done(self) -> list[str]:
        """Hide all jobs that are over and need nothing from the artist. Returns their ids.

        Other Blenders learn of it at their next start: thousands of changes would flood them.
        """
        states = ", ".join(f"'{state}'" for state in DONE_STATES)
        with self.transaction() as connection:
            rows = connection.execute(
                f"UPDATE jobs SET hidden = 1 WHERE NOT hidden AND state IN ({states}) RETURNING id"
            ).fetchall()
        return [row[0] for row in rows]

    def unhide(self, job_id: str) -> bool:
        """Show a hidden job in the lists again."""
        return self._move(job_id, tuple(JobState), hidden=0)

    def weigh(self, server: str, after: Reading) -> bool:
        """Find out from a balance whether uncertain jobs were charged. False: no job was waiting for it."""
        with self.transaction() as connection:
            return weigh(connection, server, after, self.clock())
