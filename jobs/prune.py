# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning: find images of the library to remove by age or by total size, and show them before removing them.

It never removes an image that is starred, in the open file, not yet collected, or a source of a job that is
not over. Any thread but the main one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from ..texts.wording import size_text
from ..threads.pace import Pace
from . import marks
from .chores import Outcome
from .job import RESULT_LIFE_S, JobState
from .ledger import Ledger
from .ledger_marks import BATCH
from .library import Library
from .plain import record_of
from .preparation import Preparation
from .pruning import NAMED, Here, Oldest, Plan, Rule

_DAY_S: Final = 24 * 3600.0
_ROWS: Final = (
    "SELECT images.*, results.byte_count, results.fitted, jobs.state, jobs.submitted_at FROM images"
    " JOIN results USING (job_id, position) JOIN jobs ON jobs.id = images.job_id"
)


def plan(ledger: Ledger, rule: Rule, here: Here) -> Plan:
    """Find the images that would be removed. Raises LedgerError."""
    while ledger.bring_in_images(BATCH):
        pass
    now = ledger.clock()
    with ledger.transaction() as connection:
        rows = connection.execute(f"{_ROWS} WHERE images.deleted_at = 0 ORDER BY images.id").fetchall()
        needed = _needed(connection)
    library, left = Library(ledger.path.parent), sum(row["byte_count"] for row in rows)
    going: list[sqlite3.Row] = []
    spared = 0
    for row in rows:
        is_old = bool(rule.days) and row["made_at"] < now - rule.days * _DAY_S
        is_too_much = bool(rule.most_bytes) and left > rule.most_bytes
        if not (is_old or is_too_much):
            continue
        if _stays(row, here, needed, ledger.path.parent, now):
            spared += 1
            continue
        going.append(row)
        left -= row["byte_count"]
    facts = ledger.job_facts(row["job_id"] for row in going[:NAMED])
    return Plan(
        rule=rule,
        ids=tuple(row["id"] for row in going),
        byte_count=sum(row["byte_count"] for row in going),
        oldest=tuple(
            Oldest(
                prompt=facts[row["job_id"]].prompt if row["job_id"] in facts else Path(row["path"]).name,
                made_at=row["made_at"],
                path=library.root / row["path"],
                job_id=row["job_id"],
                number=row["position"] + 1,
                thumbnail_files=library.thumbnail_files(
                    row["job_id"],
                    row["position"],
                    library.root / row["path"],
                    library.root / row["fitted"] if row["fitted"] else None,
                ),
                is_fitted=bool(row["fitted"]),
            )
            for row in going[:NAMED]
        ),
        spared=spared,
        made_at=now,
    )


def prune(ledger: Ledger, planned: Plan, here: Here, *, for_good: bool, pace: Pace) -> Outcome:
    """Put the planned images into the bin, or remove their files.

    Images that were starred, placed or deleted since, here or by another Blender, stay unchanged.

    Args:
        here: the images in the open file now.

    Raises:
        Refusal: there is nothing to do.
    """
    if not planned.ids:
        raise Refusal(phrase("No image is beyond these limits."))
    done, byte_count, ids = 0, 0, iter(planned.ids)
    while part := list(itertools.islice(ids, BATCH)):
        if pace():
            break
        pace.tell(done, len(planned.ids))
        count, size = _prune_part(ledger, part, planned, here, for_good=for_good)
        done, byte_count = done + count, byte_count + size
    if for_good:
        ledger.remove_gone_files()
    return _told(done, len(planned.ids) - done, byte_count, for_good=for_good, is_stopped=pace())


def _prune_part(
    ledger: Ledger, ids: Sequence[int], planned: Plan, here: Here, *, for_good: bool
) -> tuple[int, int]:
    """Mark images in one transaction that checks each once more. Returns how many, and their bytes."""
    changed: list[marks.Marks] = []
    byte_count: int = 0
    now = ledger.clock()
    with ledger.transaction() as connection:
        needed = _needed(connection)
        for image_id in ids:
            row: Any = connection.execute(
                f"{_ROWS} WHERE images.id = ?",
                (image_id,),
            ).fetchone()
            known = marks.marks_of(connection, image_id)
            if row is None or known is None or known.deleted_at or row["placed_at"] > planned.made_at:
                continue
            if _stays(row, here, needed, ledger.path.parent, now):
                continue
            new = replace(known, deleted_at=now, is_gone=for_good)
            marks.write_marks(connection, image_id, new)
            changed.append(new)
            byte_count += row["byte_count"]
    if changed:
        marks.append(Library(ledger.path.parent).marks_path, changed)
    return len(changed), byte_count


def _stays(row: sqlite3.Row, here: Here, needed: frozenset[str], folder: Path, now: float) -> bool:
    is_over = row["state"] in set(JobState) and JobState(row["state"]).is_final  # else a newer Easel's
    is_at_the_service = row["state"] != JobState.DONE and row["submitted_at"] + RESULT_LIFE_S > now
    return (
        bool(row["is_starred"])
        or not is_over
        or is_at_the_service
        or (row["job_id"], row["position"]) in here
        or (row["job_id"], -1) in here
        or row["content"] in needed
        or any(str(folder / row[name]) in needed for name in ("path", "fitted") if row[name])
    )


def _needed(connection: sqlite3.Connection) -> frozenset[str]:
    """Return contents and files that jobs which are not over need as sources."""
    finals = tuple(state for state in JobState if state.is_final)
    rows = connection.execute(
        "SELECT preparation FROM jobs WHERE preparation != ''"
        f" AND state NOT IN ({', '.join('?' * len(finals))})",
        finals,
    )
    found: set[str] = set()
    for row in rows.fetchall():
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # another version's
            prepared = record_of(Preparation, json.loads(row["preparation"]))
            found |= {upload.path for upload in prepared.uploads} | {prepared.original}
            found |= {text for origin in prepared.origins for text in (origin.content, origin.image)}
    return frozenset(found - {""})


def _told(done: int, kept: int, byte_count: int, *, for_good: bool, is_stopped: bool) -> Outcome:
    size = size_text(byte_count)
    if for_good:
        text = (
            phrase("1 image was removed ({size}).", size=size)
            if done == 1
            else phrase("{count:,} images were removed ({size}).", count=done, size=size)
        )
    else:
        text = (
            phrase("1 image is in the bin ({size}).", size=size)
            if done == 1
            else phrase("{count:,} images are in the bin ({size}).", count=done, size=size)
        )
    stopped = phrase("It was stopped.") if is_stopped else ""
    since = phrase("{count:,} changed since and stay.", count=kept) if kept and not is_stopped else ""
    return Outcome(text=joined(text, stopped, since), is_whole=not is_stopped)
