# SPDX-License-Identifier: GPL-3.0-or-later
"""How a command ends: exit codes, as the handbook has them. Scripts and farms go by them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ..jobs.job import Job, JobState


class Exit(IntEnum):
    """Blender's exit code. What a signal has ended has 128 and its number (`Ctrl-C`: 130)."""

    DONE = 0
    """All that was asked for is done."""
    FAILED = 1
    """The service took it and failed, which it gives back; or images are here and could not be placed."""
    USAGE = 2
    """The arguments can't be understood. Nothing was sent."""
    REFUSED = 3
    """Nothing was accepted, so nothing was spent: a limit, no key, a wrong option, the service's refusal."""
    RUNNING = 4
    """Something is still with the service, or waits to be sent: `easel collect` fetches it."""
    UNCERTAIN = 5
    """A request went out and no answer came. It may have been charged: don't repeat it blindly."""


_WORST_FIRST = (Exit.UNCERTAIN, Exit.RUNNING, Exit.FAILED, Exit.REFUSED, Exit.DONE)


def exit_of(job: Job) -> Exit:
    """How a command ends that was about one job."""
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
    """How a command ends that was about several: what the caller must not overlook wins."""
    known = set(exits)
    return next((exit_ for exit_ in _WORST_FIRST if exit_ in known), Exit.DONE)
