# SPDX-License-Identifier: GPL-3.0-or-later
"""An older ledger may replace a newer one, or a copy may be made during a write; nothing is lost."""

import dataclasses
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from easel.jobs.job import JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.rebuild import remember

from .conftest import Bench
from .struck import a_job, jobs_in, kept_aside, start_one


def spoil_index(path: Path) -> None:
    """Leave an index as it was before the last change, like a copy that was made during the change."""
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


def test_the_images_of_a_job_are_its_twins_that_has_its_task(tmp_path: Path) -> None:
    """No image belongs to two jobs, neither in the ledger nor after an engine adds what it remembers."""
    image = Result(index=0, path=tmp_path / "1.png", sha256="", byte_count=1, width=1, height=1, content="1")
    other = dataclasses.replace(image, path=tmp_path / "2.png", content="2")
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        ledger.add(dataclasses.replace(a_job("a"), task_id="task"), "")
        for letter in ("b", "c"):
            ledger.add(dataclasses.replace(a_job(letter), submitted_at=0.0), "ours")
        ledger.add_result("a" * 32, image)
        ledger.add_result("b" * 32, image)
        ledger.add_result("c" * 32, other)
        ledger.accept("b" * 32, "task", "ours")
        told = dataclasses.replace(ledger.job("c" * 32), task_id="task")
        with ledger.transaction() as connection:
            remember(connection, [(told, "ours")], tmp_path, now=time.time(), lease_s=15.0)
        assert [result.path.name for result in ledger.job("a" * 32).results] == ["1.png", "2.png"]
        assert not ledger.job("b" * 32).results
        assert not ledger.job("c" * 32).results


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_who_only_reads_follows_the_file_of_that_name(tmp_path: Path) -> None:
    path, newer = tmp_path / "ledger.sqlite3", tmp_path / "newer.sqlite3"
    with closing(Ledger(newer)) as other:
        other.add(a_job("b"), "")
    with closing(Ledger(path)) as ledger:
        ledger.add(a_job("a"), "")
        assert [job.id[0] for job in ledger.jobs(9)] == ["a"]
        newer.replace(path)
        assert [job.id[0] for job in ledger.jobs(9)] == ["b"]
        ledger.memory = lambda: [(a_job("c"), "")]
        path.rename(tmp_path / "away.sqlite3")
        assert [job.id[0] for job in ledger.jobs(9)] == ["c"]


KNOWN = [
    ((JobState.RUNNING, "task"), (JobState.QUEUED, ""), JobState.RUNNING),
    ((JobState.UNCERTAIN, ""), (JobState.QUEUED, ""), JobState.UNCERTAIN),
    ((JobState.FAILED, ""), (JobState.SUBMITTING, ""), JobState.FAILED),
    ((JobState.SUBMITTING, ""), (JobState.QUEUED, ""), JobState.SUBMITTING),
    ((JobState.QUEUED, ""), (JobState.RUNNING, "task"), JobState.RUNNING),
]
"""What an engine knows, what the file says, and what is true whatever the clock says."""
KNOWN_BY_THE_CLOCK = [
    ((JobState.QUEUED, ""), (JobState.SUBMITTING, ""), JobState.SUBMITTING),
    ((JobState.RUNNING, "task"), (JobState.DONE, "task"), JobState.DONE),
]
"""The same, if the clock is right; if not, the journal keeps the job from being sent again."""


@pytest.mark.parametrize(
    ("known", "in_file", "after", "clock_set_s"),
    [(*case, -86400.0) for case in KNOWN] + [(*case, 1.0) for case in KNOWN + KNOWN_BY_THE_CLOCK],
)
def test_what_an_engine_knows_better_whatever_the_clock_says(
    tmp_path: Path,
    known: tuple[JobState, str],
    in_file: tuple[JobState, str],
    after: JobState,
    clock_set_s: float,
) -> None:
    """This holds whether or not the clock was set back between the two states."""
    knows_more = after is known[0]
    job = dataclasses.replace(a_job("a"), state=in_file[0], task_id=in_file[1])
    at = job.updated_at + (clock_set_s if knows_more else -clock_set_s)
    told = dataclasses.replace(job, state=known[0], task_id=known[1], updated_at=at)
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        ledger.add(job, "")
        with ledger.transaction() as connection:
            remember(connection, [(told, "ours")], tmp_path, now=time.time(), lease_s=15.0)
        assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (after, known[1] or in_file[1])


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_running_job_that_the_ledger_has_as_queued_is_collected(bench: Bench, *, is_replaced: bool) -> None:
    """The older ledger claims a change a day later than any known one; its file is another or the same."""
    engine = bench.engine()
    job = start_one(bench, engine)
    bench.wait(engine, lambda: "At the service" in bench.phases(job.id))
    path = bench.library.ledger_path
    older = path.with_name("older.sqlite3")
    shutil.copy(path, older)
    with closing(sqlite3.connect(older, isolation_level=None)) as ledger:
        ledger.execute("UPDATE jobs SET state = 'QUEUED', task_id = '', updated_at = updated_at + 86400")
        ledger.execute("UPDATE jobs SET revision = 1, owner = '', lease_until = 0")
    if is_replaced:
        older.replace(path)
    else:
        shutil.copyfile(older, path)
    bench.finish(job)
    bench.wait_state(engine, job.id, JobState.DONE)
    assert engine.job(job.id).task_id == job.task_id
    assert (bench.posts(), len(bench.images())) == (1, 1)
