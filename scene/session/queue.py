# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of the queue, for the title of the list of jobs: running, waiting, expected end, unsent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...jobs.job import LATE_S
from .. import live
from . import listed, mirror
from .listed import Group
from .rows import since_epoch

if TYPE_CHECKING:
    from ...jobs.engine import Engine
    from ...jobs.job import Job

LOOK_S: Final = 2.0
"""Pause between two updates without news: the service may have asked for a pause."""
_SAME_S: Final = 2.0
"""Smaller changes of an expected start are not shown."""


@dataclass(kw_only=True)
class _State:
    looked_at: float = 0.0
    """Monotonic."""


def show(engine: Engine, *, has_news: bool) -> bool:
    """Update the order and numbers of the queue. True if panels look different now.

    Args:
        has_news: jobs have changed.
    """
    state = live.part(_State)
    now = time.monotonic()
    has_moved = mirror.keep_order(engine.line)
    if not has_news and not has_moved and now - state.looked_at < LOOK_S:
        return False
    state.looked_at = now
    waiting = listed.jobs_of(Group.WAITING)
    turns = engine.turns_ahead(len(waiting))
    changed = _show_starts(waiting, turns) or has_moved
    return mirror.show_queue(_numbers(engine, waiting, turns)) or changed


def unsent(engine: Engine) -> list[Job]:
    """Return the jobs that an earlier session left unsent, in the order of sending."""
    left = set(engine.unsent)
    return [job for job in listed.jobs_of(Group.UNSENT) if job.id in left]


def is_late(job: Job) -> bool:
    """Return whether a paid job is not on disk yet, and takes long or is not being watched."""
    return job.is_at_service and (job.parked or time.time() - job.submitted_at > LATE_S)


def is_weighing() -> bool:
    """Return whether balances have yet to show if an uncertain job was charged."""
    return any(
        job.state == "UNCERTAIN" and job.balances is not None and not job.balances.conclusion
        for job in listed.jobs_of(Group.TROUBLE)
    )


def _numbers(engine: Engine, waiting: list[Job], turns: list[float]) -> dict[str, object]:
    running = listed.jobs_of(Group.RUNNING)
    left = unsent(engine)
    totals = engine.totals
    shown = mirror.count()
    has_older = listed.state().cursor is not None
    everything = totals.hidden if listed.state().hidden else totals.listed
    late = [job for job in listed.state().open.values() if is_late(job)]
    return {
        "late_count": len(late),
        "late_ends": since_epoch(min((job.expires_at for job in late), default=0.0)),
        "running_count": len(running),
        "waiting_count": len(waiting),
        "unsent_count": len(left),
        "unsent_price": sum(job.request.price for job in left),
        "trouble_count": len(listed.jobs_of(Group.TROUBLE)),
        "done_count": totals.done,
        "hidden_count": totals.hidden,
        "older_count": max(everything - shown, 1) if has_older else 0,
        "queue_ends": _ends(running, waiting, turns),
    }


def _ends(running: list[Job], waiting: list[Job], turns: list[float]) -> int:
    """Return the expected end of all jobs, by the models' typical times, as a row's time."""
    now = time.time()
    ends = [(job.submitted_at or now) + job.request.typical_seconds for job in running]
    ends += [now + wait + job.request.typical_seconds for job, wait in zip(waiting, turns, strict=True)]
    return since_epoch(max(ends, default=0.0))


def _show_starts(waiting: list[Job], turns: list[float]) -> bool:
    """Show at each row its expected start."""
    changed = False
    for job, wait in zip(waiting, turns, strict=True):
        row = mirror.mirror().jobs.get(job.id)
        starts = since_epoch(time.time() + wait)
        if row is not None and abs(row.starts - starts) > _SAME_S:
            row.starts = starts
            changed = True
    return changed
