# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that is set by an hour or a day, or a machine that slept, changes nothing for a running job."""

import sqlite3
import threading
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from easel.jobs import keeper
from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import Course

from .conftest import DRAFT, Bench, SetClock

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@pytest.mark.parametrize("jump_s", [-DAY_S, -HOUR_S, HOUR_S, DAY_S])
def test_a_job_is_asked_for_at_its_pace_and_collected(bench: Bench, jump_s: float) -> None:
    """This holds also while its links are late, and while the service does not know it yet."""
    bench.simulator.script(
        catalogue.course(Course(seconds=0.5, late_urls_s=1.5)), replace(catalogue.unknown_task(), skip=2)
    )
    clock = SetClock()
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=clock))
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bool(bench.simulator.tasks))
    task = next(iter(bench.simulator.tasks.values()))
    bench.wait(engine, lambda: task.gets > 0)
    clock.ahead_s = jump_s
    bench.wait(engine, lambda: task.is_over(time.time()))
    before = task.gets
    bench.wait(engine, lambda: task.gets > before)
    clock.ahead_s = -jump_s
    bench.wait(engine, lambda: engine.job(job_id).state.is_final)
    assert engine.job(job_id).state is JobState.DONE
    assert task.gets < 30, "2 s at its pace; without a pause there would be hundreds"


class SilentLedger(Ledger):
    """A ledger whose engine is too busy to renew its leases while a test holds `silence`."""

    def __init__(self, path: Path, clock: SetClock) -> None:
        super().__init__(path, clock=clock)
        self.silence = threading.Lock()

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        with self.silence:
            return super().beat(owner, followed, sending)


class CountingLedger(Ledger):
    """A ledger that counts the heartbeats."""

    def __init__(self, clock: SetClock, bench: Bench) -> None:
        super().__init__(bench.library.ledger_path, clock=clock)
        self.beats = threading.Semaphore(0)

    def beat(self, owner: str, followed: Collection[str], sending: Collection[str]) -> set[str]:
        lost = super().beat(owner, followed, sending)
        self.beats.release()
        return lost


@pytest.mark.parametrize("jump_s", [-DAY_S, HOUR_S])
def test_no_living_engine_loses_its_jobs_when_the_clock_is_set(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.05)
    clock = SetClock()
    bench.simulator.script(catalogue.takes(600))
    theirs = SilentLedger(bench.library.ledger_path, clock)
    engine = bench.engine(ledger=theirs)
    bench.wait_state(engine, engine.submit(DRAFT, Placement()), JobState.RUNNING)
    owner = owner_in(bench)
    ours = CountingLedger(clock, bench)
    bench.engine(ledger=ours)
    assert ours.beats.acquire(timeout=20)
    with theirs.silence:
        clock.ahead_s = jump_s
        for _ in range(5):
            assert ours.beats.acquire(timeout=20)
        assert owner_in(bench) == owner


def owner_in(bench: Bench) -> str:
    with closing(sqlite3.connect(bench.library.ledger_path)) as connection:
        return connection.execute("SELECT owner FROM jobs").fetchone()[0]
