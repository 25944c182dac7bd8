# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuild jobs from the library's images, by their names and by the recipes in them.

All inside a transaction of the ledger that the caller has begun.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from calendar import timegm
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..imaging.errors import ImagingError
from ..imaging.files import sha256_of
from ..imaging.inscription import content_of
from ..imaging.model_files import ARCHIVE, NO_IMAGES, unpack, unpacked_model
from ..texts.refusal import Refusal
from .imported import id_of_import, imported_job
from .job import RESULT_LIFE_S, Job, JobState, Result
from .library import IMAGE_NAME, IMPORTED, Library
from .making import read_making
from .preparation import Preparation
from .rebuild import add_results, id_of
from .recipe import Recipe, read_recipe
from .rows import STAMP, insert_job

_DAY_S: Final = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """An image file of a job."""

    path: Path
    day: str
    short_id: str
    index: int
    recipe: Recipe | None
    """None for an imported image, whatever is in it: its job is neither at the service nor paid for here."""

    @property
    def is_imported(self) -> bool:
        return _is_imported(self.path)

    @property
    def group(self) -> str:
        """What is the same for all images of a job."""
        recipe = self.recipe
        return self.short_id if recipe is None else recipe.task_id or recipe.job_id or self.short_id


def bring_in_images(connection: sqlite3.Connection, library: Library, *, now: float) -> None:
    """Give the library's images jobs: those from the journal, else those from their recipes."""
    for job_id, images in by_job(connection, map(found_at, files_of(library))).items():
        _give_images(connection, library, job_id, images, now)


def bring_in_unknown(
    connection: sqlite3.Connection, library: Library, images: Iterable[Found], *, now: float
) -> None:
    """Give jobs images that a sound ledger has no result for. Unfinished jobs are left to their engine."""
    for job_id, found in by_job(connection, images).items():
        known = connection.execute("SELECT state, request FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if known is None:
            _give_images(connection, library, job_id, found, now)
        elif JobState(known["state"]).is_final:
            _add_to(connection, library, job_id, found, now)


def files_of(library: Library) -> Iterator[Path]:
    """List the images of the library by their names. An empty file is a name that a crash left."""
    for path in sorted(library.images_folder.rglob("*")):
        if IMAGE_NAME.fullmatch(path.name) is not None and path.is_file() and path.stat().st_size:
            yield path


def found_at(path: Path) -> Found:
    """Read what an image of `files_of` says about itself."""
    named = IMAGE_NAME.fullmatch(path.name)
    if named is None:
        raise ValueError(path)
    recipe = None
    with contextlib.suppress(Refusal, OSError):
        recipe = None if _is_imported(path) else read_recipe(path)
    return Found(path=path, day=named[1], short_id=named[2], index=max(int(named[3]) - 1, 0), recipe=recipe)


def take_apart(library: Library, job_id: str, images: Iterable[Found]) -> None:
    """Unpack archives whose folders were not kept. Slow, so it happens before a transaction, not in it."""
    for found in images:
        if found.path.suffix.lower() == ARCHIVE:
            _taken_apart(found.path, library.unpacked_folder(job_id, found.index))


def by_job(connection: sqlite3.Connection, images: Iterable[Found]) -> dict[str, list[Found]]:
    """Find the jobs of images. Images that nothing identifies are left out."""
    by_task = {
        (row["server"], row["task_id"]): row["id"]
        for row in connection.execute("SELECT server, task_id, id FROM jobs WHERE task_id != ''")
    }
    by_short_id = {row["id"][:8]: row["id"] for row in connection.execute("SELECT id FROM jobs")}
    groups: dict[str, list[Found]] = {}
    for found in images:
        recipe = found.recipe
        job_id = by_short_id.get(found.short_id)
        if recipe is not None:
            job_id = by_task.get((recipe.server, recipe.task_id), recipe.job_id or job_id)
            job_id = job_id or id_of(found.short_id, recipe.task_id)
        elif not job_id and found.is_imported:
            job_id = id_of_import(_content_of(found.path))
        if job_id:
            groups.setdefault(job_id, []).append(found)
    return groups


def _add_to(
    connection: sqlite3.Connection, library: Library, job_id: str, images: list[Found], now: float
) -> None:
    """Give a finished job the images that it lacks."""
    before: int = connection.execute("SELECT count(*) FROM results WHERE job_id = ?", (job_id,)).fetchone()[0]
    results = [_result_of(found, library, job_id) for found in images]
    results = [result if result.content else _with_content(result) for result in results]
    count = add_results(connection, job_id, results, library.root, now)
    if count > before:
        wanted = next((found.recipe.request.count for found in images if found.recipe is not None), count)
        state = JobState.DONE if count >= wanted else JobState.PARTIAL
        connection.execute(f"UPDATE jobs SET state = ?, {STAMP} WHERE id = ?", (state, now, job_id))


def _give_images(
    connection: sqlite3.Connection, library: Library, job_id: str, images: list[Found], now: float
) -> None:
    finished_at = max(found.path.stat().st_mtime for found in images)
    known = connection.execute("SELECT submitted_at FROM jobs WHERE id = ?", (job_id,)).fetchone()
    recipe = next((found.recipe for found in images if found.recipe is not None), None)
    if known is None:
        if recipe is not None:
            job = _job_of_recipe(recipe, job_id, images[0].day, now)
        elif images[0].is_imported:
            job = _job_of_import(images[0], job_id)
        else:
            return
        insert_job(connection, job, "", 0.0)
    submitted_at: float = known["submitted_at"] if known is not None else recipe.made_at if recipe else 0.0
    wanted = recipe.request.count if recipe is not None else len(images)
    # Nobody knows how many images a rescued task has: the service is asked, however old the task is.
    is_at_the_service = not wanted or now - submitted_at < RESULT_LIFE_S
    if recipe is not None and not recipe.request.promised:  # a model's files: their number is unknown
        is_at_the_service = now - submitted_at < RESULT_LIFE_S
        wanted = 0 if is_at_the_service else len(images)
    results = [_result_of(found, library, job_id) for found in images]
    # So that none is kept twice when the list is polled, or when it is imported again.
    if is_at_the_service or images[0].is_imported:
        results = [result if result.content else _with_content(result) for result in results]
    results = _each_once(images, results)
    count = add_results(connection, job_id, results, library.root, finished_at)
    if is_at_the_service and (count < wanted or not wanted):
        state = JobState.RUNNING
    else:
        state = JobState.DONE if count >= wanted else JobState.PARTIAL
    connection.execute(
        f"UPDATE jobs SET state = ?, finished_at = ?, parked = parked AND NOT ?, {STAMP} WHERE id = ?",
        (state, finished_at if state.is_final else 0.0, state.is_final, now, job_id),
    )


def _each_once(images: list[Found], results: list[Result]) -> list[Result]:
    """Leave out images that another job of the same task has fetched too, as the names tell.

    One job may have two of the same bytes, if the service made them.
    """
    fetched_by: dict[str, str] = {}
    return [
        result
        for found, result in zip(images, results, strict=True)
        if not result.content or fetched_by.setdefault(result.content, found.short_id) == found.short_id
    ]


def _with_content(result: Result) -> Result:
    return replace(result, content=_content_of(result.path))


def _content_of(path: Path) -> str:
    """Return the content of an image: of a damaged one the hash of its bytes, empty if it can't be read."""
    with contextlib.suppress(OSError):
        try:
            return content_of(path)
        except ImagingError:
            return sha256_of(path)
    return ""


def _is_imported(path: Path) -> bool:
    return path.parent.name == IMPORTED


def _taken_apart(archive: Path, folder: Path) -> Path | None:
    """Return the model of an archive, unpacked again if its folder was not kept; else None."""
    model = unpacked_model(folder)
    if model is None and archive.suffix.lower() == ARCHIVE:
        with contextlib.suppress(ImagingError, OSError):
            return unpack(archive, folder)
    return model


def _result_of(found: Found, library: Library, job_id: str) -> Result:
    from ..imaging.any_header import read_any_header

    if found.path.suffix.lower() in NO_IMAGES:
        return Result(
            index=found.index,
            path=found.path,
            sha256="",
            byte_count=found.path.stat().st_size,
            width=0,
            height=0,
            fitted=_taken_apart(found.path, library.unpacked_folder(job_id, found.index)),
            content=found.recipe.content if found.recipe is not None else "",
        )
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


def _job_of_import(found: Found, job_id: str) -> Job:
    try:
        making = read_making(found.path)
    except (Refusal, OSError):
        making = None
    title = found.path.stem.removeprefix(f"{found.day}_").partition(f"_{found.short_id}")[0]
    return imported_job(job_id, title, making, now=found.path.stat().st_mtime)


def _job_of_recipe(recipe: Recipe, job_id: str, day: str, now: float) -> Job:
    made_on = time.strftime("%Y-%m-%d", time.gmtime(recipe.made_at))
    end_of_day = timegm(time.strptime(day, "%Y-%m-%d")) + _DAY_S - 1
    told = bool(recipe.sources or recipe.mask)
    return Job(
        id=job_id,
        state=JobState.RUNNING,
        request=recipe.request,
        placement=recipe.purpose.placement,
        preparation=Preparation(origins=recipe.sources, mask_content=recipe.mask) if told else None,
        server=recipe.server,
        price=recipe.price or recipe.request.price,
        # The day is in its images' names; a job that was sent after midnight was clicked before.
        created_at=recipe.created_at or (recipe.made_at if made_on == day else end_of_day),
        updated_at=now,
        task_id=recipe.task_id,
        submitted_at=recipe.made_at,
    )
