# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a job: a change that checks, in its own transaction, the state it starts from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..texts.phrases import pack
from .database import Database
from .job import JobState
from .rows import STAMP

LEASE_S: Final = 15.0
"""How long a job stays with its owner without a heartbeat.

Long enough for a Blender in which one operation stops all threads. Short enough that the artist hardly waits
after a crash."""


ORPHANED: Final = "(owner = '' OR lease_until < ? OR lease_until > ?)"
"""Nobody moves the job on. Parameters: `LedgerSteps._now`. A lease that ends too far in the future was
written before the clock was set back."""


class LedgerSteps:
    """The base of all parts of the ledger."""

    def __init__(self, path: Path, database: Database, clock: Callable[[], float]) -> None:
        self.path = path
        self.clock = clock
        self._database = database
        self.transaction = database.transaction

    def _now(self) -> tuple[float, float]:
        """Return the earliest and the latest time at which a valid lease ends."""
        now = self.clock()
        return now, now + 2 * LEASE_S

    def _move_own(self, job_id: str, by: str, states: tuple[JobState, ...], **changes: Any) -> bool:
        """Change a job for a worker of the engine `by`.

        False if the job was in none of `states`, or if another engine has taken it over.
        """
        return self._move(job_id, states, "AND owner IN ('', ?)", (by,), **changes)

    def _move(
        self,
        job_id: str,
        states: tuple[JobState, ...],
        condition: str = "",
        values: tuple[Any, ...] = (),
        **changes: Any,
    ) -> bool:
        """Change one job if it is in one of `states` (and meets `condition`); False if it was not."""
        with self.transaction() as connection:
            return self._change(connection, job_id, states, condition, values, **changes)

    def _change(
        self,
        connection: sqlite3.Connection,
        job_id: str,
        states: tuple[JobState, ...],
        condition: str = "",
        values: tuple[Any, ...] = (),
        **changes: Any,
    ) -> bool:
        """Do the same inside a transaction."""
        columns = ", ".join(f"{name} = ?" for name in changes)
        stored = [pack(value) if isinstance(value, str) else value for value in changes.values()]
        marks = ", ".join("?" * len(states))
        cursor = connection.execute(
            f"UPDATE jobs SET {columns}, {STAMP} WHERE id = ? AND state IN ({marks}) {condition}",
            (*stored, self.clock(), job_id, *states, *values),
        )
        return cursor.rowcount == 1
