# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that the list shows, in order: running, waiting, in need of the artist, done.

It knows jobs, not rows: `mirror` puts the rows into these places, and `queue` counts.
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
"""For so long a job that has failed wants the artist; then it is history."""


class Group(IntEnum):
    """The parts of the list, from its top."""

    RUNNING = 0
    """It is being sent, or at the service."""
    WAITING = 1
    """It waits for its turn: in the order in which they come."""
    UNSENT = 2
    """An earlier session left it; the oldest first."""
    TROUBLE = 3
    """It wants the artist; newest first, as the next."""
    DONE = 4


Place: TypeAlias = tuple[Group, float]
"""Where a job belongs in the list: rows are sorted by it."""
LAST: Final[Place] = (Group.DONE, math.inf)


@dataclass
class _Listed:
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    """By ids of the jobs that were told of."""
    open: dict[str, Job] = field(default_factory=dict[str, "Job"])
    """Those that are not done, by their ids."""
    line: Mapping[str, int] = field(default_factory=dict[str, int])
    """The place in the line of each job that waits for its turn, by its id."""
    were_in_line: set[str] = field(default_factory=set[str])
    hidden: bool = False
    """The list shows the jobs that are hidden, in the place of the others."""
    more: int = 0
    """How many rows the list may have besides its first ones: the artist wanted older ones."""
    cursor: Cursor | None = None
    """Behind which job the ledger has older ones; None if it has none."""
    is_reading: bool = False
    brought: str = ""
    """Id of the job that was brought from the library: it stands first among those that are done, though it
    may be old, or hidden."""
    version: int = 0
    """Grows when the rows are others."""
    found: tuple[object, list[int]] = (None, [])
    """For which search and rows which flags were made."""


def state() -> _Listed:
    """What is remembered of the list."""
    return live.part(_Listed)


def note(job: Job, *, followed: bool) -> Place:
    """Take note of how a job stands. Returns its place in the list."""
    listed = state()
    place = _place(job, followed=followed)
    listed.places[job.id] = place
    if place[0] is Group.DONE or job.hidden:
        listed.open.pop(job.id, None)
    else:
        listed.open[job.id] = job
    return place


def forget(job_id: str) -> None:
    """A job is not in the list any more."""
    state().places.pop(job_id, None)
    state().open.pop(job_id, None)


def place_of(job_id: str) -> Place:
    """Where a job belongs; at the end if it was never told of."""
    return state().places.get(job_id, LAST)


def group_of(job_id: str) -> Group:
    """In which part of the list a job is."""
    return place_of(job_id)[0]


def jobs_of(group: Group) -> list[Job]:
    """The jobs of a part of the list but the last, in its order."""
    listed = state()
    jobs = [job for job_id, job in listed.open.items() if place_of(job_id)[0] is group]
    return sorted(jobs, key=lambda job: place_of(job.id))


def see(line: Sequence[str]) -> bool:
    """Take note of the line. True if places are others."""
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
    """The list is made again."""
    listed = state()
    if not hidden:
        listed.places.clear()
        listed.open.clear()
    listed.hidden, listed.more, listed.cursor, listed.is_reading = hidden, 0, None, False
    touch()


def touch() -> None:
    """The rows are others than they were."""
    state().version += 1


def flags(rows: Any, search: str, flag: int) -> list[int]:
    """Return for each row whether a search finds it, as a `UIList` wants it. Kept until rows change."""
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
    # One that has left the line is about to be sent; one that was not yet in it is being prepared.
    return Group.WAITING, -1.0 if job.id in listed.were_in_line else job.created_at
