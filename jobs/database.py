# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite file under the ledger: connections, transactions, migrations. It does not know jobs.

Writes that wait at the same moment share one commit, because each commit waits for the disk several times.
Each write is a savepoint in one transaction, so a failing write undoes only itself. The last one to leave
commits for all.

Before each read and each write, it checks that the open file is still the file of that name. If not, it opens
the file that now has the name (`ledger_file.py`).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from ..texts.phrases import phrase
from .ledger_file import (
    Fill,
    LedgerDamaged,
    LedgerError,
    LedgerLocked,
    LibraryMoved,
    code_of,
    connect,
    identity_of,
    is_damage,
    is_in_place,
    no_filling,
    open_file,
)

T = TypeVar("T")
logger = logging.getLogger(__name__)

PATIENCE_S: Final = 5.0
"""How long a read or a write waits for another program's."""

RETRY_S: Final = 0.01
"""Pause between two tries to lock the file. SQLite's own waiting would delay the reading threads."""

MAX_GROUP: Final = 64
"""The most writes in one commit; with more, the first would wait long."""

_HARMLESS: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT)
"""Errors that say nothing about the connection. After any other error it is opened again."""


@dataclass(kw_only=True, eq=False)
class _Group:
    """Writes that share one commit."""

    size: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)
    error: sqlite3.Error | None = None
    """Why none of them was written."""


class Database:
    """One file, created and migrated if needed, opened at the first use.

    Any thread; raises only `LedgerError`.
    One connection writes and one reads. Readers see what is committed, and wait for a writer only during its
    commit.

    Args:
        path, fill, tell: as for `ledger_file.open_file`.
        moved: called with the library's new folder if it was moved. Any thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        fill: Fill = no_filling,
        tell: Callable[[str], None] = logger.warning,
        moved: Callable[[Path], None] = lambda _folder: None,
    ) -> None:
        self._path = path
        self._moved = moved
        self._fill = fill
        self._tell = tell
        self._identity: tuple[int, int] | None = None
        """The identity of the file that was opened last."""
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._turn = threading.Lock()
        """Held by the thread that uses the writing connection. Taken before `_reading`, if both are."""
        self._reading = threading.Lock()
        """Held by the thread that uses the reading connection, and during a commit."""
        self._group: _Group | None = None
        self._waiting = 0
        """How many threads are about to write."""
        self._waiting_lock = threading.Lock()
        self._holder: tuple[int, _Group] | None = None
        """The thread that is inside `together`, and its group."""
        self._held_up: set[object] = set()
        """The threads that wait for another program now. Whoever waits for them waits for it too."""
        self._last_moment = float("inf")

    # -- for everybody ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """One write, on the disk when this is left. Any exception undoes this write alone."""
        with self._joined() as group, self._part_of(group) as connection:
            yield connection

    @contextlib.contextmanager
    def together(self) -> Generator[None]:
        """Let all transactions of this thread inside share one commit, on the disk when this is left.

        Raises:
            LedgerLocked: nothing inside was done, or none of it was written.
            LedgerError: nothing inside was written.
        """
        with self._joined() as group:
            self._holder = (threading.get_ident(), group)
            try:
                yield
            finally:
                self._holder = None

    def query(self, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        """Return all rows of one SELECT: the committed ones, or inside `together` the pending ones too."""

        def attempt(deadline: float) -> list[sqlite3.Row]:
            is_mended = False
            while True:
                try:
                    with self._held(self._reading, deadline):
                        is_good = is_in_place(self._path, self._identity)
                        if self._reader is not None and is_good:
                            return self._reader.execute(sql, values).fetchall()
                    if not is_good:
                        self.close()
                except sqlite3.DatabaseError as error:
                    if not is_damage(error) or is_mended:
                        raise
                    is_mended = True
                    self.close()
                with self._held(self._turn, deadline):
                    self._ready()

        with self._told_as(self._unreadable):
            if self._own_group() is not None:
                return self._ready().execute(sql, values).fetchall()
            return self._patiently(attempt)

    def open(self) -> None:
        """Open it now."""

        def attempt(deadline: float) -> None:
            with self._held(self._turn, deadline):
                self._ready()

        with self._told_as(self._unreadable):
            self._patiently(attempt)

    def close(self) -> None:
        """Close it; the next use opens it again. A file that is in use for too long stays open."""
        with contextlib.suppress(LedgerLocked), self._held(self._turn, self._deadline()):
            if self._group is not None:
                self._commit(self._group)
            self._close()

    @contextlib.contextmanager
    def shut(self) -> Generator[None]:
        """Close the file, and let no thread of this process open it meanwhile.

        Raises:
            LedgerLocked: it is in use for too long.
        """
        deadline = self._deadline()
        with self._held(self._turn, deadline):
            if self._group is not None:
                self._commit(self._group)
            with self._held(self._reading, deadline):
                self._close_both()
                yield

    def hurry(self, timeout_s: float) -> None:
        """Wait at most this long for others from now on, because Blender is closing."""
        self._last_moment = time.monotonic() + timeout_s

    # -- groups -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _joined(self) -> Generator[_Group]:
        """Take the turn in the shared transaction of all current writers, which is committed afterwards."""
        with self._told_as(self._unwritable):
            if (group := self._own_group()) is not None:
                yield group
                return
            group = self._enter()
            try:
                yield group
            finally:
                self._leave(group)
            while not group.is_over.wait(1.0):  # the one who was to commit it may have given up
                with self._turn:
                    if self._group is group:
                        self._commit(group)
            if group.error is not None:
                raise group.error

    def _own_group(self) -> _Group | None:
        """Return this thread's own group, inside `together`."""
        holder = self._holder
        return holder[1] if holder is not None and holder[0] == threading.get_ident() else None

    @contextlib.contextmanager
    def _part_of(self, group: _Group) -> Generator[sqlite3.Connection]:
        """Be one write of a group: a failure inside undoes only this write."""
        if group.error is not None:
            raise group.error
        connection = self._ready()
        connection.execute("SAVEPOINT one")
        try:
            yield connection
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK TO one")
                connection.execute("RELEASE one")
            elif isinstance(error, sqlite3.Error):
                group.error = error  # a full disk undoes the whole group
            raise
        connection.execute("RELEASE one")

    def _enter(self) -> _Group:
        def attempt(deadline: float) -> _Group:
            self._take(self._turn, deadline)
            try:
                if not is_in_place(self._path, self._identity):
                    if self._group is not None:  # of writes that went to an earlier file
                        self._commit(self._group)
                    self._close()
                if self._group is None:
                    self._begin()
                    self._group = _Group()
                self._group.size += 1
                return self._group
            except BaseException as error:
                self._doubt(error)
                self._turn.release()
                raise

        with self._waiting_lock:
            self._waiting += 1
        try:
            return self._patiently(attempt)
        finally:
            with self._waiting_lock:
                self._waiting -= 1

    def _begin(self) -> None:
        """Begin a transaction. If the file was read-only when it was opened, open it again."""
        try:
            _begin_on(self._ready())
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_READONLY:
                raise
            self._close()
            _begin_on(self._ready())

    def _leave(self, group: _Group) -> None:
        """Give the turn to the next writer, or commit if nobody waits."""
        try:
            if not self._waiting or group.size >= MAX_GROUP or group.error is not None:
                self._commit(group)
        finally:
            self._turn.release()

    def _commit(self, group: _Group) -> None:
        def attempt(deadline: float) -> None:
            with self._held(self._reading, deadline):
                self._ready().execute("COMMIT")

        self._group = None
        try:
            if group.error is None:
                self._patiently(attempt)
        except sqlite3.Error as error:
            group.error = error
        finally:
            if group.error is not None and self._writer is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("ROLLBACK")
                self._doubt(group.error)
            group.is_over.set()

    # -- connections --------------------------------------------------------------------------------

    def _ready(self) -> sqlite3.Connection:
        """Return the writing connection, opened if needed. The caller has the turn."""
        return self._writer or self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            self._writer = open_file(self._path, self._fill, self._tell, was_open=self._identity is not None)
            with self._reading:
                self._reader = connect(self._path)
                self._identity = identity_of(self._path)
            return self._writer
        except BaseException as error:
            self._close()
            if isinstance(error, LibraryMoved):
                self._moved(error.folder)
            if isinstance(error, (sqlite3.Error, OSError)) and not _is_busy(error):
                raise LedgerError(
                    phrase(
                        "The list of jobs in {path} can't be opened: {error}.", path=self._path, error=error
                    )
                ) from error
            raise

    def _doubt(self, error: BaseException) -> None:
        """Close connections that may be unusable, such as those to a file that was read-only."""
        if isinstance(error, sqlite3.Error) and code_of(error) not in _HARMLESS:
            self._close()

    def _close(self) -> None:
        with self._reading:
            self._close_both()

    def _close_both(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None

    # -- waiting ------------------------------------------------------------------------------------

    def _patiently(self, attempt: Callable[[float], T]) -> T:
        """Try repeatedly while another program holds the file. `attempt` gets the deadline (monotonic)."""
        deadline = self._deadline()
        this = object()
        try:
            while True:
                try:
                    return attempt(deadline)
                except sqlite3.OperationalError as error:
                    if not _is_busy(error) or time.monotonic() > min(deadline, self._last_moment):
                        raise
                self._held_up.add(this)
                time.sleep(RETRY_S)
        finally:
            self._held_up.discard(this)

    def _deadline(self) -> float:
        return min(time.monotonic() + PATIENCE_S, self._last_moment)

    @contextlib.contextmanager
    def _held(self, lock: threading.Lock, deadline: float) -> Generator[None]:
        self._take(lock, deadline)
        try:
            yield
        finally:
            lock.release()

    def _take(self, lock: threading.Lock, deadline: float) -> None:
        if not lock.acquire(timeout=max(deadline - time.monotonic(), 0)):
            raise self._locked() if self._held_up else self._slow()

    # -- telling ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _told_as(self, tell: Callable[[sqlite3.Error], LedgerError]) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise (self._locked() if _is_busy(error) else tell(error)) from error

    def _unwritable(self, error: sqlite3.Error) -> LedgerError:
        is_moved = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED
        kind = LedgerDamaged if is_damage(error) or is_moved else LedgerError
        return kind(
            phrase("The list of jobs in {path} can't be written: {error}.", path=self._path, error=error)
        )

    def _unreadable(self, error: sqlite3.Error) -> LedgerError:
        return LedgerError(
            phrase("The list of jobs in {path} can't be read: {error}.", path=self._path, error=error)
        )

    def _slow(self) -> LedgerLocked:
        return LedgerLocked(
            phrase(
                "The disk with the list of jobs in {path} is slow to answer. Easel tries again.",
                path=self._path,
            )
        )

    def _locked(self) -> LedgerLocked:
        return LedgerLocked(
            phrase(
                "Another program is holding the list of jobs in {path}. Easel tries again.", path=self._path
            )
        )


def _begin_on(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM turns WHERE 0")  # in a file that can't be written, BEGIN only reads


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
