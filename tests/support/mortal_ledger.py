# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that dies with its process, and sees who uses the disk: for `test_laws`."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from easel.jobs.database import LedgerError
from easel.jobs.ledger import Ledger


class MortalLedger(Ledger):
    """The ledger of a process that can be killed; after that, nothing that it does reaches the disk."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        super().__init__(path, clock=clock, opens=False)
        self.is_dead = False
        self.of_main_thread: list[str] = []
        """Uses of the disk by the main thread, which must never wait for it."""
        self._living_transaction, self._living_query = self.transaction, self._database.query
        self.transaction = self._transaction  # type: ignore[method-assign]
        self._database.query = self._query  # type: ignore[method-assign]

    def _look(self, what: str) -> None:
        if self.is_dead:
            raise LedgerError("The process is dead.")
        if threading.current_thread() is threading.main_thread():
            self.of_main_thread.append(what)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        self._look("write")
        with self._living_transaction() as connection:
            yield connection
            self._look("write")

    def _query(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        self._look(sql)
        return self._living_query(sql, values)
