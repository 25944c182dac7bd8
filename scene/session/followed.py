# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that are not over: this Blender's engine works on them, or their images wait to be placed."""

from __future__ import annotations

from .. import live
from . import arrivals


class _Ids(set[str]):
    """The ids of the jobs that the engine works on."""


def add(job_id: str) -> None:
    """The engine has taken up a job."""
    ids().add(job_id)


def drop(job_id: str) -> None:
    """The engine is done with a job."""
    ids().discard(job_id)


def clear() -> None:
    """Another engine, or none."""
    ids().clear()


def ids() -> set[str]:
    """Return the ids of the jobs that the engine works on."""
    return live.part(_Ids)


def is_busy() -> bool:
    """True while jobs are followed or wait to be placed."""
    return bool(ids()) or arrivals.is_waiting()


def is_settled(job_id: str) -> bool:
    """True once nothing more will happen to a job by itself."""
    return job_id not in ids() and not arrivals.is_waiting(job_id)
