# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's marks, also kept in a file beside the ledger, because the images' files don't contain them.

Each marked image has a line of JSON with all its marks at that time; the last line counts. All Blenders
append to the same file, so none loses another one's marks.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from .image_query import marks_columns
from .image_words import fold
from .plain import record_of

BEST: Final = 5
"""The best rating."""
_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Marks:
    """All marks of one image."""

    path: str
    """The path of its file, relative to the library's folder."""
    is_starred: bool
    rating: int
    tags: tuple[str, ...]
    deleted_at: float
    is_gone: bool = False
    """Its files were removed."""


def marks_of(connection: sqlite3.Connection, image_id: int) -> Marks | None:
    """Read the marks of an image; None if there is no such image."""
    row = connection.execute("SELECT * FROM images WHERE id = ?", (image_id,)).fetchone()
    if row is None:
        return None
    tags = connection.execute("SELECT tag FROM image_tags WHERE image = ? ORDER BY folded", (image_id,))
    return Marks(
        path=row["path"],
        is_starred=bool(row["is_starred"]),
        rating=row["rating"],
        tags=tuple(tag["tag"] for tag in tags.fetchall()),
        deleted_at=row["deleted_at"],
        is_gone=bool(row["is_gone"]),
    )


def write_marks(connection: sqlite3.Connection, image_id: int, marks: Marks) -> None:
    """Write the marks of an image, also to the word index. Inside a transaction."""
    connection.execute(
        "UPDATE images SET is_starred = ?, rating = ?, deleted_at = ?, is_gone = ? WHERE id = ?",
        (marks.is_starred, marks.rating, marks.deleted_at, marks.is_gone, image_id),
    )
    connection.execute("DELETE FROM image_tags WHERE image = ?", (image_id,))
    connection.executemany(
        "INSERT OR IGNORE INTO image_tags (image, folded, tag) VALUES (?, ?, ?)",
        [(image_id, fold(tag), tag) for tag in marks.tags],
    )
    words = marks_columns(marks.is_starred, marks.rating, marks.tags, marks.deleted_at, is_gone=marks.is_gone)
    connection.execute(
        "UPDATE image_words SET tags = ?, marks = ? WHERE rowid = ?",
        (words["tags"], words["marks"], image_id),
    )


def append(path: Path, changed: Iterable[Marks]) -> None:
    """Append lines to the file. If that fails, marking still works, because the ledger has the marks."""
    # Begin a new line, whatever a crash left of the one before.
    data = "".join(f"\n{json.dumps(asdict(marks))}\n" for marks in changed).encode()
    try:
        descriptor = os.open(path, _APPEND, 0o600)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)
    except OSError:
        logger.exception("marks of images are in the ledger alone")


def read(path: Path) -> dict[str, Marks]:
    """Read the file: the last marks of each image, by its path."""
    return {marks.path: marks for marks in _lines(path)}


def _lines(path: Path) -> Iterator[Marks]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry: Any = json.loads(line) if line.strip() else None
            marks = None if entry is None else record_of(Marks, entry)
            if marks is not None and 0 <= marks.rating <= BEST:
                yield marks
        except (ValueError, KeyError, TypeError, RecursionError):
            logger.warning("a line in the marks of images can't be read: %.200r", line)
