# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that was read a moment too early takes nothing back, and makes Easel say nothing untrue."""

import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from easel.jobs import keeper
from easel.jobs.events import JobSeen
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerDamaged, LedgerError
from easel.jobs.placement import Placement
from easel.simulator import catalogue

from .conftest import DRAFT, Bench


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)


class SlowToTell(Ledger):
    """A ledger on a slow disk: much time passes between the reading and the report of a change."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, opens=False)
        self.has_read = threading.Event()
        self.may_tell = threading.Event()

    def changes(self, since: int) -> tuple[int, list[Job]]:
        found = super().changes(since)
        if any(job.state in (JobState.SUBMITTING, JobState.RUNNING) for job in found[1]):
            self.has_read.set()
            self.may_tell.wait(20)
        return found


def test_a_job_that_ends_while_the_list_is_read_is_not_told_as_running(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(600))
    ledger = SlowToTell(bench.library.ledger_path)
    engine = bench.engine(ledger=ledger)
    job_id = engine.submit(DRAFT, Placement())
    assert ledger.has_read.wait(20)
    bench.wait(engine, lambda: bool(engine.job(job_id).task_id))
    bench.finish(engine.job(job_id))
    assert bench.end_of(engine, job_id).state is JobState.DONE
    ledger.may_tell.set()
    bench.wait(engine, lambda: any(isinstance(event, JobSeen) for event in bench.events))
    assert {event.job.state for event in bench.events if isinstance(event, JobSeen)} == {JobState.DONE}


class StruckAtTheClaim(Ledger):
    """A ledger whose file is gone at the first claim of a job: just before it, or with the claim in it."""

    def __init__(self, path: Path, *, is_claimed: bool) -> None:
        super().__init__(path, opens=False)
        self._is_struck = False
        self._is_claimed = is_claimed
        self._together = self.together
        self.together = self._struck  # type: ignore[method-assign]

    @contextmanager
    def _struck(self) -> Generator[None]:
        is_to_strike = "submit" in threading.current_thread().name and not self._is_struck
        self._is_struck |= is_to_strike
        if is_to_strike and not self._is_claimed:
            self.path.unlink()
        with self._together():
            yield
        if is_to_strike and self._is_claimed:
            self.path.unlink()
            assert self.jobs(9), "another thread has it made anew"
            raise LedgerDamaged("The list of jobs can't be written: disk I/O error.")


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize("is_claimed", [False, True])
def test_a_job_is_sent_whose_claim_was_lost_with_the_ledger(bench: Bench, *, is_claimed: bool) -> None:
    """A ledger that was rebuilt from memory does not stop its own engine."""
    engine = bench.engine(ledger=StruckAtTheClaim(bench.library.ledger_path, is_claimed=is_claimed))
    assert bench.run(engine).state is JobState.DONE
    assert bench.posts() == 1


class FailingOnce(Ledger):
    """A ledger that can't be written when it first brings in what the engine and the journal know."""

    has_failed = False

    def bring_in_all(self) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise LedgerError("The list of jobs can't be written: database or disk is full.")
        super().bring_in_all()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_what_came_after_an_older_ledger_is_brought_in_though_the_first_try_fails(
    bench: Bench, tmp_path: Path
) -> None:
    ledger = FailingOnce(bench.library.ledger_path, opens=False)
    engine = bench.engine(ledger=ledger)
    before = bench.run(engine)
    with closing(sqlite3.connect(tmp_path / "older.sqlite3")) as older:
        with closing(sqlite3.connect(ledger.path)) as newer:
            newer.backup(older)
        after = bench.run(engine)
        with closing(sqlite3.connect(ledger.path)) as newer:
            older.backup(newer)  # this overwrites the file that is open
    bench.wait(engine, lambda: ledger.has_failed and {before.id, after.id} <= {j.id for j in ledger.jobs(9)})
    assert ledger.job(after.id).state is JobState.DONE


class SlowToHide(Ledger):
    """A ledger that calls `before` while it hides a job, so a test can report the job as read earlier."""

    before: Callable[[str], None]

    def hide(self, job_id: str) -> bool:
        self.before(job_id)
        return super().hide(job_id)


def test_a_job_that_is_read_while_it_is_hidden_stays_hidden(bench: Bench) -> None:
    ledger = SlowToHide(bench.library.ledger_path, opens=False)
    engine = bench.engine(ledger=ledger)
    job = bench.run(engine)
    ledger.before = lambda job_id: engine._news.emit(JobSeen(job=ledger.job(job_id)))
    engine.hide(job.id)
    bench.wait(engine, lambda: engine.totals.hidden == 1 and engine.job(job.id).hidden)
    bench.wait(engine, lambda: bench.events[-1] == JobSeen(job=engine.job(job.id)))
    assert engine.jobs() == []
