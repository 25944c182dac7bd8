# SPDX-License-Identifier: GPL-3.0-or-later
"""The events from the background to the main thread. Workers emit, the pump drains; nothing else crosses.

The contract: each job that an engine follows gets any number of `JobChanged` and then exactly one
`JobEnded`, even after a cancel, an unforeseen error, or a shutdown. The engine drops later news of an ended
job, with one exception: a job that the artist left half downloaded gets one more `JobChanged` when its images
can be placed. `JobSeen` reports what other engines do with jobs that this one does not follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..texts.phrases import phrase
from .batch import Batch, BatchRow
from .image_rows import ImageRow, RowsWanted, Search
from .job import Job
from .ledger_facts import JobFacts
from .overview import Cursor
from .pruning import Plan, Rule
from .spend import Overview

WRITING: Final = phrase("Writing it…")
"""What happens to a job while the artist's order is being written."""

NOT_OURS: Final = phrase(
    "This job changed meanwhile, or belongs to another Blender or service: see the list."
)
NOT_OVER: Final = phrase("This job is not over: see the list.")


@dataclass(frozen=True, kw_only=True)
class JobChanged:
    """A job has moved: its state, its progress, what it waits for, or one more image on disk."""

    job: Job
    phase: str = ""
    """The current phase in words ("Waiting for its turn"). Only for display."""
    due_at: float = 0.0
    """When the phase is expected to end (next turn, typical finish), in epoch seconds; 0: unknown."""


@dataclass(frozen=True, kw_only=True)
class JobEnded:
    """The engine is done with a job: the job is final or parked, or the engine is stopping."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobSeen:
    """How a job that the engine does not follow stands in the ledger: another Blender has moved it, or the
    artist's click came too late."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobHasTwin:
    """Another job of the ledger has the requested task. The job made for the task was removed."""

    job_id: str
    """The removed job, which has ended."""
    twin: Job


@dataclass(frozen=True, kw_only=True)
class JobOrdered:
    """An order about a job is being written; its outcome follows."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobRefused:
    """An order about a job is impossible, or could not be written. The job is unchanged."""

    job: Job
    message: str
    is_followed: bool
    """Whether an engine's thread still works on it, as before."""


@dataclass(frozen=True, kw_only=True)
class JobsRead:
    """The jobs of earlier sessions are here: `Engine.jobs` has them."""


@dataclass(frozen=True, kw_only=True)
class PageRead:
    """More of a long list was read (`Engine.read_page`)."""

    jobs: tuple[Job, ...]
    hidden: bool
    """True: all of them are hidden jobs. False: none is."""
    after: Cursor
    """Where the page before ended."""
    end: Cursor | None
    """Where this page ends; None for the last page."""


@dataclass(frozen=True, kw_only=True)
class ImagesFound:
    """The images that a search of the library found (`Gallery.search`)."""

    wanted: Search
    rows: tuple[ImageRow, ...]
    """The rows of the wanted page."""
    total: int
    """The number on all pages."""
    message: str = ""
    """Why the search failed."""
    is_partial: bool = False
    """More images are still to be brought into the index."""


@dataclass(frozen=True, kw_only=True)
class ImagesMarked:
    """Images of the library were starred, deleted, restored or removed. Searches now find others."""

    message: str = ""
    """Why some or all could not be changed."""
    text: str = ""
    """What was done, if the artist should know."""


@dataclass(frozen=True, kw_only=True)
class RowsRead:
    """Images of the library that were requested by ids or jobs (`Gallery.look_up`)."""

    wanted: RowsWanted
    rows: tuple[ImageRow, ...]
    message: str = ""
    """Why they could not be read."""


@dataclass(frozen=True, kw_only=True)
class BinRead:
    """The images that are deleted now (`Gallery.read_bin`)."""

    images: frozenset[tuple[str, int]]
    """Ids of their jobs, and their indices in these jobs."""


@dataclass(frozen=True, kw_only=True)
class ChoreOver:
    """Work on the library that the artist ordered is over (`Chores`)."""

    text: str
    """The outcome; empty if somebody else reports it."""
    is_whole: bool
    """True if everything was done."""


@dataclass(frozen=True, kw_only=True)
class PrunePlanned:
    """The images that a rule would remove (`Gallery.plan_pruning`)."""

    rule: Rule
    plan: Plan | None
    """None if the library can't be read."""
    message: str = ""
    """Why it can't."""


@dataclass(frozen=True, kw_only=True)
class JobFactsRead:
    """Facts of some of the requested jobs, from the ledger (`Gallery.tell_facts`)."""

    facts: Mapping[str, JobFacts]


@dataclass(frozen=True, kw_only=True)
class JobBrought:
    """A requested job is known here now (`Gallery.bring`)."""

    job_id: str
    job: Job | None
    """None if it can't be read."""
    message: str = ""
    """Why it can't."""


@dataclass(frozen=True, kw_only=True)
class WalletRead:
    """The balance as the service reported it. `balance` in credits (decimal string in the API)."""

    balance: float
    read_at: float
    """Epoch seconds."""
    rate_limit: int | None


@dataclass(frozen=True, kw_only=True)
class WalletFailed:
    """The balance could not be read: text and remedy for the header."""

    message: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class SpendRead:
    """What was spent, from the ledger."""

    overview: Overview


@dataclass(frozen=True, kw_only=True)
class BatchRead:
    """A batch as the ledger has it (`BatchOrders`)."""

    batch: Batch | None
    """None if there is none."""
    rows: tuple[BatchRow, ...] = ()
    text: str = ""
    """What was done, if the artist should know."""
    message: str = ""
    """Why it stops, or could not be read or written."""


@dataclass(frozen=True, kw_only=True)
class EngineTrouble:
    """A problem of no single job: the ledger can't be written, or Easel has a defect."""

    message: str
    """Empty: the problem is over."""


@dataclass(frozen=True, kw_only=True)
class LedgerMended:
    """The ledger was missing or damaged, and was rebuilt from the rest of the library."""

    message: str


@dataclass(frozen=True, kw_only=True)
class LibraryIsElsewhere:
    """The library was moved, by this Blender or by another. The engine can't work any more."""

    old: Path
    new: Path


Event = (
    ChoreOver
    | ImagesFound
    | ImagesMarked
    | JobBrought
    | JobChanged
    | JobEnded
    | JobFactsRead
    | JobHasTwin
    | JobOrdered
    | JobRefused
    | JobSeen
    | JobsRead
    | LedgerMended
    | LibraryIsElsewhere
    | PageRead
    | PrunePlanned
    | RowsRead
    | BatchRead
    | BinRead
    | SpendRead
    | WalletRead
    | WalletFailed
    | EngineTrouble
)
