# SPDX-License-Identifier: GPL-3.0-or-later
"""When to poll the service again: data and pure functions.

The artist should hardly wait once the image exists, and the service should not be asked before it can exist.
The pace comes from the model's typical time and from the progress that the service reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..client.retry import POLICY, RetryPolicy


@dataclass(frozen=True, kw_only=True)
class PollSchedule:
    """All in seconds, except the fractions and the policy."""

    first_fraction: float = 0.4
    """The first poll comes after this fraction of the shortest typical time: no image is ready earlier."""
    near_s: float = 0.8
    """Pace while the image is due."""
    far_s: float = 6.0
    """Slowest pace before it is due."""
    late_s: float = 15.0
    """Slowest pace when it is overdue."""
    finished_grace_s: float = 90.0
    """How long to wait for an image after FINISHED; some seconds have been seen."""
    missing_grace_s: float = 10.0
    """How long to wait for missing images after FINISHED."""
    fetch_pause_s: float = 2.0
    """Pause before downloading incomplete images again; longer with each round."""
    disk_retry_s: float = 10.0
    """Pause before writing again to a disk that was full."""
    deadline_s: float = 900.0
    """After that the job is left with the service until the artist looks again."""
    retry: RetryPolicy = POLICY
    """How long to wait after an unanswered request."""


SCHEDULE: Final = PollSchedule()

LOOPBACK_SCHEDULE: Final = PollSchedule(
    first_fraction=0.02, near_s=0.4, far_s=1.0, late_s=2.0, missing_grace_s=2.0
)
"""For a service on this machine, the simulator: it has no typical times, and polling does it no harm."""


def first_poll_after(seconds: tuple[int, int], schedule: PollSchedule = SCHEDULE) -> float:
    """Return seconds from the submit to the first status request.

    Args:
        seconds: the model's shortest and longest typical time.
    """
    return seconds[0] * schedule.first_fraction


def poll_delay(
    elapsed_s: float, seconds: tuple[int, int], progress: int, schedule: PollSchedule = SCHEDULE
) -> float:
    """Return seconds until the next status request.

    Half the time that seems to be left, so that the pace doubles towards the end; `near_s` when the image is
    due; slower and slower when it is overdue.

    Args:
        elapsed_s: since the submit.
        progress: percent, as the service reports it; 0 if it reports nothing.
    """
    shortest, longest = seconds
    if elapsed_s > 2 * longest:
        return min((elapsed_s - longest) / 20, schedule.late_s)
    # Early progress is a poor clock; so is progress that predicts much longer than is typical.
    left_s = elapsed_s * (100 - progress) / progress if progress >= 10 else shortest - elapsed_s
    left_s = min(left_s, longest - elapsed_s)
    return min(max(left_s / 2, schedule.near_s), schedule.far_s)


def link_delay(since_s: float) -> float:
    """Return seconds until the next status request of a finished task whose links are not there yet.

    Most come within a few seconds. The first requests are quick, so that the artist waits a quarter of a
    second more than needed; in 90 s there are about 35.

    Args:
        since_s: since the task was first seen finished.
    """
    return min(0.25 + since_s / 8, 5.0)
