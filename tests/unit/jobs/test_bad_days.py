# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch pays for nothing twice despite a full disk, a sleeping machine, a killed Blender or a newer ledger.

`test_bad_networks.py` tests networks. Other files test clocks, crashes, and held, lost or cut ledgers.
"""

import os
import signal
import sqlite3
import time
from contextlib import closing
from multiprocessing.process import BaseProcess

import batch_worker
import pytest
from batch_worker import Runner, rows_of
from PIL import Image

from easel.batches.row import Row
from easel.batches.stored import stored_rows
from easel.jobs.batch import RowState
from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import DRAFT, Bench, LaterClock, SetClock
from .test_batches import BATCH, COMMITS, props
from .test_crash import FORKS, end_of, needs_sigkill, settled, wait_until_quiet

HOUR_S = 3600.0


def begin(bench: Bench, fatal: int, moment: str, rows: list[Row] | None = None) -> BaseProcess:
    """Run the batch in another Blender; return its process."""
    bench.library.root.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), "green").save(bench.library.root / "source.png")
    arguments = (bench.library.root, bench.simulator.url, fatal, moment, rows or ())
    worker = FORKS.Process(target=batch_worker.run, args=arguments)
    worker.start()
    return worker


def finish_here(bench: Bench, rows: list[Row]) -> Runner:
    """Go on with the batch, as the artist does afterwards; return its runner."""
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: settled(engine.jobs()))
    runner = Runner(engine)
    engine.batches.add(BATCH, stored_rows(rows), skips=False)
    runner.read()
    assert runner.run is not None
    if wanted := runner.run.again():
        engine.batches.retry(BATCH.id, wanted)
        runner.read()
    runner.start()
    runner.finish()
    return runner


def check_paid_once(bench: Bench, runner: Runner, rows: list[Row]) -> None:
    """Check that each row is done or said to be uncertain, and that no row is paid for twice."""
    run = runner.run
    assert run is not None
    assert {told.state for told in run.told} <= {RowState.DONE, RowState.UNCERTAIN}, run.told
    paid = sum(task.order.count for task in bench.simulator.tasks.values())
    uncertain = sum(told.count for told in run.told if told.state is RowState.UNCERTAIN)
    assert len(rows) - uncertain <= paid <= len(rows)
    assert len(bench.images()) == sum(told.images for told in run.told)


def fall_asleep(bench: Bench, worker: BaseProcess) -> int:
    """Stop a process while it doesn't hold the ledger; return its id."""
    assert worker.pid is not None
    for _ in range(200):
        os.kill(worker.pid, signal.SIGSTOP)
        with closing(sqlite3.connect(bench.library.ledger_path, timeout=0)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                os.kill(worker.pid, signal.SIGCONT)
            else:
                return worker.pid
        time.sleep(0.01)
    raise AssertionError("it holds the ledger all the time")


@needs_sigkill
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fatal", range(2, COMMITS + 1, 8))
def test_a_disk_that_is_full_for_a_moment_at_any_commit(bench: Bench, fatal: int) -> None:
    worker = begin(bench, fatal, "full")
    assert end_of(worker) == 0, "it lives, and hangs nowhere"
    wait_until_quiet(bench)
    rows = rows_of(bench.library.root)
    check_paid_once(bench, finish_here(bench, rows), rows)


@needs_sigkill
@pytest.mark.usefixtures("impatient")
def test_a_machine_that_sleeps_for_an_hour_in_mid_batch(bench: Bench) -> None:
    """Another machine on the same disk takes over its jobs; after it wakes up, nothing is there twice."""
    bench.simulator.script(catalogue.takes(600), catalogue.takes(600))
    worker = begin(bench, 0, "after")
    deadline = time.monotonic() + 60
    while len(bench.simulator.tasks) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = fall_asleep(bench, worker)
    try:
        clock = SetClock()
        clock.ahead_s = HOUR_S
        engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=clock))
        for task_id in list(bench.simulator.tasks):
            bench.simulator.finish(task_id)
        bench.wait(engine, lambda: bool(engine.jobs()) and settled(engine.jobs()))
        assert {job.state for job in engine.jobs()} <= {JobState.DONE, JobState.UNCERTAIN}
    finally:
        os.kill(pid, signal.SIGCONT)
    assert end_of(worker) == 0
    engine.stop()
    rows = rows_of(bench.library.root)
    check_paid_once(bench, finish_here(bench, rows), rows)
    assert bench.posts() == 2


@needs_sigkill
@pytest.mark.usefixtures("impatient")
def test_one_of_two_blenders_that_share_a_batch_is_killed(bench: Bench) -> None:
    """The other Blender considers it dead a moment before it dies."""
    rows = props(12)
    bench.simulator.script(catalogue.takes(600), catalogue.takes(600), catalogue.takes(600))
    worker = begin(bench, 0, "after", rows)
    deadline = time.monotonic() + 60
    while len(bench.simulator.tasks) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    runner = Runner(bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock())))
    runner.read()
    runner.start()
    for _ in range(5):
        runner.turn()
    worker.kill()
    assert end_of(worker) == -signal.SIGKILL
    for task_id in list(bench.simulator.tasks):
        bench.simulator.finish(task_id)
    runner.finish()
    runner.engine.stop()
    check_paid_once(bench, finish_here(bench, rows), rows)


def test_with_the_ledger_of_a_newer_easel_nothing_is_sent(bench: Bench) -> None:
    engine = bench.engine()
    engine.stop()
    with closing(sqlite3.connect(bench.library.ledger_path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = bench.library.ledger_path.read_bytes()
    engine = bench.engine(waits=False)
    job = bench.end_of(engine, engine.submit(DRAFT, Placement()))
    assert job.state is JobState.FAILED
    assert "newer" in job.message
    assert "Nothing was sent" in job.message
    engine.stop()
    assert bench.posts() == 0
    assert bench.library.ledger_path.read_bytes() == before
