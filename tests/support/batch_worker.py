# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a batch like a script; also in a process that dies by SIGKILL at its n-th write (test_batches.py)."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crash_worker import MortalLedger

from easel.batches.feed import Feeder, Prepared
from easel.batches.requests import request_of
from easel.batches.row import Row, Settings
from easel.batches.run import Run, read_run
from easel.batches.stored import stored_rows
from easel.client.models import ModelId
from easel.client.server import Server
from easel.imaging.snapshot import FileSnapshot, Taken
from easel.jobs.batch import Batch
from easel.jobs.engine import Engine
from easel.jobs.events import BatchRead, JobChanged, JobEnded, JobSeen
from easel.jobs.job import Job
from easel.jobs.library import Library
from easel.jobs.placement import OfBatch, Placement
from easel.jobs.schedule import PollSchedule
from easel.texts.refusal import Refusal

FULL_S = 0.4
"""How long the disk is full."""

SETTINGS = Settings(model=ModelId.GEMINI_2_5_FLASH)


def rows_of(folder: Path) -> list[Row]:
    """Return two equal rows, which share a request, and an edit of a file."""
    wall = str(folder / "source.png")
    moss = Row(prompt="moss", settings=SETTINGS)
    return [moss, Row(prompt="rust", settings=SETTINGS, sources=(wall,)), moss]


class Runner:
    """Runs a batch on an engine, without Blender."""

    def __init__(self, engine: Engine, ahead: int = 3) -> None:
        self.engine = engine
        self.run: Run | None = None
        self.feeder: Feeder | None = None
        self.told: list[BatchRead] = []
        self.make: Callable[[Row, OfBatch, int], Prepared] | None = make
        """Makes requests; None: it fails."""
        self._ahead = ahead

    def take(self) -> None:
        """Take all events."""
        for event in self.engine.drain():
            if isinstance(event, BatchRead):
                self._show(event)
            elif isinstance(event, JobChanged | JobEnded | JobSeen) and self.run is not None:
                self.run.note(event.job)

    def turn(self) -> None:
        """Do one turn of a script that waits."""
        self.take()
        self.feed()
        self.engine.wait(0.02)

    def feed(self) -> None:
        """Hand out the next rows."""
        if self.feeder is not None:
            self.feeder.turn()

    def pause(self) -> None:
        """Send nothing more; rows that were handed out but not sent wait again."""
        if self.run is not None:
            self.run.pause()
            ids = sorted(self.run.queued_ids())
            self.run.let_go(ids)
            self.engine.batches.release_rows(self.run.batch.id, ids)

    def read(self) -> None:
        """Read the batch, and wait until it is here."""
        count = len(self.told)
        self.engine.batches.read()
        deadline = time.monotonic() + 30
        while len(self.told) == count:
            assert time.monotonic() < deadline
            self.turn()

    def start(self) -> None:
        """Send the waiting rows."""
        assert self.feeder is not None
        self.feeder.start()

    def finish(self, timeout_s: float = 60) -> None:
        """Run until nothing more happens by itself."""
        deadline = time.monotonic() + timeout_s
        while self.run is None or self._goes_on(self.run):
            assert time.monotonic() < deadline, self.run and self.run.told
            self.turn()

    def _goes_on(self, run: Run) -> bool:
        if run.is_running:
            return not run.is_over
        return run.is_under_way(self.engine.unsent)

    def find(self, job_id: str) -> Job | None:
        """Return a job as last reported."""
        try:
            return self.engine.job(job_id)
        except KeyError:
            return None

    def _make(self, row: Row, batch: OfBatch, count: int) -> Prepared:
        if self.make is None:
            raise Refusal("the object is gone")
        return self.make(row, batch, count)

    def _show(self, event: BatchRead) -> None:
        self.told.append(event)
        if event.batch is None:
            return
        before = self.run if self.run is not None and self.run.batch.id == event.batch.id else None
        run = read_run(event.batch, event.rows, self.find, before.passed_over if before is not None else ())
        if before is not None:
            run.take_over(before, self.find)
        if event.message:
            run.pause(event.message)
        self.run = run
        self.feeder = Feeder(
            self.engine, run, make=self._make, check=lambda _price: None, ahead=lambda: self._ahead
        )


def make(row: Row, batch: OfBatch, count: int) -> Prepared:
    """Make a row's request with its files."""
    snapshots: Mapping[int, Taken] = {
        index: FileSnapshot(path=Path(name)) for index, name in enumerate(row.sources)
    }
    return request_of(row, lambda token: token, count=count), Placement(batch=batch), snapshots


class FullDiskLedger(MortalLedger):
    """A ledger whose disk is full for a moment, for all files, just before its n-th commit."""

    def strike(self) -> None:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        threading.Timer(FULL_S, resource.setrlimit, (resource.RLIMIT_FSIZE, (soft, hard))).start()


def run(folder: Path, url: str, fatal: int, moment: str, rows: Sequence[Row] = ()) -> None:
    """Run the library's batch, else a new one.

    Args:
        moment: as for `crash_worker.run`; or "full": it survives, but its disk is full for a moment.
        rows: instead of those of `rows_of`.
    """
    library = Library(folder)
    ledger = (
        FullDiskLedger(library.ledger_path, fatal, "before")
        if moment == "full"
        else MortalLedger(library.ledger_path, fatal, moment)
    )
    engine = Engine(
        library=library,
        server=Server(name="test", url=url),
        key=lambda: "test-key",
        may_go_online=lambda: False,
        rate_limit=1000,
        schedule=PollSchedule(
            first_fraction=0.0,
            near_s=0.05,
            far_s=0.05,
            missing_grace_s=0.3,
            fetch_pause_s=0.2,
            disk_retry_s=0.2,
        ),
        ledger=ledger,
    )
    engine.start()
    runner = Runner(engine)
    batch = Batch(id="b1", server="test", name="Props", created_at=time.time())
    engine.batches.add(batch, stored_rows(rows or rows_of(folder)), skips=False)
    runner.read()
    if runner.feeder is not None:  # else it could not be written down
        runner.start()
        runner.finish()
    engine.stop()
