# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that the list shows, in order: running, waiting, in trouble, done.

It knows jobs, not rows: `mirror` sorts the rows by these places, and `queue` counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ...texts.names import is_found
from .. import live

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...jobs.overview import Cursor

RECENT_S: Final = 24 * 3600.0
"""A failed job is in `TROUBLE` for this long, then in `DONE`."""


class Group(IntEnum):
    """The parts of the list, from the top."""

    RUNNING = 0
    """It is being sent or at the service."""
    WAITING = 1
    """It waits to be sent; in the order of sending."""
    UNSENT = 2
    """An earlier session left it; oldest first."""
    TROUBLE = 3
    """It needs the artist; newest first, like the next group."""
    DONE = 4


Place: TypeAlias = tuple[Group, float]
"""A job's place in the list: the key that rows are sorted by."""
LAST: Final[Place] = (Group.DONE, math.inf)


@dataclass(kw_only=True)
class _Listed:
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    """By job id."""
    open: dict[str, Job] = field(default_factory=dict[str, "Job"])
    """Jobs that are not done, by their ids."""
    line: Mapping[str, int] = field(default_factory=dict[str, int])
    """Each waiting job's place in the line, by its id."""
    were_in_line: set[str] = field(default_factory=set[str])
    hidden: bool = False
    """The list shows the hidden jobs instead of the others."""
    more: int = 0
    """The number of additional rows, because the artist wanted older jobs."""
    cursor: Cursor | None = None
    """Older jobs of the ledger begin after this; None if it has none."""
    is_reading: bool = False
    brought: str = ""
    """Id of the job that was brought from the library. It is the first in `DONE`, even if it is old or
    hidden."""
    version: int = 0
    """Incremented when rows change."""
    found: tuple[object, list[int]] = (None, [])
    """The key of the last search and rows, with their flags."""


def state() -> _Listed:
    """Return the list's state."""
    return live.part(_Listed)


def note(job: Job, *, followed: bool) -> Place:
    """Note a job's state. Returns its place in the list."""
    listed = state()
    place = _place(job, followed=followed)
    listed.places[job.id] = place
    if place[0] is Group.DONE or job.hidden:
        listed.open.pop(job.id, None)
    else:
        listed.open[job.id] = job
    return place


def forget(job_id: str) -> None:
    """Forget a job that is no longer in the list."""
    state().places.pop(job_id, None)
    state().open.pop(job_id, None)


def place_of(job_id: str) -> Place:
    """Return a job's place; an unknown job belongs at the end."""
    return state().places.get(job_id, LAST)


def group_of(job_id: str) -> Group:
    """Return the part of the list that a job is in."""
    return place_of(job_id)[0]


def jobs_of(group: Group) -> list[Job]:
    """Return the jobs of a part of the list in order. Not for `DONE`."""
    listed = state()
    jobs = [job for job_id, job in listed.open.items() if place_of(job_id)[0] is group]
    return sorted(jobs, key=lambda job: place_of(job.id))


def see(line: Sequence[str]) -> bool:
    """Note the line. True if places have changed."""
    listed = state()
    if list(line) == list(listed.line):
        return False
    listed.line = {job_id: number for number, job_id in enumerate(line)}
    listed.were_in_line |= set(line)
    for job in listed.open.values():
        group = place_of(job.id)[0]
        if group in (Group.WAITING, Group.UNSENT):
            listed.places[job.id] = _place_in_queue(job, followed=group is Group.WAITING)
    listed.were_in_line &= listed.open.keys() | set(line)
    return True


def begin(*, hidden: bool) -> None:
    """Start a new list."""
    listed = state()
    if not hidden:
        listed.places.clear()
        listed.open.clear()
    listed.hidden, listed.more, listed.cursor, listed.is_reading = hidden, 0, None, False
    touch()


def touch() -> None:
    """Note that rows have changed."""
    state().version += 1


def flags(rows: Any, search: str, flag: int) -> list[int]:
    """Return for each row whether a search finds it, for a `UIList`. Cached until rows change."""
    listed = state()
    key = (search, listed.version, len(rows), flag)
    if listed.found[0] != key:
        listed.found = (key, [flag if is_found(row.prompt, search) else 0 for row in rows])
    return listed.found[1]


def _place(job: Job, *, followed: bool) -> Place:
    if job.state == "QUEUED":
        return _place_in_queue(job, followed=followed)
    if job.parked or job.state == "UNCERTAIN":
        group = Group.TROUBLE
    elif not job.state.is_final:
        group = Group.RUNNING
    elif job.state in ("FAILED", "EXPIRED") and time.time() - job.finished_at < RECENT_S:
        group = Group.TROUBLE
    else:
        group = Group.DONE
    if group is Group.DONE and job.id == state().brought:
        return group, -math.inf
    return group, -job.created_at


def _place_in_queue(job: Job, *, followed: bool) -> Place:
    listed = state()
    if not followed:
        return Group.UNSENT, job.created_at
    if job.id in listed.line:
        return Group.WAITING, listed.line[job.id]
    # A job that has left the line is about to be sent; one that was never in it is being prepared.
    return Group.WAITING, -1.0 if job.id in listed.were_in_line else job.created_at
