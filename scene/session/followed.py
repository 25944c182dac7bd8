# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that are not over: the engine works on them, or their images wait to be placed."""

from __future__ import annotations

from .. import live
from . import arrivals


class _Ids(set[str]):
    """The ids of the jobs that the engine works on."""


def add(job_id: str) -> None:
    """Note that the engine works on a job."""
    ids().add(job_id)


def drop(job_id: str) -> None:
    """Note that the engine is done with a job."""
    ids().discard(job_id)


def clear() -> None:
    """Forget all jobs, because the engine is another one or gone."""
    ids().clear()


def ids() -> set[str]:
    """Return the ids of the jobs that the engine works on."""
    return live.part(_Ids)


def is_busy() -> bool:
    """Return whether any job is followed or waits to be placed."""
    return bool(ids()) or arrivals.is_waiting()


def is_settled(job_id: str) -> bool:
    """Return whether nothing more will happen to a job by itself."""
    return job_id not in ids() and not arrivals.is_waiting(job_id)
