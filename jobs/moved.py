# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign in the place of a moved library's ledger: a file that names the new place.

It is a SQLite file of a version that no Easel has, so that an Easel without this feature refuses it too. It
takes the ledger's name in one step: at that moment the library is in its new place, for every Blender.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

VERSION: Final = 1_000_000


def moved_to(path: Path) -> Path | None:
    """Return where the library of a ledger's path is now; None if the path has a ledger, or nothing."""
    with contextlib.suppress(sqlite3.Error, OSError, ValueError):
        if not path.is_file():
            return None
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return told_by(connection)
    return None


def told_by(connection: sqlite3.Connection) -> Path | None:
    """Return the library's new place from an open file; None if it is a ledger."""
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return None
    row = connection.execute("SELECT folder FROM moved").fetchone()
    return Path(os.fsdecode(bytes(row[0]))) if row is not None else None


def write_sign(path: Path, folder: Path) -> None:
    """Write the sign, synced to the disk.

    Args:
        folder: where the library is now.

    Raises:
        OSError, sqlite3.Error
    """
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE moved (folder BLOB NOT NULL)")
        connection.execute("INSERT INTO moved VALUES (?)", (os.fsencode(folder),))
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
