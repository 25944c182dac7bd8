# SPDX-License-Identifier: GPL-3.0-or-later
"""The nouns of batches as the ledger has them. What a row wants is JSON here: `batches.row` reads it.

A row is claimed by its job: which rows a job is for, its placement says (`Placement.batch`), so that whoever
writes the job down writes the claim, also where a ledger is rebuilt from journals and recipes.
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
    """Nothing was asked for yet."""
    SENT = "SENT"
    """It has a job that is not over."""
    DONE = "DONE"
    """All its images are here."""
    SHORT = "SHORT"
    """It was paid for, and the service made fewer images than it wanted, or has them no longer."""
    FAILED = "FAILED"
    """Its job came to nothing, and cost nothing."""
    LEFT = "LEFT"
    """Its job is with the service, and nobody asks for it."""
    UNCERTAIN = "UNCERTAIN"
    """Its job may have been charged: it is sent again by the artist alone, from the list of jobs."""
    REFUSED = "REFUSED"
    """No job could be made of it: what it names is gone."""
    SKIPPED = "SKIPPED"
    """It was there already."""
    CANCELLED = "CANCELLED"
    """The artist has taken it back."""


AGAIN: Final = frozenset(
    {RowState.FAILED, RowState.REFUSED, RowState.SHORT, RowState.CANCELLED, RowState.SKIPPED}
)
"""Rows that can be made to wait once more."""

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
    """Credits that it may cost; 0 is no limit of its own."""
    one_step: bool = False
    """All that comes while it runs is one undo step; else each result is one."""


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One row of it."""

    number: int
    """Which it is, from 0; never changes."""
    values: Mapping[str, Any]
    """What it wants (`batches.row.values_of`)."""
    digest: str
    """The same for rows that want the same."""
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
    """Where a row stands by its job.

    Args:
        images: how many of its own are here, of `count`.
    """
    if job_state is JobState.DONE or (job_state is JobState.PARTIAL and images >= count):
        return RowState.DONE
    if parked:
        return RowState.LEFT
    return _STATES.get(job_state, RowState.SENT)


def images_of(job: Job, first: int, count: int) -> int:
    """How many images of a row are here."""
    return max(min(len(job.results) - first, count), 0)
