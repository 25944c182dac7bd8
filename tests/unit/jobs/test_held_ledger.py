# SPDX-License-Identifier: GPL-3.0-or-later
"""The main thread never waits for the ledger, not even while another program holds it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from easel.jobs.database import Database
from easel.jobs.events import WRITING, EngineTrouble, JobChanged, JobEnded, JobOrdered, JobRefused
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.placement import Placement
from easel.simulator import catalogue
from easel.simulator.faults import Fault, Hang, On

from .conftest import DRAFT, Bench
from .struck import held, path_of

pytestmark = pytest.mark.usefixtures("impatient")


def troubles(bench: Bench) -> list[str]:
    return [event.message for event in bench.events if isinstance(event, EngineTrouble)]


def rows(bench: Bench) -> dict[str, JobState]:
    """Return the states of the jobs that another reader finds in the file."""
    with closing(Ledger(path_of(bench))) as ledger:
        return {job.id: job.state for job in ledger.jobs(100)}


# -- the verbs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_click_is_honest_and_sends_nothing_before_it_is_written(bench: Bench, how: str) -> None:
    engine = bench.engine()
    with held(path_of(bench), how):
        job_id = engine.submit(DRAFT, Placement())
        assert engine.job(job_id).state is JobState.QUEUED
        assert [job.id for job in engine.jobs()] == [job_id]
        assert engine.is_busy
        bench.wait(engine, lambda: any("Another program is holding" in text for text in troubles(bench)))
        assert bench.phases(job_id) == [WRITING]
        assert bench.posts() == 0
    assert bench.end_of(engine, job_id).state is JobState.DONE
    bench.wait(engine, lambda: not troubles(bench)[-1])
    assert (bench.posts(), rows(bench)) == (1, {job_id: JobState.DONE})


def test_what_is_taken_back_before_it_is_written_is_never_sent(bench: Bench) -> None:
    engine = bench.engine()
    with held(path_of(bench)):
        job_id = engine.submit(DRAFT, Placement())
        engine.cancel(job_id)
    assert bench.end_of(engine, job_id).state is JobState.CANCELLED
    assert (bench.ends(job_id), bench.posts()) == (1, 0)


def test_what_is_taken_back_while_it_waits_for_the_ledger_is_not_sent(bench: Bench) -> None:
    """The job's worker waits for the same ledger, and may get it first."""
    engine = bench.engine(rate_limit=1)
    first, second = engine.submit(DRAFT, Placement()), engine.submit(DRAFT, Placement())
    bench.end_of(engine, first)
    bench.wait(engine, lambda: "Waiting for its turn" in bench.phases(second))
    with held(path_of(bench)):
        engine.set_rate_limit(1000)
        engine.cancel(second)
        bench.wait(engine, lambda: bool(troubles(bench)))
    assert bench.end_of(engine, second).state is JobState.CANCELLED
    assert bench.posts() == 1


def test_orders_are_carried_out_in_their_order(bench: Bench) -> None:
    engine = bench.engine()
    done = bench.run(engine)
    bench.simulator.script(catalogue.takes(600))
    running = engine.submit(DRAFT, Placement())
    bench.wait_state(engine, running, JobState.RUNNING)
    with held(path_of(bench)):
        engine.mark_placed(done.id)
        assert engine.job(done.id).placed_at
        engine.hide(done.id)
        engine.stop_watching(running)
        engine.look_again(running)
        engine.stop_watching(running)
        assert [job.id for job in engine.jobs()] == [running]
        bench.wait(engine, lambda: any(isinstance(event, JobOrdered) for event in bench.events))
    bench.wait(engine, lambda: bench.ends(running) == 2)
    job = engine.job(running)
    assert (job.parked, job.state) == (True, JobState.RUNNING)
    with closing(Ledger(path_of(bench))) as ledger:
        assert ledger.job(done.id).placed_at
        assert [job.id for job in ledger.jobs(10)] == [running]


def test_the_task_id_is_told_before_the_ledger_has_it(bench: Bench) -> None:
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(exchange.fault for exchange in bench.simulator.log))
    with held(path_of(bench)):
        answers.set()
        bench.wait(engine, lambda: engine.job(job_id).task_id != "")
        assert [engine.job(job_id).task_id] == list(bench.simulator.tasks)
        assert engine.job(job_id).state is JobState.RUNNING
        assert bench.phases(job_id)[-1] == WRITING
    assert bench.end_of(engine, job_id).state is JobState.DONE


def test_quitting_is_bounded_and_what_was_not_written_was_not_sent(bench: Bench) -> None:
    engine = bench.engine()
    with held(path_of(bench)):
        job_id = engine.submit(DRAFT, Placement())
        engine.stop(timeout_s=0.5)
        bench.events += engine.drain()
        assert bench.ends(job_id) == 1
    assert (bench.posts(), rows(bench)) == (0, {})
    assert not bench.threads("easel-writer")


def test_an_engine_starts_while_the_ledger_is_held(bench: Bench) -> None:
    before = bench.engine()
    job = bench.run(before)
    before.stop()
    with held(path_of(bench)):
        engine = bench.engine(waits=False)
        assert engine.jobs() == []
        bench.wait(engine, lambda: any("Another program is holding" in text for text in troubles(bench)))
    assert engine.wait_until_read(20)
    assert [known.id for known in engine.jobs()] == [job.id]


class Moody(Ledger):
    """A ledger that the threads of a job can't read the first few times."""

    failures_left = 3

    def job(self, job_id: str) -> Job:
        if self.failures_left and threading.current_thread().name.startswith(
            ("easel-collect", "easel-submit")
        ):
            self.failures_left -= 1
            raise LedgerError("It can't be read just now.")
        return super().job(job_id)


def test_who_can_not_read_looks_again_later(bench: Bench) -> None:
    engine = bench.engine(ledger=Moody(path_of(bench)))
    job = bench.run(engine)
    assert (job.state, len(job.results), bench.posts()) == (JobState.DONE, 1, 1)
    bench.wait(engine, lambda: not troubles(bench)[-1])
    assert bench.ends(job.id) == 1


def test_a_job_that_is_another_blenders_is_refused_with_an_event(bench: Bench) -> None:
    bench.simulator.script(catalogue.takes(600))
    theirs = bench.engine()
    job_id = theirs.submit(DRAFT, Placement())
    bench.wait_state(theirs, job_id, JobState.RUNNING)
    ours = bench.engine()
    bench.wait(ours, lambda: any(job.id == job_id and job.task_id for job in ours.jobs()))
    assert ours.look_again(job_id)
    bench.wait(ours, lambda: any(isinstance(event, JobRefused) for event in bench.events))
    (refused,) = [event for event in bench.events if isinstance(event, JobRefused)]
    assert "another Blender" in refused.message
    assert not refused.is_followed
    assert not ours.is_busy


def test_what_can_not_be_written_ends_the_job_with_its_reason(bench: Bench) -> None:
    """A lock would pass; here the click can't be written at all."""
    bench.library.root.write_text("a file where the folder should be")
    engine = bench.engine(waits=False)
    job_id = engine.submit(DRAFT, Placement())
    job = bench.end_of(engine, job_id)
    assert job.state is JobState.FAILED
    assert "can't be opened" in job.message
    assert "Nothing was sent" in job.message
    assert bench.posts() == 0
    bench.library.root.unlink()
    assert bench.run(engine).state is JobState.DONE, "without a restart"
    engine.hide(job_id)
    assert job_id not in [job.id for job in engine.jobs()]


def test_every_click_ends_exactly_once_whoever_holds_the_ledger(bench: Bench) -> None:
    engine = bench.engine()
    with held(path_of(bench), "IMMEDIATE"):
        ids = [engine.submit(DRAFT, Placement()) for _ in range(6)]
    bench.wait(engine, lambda: sum(isinstance(event, JobEnded) for event in bench.events) == 6)
    assert [bench.ends(job_id) for job_id in ids] == [1] * 6
    started = [event.job.id for event in bench.events if isinstance(event, JobChanged)]
    assert list(dict.fromkeys(started)) == ids, "told of in the order of the clicks"


# -- what writes at the same moment -----------------------------------------------------------------


def commits(data: Database) -> list[str]:
    """Return a list that grows with each transaction committed from now on."""
    seen: list[str] = []
    with data.transaction() as connection:
        connection.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    seen.clear()
    return seen


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Database]:
    data = Database(tmp_path / "x.sqlite3")
    yield data
    data.close()


def servers(data: Database) -> list[str]:
    return [row[0] for row in data.query("SELECT server FROM turns ORDER BY server", ())]


def insert(data: Database, server: str, *, fails: bool = False) -> None:
    with data.transaction() as connection:
        connection.execute("INSERT INTO turns (server, at) VALUES (?, 0)", (server,))
        if fails:
            raise ZeroDivisionError


def insert_together(data: Database, *names: str) -> None:
    with data.together():
        for name in names:
            insert(data, name)


def run_all(*acts: threading.Thread) -> None:
    for act in acts:
        act.start()
    for act in acts:
        act.join()


def test_writes_that_wait_share_a_commit_and_one_that_fails_takes_back_itself(data: Database) -> None:
    counted = commits(data)
    failures: list[ZeroDivisionError] = []

    def write(number: int) -> None:
        try:
            insert(data, f"{number:02}", fails=number % 5 == 0)
        except ZeroDivisionError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    with data.transaction():  # all threads wait for this transaction
        for thread in threads:
            thread.start()
        while data._waiting < 20:
            pass
    for thread in threads:
        thread.join()
    assert servers(data) == [f"{number:02}" for number in range(20) if number % 5]
    assert len(failures) == 4
    assert len(counted) == 1


def test_many_writers_lose_nothing(data: Database) -> None:
    def write(name: str) -> None:
        for number in range(25):
            insert(data, f"{name}{number:02}")

    run_all(*(threading.Thread(target=write, args=(name,)) for name in "abcdefgh"))
    assert servers(data) == [f"{name}{number:02}" for name in "abcdefgh" for number in range(25)]


def test_a_disk_that_is_slow_is_no_other_program(data: Database) -> None:
    errors: list[str] = []

    def write() -> None:
        try:
            insert(data, "b")
        except LedgerError as error:
            errors.append(str(error))

    with data.transaction():  # this lasts as long as a commit may take
        run_all(threading.Thread(target=write))
    (text,) = errors
    assert "slow to answer" in text


def test_together_is_all_or_nothing_on_the_disk(data: Database) -> None:
    counted = commits(data)
    with data.together():
        insert(data, "a")
        with pytest.raises(ZeroDivisionError):
            insert(data, "b", fails=True)
        insert(data, "c")
        assert servers(data) == ["a", "c"], "who is inside sees it"
    assert (servers(data), len(counted)) == (["a", "c"], 1)


def test_a_reader_sees_nothing_that_is_not_committed(data: Database) -> None:
    seen: list[list[str]] = []
    with data.together():
        insert(data, "a")
        run_all(threading.Thread(target=lambda: seen.append(servers(data))))
    assert seen == [[]]


def test_a_commit_that_fails_fails_for_all_of_its_group(data: Database, tmp_path: Path) -> None:
    insert(data, "before")
    with closing(sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM turns").fetchall()  # a reader holds up a commit
        with pytest.raises(LedgerError, match="Another program"):
            insert_together(data, "a", "b")
        reader.execute("COMMIT")
    assert servers(data) == ["before"]
    insert(data, "after")
    assert servers(data) == ["after", "before"]
