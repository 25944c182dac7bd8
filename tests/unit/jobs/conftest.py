# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers that run a real engine against a real simulator, with short waits between the polls."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.client.retry import RetryPolicy
from easel.client.server import Server
from easel.imaging.outgoing import UploadRule
from easel.imaging.snapshot import Taken
from easel.jobs import database, keeper
from easel.jobs.engine import Engine
from easel.jobs.events import Event, JobChanged, JobEnded
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.jobs.policy import NO_POLICY, Policy
from easel.jobs.schedule import PollSchedule
from easel.simulator.server import Simulator

QUICK = PollSchedule(
    first_fraction=0.0,
    near_s=0.05,
    far_s=0.1,
    late_s=0.2,
    finished_grace_s=1.5,
    missing_grace_s=0.5,
    fetch_pause_s=0.2,
    disk_retry_s=0.2,
    deadline_s=60.0,
    retry=RetryPolicy(base_delay_s=0.05, max_delay_s=0.2, min_delay_s=0.02, retry_after_spread_s=0.1),
)

DRAFT = GenerateRequest(model=ModelId.GEMINI_2_5_FLASH, prompt="mossy bark")


class Clock:
    """A clock in epoch seconds that moves only when a test sets it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class SetClock:
    """The machine's clock, plus `ahead_s`: as if somebody had set it."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class LaterClock(SetClock):
    """A clock on which every lease of a process that has ended is over."""

    ahead_s = LEASE_S + 1


class Bench:
    """One simulator and the engines of a test, which share a library. `events` is all that they emitted."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.library = Library(folder)
        self.schedule = QUICK
        self.events: list[Event] = []
        self.engines: list[Engine] = []
        self._threads_before = set(threading.enumerate())

    def engine(
        self,
        *,
        ledger: Ledger | None = None,
        url: str = "",
        rate_limit: int = 1000,
        upload_rule: UploadRule | None = None,
        policy: Policy = NO_POLICY,
        key: Callable[[], str] = lambda: "test-key",
        waits: bool = True,
    ) -> Engine:
        engine = Engine(
            library=self.library,
            server=Server(name="test", url=url or self.simulator.url),
            key=key,
            may_go_online=lambda: False,
            rate_limit=rate_limit,
            upload_rule=upload_rule,
            policy=policy,
            schedule=self.schedule,
            ledger=ledger,
        )
        engine.start()
        self.engines.append(engine)
        assert not waits or engine.wait_until_read(20)
        return engine

    def run(
        self,
        engine: Engine,
        request: GenerateRequest = DRAFT,
        snapshots: Mapping[int, Taken] | None = None,
    ) -> Job:
        """Submit a job, wait for its end, and return it."""
        return self.end_of(engine, engine.submit(request, Placement(), snapshots))

    def end_of(self, engine: Engine, job_id: str, timeout_s: float = 60) -> Job:
        self.wait(engine, lambda: self.ends(job_id) > 0, timeout_s)
        return engine.job(job_id)

    def wait(self, engine: Engine, condition: Callable[[], bool], timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            self.events += engine.drain()
            if condition():
                return
            assert time.monotonic() < deadline, f"timed out; last events: {self.events[-3:]}"
            engine.wait(0.05)

    def wait_state(self, engine: Engine, job_id: str, state: JobState) -> None:
        self.wait(engine, lambda: engine.job(job_id).state is state)

    def finish(self, job: Job) -> None:
        """Make the service finish a slow job now."""
        self.simulator.finish(job.task_id)

    def ends(self, job_id: str) -> int:
        return sum(isinstance(event, JobEnded) and event.job.id == job_id for event in self.events)

    def phases(self, job_id: str) -> list[str]:
        return [
            event.phase for event in self.events if isinstance(event, JobChanged) and event.job.id == job_id
        ]

    def threads(self, prefix: str) -> list[str]:
        """Return the names of the threads that this test started and that still run."""
        new = set(threading.enumerate()) - self._threads_before
        return [thread.name for thread in new if thread.name.startswith(prefix)]

    def posts(self) -> int:
        """Return how many submits reached the service, answered or not."""
        return sum(exchange.method == "POST" for exchange in self.simulator.log)

    def files(self) -> list[Path]:
        """Return all files of the library except those of the ledger."""
        return sorted(
            path for path in self.library.root.rglob("*") if path.is_file() and "ledger" not in path.name
        )

    def images(self) -> list[Path]:
        """Return the whole images. Easel sweeps what a killed process left half written a day later."""
        inside = [path for path in self.files() if path.is_relative_to(self.library.images_folder)]
        return [path for path in inside if path.suffix != ".part"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for another program, and the pause between two heartbeats, to below a second."""
    monkeypatch.setattr(database, "PATIENCE_S", 0.3)
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "library" / "ledger.sqlite3", clock=clock)
    yield ledger
    ledger.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Simulator(
        speed=300, rate_limit=None, balance=10_000, refuse_unknown=True, drawn_side=192
    ) as simulator:
        bench = Bench(simulator, tmp_path / "library")
        yield bench
        for engine in bench.engines:
            engine.stop()
