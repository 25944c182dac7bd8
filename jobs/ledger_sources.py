# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill the ledger from other sources: the journal of tasks, the images, and the memory of an engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ..texts.phrases import phrase
from .database import Database
from .image_index import bring_in_marked
from .job import Job
from .journal import Paid, unread
from .ledger_file import LedgerError
from .ledger_steps import LEASE_S, LedgerSteps
from .library import Library
from .rebuild import bring_in_tasks, remember
from .rebuild_images import bring_in_images


class LedgerSources(LedgerSteps):
    """Any thread. Raises `LedgerError`."""

    def __init__(self, path: Path, database: Database, clock: Callable[[], float]) -> None:
        super().__init__(path, database, clock)
        self.memory: Callable[[], Iterable[tuple[Job, str]]] = tuple
        """What an engine knows of jobs, with their owners, in case another file replaces the ledger."""
        self._library = Library(path.parent)

    def bring_in_tasks(self, owner: str = "") -> None:
        """Add jobs that the journal of tasks has and the ledger lacks; `recover` takes them up.

        Args:
            owner: the engine that asks. It only works on those of its jobs that it remembers as its own.
        """
        sizes = {row["name"]: row["size"] for row in self._database.query("SELECT * FROM journals", ())}
        if any(self._unread(sizes)):
            with self.transaction() as connection:  # read again: somebody may have written to both meanwhile
                self._bring_in(connection, self._unread(sizes), owner)

    def _unread(self, sizes: Mapping[str, int]) -> Iterator[tuple[str, int, list[Paid]]]:
        try:
            yield from unread(self._library.tasks_folder, sizes)
        except OSError as error:
            raise LedgerError(
                phrase(
                    "The list of paid tasks in {path} can't be read: {error}.",
                    path=self._library.tasks_folder,
                    error=error,
                )
            ) from error

    def _bring_in(
        self,
        connection: sqlite3.Connection,
        files: Iterable[tuple[str, int, list[Paid]]],
        ours: str = "",
    ) -> None:
        followed = {job.id for job, owner in self.memory() if owner}

        def lives(row: sqlite3.Row) -> bool:
            now, latest = self._now()
            is_leased = row["owner"] != "" and now <= row["lease_until"] <= latest
            return is_leased and not (row["owner"] == ours and row["id"] not in followed)

        for name, size, tasks in files:
            left = bring_in_tasks(connection, tasks, now=self.clock(), lives=lives)
            seen = min((paid.begins for paid in left), default=size)
            connection.execute("INSERT OR REPLACE INTO journals VALUES (?, ?)", (name, seen))

    def bring_in_all(self) -> None:
        """Add everything known from elsewhere, because an older ledger has replaced this one."""
        with self.transaction() as connection:
            self._fill(connection, is_anew=False, was_open=True)

    def _fill(self, connection: sqlite3.Connection, *, is_anew: bool, was_open: bool) -> int:
        """Fill a file that has replaced the ledger with what is known from elsewhere. Returns its jobs."""
        now = self.clock()
        if was_open:
            remember(connection, self.memory(), self.path.parent, now=now, lease_s=LEASE_S)
        sizes = {row["name"]: row["size"] for row in connection.execute("SELECT * FROM journals")}
        self._bring_in(connection, self._unread(sizes))
        if is_anew:
            bring_in_images(connection, self._library, now=now)
            bring_in_marked(connection, self._library.marks_path)
        return connection.execute("SELECT count(*) FROM jobs").fetchone()[0]
