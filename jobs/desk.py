# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages of a job work with: `Desk` (shared by all) and `Follow` (one job on its way)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from ..client.api import Api
from ..client.errors import Remedy
from ..imaging.outgoing import UploadRule
from ..imaging.snapshot import ModelSnapshot, PendingPixels, Snapshot, Taken, UVShapes
from ..texts.phrases import joined
from .balances import Reading
from .caps import Caps
from .job import Job
from .journal import Journal
from .ledger import Ledger
from .ledger_file import LedgerError, LedgerLocked, LibraryMoved
from .library import Library
from .limiter import RateLimiter
from .originals import OriginalsRule
from .schedule import PollSchedule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Left(Exception):
    """The job is to be left as it stands: it was cancelled or parked, or the engine is stopping."""


class PutOff(Exception):
    """The job goes on later from where it stands in the ledger; its thread is for others meanwhile."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class DecodedResult(NamedTuple):
    """An image that came, and its pixels."""

    path: Path
    pixels: NDArray[np.uint8]


@dataclass(eq=False, kw_only=True)
class Follow:
    """One job that the engine sees to its end. Belongs to one worker thread at a time."""

    job: Job
    """As last read; its truth lies in the ledger."""
    snapshots: Mapping[int, Taken] = field(default_factory=dict[int, Taken])
    """Sources that are still to be prepared, by index, and what the mask is made of."""
    leave: threading.Event = field(default_factory=threading.Event)
    """Set by anybody: the worker drops the job at its next step."""
    refusals: int = 0
    """How often in a row the service has asked for a pause when it was sent (429)."""
    outages: int = 0
    """How often in a row a question for its status was not answered."""
    recalled: threading.Event = field(default_factory=threading.Event)
    """Set while the artist's cancel is being written down: the job is not sent meanwhile."""
    is_sending: bool = False
    """It is claimed, and its POST may be in the air: whatever the ledger says, its worker will know."""
    decoded: DecodedResult | None = None
    """An image of an edit that was decoded to be checked; one at most, until it is brought back."""

    @property
    def job_id(self) -> str:
        return self.job.id

    def pause(self, seconds: float) -> None:
        """Wait, unless the job is to be left.

        Raises:
            Left
        """
        if self.leave.wait(seconds):
            raise Left

    def check(self) -> None:
        """Raise `Left` if the job is to be left."""
        self.pause(0)

    def pixels_of(self, taken: Taken) -> Snapshot:
        """Return a snapshot, having waited for one that the main thread is still to read.

        Raises:
            Left, SnapshotFailed
        """
        if isinstance(taken, UVShapes | ModelSnapshot):
            raise TypeError("this is no picture")
        if not isinstance(taken, PendingPixels):
            return taken
        pixels = taken.wait(self.leave)
        if pixels is None:
            raise Left
        return pixels


class Teller(Protocol):
    """How stages tell the main thread; the engine drops what comes too late."""

    def __call__(
        self, follow: Follow, phase: str, due_at: float = 0.0, *, known: Job | None = None
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What all stages share."""

    owner: str
    """The engine's id in the ledger."""
    ledger: Ledger
    journal: Journal
    library: Library
    api: Api
    limiter: RateLimiter
    schedule: PollSchedule
    upload_rule: UploadRule
    """What may leave the machine."""
    originals_rule: OriginalsRule
    """How long floats are kept that edits were put into."""
    tells_others: bool
    """The artist allows prompts in files, as other programs read them."""
    tell: Teller
    """Emit `JobChanged` with the job as the ledger has it now, or as it is `known` where that is behind."""
    caps: Callable[[], Caps]
    """How much may be spent."""
    last_balance: Callable[[], Reading | None]
    """The balance as it was last read; None before that."""
    trouble: Callable[[str], None]
    """Emit `EngineTrouble`; an empty text says that it is over."""

    def insist(
        self,
        follow: Follow,
        write: Callable[[], T],
        *,
        loss: str = "",
        elsewhere: Callable[[Path], None] | None = None,
    ) -> T:
        """Write something to the ledger that must not be lost, again and again until it is there.

        Args:
            loss: what the artist should write down should it never succeed.
            elsewhere: writes it where the library is by now, as `write` does here; told the folder.

        Raises:
            Left: the job is to be left, or the library is elsewhere; that has it by then, else `loss` is in
                the log.
        """
        is_troubled = False
        folder: Path | None = None
        while True:
            try:
                if folder is not None and elsewhere is not None:
                    elsewhere(folder)
                    raise Left
                written = write()
                if is_troubled:
                    self.trouble("")
                return written
            except LibraryMoved as error:  # it can never be written here
                if elsewhere is not None and error.folder != folder:
                    folder = error.folder
                    continue
                logger.exception("%s", loss)
                if loss:
                    self.trouble(joined(str(error), loss))
                raise Left from error
            except LedgerError as error:
                is_troubled = True
                logger.exception("%s", loss)
                remedy = Remedy.NONE if isinstance(error, LedgerLocked) else Remedy.FREE_SPACE
                self.trouble(joined(str(error), joined(remedy.value, loss, by=". ")))
                follow.pause(self.schedule.disk_retry_s)
