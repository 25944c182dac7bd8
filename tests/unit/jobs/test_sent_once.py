# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that was sent and never answered is not sent again, whatever happens to the ledger."""

import dataclasses
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from easel.jobs import keeper
from easel.jobs.events import EngineTrouble
from easel.jobs.job import Job, JobState
from easel.jobs.journal import Journal, unread
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import On, When

from . import struck
from .conftest import DRAFT, Bench, LaterClock
from .test_crash import needs_sigkill, start_worker


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)


def put_back(path: Path) -> None:
    """Make the ledger an older copy, from before the job was sent."""
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ledger.execute("UPDATE jobs SET state = 'QUEUED', task_id = '', owner = '', lease_until = 0")


def empty(path: Path) -> None:
    """Make the ledger a copy from before the click."""
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ledger.execute("DELETE FROM jobs")


def cancel(path: Path) -> None:
    """Make the ledger a copy in which the artist had cancelled the job."""
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ledger.execute("UPDATE jobs SET state = 'CANCELLED', owner = '', lease_until = 0")


def remove(path: Path) -> None:
    path.unlink()


def is_uncertain(job: Job) -> bool:
    return job.state is JobState.UNCERTAIN and "may have been charged" in job.message


@needs_sigkill
@pytest.mark.parametrize("strike", [put_back, empty, cancel, remove], ids=lambda strike: strike.__name__)
def test_what_a_killed_blender_was_sending_is_uncertain_in_any_ledger(
    bench: Bench, tmp_path: Path, strike: Callable[[Path], None]
) -> None:
    """The job was paid for, its answer was on the way, and no engine remembers it."""
    bench.simulator.script(catalogue.hang(On.SUBMIT, when=When.AFTER))
    worker = start_worker(bench, 0, "after")
    deadline = time.monotonic() + 20
    while not any(exchange.fault for exchange in bench.simulator.log):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    worker.kill()
    worker.join()
    told = [paid for _, _, tasks in unread(bench.library.tasks_folder, {}) for paid in tasks]
    unanswered = {paid.job_id for paid in told if not paid.task_id}
    assert unanswered
    strike(bench.library.ledger_path)
    copy = Library(shutil.copytree(bench.library.root, tmp_path / "copy"))
    with closing(Ledger(copy.ledger_path, clock=LaterClock())) as ledger:  # before the journal is read
        assert not any(ledger.adopt_queued(job_id, "ours", "test") for job_id in unanswered)
    engine = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
    bench.wait(engine, lambda: {job.id for job in engine.jobs() if is_uncertain(job)} == unanswered)
    for job in engine.jobs():
        engine.resume(job.id)
    bench.wait(engine, lambda: not engine.is_busy)
    assert bench.posts() <= 2, "nothing is paid twice"


@pytest.mark.parametrize("status", [400, 429])
def test_what_was_refused_is_certain_in_any_ledger(bench: Bench, status: int) -> None:
    refusal = catalogue.throttled(On.SUBMIT, 0) if status == 429 else catalogue.error(On.SUBMIT, status)
    bench.simulator.script(refusal)
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.end_of(engine, job_id)
    engine.stop()
    assert [paid.task_id for _, _, told in unread(bench.library.tasks_folder, {}) for paid in told] == list(
        bench.simulator.tasks
    )
    put_back(bench.library.ledger_path)
    again = bench.engine()
    if status == 400:
        assert again.job(job_id).state is JobState.QUEUED, "nothing was created"
    else:
        bench.wait(again, lambda: again.job(job_id).state is JobState.DONE)
    assert len(bench.simulator.tasks) == (status == 429)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_nothing_is_sent_that_can_not_be_noted(bench: Bench) -> None:
    engine = bench.engine()
    journal = bench.library.tasks_folder / engine._journal._name
    journal.parent.mkdir(parents=True)
    journal.symlink_to("/dev/full")
    job_id = engine.submit(DRAFT, Placement())

    def is_told() -> bool:
        return any("can't be written" in getattr(event, "message", "") for event in bench.events)

    bench.wait(engine, is_told)
    assert any(isinstance(event, EngineTrouble) for event in bench.events)
    assert (engine.job(job_id).state, bench.posts()) == (JobState.QUEUED, 0)
    journal.unlink()
    assert bench.end_of(engine, job_id).state is JobState.DONE, "without a restart"
    assert bench.posts() == 1


def a_job() -> Job:
    return dataclasses.replace(struck.a_job("a"), state=JobState.QUEUED, submitted_at=0.0)


def test_a_job_that_a_living_engine_is_about_to_send_is_left_to_it(tmp_path: Path) -> None:
    library, job, now = Library(tmp_path), a_job(), time.time()
    journal = Journal(library.tasks_folder, "theirs")
    with closing(Ledger(library.ledger_path, clock=lambda: now)) as ledger:
        ledger.add(job, "theirs")
        journal.note_sending(job, now)
        ledger.bring_in_tasks("ours")
        assert ledger.job(job.id).state is JobState.QUEUED
        assert ledger.claim(job.id, "theirs")
        ledger.bring_in_tasks("ours")
        assert ledger.job(job.id).state is JobState.SUBMITTING
    journal.close()


@pytest.mark.parametrize("is_followed", [True, False])
def test_of_its_own_jobs_an_engine_knows_which_it_works_on(tmp_path: Path, *, is_followed: bool) -> None:
    """The older ledger that was put back has the job as the engine's own, and queued."""
    library, job, now = Library(tmp_path), a_job(), time.time()
    journal = Journal(library.tasks_folder, "ours")
    with closing(Ledger(library.ledger_path, clock=lambda: now)) as ledger:
        ledger.memory = lambda: [(job, "ours")] if is_followed else []
        ledger.add(job, "ours")
        journal.note_sending(job, now)
        assert ledger.adopt_queued(job.id, "ours", "test") is is_followed
        expected = JobState.QUEUED if is_followed else JobState.UNCERTAIN
        assert ledger.job(job.id).state is expected
    journal.close()


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.CANCELLED, JobState.UNCERTAIN])
def test_a_job_whose_task_was_rescued_in_an_older_ledger_is_not_sent(tmp_path: Path, state: JobState) -> None:
    """In the older ledger the task was added by its id, while the job that had paid for it was queued."""
    library, job, now = Library(tmp_path), dataclasses.replace(a_job(), state=state), time.time()
    rescued = dataclasses.replace(a_job(), id="b" * 32, state=JobState.RUNNING, task_id="task")
    journal = Journal(library.tasks_folder, "theirs")
    with closing(Ledger(library.ledger_path)) as ledger:
        ledger.add(job, "")
        ledger.add_task(rescued, "")
        journal.note_sending(job, now)
        journal.note(job, ("task",), now)
        assert not ledger.adopt_queued(job.id, "ours", "test")
        assert not ledger.add_again(dataclasses.replace(a_job(), id="c" * 32), "ours", job.id)
        known = ledger.job(job.id)
        assert (known.state, known.task_id) == (JobState.FAILED, "")
        assert "in the list already" in known.message
        assert ledger.job(rescued.id).task_id == "task"
    journal.close()


def test_a_lease_from_a_clock_that_was_set_back_keeps_nothing_queued(tmp_path: Path) -> None:
    library, job, now = Library(tmp_path), a_job(), time.time()
    journal = Journal(library.tasks_folder, "theirs")
    with closing(Ledger(library.ledger_path, clock=lambda: now + 3600)) as ledger:
        ledger.add(job, "theirs")
        journal.note_sending(job, now)
        ledger.clock = lambda: now
        assert not ledger.adopt_queued(job.id, "ours", "test")
        assert ledger.job(job.id).state is JobState.UNCERTAIN
    journal.close()


def test_what_a_journal_says_of_one_job_in_its_order(tmp_path: Path) -> None:
    job, other = a_job(), dataclasses.replace(a_job(), id="b" * 32)
    journal = Journal(tmp_path, "ours")

    def told() -> list[tuple[str, str]]:
        return [(paid.job_id[0], paid.task_id) for _, _, tasks in unread(tmp_path, {}) for paid in tasks]

    journal.note_sending(job, 1.0)
    journal.note_sending(other, 1.0)
    assert told() == [("a", ""), ("b", "")]
    journal.note_unsent(job, 2.0)
    assert told() == [("b", "")]
    journal.note_sending(job, 3.0)
    assert journal.note(other, ("task",), 3.0)
    assert told() == [("b", "task"), ("a", "")]
    journal.note(job, ("perhaps", "or this"), 4.0, is_sure=False)
    assert told() == [("b", "task"), ("a", "perhaps"), ("a", "or this")]
    journal.close()


def test_ids_that_may_be_its_tasks_keep_a_job_from_being_sent_again(tmp_path: Path) -> None:
    library, job, now = Library(tmp_path), a_job(), time.time()
    journal = Journal(library.tasks_folder, "theirs")
    with closing(Ledger(library.ledger_path, clock=lambda: now + LEASE_S)) as ledger:
        ledger.add(job, "")
        journal.note(job, ("perhaps",), now, is_sure=False)
        ledger.bring_in_tasks("ours")
        assert ledger.job(job.id).state is JobState.UNCERTAIN
    journal.close()


class WatchedLedger(Ledger):
    """A ledger that notes which jobs stood in line when one was put back into the queue."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, opens=False)
        self.line: Callable[[], tuple[str, ...]] = tuple
        self.lines: list[tuple[str, ...]] = []

    def unclaim(self, *args: Any) -> bool:
        self.lines.append(self.line())
        return super().unclaim(*args)


def test_who_was_refused_stands_in_line_again_when_that_is_written(bench: Bench) -> None:
    """If it stood in line before that, it would delay all others while another program holds the ledger."""
    bench.simulator.script(catalogue.throttled(On.SUBMIT, 0))
    ledger = WatchedLedger(bench.library.ledger_path)
    engine = bench.engine(ledger=ledger)
    ledger.line = lambda: engine.line
    assert bench.run(engine).state is JobState.DONE
    assert ledger.lines == [()]
