# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that was put in the place of a newer one, or copied while it was written to."""

import dataclasses
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.rebuild import remember

from .conftest import Bench
from .test_lost_ledger import a_job, jobs_in, kept_aside, start_one


def spoil_index(path: Path) -> None:
    """Leave an index as it was before the last change, as in a copy that was made in the middle of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ((sql,),) = ledger.execute("SELECT sql FROM sqlite_master WHERE name = 'jobs_by_revision'")
        ledger.execute("PRAGMA writable_schema = ON")
        ledger.execute("UPDATE sqlite_master SET sql = NULL, type = 'x' WHERE name = 'jobs_by_revision'")
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ledger.execute("PRAGMA writable_schema = ON")
        ledger.execute("UPDATE jobs SET revision = revision + 1")
        ledger.execute(
            "UPDATE sqlite_master SET sql = ?, type = 'index' WHERE name = 'jobs_by_revision'", (sql,)
        )
        ledger.execute("PRAGMA writable_schema = OFF")


def test_a_copy_of_two_moments_is_made_anew(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    spoil_index(bench.library.ledger_path)
    with closing(sqlite3.connect(bench.library.ledger_path)) as ledger:
        assert ledger.execute("PRAGMA quick_check").fetchone()[0] == "ok", "which is not enough"
    known = jobs_in(bench.library.root)
    assert [(known[job.task_id].id, known[job.task_id].state)] == [(job.id, JobState.DONE)]
    assert len(kept_aside(bench.library.root)) == 1


@pytest.mark.parametrize(
    ("known", "in_file", "after"),
    [
        ((JobState.RUNNING, "task"), (JobState.QUEUED, ""), JobState.RUNNING),
        ((JobState.UNCERTAIN, ""), (JobState.QUEUED, ""), JobState.UNCERTAIN),
        ((JobState.FAILED, ""), (JobState.SUBMITTING, ""), JobState.FAILED),
        ((JobState.SUBMITTING, ""), (JobState.QUEUED, ""), JobState.SUBMITTING),
        ((JobState.QUEUED, ""), (JobState.RUNNING, "task"), JobState.RUNNING),
        ((JobState.QUEUED, ""), (JobState.SUBMITTING, ""), JobState.SUBMITTING),
        ((JobState.RUNNING, "task"), (JobState.DONE, "task"), JobState.DONE),
    ],
)
@pytest.mark.parametrize("clock_set_s", [-86400.0, 1.0])
def test_what_an_engine_knows_better_whatever_the_clock_says(
    tmp_path: Path,
    known: tuple[JobState, str],
    in_file: tuple[JobState, str],
    after: JobState,
    clock_set_s: float,
) -> None:
    """Between what the file has and what is known, the clock was set back; or not."""
    knows_more = after is known[0]
    job = dataclasses.replace(a_job("a"), state=in_file[0], task_id=in_file[1])
    at = job.updated_at + (clock_set_s if knows_more else -clock_set_s)
    told = dataclasses.replace(job, state=known[0], task_id=known[1], updated_at=at)
    if in_file[1] == known[1] and not knows_more and clock_set_s < 0:
        pytest.skip("the clock alone decides: the journal keeps it from being sent again")
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        ledger.add(job, "")
        with ledger.transaction() as connection:
            remember(connection, [(told, "ours")], tmp_path, now=time.time(), lease_s=15.0)
        assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (after, known[1] or in_file[1])


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_running_job_that_the_ledger_has_as_queued_is_collected(bench: Bench, *, is_replaced: bool) -> None:
    """It says that it was changed a day later than all that is known."""
    engine = bench.engine()
    job = start_one(bench, engine)
    path = bench.library.ledger_path
    older = path.with_name("older.sqlite3")
    shutil.copy(path, older)
    with closing(sqlite3.connect(older if is_replaced else path, isolation_level=None)) as ledger:
        ledger.execute("UPDATE jobs SET state = 'QUEUED', task_id = '', updated_at = updated_at + 86400")
    if is_replaced:
        older.replace(path)
    bench.finish(job)
    done = bench.end_of(engine, job.id)
    assert (done.state, done.task_id, len(done.results)) == (JobState.DONE, job.task_id, 1)
    assert bench.posts() == 1
