# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of a job's stages: `Desk` (shared by all jobs) and `Follow` (one job on its way)."""

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
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.restore import DecodedSource

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Left(Exception):
    """The worker must leave the job as it stands: it was cancelled or parked, or the engine is stopping."""


class PutOff(Exception):
    """The job goes on later from its state in the ledger. Its thread serves others meanwhile."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class DecodedResult(NamedTuple):
    """A downloaded image and its pixels."""

    path: Path
    pixels: NDArray[np.uint8]


@dataclass(kw_only=True, eq=False)
class Follow:
    """One job that the engine brings to its end. Belongs to one worker thread at a time."""

    job: Job
    """The job as last read; the ledger has the current state."""
    snapshots: Mapping[int, Taken] = field(default_factory=dict[int, Taken])
    """Sources that are still to be prepared, by index, and the mask's pixels."""
    leave: threading.Event = field(default_factory=threading.Event)
    """Set by any thread: the worker drops the job at its next step."""
    refusals: int = 0
    """How many times in a row the service answered the POST with a request to wait (429)."""
    outages: int = 0
    """How many status requests in a row got no answer."""
    recalled: threading.Event = field(default_factory=threading.Event)
    """Set while the artist's cancel is being written: the job is not sent meanwhile."""
    is_sending: bool = False
    """The job is claimed, and its POST may be under way. Its worker knows better than the ledger."""
    decoded: DecodedResult | None = None
    """An edit's image that was decoded for its check, kept until it is brought back to size; one at most."""
    source: Future[DecodedSource] | None = None
    """That edit's source, which another thread decodes meanwhile."""

    @property
    def job_id(self) -> str:
        return self.job.id

    def pause(self, seconds: float) -> None:
        """Wait, unless the job must be left.

        Raises:
            Left
        """
        if self.leave.wait(seconds):
            raise Left

    def check(self) -> None:
        """Raise `Left` if the job must be left."""
        self.pause(0)

    def pixels_of(self, taken: Taken) -> Snapshot:
        """Return a snapshot's pixels. Waits if the main thread still has to read them.

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
    """How stages report to the main thread. The engine drops reports that come too late."""

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
    """The rule of what may leave the machine."""
    originals_rule: OriginalsRule
    """How long the floats of edited images are kept."""
    tells_others: bool
    """The artist allows prompts in files, in the form that other programs read."""
    tell: Teller
    """Emit `JobChanged` with the job from the ledger, or with the `known` one if the ledger is behind."""
    caps: Callable[[], Caps]
    """The limits of spending."""
    last_balance: Callable[[], Reading | None]
    """The last balance read; None before that."""
    trouble: Callable[[str], None]
    """Emit `EngineTrouble`; an empty text ends it."""

    def insist(
        self,
        follow: Follow,
        write: Callable[[], T],
        *,
        loss: str = "",
        elsewhere: Callable[[Path], None] | None = None,
    ) -> T:
        """Write something essential to the ledger, and repeat until it is written.

        Args:
            loss: what the artist should note if it can never be written.
            elsewhere: like `write`, for a library that was moved; gets the new folder.

        Raises:
            Left: the job must be left, or the library was moved. By then the new library has the data, or
                `loss` is in the log.
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
