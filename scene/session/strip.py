# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest and arriving images as a strip; results of one click are together.

`draw` reads it from the mirror's rows; the pump requests its thumbnails while somebody looks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .. import live
from ..listing import result_thumbnails
from . import listed, mirror, result, session
from .listed import Group

_MOST_ROWS: Final = 24
"""More rows than the list of jobs shows at a time."""
WATCHED_S: Final = 5.0
"""For this long after a draw, somebody is assumed to look at the strip."""


@dataclass(frozen=True)
class Cell:
    """An image, or a job without images yet."""

    job_id: str
    number: int
    """The image's number in its job, from 1; 0: the job has none yet."""
    row: Any
    """The mirror's row of the job: only valid during the same draw."""


@dataclass(kw_only=True)
class _Strip:
    seen: tuple[tuple[str, int], ...] = ()
    """Jobs and numbers of the last drawn images."""
    drawn_at: float = 0.0  # monotonic
    rows: dict[str, int] = field(default_factory=dict[str, int])
    """Numbers of the images that the list of jobs drew last, by their jobs' ids."""
    rows_drawn_at: float = 0.0  # monotonic


def _strip() -> _Strip:
    return live.part(_Strip)


def clicks(most: int) -> list[list[Cell]]:
    """Return the newest cells by click, the newest click first; within a click, in the order of its jobs.

    Fast enough for `draw`.

    Args:
        most: the most cells; the last click may be cut.
    """
    found: dict[str, list[Cell]] = {}
    for row in sorted(_newest(most), key=lambda row: -row.created):
        cells = [Cell(row.name, number, row) for number in row.kept_pictures] or [Cell(row.name, 0, row)]
        key = row.tiles_of or row.click or row.name
        known = found.get(key, [])
        if row.tiles_of:  # the tiles of a click are one image, which is here once all of them are
            found[key] = known if known and not known[0].number else cells[:1]
        else:
            found[key] = [*cells, *known]
    shown: list[list[Cell]] = []
    for cells in found.values():
        left = most - sum(map(len, shown))
        if left <= 0:
            break
        shown.append(cells[:left])
    state = _strip()
    state.seen = tuple((cell.job_id, cell.number) for cells in shown for cell in cells if cell.number)
    state.drawn_at = time.monotonic()
    return shown


def note_row(job_id: str, number: int) -> None:
    """Note that the list of jobs draws a row with an image of its job."""
    state = _strip()
    state.rows.pop(job_id, None)
    state.rows[job_id] = number
    if len(state.rows) > _MOST_ROWS:
        del state.rows[next(iter(state.rows))]
    state.rows_drawn_at = time.monotonic()


def is_worthwhile() -> bool:
    """Return whether there are several jobs: else the panel Result shows as much."""
    return len(mirror.mirror().jobs) > 1


def show() -> None:
    """Request thumbnails of the visible images. For the pump."""
    engine, state = session.find_engine(), _strip()
    if engine is None:
        return
    now = time.monotonic()
    numbers: dict[str, list[int]] = {}
    if now - state.rows_drawn_at <= WATCHED_S:
        numbers = {job_id: [number] for job_id, number in state.rows.items()}
    for job_id, number in state.seen if now - state.drawn_at <= WATCHED_S else ():
        numbers.setdefault(job_id, []).append(number)
    for job_id, wanted in numbers.items():
        try:
            job = engine.job(job_id)
        except KeyError:  # a job of the former library
            continue
        files = result.files_of(engine, job)
        shown = {number: files[number] for number in wanted if number in files}
        result_thumbnails.want(job_id, shown, fitted=result.fitted_of(job))


def _is_binned(row: Any) -> bool:
    """Return whether a job has images and all were deleted."""
    return bool(row.picture_numbers) and not row.kept_pictures


def _newest(most: int) -> Sequence[Any]:
    """Return rows of running jobs, of waiting jobs of the same clicks, and of the newest with images."""
    rows: list[Any] = []
    waiting: list[Any] = []
    done = 0
    for row in mirror.mirror().jobs:
        group = listed.group_of(row.name)
        if group is Group.RUNNING:
            rows.append(row)
        elif group is Group.WAITING and row.click:
            waiting.append(row)
        elif group is Group.DONE and row.image_count and not _is_binned(row):
            rows.append(row)
            done += 1
            if done > most:  # one more: a job from the library comes before the newest
                break
    here = {row.click for row in rows if row.click}
    return [*rows, *(row for row in waiting if row.click in here)]
