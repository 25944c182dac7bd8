# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of batches as the ledger stores them. The content of a row is JSON here (`batches.row` reads it).

A row is claimed by its job: the job's placement names its rows (`Placement.batch`). So whoever writes the job
also writes the claim, even when a ledger is rebuilt from journals and recipes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from .job import JobState

if TYPE_CHECKING:
    from .job import Job


class RowState(StrEnum):
    """Where a row stands."""

    WAITING = "WAITING"
    """Nothing was ordered yet."""
    SENT = "SENT"
    """Its job is not over."""
    DONE = "DONE"
    """All its images are here."""
    SHORT = "SHORT"
    """It was paid for, but the service made fewer images than ordered, or no longer has them."""
    FAILED = "FAILED"
    """Its job failed and cost nothing."""
    LEFT = "LEFT"
    """Its job is with the service, and nobody polls for it."""
    UNCERTAIN = "UNCERTAIN"
    """Its job may have been charged. Only the artist can send it again, from the list of jobs."""
    REFUSED = "REFUSED"
    """No job could be made, because something that the row names is gone."""
    SKIPPED = "SKIPPED"
    """The image already existed."""
    CANCELLED = "CANCELLED"
    """The artist cancelled it."""


AGAIN: Final = frozenset(
    {RowState.FAILED, RowState.REFUSED, RowState.SHORT, RowState.CANCELLED, RowState.SKIPPED}
)
"""Rows that can be set to waiting again."""

_STATES: Final[Mapping[JobState, RowState]] = {
    JobState.PARTIAL: RowState.SHORT,
    JobState.FAILED: RowState.FAILED,
    JobState.EXPIRED: RowState.SHORT,
    JobState.UNCERTAIN: RowState.UNCERTAIN,
    JobState.CANCELLED: RowState.CANCELLED,
}
"""The states of rows whose jobs are over."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One batch."""

    id: str
    """A UUID of ours, in hex."""
    server: str
    name: str
    created_at: float
    """Epoch seconds."""
    most: int = 0
    """The most credits that it may cost; 0: no limit of its own."""
    used: int = 0
    """Credits that were paid for rows which wait again since."""
    one_step: bool = False
    """True: all results that arrive while it runs are one undo step. False: each result is one."""


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One row of a batch."""

    number: int
    """The row's number, from 0; never changes."""
    values: Mapping[str, Any]
    """The row's content (`batches.row.values_of`)."""
    digest: str
    """Rows with the same content have the same digest."""
    count: int = 1
    """Images."""
    state: RowState = RowState.WAITING
    message: str = ""
    job_id: str = ""
    """The job that sends it."""
    first: int = 0
    """Its first image among the job's results."""
    images: int = 0
    """How many of its images are here."""


def state_of(job_state: JobState, *, parked: bool, images: int, count: int) -> RowState:
    """Return a row's state from the state of its job.

    Args:
        images: how many of the row's images are here, of `count`.
    """
    if job_state is JobState.DONE or (job_state is JobState.PARTIAL and images >= count):
        return RowState.DONE
    if parked:
        return RowState.LEFT
    return _STATES.get(job_state, RowState.SENT)


def images_of(job: Job, first: int, count: int) -> int:
    """Return how many images of a row are here."""
    return max(min(len(job.results) - first, count), 0)
