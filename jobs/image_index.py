# SPDX-License-Identifier: GPL-3.0-or-later
"""Add results to the index of images. All inside a transaction of the ledger that the caller began."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..imaging.model_files import NO_IMAGES
from . import marks
from .image_query import PER_MOMENT, TABLE, id_at, words_columns
from .image_rows import Entry, entry_of
from .rows import insert_row, job_of

logger = logging.getLogger(__name__)


def bring_in(connection: sqlite3.Connection, most: int) -> int:
    """Add the images that were noted last. Inside a transaction."""
    connection.execute(TABLE)
    todo = connection.execute(
        "SELECT seq, job_id, position, path, content FROM images_todo LEFT JOIN results"
        " USING (job_id, position) ORDER BY seq DESC LIMIT ?",
        (most,),
    ).fetchall()
    entries: dict[str, Entry | None] = {}
    for row in todo:
        job_id, position = row["job_id"], row["position"]
        if job_id not in entries:
            entries[job_id] = _entry(connection, job_id)
        entry = entries[job_id]
        # Another image has this place now, or the place no longer exists.
        _drop(connection, "job_id = ? AND position = ? AND path IS NOT ?", (job_id, position, row["path"]))
        is_image = row["path"] is not None and not row["path"].lower().endswith(NO_IMAGES)
        if is_image and entry is not None:
            columns = {**entry.columns, "job_id": job_id, "position": position, "content": row["content"]}
            _write(connection, row["path"], columns, entry)
    connection.executemany("DELETE FROM images_todo WHERE seq = ?", [(row["seq"],) for row in todo])
    return len(todo)


def _entry(connection: sqlite3.Connection, job_id: str) -> Entry | None:
    """Return what a job tells of its images; None if this version can't read it."""
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    try:
        return entry_of(job_of(row, ())) if row is not None else None
    except Exception:  # another version's job, or a defect: other images must still be found
        logger.exception("images of job %s are not in the index", job_id)
        return None


def _write(connection: sqlite3.Connection, path: str, columns: Mapping[str, Any], entry: Entry) -> None:
    """Write one image. The artist's marks stay."""
    known = connection.execute("SELECT id FROM images WHERE path = ?", (path,)).fetchone()
    words = words_columns(entry)
    if known is not None:
        for table, key, values in (("images", "id", columns), ("image_words", "rowid", words)):
            changes = ", ".join(f"{name} = ?" for name in values)
            connection.execute(
                f"UPDATE {table} SET {changes} WHERE {key} = ?", (*values.values(), known["id"])
            )
        return
    image_id = id_at(columns["made_at"]) + PER_MOMENT - 1 - min(columns["position"], PER_MOMENT - 1)
    while connection.execute("SELECT 1 FROM images WHERE id = ?", (image_id,)).fetchone():
        image_id += 1
    insert_row(connection, "images", {"id": image_id, "path": path, **columns})
    insert_row(connection, "image_words", {"rowid": image_id, **words, "tags": "", "marks": ""})


def _drop(connection: sqlite3.Connection, condition: str, values: tuple[Any, ...]) -> None:
    for row in connection.execute(f"SELECT id FROM images WHERE {condition}", values).fetchall():
        for table, name in (("images", "id"), ("image_words", "rowid"), ("image_tags", "image")):
            connection.execute(f"DELETE FROM {table} WHERE {name} = ?", (row["id"],))


def bring_in_marked(connection: sqlite3.Connection, marks_path: Path) -> None:
    """Add all images and their marks when the ledger is rebuilt.

    Without marks, the images can be added later.
    """
    known = marks.read(marks_path)
    if not known:
        return
    connection.execute("SAVEPOINT marked")
    try:
        while bring_in(connection, 1000):
            pass
        for row in connection.execute("SELECT id, path FROM images").fetchall():
            if row["path"] in known:
                marks.write_marks(connection, row["id"], known[row["path"]])
    except sqlite3.OperationalError:  # a Python without FTS5: jobs matter more
        logger.exception("images have lost their marks")
        connection.execute("ROLLBACK TO marked")
    connection.execute("RELEASE marked")
