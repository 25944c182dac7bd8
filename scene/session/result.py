# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel Result: thumbnails of the selected job's images, and facts about the chosen image."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...texts.phrases import joined, phrase
from ...texts.wording import credits_text, side_text
from .. import settings
from ..listing import result_thumbnails
from ..sources import file_facts
from . import backdrops, mirror, session
from .rows import maker_of

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.job import Job, Result


def show(late_at: float) -> bool:
    """Update the panel's data while somebody looks. True if panels look different now. For the pump.

    Args:
        late_at: from then on (monotonic), only one icon is made.
    """
    engine = session.find_engine()
    if engine is None or not session.is_watched():
        return False
    changed = result_thumbnails.take_next(late_at)
    shown = mirror.mirror()
    row = shown.selected_job
    job = _job_of(engine, row)
    if row is None or job is None or not job.results:
        return mirror.show_facts("", is_gone=False) or changed
    result_thumbnails.want(job.id, files_of(engine, job), fitted=fitted_of(job))
    chosen = next((one for one in job.results if one.index == row.picture - 1), None)
    facts = facts_text(job, chosen, as_it_came=shown.as_it_came) if chosen is not None else ""
    path = file_of(job, row.picture, as_it_came=shown.as_it_came)
    seen = file_facts.known(path) if path is not None else None
    painted = backdrops.text_of(path) if row.wants_alpha else ""
    is_gone = seen is not None and not seen.is_there
    return mirror.show_facts(facts, is_gone=is_gone, painted=painted) or changed


def file_of(job: Job, number: int, *, as_it_came: bool = False) -> Path | None:
    """Return the file of a job's image (from 1) that would be placed; None if there is no such image."""
    result = next((one for one in job.results if one.index == number - 1), None)
    if result is None:
        return None
    return result.fitted if result.fitted is not None and not as_it_came else result.path


def facts_text(job: Job, result: Result, *, as_it_came: bool) -> str:
    """Return one line with an image's size, model and time, and the job's cost."""
    given = side_text(result.width, result.height) if result.width else ""
    size = given
    if result.fitted is not None and not as_it_came:
        placed = next(one for one in job.results_to_place if one.index == result.index)
        kept = side_text(placed.width, placed.height)
        size = kept if kept == given else phrase("{size} kept of {given}", size=kept, given=given)
    model = maker_of(job)
    if not (job.is_local or job.is_imported):  # those are phrases, which are translated
        model = model.removeprefix("Gemini ")
    is_simulated = job.server == settings.SIMULATOR_NAME
    cost = phrase("Simulated") if is_simulated else credits_text(job.price) if job.price else ""
    return joined(size, model, _moment(job.finished_at or job.updated_at), cost, by=" · ")


def _moment(time_s: float) -> str:
    """Return the time of day if it was today, else the date."""
    then, now = time.localtime(time_s), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%Y-%m-%d", then)


def _job_of(engine: Engine, row: Any) -> Job | None:
    try:
        return engine.job(row.name) if row is not None else None
    except KeyError:  # a job of the former library
        return None


def files_of(engine: Engine, job: Job) -> dict[int, tuple[Path, ...]]:
    """Return the files to read thumbnails of a job's images from, by the images' numbers."""
    return {
        result.index + 1: engine.library.thumbnail_files(job.id, result.index, result.path, result.fitted)
        for result in job.results
        if result.width  # an unreadable image has no thumbnail
    }


def fitted_of(job: Job) -> set[int]:
    """Return the numbers of a job's images that are shown as they were put back into their source."""
    return {result.index + 1 for result in job.results if result.fitted is not None}
