# SPDX-License-Identifier: GPL-3.0-or-later
"""Open the ledger's file: as it is, migrated, or recreated if it is missing, empty or damaged.

It uses SQLite's rollback journal, not its write-ahead log: all committed data is in the one file, so that the
file can be copied, moved and restored. With a log, SQLite would silently overwrite a restored file.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Protocol

from ..imaging.files import create_private, make_private_folder
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .moved import told_by
from .schema import MIGRATIONS


class LedgerError(Refusal):
    """The ledger can't be read or written; the text says why."""


class LibraryMoved(LedgerError):
    """The library is in another folder by now."""

    def __init__(self, folder: Path) -> None:
        super().__init__(phrase("The library was moved to {folder}.", folder=folder))
        self.folder = folder


class LedgerLocked(LedgerError):
    """Another program, or a slow disk, holds the ledger. It may let go at any moment."""


class LedgerDamaged(LedgerError):
    """The file is damaged, or was just moved. The next use opens another file, or rebuilds it."""


class Fill(Protocol):
    """Adds rows to a file that replaced another; inside its first transaction."""

    def __call__(self, connection: sqlite3.Connection, *, is_anew: bool, was_open: bool) -> int:
        """Return how many rows there are then. `is_anew`: the file is new."""
        ...


def no_filling(connection: sqlite3.Connection, *, is_anew: bool, was_open: bool) -> int:
    """Add nothing."""
    del connection, is_anew, was_open
    return 0


class _Connection(sqlite3.Connection):
    """A connection that closes itself when its owner goes."""

    def __del__(self) -> None:
        self.close()


def connect(path: Path) -> sqlite3.Connection:
    """Connect, for threads that take turns. The caller waits for other programs, not this connection."""
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, check_same_thread=False, factory=_Connection
    )
    with _closed_on_error(connection):
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def open_file(path: Path, fill: Fill, tell: Callable[[str], None], *, was_open: bool) -> sqlite3.Connection:
    """Open a ledger and migrate it. If it is missing, empty or damaged, keep it aside and create it again.

    Args:
        path: its folder is created if missing.
        fill: adds what is known from elsewhere, when the file is recreated or has replaced another.
        tell: reports what was done about a missing or damaged file.
        was_open: it was opened before. Then it is another file now; a missing folder was moved.

    Raises:
        LedgerError, OSError, sqlite3.Error: nothing stays open.
    """
    if not was_open:
        make_private_folder(path.parent)
    elif not path.parent.is_dir():
        raise LedgerError(
            phrase(
                "The library folder {folder} is gone: it was moved or deleted. Put it back, or choose "
                "another in the preferences.",
                folder=path.parent,
            )
        )
    try:
        connection = _open_sound(path)
    except (FileNotFoundError, sqlite3.OperationalError) as error:
        if isinstance(error, sqlite3.Error) and code_of(error) != sqlite3.SQLITE_IOERR:
            raise
        connection = None  # another Blender may be putting it aside now
    if connection is None:
        with _alone(path):  # two Blenders must not both put it aside
            connection = _open_sound(path) or _make_anew(path, fill, tell, was_open=was_open)
    elif was_open:
        with _closed_on_error(connection), _unless_read_only(connection):
            connection.execute("BEGIN IMMEDIATE")
            fill(connection, is_anew=False, was_open=True)
            connection.execute("COMMIT")
    with contextlib.suppress(sqlite3.OperationalError):  # an older Easel has it open, with a log
        connection.execute("PRAGMA journal_mode = PERSIST")
    return connection


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from a later one of the same name; None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def is_in_place(path: Path, identity: tuple[int, int] | None) -> bool:
    """Return whether the file of a name is the one that was opened, and was not emptied since."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == identity and status.st_size > 0


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error says that a file is no valid ledger."""
    return code_of(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if the Python module raised the error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _open_sound(path: Path) -> sqlite3.Connection | None:
    """Open a file as it is; None if it is missing, empty or damaged."""
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        connection = connect(path)
        with _closed_on_error(connection):
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if (folder := told_by(connection)) is not None:
                raise LibraryMoved(folder)
            _refuse_newer(path, version)
            # Not the quick check: a file copied during a write has indices of another
            # moment, which would assign images to the wrong job.
            if version and connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok":
                if version < len(MIGRATIONS):
                    connection.execute("BEGIN IMMEDIATE")
                    _migrate(connection)
                    connection.execute("COMMIT")
                return connection
        connection.close()
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
    return None


def _refuse_newer(path: Path, version: int) -> None:
    if version > len(MIGRATIONS):
        raise LedgerError(
            phrase("The list of jobs in {path} was made by a newer Easel: update this one.", path=path)
        )


def _make_anew(path: Path, fill: Fill, tell: Callable[[str], None], *, was_open: bool) -> sqlite3.Connection:
    """Put the existing file aside, and create one from everything that is known from elsewhere."""
    kept = _put_aside(path)
    create_private(path).close()  # the files that SQLite puts beside it get its permissions
    connection = connect(path)
    with _closed_on_error(connection):
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection)
        count = fill(connection, is_anew=True, was_open=was_open)
        connection.execute("COMMIT")
    if kept or count:
        text = phrase(
            (
                "The list of jobs in {path} was missing or damaged. It was rebuilt from the images and "
                "the list of paid tasks: {count} jobs."
            ),
            path=path,
            count=count,
        )
        tell(joined(text, phrase("The damaged file is kept as {name}.", name=kept) if kept else ""))
    return connection


def _put_aside(path: Path) -> str:
    """Rename a damaged file and SQLite's files beside it. Returns the new name; empty if there was none."""
    moment = time.strftime("%Y-%m-%dT%H%M%S")
    kept = ""
    for suffix in ("", "-journal", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if not part.exists() or not part.stat().st_size or (suffix == "-journal" and not kept):
            continue  # a journal is useless without its file
        new = part.with_name(f"{path.stem}.damaged-{moment}{path.suffix}{suffix}")
        part.rename(new)
        kept = kept or new.name
    return kept


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    """Keep other programs from doing the same. The lock ends with this process, whatever happens."""
    file = path.with_suffix(".lock")
    if not file.exists():
        create_private(file).close()
    with contextlib.closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Generator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextlib.contextmanager
def _unless_read_only(connection: sqlite3.Connection) -> Generator[None]:
    """Write to a file, but leave it alone if it is read-only: a later write opens it again."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if code_of(error) != sqlite3.SQLITE_READONLY:
            raise
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection) -> None:
    """Create what the tables of this version need. Inside a transaction."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    for script in MIGRATIONS[version:]:
        for statement in _statements(script):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _statements(script: str) -> list[str]:
    """Split a script, because `executescript` would commit the surrounding transaction."""
    statements = [""]
    for part in script.split(";"):
        statements[-1] += f"{part};"
        if sqlite3.complete_statement(statements[-1]):  # a trigger's statement has several parts
            statements.append("")
    return [statement for statement in statements if statement.strip("; \n")]
