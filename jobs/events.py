# SPDX-License-Identifier: GPL-3.0-or-later
"""What the background tells the main thread. Workers emit, the pump drains; nothing else crosses.

The contract: each job that an engine follows gets any number of `JobChanged` and then exactly one
`JobEnded`, also after a cancel, an error that nobody foresaw, or a shutdown. Late news of a job that has
ended is dropped by the engine. One that the artist left half downloaded is told of once more by a
`JobChanged`, when what had arrived of it can be placed. What other engines do with jobs that this one does
not follow is told by `JobSeen`.
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
"""What is going on with a job until the ledger has what the artist wants of it."""

NOT_OURS: Final = phrase(
    "This job changed meanwhile, or belongs to another Blender or service: see the list."
)
NOT_OVER: Final = phrase("This job is not over: see the list.")


@dataclass(frozen=True, kw_only=True)
class JobChanged:
    """A job has moved: state, progress, what it waits for, or one more image on disk."""

    job: Job
    phase: str = ""
    """What is going on, in words ("Waiting for its turn"). For display alone."""
    due_at: float = 0.0
    """Epoch seconds at which the phase is expected to end (next turn, typical finish); 0 = unknown."""


@dataclass(frozen=True, kw_only=True)
class JobEnded:
    """The engine is through with a job: it is final, or parked, or the engine is stopping."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobSeen:
    """How a job stands in the ledger that the engine does not follow: another Blender has moved it, or the
    artist's click came too late."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobHasTwin:
    """A task was asked for that another job of the ledger has: the one that was made for it is no more."""

    job_id: str
    """It has ended."""
    twin: Job


@dataclass(frozen=True, kw_only=True)
class JobOrdered:
    """What the artist wants of a job is being written down; what became of it follows."""

    job: Job


@dataclass(frozen=True, kw_only=True)
class JobRefused:
    """What the artist wanted of a job can't be done, or could not be written down; the job is as it was."""

    job: Job
    message: str
    is_followed: bool
    """Whether an engine's thread is at work on it, as it was before."""


@dataclass(frozen=True, kw_only=True)
class JobsRead:
    """The jobs of earlier sessions are here: `Engine.jobs` has them."""


@dataclass(frozen=True, kw_only=True)
class PageRead:
    """More of a long list was read (`Engine.read_page`)."""

    jobs: tuple[Job, ...]
    hidden: bool
    """They are jobs that are hidden; else none of them is."""
    after: Cursor
    """Where the page before had ended."""
    end: Cursor | None
    """Where this one ends; None if it is the last."""


@dataclass(frozen=True, kw_only=True)
class ImagesFound:
    """What a search of the library has found (`Gallery.search`)."""

    wanted: Search
    rows: tuple[ImageRow, ...]
    """The rows of the page that was wanted."""
    total: int
    """On all pages."""
    message: str = ""
    """Why it could not be searched."""
    is_partial: bool = False
    """More images are still to be brought into the index."""


@dataclass(frozen=True, kw_only=True)
class ImagesMarked:
    """Images of the library were starred, deleted, restored or removed: a search finds others now."""

    message: str = ""
    """Why that could not be done, or not with all."""
    text: str = ""
    """What was done, where the artist is told so."""


@dataclass(frozen=True, kw_only=True)
class RowsRead:
    """Images of the library that were asked for by ids or jobs (`Gallery.look_up`)."""

    wanted: RowsWanted
    rows: tuple[ImageRow, ...]
    message: str = ""
    """Why they could not be read."""


@dataclass(frozen=True, kw_only=True)
class BinRead:
    """Which images were deleted by now (`Gallery.read_bin`)."""

    images: frozenset[tuple[str, int]]
    """Ids of their jobs, and their indices in them."""


@dataclass(frozen=True, kw_only=True)
class ChoreOver:
    """Work on the library is over that the artist has asked for (`Chores`)."""

    text: str
    """What became of it; empty if somebody else tells that."""
    is_whole: bool
    """All that was asked for was done."""


@dataclass(frozen=True, kw_only=True)
class PrunePlanned:
    """What would go by a rule (`Gallery.plan_pruning`)."""

    rule: Rule
    plan: Plan | None
    """None if the library can't be read."""
    message: str = ""
    """Why."""


@dataclass(frozen=True, kw_only=True)
class JobFactsRead:
    """What the ledger tells of jobs that were asked for (`Gallery.tell_facts`), some of them."""

    facts: Mapping[str, JobFacts]


@dataclass(frozen=True, kw_only=True)
class JobBrought:
    """A job that was asked for is known here (`Gallery.bring`)."""

    job_id: str
    job: Job | None
    """None if it can't be read."""
    message: str = ""
    """Why."""


@dataclass(frozen=True, kw_only=True)
class WalletRead:
    """The balance, as the service told it. `balance` in credits (decimal string in the API)."""

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
    """What was spent, by the ledger."""

    overview: Overview


@dataclass(frozen=True, kw_only=True)
class BatchRead:
    """A batch as the ledger has it (`BatchOrders`)."""

    batch: Batch | None
    """None if there is none."""
    rows: tuple[BatchRow, ...] = ()
    text: str = ""
    """What was done, where the artist is told so."""
    message: str = ""
    """Why it stops, or could not be read or written."""


@dataclass(frozen=True, kw_only=True)
class EngineTrouble:
    """Something that concerns no single job: the ledger can't be written, a defect of ours."""

    message: str
    """Empty: it is over."""


@dataclass(frozen=True, kw_only=True)
class LedgerMended:
    """The ledger was gone or damaged, and was rebuilt from what else is in the library."""

    message: str


@dataclass(frozen=True, kw_only=True)
class LibraryIsElsewhere:
    """The library was moved, by this Blender or by another: the engine has nothing any more."""

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
