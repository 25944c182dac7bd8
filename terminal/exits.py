# SPDX-License-Identifier: GPL-3.0-or-later
"""Exit codes of the command line, as the handbook lists them. Scripts and farms rely on them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ..jobs.job import Job, JobState


class Exit(IntEnum):
    """Blender's exit code. A signal ends it with 128 plus its number (`Ctrl-C`: 130)."""

    DONE = 0
    """Everything that was requested is done."""
    FAILED = 1
    """The service accepted it and failed, and gives the credits back; or an image could not be placed."""
    USAGE = 2
    """The arguments can't be understood. Nothing was sent."""
    REFUSED = 3
    """Nothing was accepted, so nothing was spent: a limit, no key, a wrong option, the service's refusal."""
    RUNNING = 4
    """Something is still with the service, or waits to be sent: `easel collect` fetches it."""
    UNCERTAIN = 5
    """A request was sent and no answer arrived. It may have been charged: don't repeat it blindly."""


_WORST_FIRST = (Exit.UNCERTAIN, Exit.RUNNING, Exit.FAILED, Exit.REFUSED, Exit.DONE)


def exit_of(job: Job) -> Exit:
    """Return how a command about one job ends."""
    match job.state:
        case JobState.DONE:
            return Exit.DONE
        case JobState.UNCERTAIN:
            return Exit.UNCERTAIN
        case JobState.FAILED | JobState.CANCELLED:
            return Exit.FAILED if job.task_id else Exit.REFUSED
        case JobState.PARTIAL | JobState.EXPIRED:
            return Exit.FAILED
        case JobState.QUEUED | JobState.SUBMITTING | JobState.RUNNING | JobState.DOWNLOADING:
            return Exit.RUNNING


def worst(exits: Iterable[Exit]) -> Exit:
    """Return how a command about several jobs ends: the most serious code wins."""
    known = set(exits)
    return next((exit_ for exit_ in _WORST_FIRST if exit_ in known), Exit.DONE)
