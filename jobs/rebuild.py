# SPDX-License-Identifier: GPL-3.0-or-later
"""Add what a ledger lacks: from the journal of tasks, and from the memory of an engine.

All inside a transaction of the ledger that the caller has begun.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..texts.phrases import pack
from .job import CUT_OFF, Job, JobState, Result, in_the_list_already
from .journal import Paid
from .rows import STAMP, columns_of_result, insert_job, result_of, update_job, write_result


def bring_in_tasks(
    connection: sqlite3.Connection, tasks: Iterable[Paid], *, now: float, lives: Callable[[sqlite3.Row], bool]
) -> list[Paid]:
    """Add a job to collect each task. The engine that recovers finds out the outcome.

    A job that was sent without an answer becomes uncertain.

    Args:
        lives: returns whether the engine that owns a row of `jobs` is working on it.

    Returns:
        The tasks to look at again, because a live engine or a newer Easel should write them.
    """
    return [paid for paid in tasks if not _bring_in(connection, paid, now, lives)]


def _bring_in(
    connection: sqlite3.Connection, paid: Paid, now: float, lives: Callable[[sqlite3.Row], bool]
) -> bool:
    """Add one task; False if it must be looked at again."""
    if not paid.is_sure:
        return _call_uncertain(connection, paid, now, lives)
    known = connection.execute(
        "SELECT id FROM jobs WHERE server = ? AND task_id = ?", (paid.server, paid.task_id)
    ).fetchone()
    row = _row_of(connection, paid)
    if known is not None:
        if row is not None and row["id"] != known["id"] and not row["task_id"]:
            return _leave_to_twin(connection, row, paid, now, lives)
        return True
    if row is not None and not row["task_id"]:
        changes = {**_running(paid), "parked": 0, "hidden": 0}
        if not lives(row):  # a live engine is about to write the same
            changes |= {"owner": "", "lease_until": 0}
        columns = ", ".join(f"{name} = ?" for name in changes)
        connection.execute(
            f"UPDATE jobs SET {columns}, finished_at = 0, {STAMP} WHERE id = ?",
            (*changes.values(), now, paid.job_id),
        )
        return True
    if paid.job is None:
        return False  # a newer Easel can read it
    job_id = paid.job_id if row is None else id_of(paid.job_id, paid.task_id)
    job = replace(paid.job, id=job_id, updated_at=now, **_running(paid))
    insert_job(connection, job, "", 0.0)
    return True


def _leave_to_twin(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    paid: Paid,
    now: float,
    lives: Callable[[sqlite3.Row], bool],
) -> bool:
    """Keep a job from being sent again if another job has its task and collects it. As `bring_in_tasks`."""
    if row["state"] not in (JobState.QUEUED, JobState.SUBMITTING, JobState.CANCELLED, JobState.UNCERTAIN):
        return True
    if row["state"] == JobState.SUBMITTING and lives(row):
        return False
    connection.execute(
        "UPDATE jobs SET state = 'FAILED', message = ?, remedy = '', submitted_at = ?, finished_at = ?,"
        f" owner = '', {STAMP} WHERE id = ?",
        (pack(in_the_list_already(paid.task_id)), paid.at, paid.at, now, row["id"]),
    )
    return True


def _call_uncertain(
    connection: sqlite3.Connection, paid: Paid, now: float, lives: Callable[[sqlite3.Row], bool]
) -> bool:
    """Keep a job from being sent again that was sent with unknown outcome. As `bring_in_tasks`."""
    row = _row_of(connection, paid)
    if row is None:
        if paid.job is not None:
            job = replace(
                paid.job, state=JobState.UNCERTAIN, finished_at=paid.at, updated_at=now, message=CUT_OFF
            )
            insert_job(connection, job, "", 0.0)
        return paid.job is not None
    if row["state"] not in (JobState.QUEUED, JobState.CANCELLED):
        return True
    if lives(row):
        return False
    connection.execute(
        f"UPDATE jobs SET state = 'UNCERTAIN', message = ?, remedy = '', finished_at = ?, owner = '', {STAMP}"
        " WHERE id = ?",
        (pack(CUT_OFF), paid.at, now, paid.job_id),
    )
    return True


def _row_of(connection: sqlite3.Connection, paid: Paid) -> sqlite3.Row | None:
    return connection.execute(
        "SELECT id, state, task_id, owner, lease_until FROM jobs WHERE id = ?", (paid.job_id,)
    ).fetchone()


def remember(
    connection: sqlite3.Connection,
    jobs: Iterable[tuple[Job, str]],
    folder: Path,
    *,
    now: float,
    lease_s: float,
) -> None:
    """Write what an engine knows better than the file that has replaced the ledger.

    Args:
        jobs: with their owners; empty if unknown.
        folder: the library's.
    """
    for told, owner_told in jobs:
        job, owner = told, owner_told
        if (twin := _twin_of(connection, job)) is not None:
            add_results(connection, twin, job.results, folder, now)
            hand_over(connection, job.id, twin, folder, now)
            job, owner = _without_task(job, now), ""
        row = connection.execute(
            "SELECT state, task_id, updated_at FROM jobs WHERE id = ?", (job.id,)
        ).fetchone()
        if row is None:
            insert_job(connection, job, owner, now + lease_s)
        if row is None or _is_older(row, job, is_ours=owner != ""):
            update_job(connection, job)
        add_results(connection, job.id, job.results, folder, now)
        if owner:
            connection.execute(
                "UPDATE jobs SET owner = ?, lease_until = ? WHERE id = ?", (owner, now + lease_s, job.id)
            )


def _is_older(row: sqlite3.Row, job: Job, *, is_ours: bool) -> bool:
    """Return whether a row is older than what is known of its job.

    The clock, which may have been set meanwhile, only decides if nothing else does.
    """
    if bool(row["task_id"]) != bool(job.task_id):
        return not row["task_id"]
    if not job.task_id and row["state"] in (JobState.QUEUED, JobState.SUBMITTING):
        if job.state.is_final:
            return True
        if is_ours and job.state is JobState.SUBMITTING:
            return row["state"] == JobState.QUEUED
    return row["updated_at"] < job.updated_at


def _twin_of(connection: sqlite3.Connection, job: Job) -> str | None:
    """Find another job of the file that has a job's task, and so collects it."""
    row = connection.execute(
        "SELECT id FROM jobs WHERE server = ? AND task_id = ? AND task_id != '' AND id != ?",
        (job.server, job.task_id, job.id),
    ).fetchone()
    return None if row is None else row["id"]


def hand_over(connection: sqlite3.Connection, job_id: str, twin: str, folder: Path, now: float) -> None:
    """Move the images of a job to the one that has its task."""
    rows = connection.execute("SELECT * FROM results WHERE job_id = ?", (job_id,)).fetchall()
    add_results(connection, twin, [result_of(row, folder) for row in rows], folder, now)
    connection.execute("DELETE FROM results WHERE job_id = ?", (job_id,))


def _without_task(job: Job, now: float) -> Job:
    """Return the job as the ledger stores it if another job has its task (`Ledger.accept`)."""
    return replace(
        job,
        state=JobState.FAILED,
        task_id="",
        submitted_at=job.submitted_at or now,
        finished_at=now,
        updated_at=now,
        parked=False,
        message=in_the_list_already(job.task_id),
        remedy="",
        results=(),
    )


def add_results(
    connection: sqlite3.Connection, job_id: str, results: Iterable[Result], folder: Path, now: float
) -> int:
    """Give a job the images that it lacks, by file and by content. Returns how many it has then.

    Places are not compared, because they may differ.
    """
    rows = connection.execute(
        "SELECT position, path, content FROM results WHERE job_id = ?", (job_id,)
    ).fetchall()
    taken = {row["position"] for row in rows}
    paths, contents = {row["path"] for row in rows}, {row["content"] for row in rows} - {""}
    for result in results:
        columns = columns_of_result(result, folder)
        path = columns["path"]
        if path in paths and columns["fitted"]:
            connection.execute(
                "UPDATE results SET fitted = ?, fit_note = ? WHERE job_id = ? AND path = ?",
                (columns["fitted"], columns["fit_note"], job_id, path),
            )
        if path in paths or result.content in contents:
            continue
        index = result.index
        if index in taken:
            index = next(number for number in range(len(taken) + 1) if number not in taken)
        write_result(connection, job_id, replace(result, index=index), folder, now)
        taken.add(index)
        paths.add(path)
    return len(taken)


def _running(paid: Paid) -> dict[str, Any]:
    """Return what is known of a job whose task is at the service."""
    return {
        "state": JobState.RUNNING,
        "task_id": paid.task_id,
        "submitted_at": paid.at,
        "message": "",
        "remedy": "",
    }


def id_of(beginning: str, task_id: str) -> str:
    """Return an id for a job that is the same at each try, and matches the names of its images."""
    return beginning[:8] + hashlib.sha256(task_id.encode()).hexdigest()[:24]
