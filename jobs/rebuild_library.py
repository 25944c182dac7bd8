# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair a library from its files: add jobs for images that the ledger lacks, and rebuild the index.

Files are read outside of transactions, and recorded in short ones, so that other Blenders go on. Nothing is
removed from the ledger.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from typing import Final

from ..texts.phrases import joined, phrase
from ..threads.pace import Pace
from . import marks
from .chores import Outcome
from .image_query import TABLE
from .ledger import Ledger
from .ledger_images import BATCH
from .library import Library
from .rebuild_images import Found, bring_in_unknown, by_job, files_of, found_at, take_apart

logger = logging.getLogger(__name__)

_JOBS_AT_A_TIME: Final = 20
"""In one transaction."""


def rebuild(ledger: Ledger, pace: Pace) -> Outcome:
    """Add what files tell and the ledger lacks, and rebuild the index. Any thread but the main one.

    Raises:
        LedgerError, OSError: what was added until then stays.
    """
    library = Library(ledger.path.parent)
    before = _paths(ledger)
    files = {path.relative_to(library.root).as_posix(): path for path in files_of(library)}
    groups: dict[str, list[Found]] = {}
    for number, (name, path) in enumerate(files.items()):
        pace.tell(number, len(files))
        if name in before:
            continue
        if pace():
            return _stopped()
        found = found_at(path)
        groups.setdefault(found.group, []).append(found)
    todo = list(groups.values())
    for start in range(0, len(todo), _JOBS_AT_A_TIME):
        if pace():
            return _stopped()
        images = [found for group in todo[start : start + _JOBS_AT_A_TIME] for found in group]
        with ledger.transaction() as connection:
            owners = by_job(connection, images)
        for job_id, found in owners.items():
            take_apart(library, job_id, found)
        with ledger.transaction() as connection:
            bring_in_unknown(connection, library, images, now=ledger.clock())
    with ledger.transaction() as connection:
        _note_all(connection)
    while ledger.bring_in_images(BATCH):
        if pace():
            return _stopped()
    after = _paths(ledger)
    _mark(ledger, library, after - before)
    gone = sum(not (library.root / name).is_file() for name in after.difference(files))
    return _told(found=len(files), new=len(after - before), gone=gone)


def _paths(ledger: Ledger) -> set[str]:
    """Return all images of the ledger that are not removed for good, by their stored paths."""
    with ledger.transaction() as connection:
        rows = connection.execute(
            "SELECT path FROM results WHERE path NOT IN (SELECT path FROM images WHERE is_gone)"
        )
        return {row["path"] for row in rows}


def _note_all(connection: sqlite3.Connection) -> None:
    """Note all images, so that they are indexed again. The artist's marks stay."""
    connection.execute(TABLE)
    connection.execute("INSERT INTO image_words (image_words) VALUES ('rebuild')")
    lost = connection.execute(
        "SELECT id FROM images WHERE id NOT IN (SELECT rowid FROM image_words)"
    ).fetchall()
    for row in lost:
        connection.execute(
            "INSERT INTO image_words (rowid, words, dates, tags, facts, marks)"
            " VALUES (?, '', '', '', '', '')",
            (row["id"],),
        )
        if (known := marks.marks_of(connection, row["id"])) is not None:
            marks.write_marks(connection, row["id"], known)
    connection.execute(
        "INSERT INTO images_todo (job_id, position) SELECT job_id, position FROM images WHERE NOT EXISTS"
        " (SELECT 1 FROM results WHERE (job_id, position) = (images.job_id, images.position))"
    )
    connection.execute(
        "INSERT INTO images_todo (job_id, position)"
        " SELECT job_id, position FROM results ORDER BY saved_at, job_id, position"
    )


def _mark(ledger: Ledger, library: Library, new: set[str]) -> None:
    """Give recovered images the marks that they had."""
    known = {path: each for path, each in marks.read(library.marks_path).items() if path in new}
    for names in _parts(list(known)):
        with ledger.transaction() as connection:
            for name in names:
                row = connection.execute("SELECT id FROM images WHERE path = ?", (name,)).fetchone()
                if row is not None and not known[name].is_gone:
                    marks.write_marks(connection, row["id"], known[name])


def _parts(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))


def _stopped() -> Outcome:
    return Outcome(text=phrase("It was stopped."), is_whole=False)


def _told(*, found: int, new: int, gone: int) -> Outcome:
    text = (
        phrase("1 image was found in the library.")
        if found == 1
        else phrase("{count:,} images were found in the library.", count=found)
    )
    more = phrase("{count:,} of them were not listed.", count=new) if new else ""
    missing = phrase("{count:,} listed images no longer have a file.", count=gone) if gone else ""
    return Outcome(text=joined(text, more, missing), is_whole=not gone)
