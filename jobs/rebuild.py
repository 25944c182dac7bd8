# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ledger lacks, brought in: from the journal of tasks, from images, from the memory of an engine.

All inside a transaction of the ledger that the caller has begun.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from calendar import timegm
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..imaging.files import sha256_of
from ..texts.refusal import Refusal
from .job import RESULT_LIFE_S, Job, JobState, Result, in_the_list_already
from .journal import Paid
from .library import Library
from .placement import Placement
from .recipe import Recipe, read_recipe
from .rows import STAMP, columns_of_result, insert_job, update_job, write_result

_IMAGE_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)_.*_([0-9a-f]{8})_(\d{1,6})(?:-\d+)?\.\w+")
"""As `Library.image_path` makes it: the day, the beginning of the job's id, the number of the image; and
another number where that name was taken."""

_DAY_S: Final = 24 * 3600.0


def bring_in_tasks(connection: sqlite3.Connection, tasks: Iterable[Paid], *, now: float) -> bool:
    """Give each task a job that is to be collected; the engine that recovers finds out what became of it.

    Returns:
        False where something is to be looked at again: an engine that lives is about to write it down.
    """
    is_complete = True
    for paid in tasks:
        row = connection.execute(
            "SELECT 1 FROM jobs WHERE server = ? AND task_id = ?", (paid.server, paid.task_id)
        ).fetchone()
        if row is not None or not paid.is_sure:
            continue
        row = connection.execute(
            "SELECT task_id, state = 'SUBMITTING' AND owner != '' AND lease_until BETWEEN ? AND ? AS lives"
            " FROM jobs WHERE id = ?",
            (now, now + _DAY_S, paid.job_id),
        ).fetchone()
        if row is not None and row["lives"]:
            is_complete = False
        elif row is not None and not row["task_id"]:
            changes = {**_running(paid), "owner": "", "lease_until": 0, "parked": 0, "hidden": 0}
            columns = ", ".join(f"{name} = ?" for name in changes)
            connection.execute(
                f"UPDATE jobs SET {columns}, finished_at = 0, {STAMP} WHERE id = ?",
                (*changes.values(), now, paid.job_id),
            )
        elif paid.job is None:
            is_complete = False  # a newer Easel can read it
        else:
            job_id = paid.job_id if row is None else _id_of(paid.job_id, paid.task_id)
            job = replace(paid.job, id=job_id, updated_at=now, **_running(paid))
            insert_job(connection, job, "", 0.0)
    return is_complete


def remember(
    connection: sqlite3.Connection,
    jobs: Iterable[tuple[Job, str]],
    folder: Path,
    *,
    now: float,
    lease_s: float,
) -> None:
    """Write what an engine knows better than the file that has taken the ledger's place.

    Args:
        jobs: with their owner; empty where it is not known.
        folder: the library's.
    """
    for told, owner_told in jobs:
        job, owner = told, owner_told
        if (twin := _twin_of(connection, job)) is not None:
            _add_results(connection, twin, job.results, folder, now)
            job, owner = _without_task(job, now), ""
        row = connection.execute("SELECT updated_at FROM jobs WHERE id = ?", (job.id,)).fetchone()
        if row is None:
            insert_job(connection, job, owner, now + lease_s)
        if row is None or row["updated_at"] < job.updated_at:
            update_job(connection, job)
        _add_results(connection, job.id, job.results, folder, now)
        if owner:
            connection.execute(
                "UPDATE jobs SET owner = ?, lease_until = ? WHERE id = ?", (owner, now + lease_s, job.id)
            )


def _twin_of(connection: sqlite3.Connection, job: Job) -> str | None:
    """Find another job of the file that has a job's task, and so collects it."""
    row = connection.execute(
        "SELECT id FROM jobs WHERE server = ? AND task_id = ? AND task_id != '' AND id != ?",
        (job.server, job.task_id, job.id),
    ).fetchone()
    return None if row is None else row["id"]


def _without_task(job: Job, now: float) -> Job:
    """The job as the ledger has it where another one has its task (`Ledger.accept`)."""
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


def _add_results(
    connection: sqlite3.Connection, job_id: str, results: Iterable[Result], folder: Path, now: float
) -> int:
    """Give a job the images that it has not: by file and by content, since places may be others. Returns how
    many it has then."""
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


@dataclass(frozen=True, kw_only=True)
class _Found:
    """An image file of a job."""

    path: Path
    day: str
    short_id: str
    index: int
    recipe: Recipe | None


def bring_in_images(connection: sqlite3.Connection, library: Library, *, now: float) -> None:
    """Give the images of the library jobs: those that the journal has told of, else as their recipes say."""
    by_task = {
        (row["server"], row["task_id"]): row["id"]
        for row in connection.execute("SELECT server, task_id, id FROM jobs WHERE task_id != ''")
    }
    by_short_id = {row["id"][:8]: row["id"] for row in connection.execute("SELECT id FROM jobs")}
    groups: dict[str, list[_Found]] = {}
    for found in _images(library):
        recipe = found.recipe
        job_id = by_short_id.get(found.short_id)
        if recipe is not None:
            job_id = by_task.get((recipe.server, recipe.task_id), recipe.job_id or job_id)
            job_id = job_id or _id_of(found.short_id, recipe.task_id)
        if job_id:
            groups.setdefault(job_id, []).append(found)
    for job_id, images in groups.items():
        _give_images(connection, library, job_id, images, now)


def _give_images(
    connection: sqlite3.Connection, library: Library, job_id: str, images: list[_Found], now: float
) -> None:
    finished_at = max(found.path.stat().st_mtime for found in images)
    known = connection.execute("SELECT submitted_at FROM jobs WHERE id = ?", (job_id,)).fetchone()
    recipe = next((found.recipe for found in images if found.recipe is not None), None)
    if known is None:
        if recipe is None:
            return
        insert_job(connection, _job_of_recipe(recipe, job_id, images[0].day, now), "", 0.0)
    submitted_at: float = known["submitted_at"] if known is not None else recipe.made_at if recipe else 0.0
    is_at_the_service = now - submitted_at < RESULT_LIFE_S
    results = [_result_of(found, library, job_id) for found in images]
    if is_at_the_service:  # so that none is kept twice when the list is asked for
        results = [result if result.content else _with_content(result) for result in results]
    count = _add_results(connection, job_id, results, library.root, finished_at)
    wanted = recipe.request.count if recipe is not None else count  # 0: nobody knows
    if is_at_the_service and (count < wanted or not wanted):
        state = JobState.RUNNING
    else:
        state = JobState.DONE if count >= wanted else JobState.PARTIAL
    connection.execute(
        f"UPDATE jobs SET state = ?, finished_at = ?, {STAMP} WHERE id = ?",
        (state, finished_at if state.is_final else 0.0, now, job_id),
    )


def _with_content(result: Result) -> Result:
    return replace(result, content=sha256_of(result.path))


def _images(library: Library) -> Iterator[_Found]:
    for path in sorted(library.images_folder.rglob("*")):
        named = _IMAGE_NAME.fullmatch(path.name)
        if named is None or not path.is_file() or not path.stat().st_size:
            continue  # an empty one is a name that a crash has left
        try:
            recipe = read_recipe(path)
        except (Refusal, OSError):
            recipe = None
        yield _Found(
            path=path, day=named[1], short_id=named[2], index=max(int(named[3]) - 1, 0), recipe=recipe
        )


def _result_of(found: _Found, library: Library, job_id: str) -> Result:
    from ..imaging.any_header import read_any_header

    header = read_any_header(found.path)
    fitted = library.fitted_path(job_id, found.index)
    return Result(
        index=found.index,
        path=found.path,
        sha256="",  # reading all images would take minutes
        byte_count=found.path.stat().st_size,
        width=header.width,
        height=header.height,
        fitted=next(iter(sorted(fitted.parent.glob(f"{fitted.stem}.*"))), None),
        content=found.recipe.content if found.recipe is not None else "",
    )


def _running(paid: Paid) -> dict[str, Any]:
    """What is known of a job whose task is at the service."""
    return {
        "state": JobState.RUNNING,
        "task_id": paid.task_id,
        "submitted_at": paid.at,
        "message": "",
        "remedy": "",
    }


def _job_of_recipe(recipe: Recipe, job_id: str, day: str, now: float) -> Job:
    made_on = time.strftime("%Y-%m-%d", time.gmtime(recipe.made_at))
    end_of_day = timegm(time.strptime(day, "%Y-%m-%d")) + _DAY_S - 1
    return Job(
        id=job_id,
        state=JobState.RUNNING,
        request=recipe.request,
        placement=Placement(),
        server=recipe.server,
        price=recipe.request.price,
        # The day is in its images' names; one that was sent after midnight was clicked before.
        created_at=recipe.made_at if made_on == day else end_of_day,
        updated_at=now,
        task_id=recipe.task_id,
        submitted_at=recipe.made_at,
    )


def _id_of(beginning: str, task_id: str) -> str:
    """An id of a job that is the same at each try, and gives its images the names that they have."""
    return beginning[:8] + hashlib.sha256(task_id.encode()).hexdigest()[:24]
