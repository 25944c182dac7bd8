# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite file under the ledger: connections, transactions, migrations. Knows nothing of jobs."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .schema import MIGRATIONS

BUSY_TIMEOUT_S: Final = 5.0
"""How long a transaction waits for another process's."""


class LedgerError(Refusal):
    """The ledger can't be read or written; the text says why."""


class _Connection(sqlite3.Connection):
    """Closes itself with the thread that it belongs to."""

    def __del__(self) -> None:
        self.close()


class Database:
    """One file, made and migrated if needed; a connection for each thread. Raises `LedgerError` only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._choose_journal()
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise LedgerError(
                phrase("The list of jobs in {path} can't be opened: {error}.", path=path, error=error)
            ) from error
        self._migrate()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Generator[sqlite3.Connection]:
        """One writing transaction; rolled back by any exception.

        Args:
            durable: False lets the commit reach the disk later, with the next durable one. It survives
                a crash of the process either way.
        """
        try:
            connection = self._connection()
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LedgerError(
                phrase("The list of jobs in {path} can't be written: {error}.", path=self._path, error=error)
            ) from error

    def query(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        """All rows of one SELECT."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(
                phrase("The list of jobs in {path} can't be read: {error}.", path=self._path, error=error)
            ) from error

    def close(self) -> None:
        """Close this thread's connection. It opens again at the next use."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            connection.close()

    def _connection(self) -> _Connection:
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                # Used by one thread alone; but the last to hold it, and so to close it, may be another.
                check_same_thread=False,
                factory=_Connection,
            )
            connection.row_factory = sqlite3.Row
            self._local.connection = connection
        return connection

    def _choose_journal(self) -> None:
        """Ask for WAL. Where it can't be had, SQLite stays with its rollback journal: slower, as safe.

        WAL is for the processes of one computer (sqlite.org/wal.html), so a library is too.

        This statement does not wait for others that open the file at the same moment; so we do.
        """
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._connection().execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.02)

    def _migrate(self) -> None:
        with self.transaction() as connection:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise LedgerError(
                    phrase(
                        "The list of jobs in {path} was made by a newer Easel: update this one.",
                        path=self._path,
                    )
                )
            for script in MIGRATIONS[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _statements(script: str) -> list[str]:
    """Split a script, because `executescript` would commit the transaction it runs in."""
    return [statement for statement in script.split(";") if statement.strip()]
