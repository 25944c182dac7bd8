# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of tasks remembers what was paid for, so it is not paid again, whatever the ledger says."""

import dataclasses
import json
import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from easel.jobs.job import Job, JobState, Result
from easel.jobs.journal import Journal, unread
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.library import Library
from easel.jobs.peek import WorkPeek
from easel.jobs.placement import Placement
from easel.jobs.rebuild import remember
from easel.jobs.rows import columns_of
from easel.simulator.answers import Answer
from easel.simulator.faults import Fault, Hang, On, Reply, When

from .conftest import DRAFT, Bench, LaterClock
from .struck import a_job, held, jobs_in, path_of, start_one

pytestmark = pytest.mark.usefixtures("impatient")


def test_an_id_that_the_ledger_could_not_take_is_found_by_the_next_start(bench: Bench) -> None:
    """The answer comes while another program holds the ledger, and the artist quits."""
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(exchange.fault for exchange in bench.simulator.log))
    with held(path_of(bench)):
        answers.set()
        bench.wait(engine, lambda: any(unread(bench.library.tasks_folder, {})))
        engine.stop(timeout_s=0.5)
    soon = bench.engine()
    bench.wait(
        soon, lambda: bool(soon.job(job_id).task_id)
    )  # though the lease of the stopped engine is still valid
    soon.stop()
    again = bench.engine(ledger=Ledger(path_of(bench), clock=LaterClock()))
    bench.wait_state(again, job_id, JobState.DONE)
    assert (bench.posts(), len(bench.images())) == (1, 1)


@pytest.mark.parametrize(
    ("body", "is_sure"),
    [
        ('{"task_id": "%s", "queue": {"posi', True),
        ('{"data": [{"task_id": "%s"}]}', True),
        ('{"ok": true, "id": "%s"}', False),
    ],
)
def test_an_id_in_an_answer_that_can_not_be_read_is_kept(bench: Bench, body: str, *, is_sure: bool) -> None:
    task_id = "5b8f6e1c-0a4d-4a5e-9d53-0c1e2f3a4b5c"
    answer = Answer(status=201, body=(body % task_id).encode())
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Reply(answer=answer)))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: engine.job(job_id).task_id == task_id or bench.ends(job_id) > 0)
    ((_, _, (paid,)),) = unread(bench.library.tasks_folder, {})
    assert (paid.task_id, paid.job_id, paid.is_sure) == (task_id, job_id, is_sure)
    job = engine.job(job_id)
    if is_sure:
        assert (job.state, job.task_id) == (JobState.RUNNING, task_id)
    else:
        assert job.state is JobState.UNCERTAIN
        assert task_id in job.message


def write_journal(bench: Bench, *lines: object) -> None:
    folder = bench.library.tasks_folder
    folder.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "2026-11-29_other.jsonl").write_text("\n" + "\n\n".join(texts))


def line_of(job: Job, task_id: str) -> dict[str, object]:
    return {"task_id": task_id, "at": job.submitted_at, "is_sure": True, "job": columns_of(job)}


def test_what_a_crash_left_half_written_hides_no_other_line(bench: Bench) -> None:
    engine = bench.engine()
    job = start_one(bench, engine)
    engine.stop()
    path_of(bench).unlink()
    shutil.rmtree(bench.library.tasks_folder)
    whole = json.dumps(line_of(job, job.task_id))
    write_journal(bench, whole[:100], "null", {"job_id": 3}, whole, whole, whole[:-20])
    assert [known.id for known in jobs_in(bench.library.root).values()] == [job.id]


def test_the_journal_is_read_once_and_again_when_it_has_grown(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    with closing(Ledger(path_of(bench))) as ledger:
        ledger.bring_in_tasks()
        assert not is_work_left(path_of(bench))
        write_journal(bench, line_of(dataclasses.replace(job, id="f" * 32), "another"))
        assert is_work_left(path_of(bench))
        ledger.bring_in_tasks()
        assert {known.task_id for known in ledger.jobs(9)} == {job.task_id, "another"}


def test_a_line_that_is_being_written_is_read_once_it_is_whole(bench: Bench) -> None:
    """A reader that comes in the middle of a line must read that line again."""
    first, second = (json.dumps(line_of(a_job(name), f"task-{name}")) for name in "ab")
    with closing(Ledger(path_of(bench))) as ledger:
        for cut in (0, 1, 40, len(second) - 1):
            write_journal(bench, first, second[:cut])
            ledger.bring_in_tasks()
            assert {job.task_id for job in ledger.jobs(9)} == {"task-a"}
            assert not is_work_left(path_of(bench))
        write_journal(bench, first, second)
        ledger.bring_in_tasks()
        assert {job.task_id for job in ledger.jobs(9)} == {"task-a", "task-b"}


def test_of_a_journal_that_has_grown_what_is_new_is_read_alone(bench: Bench) -> None:
    lines = [line_of(a_job(name), f"task-{name}") for name in "abc"]
    folder = bench.library.tasks_folder
    write_journal(bench, *lines[:2])
    ((name, size, told),) = unread(folder, {})
    assert [paid.task_id for paid in told] == ["task-a", "task-b"]
    assert not list(unread(folder, {name: size}))
    write_journal(bench, *lines)
    ((_, grown, told),) = unread(folder, {name: size})
    assert [paid.task_id for paid in told] == ["task-c"]
    content = (folder / name).read_bytes()
    assert grown == len(content)
    assert json.loads(content[told[0].begins :])["task_id"] == "task-c"


def test_a_journal_that_has_shrunk_is_read_from_its_beginning(bench: Bench) -> None:
    """The journal was restored from a copy, and has grown since."""
    with closing(Ledger(path_of(bench))) as ledger:
        write_journal(bench, *(line_of(a_job(name), f"task-{name}") for name in "abc"))
        ledger.bring_in_tasks()
        write_journal(bench, line_of(a_job("a"), "task-a"), line_of(a_job("d"), "task-d"))
        assert is_work_left(path_of(bench))
        ledger.bring_in_tasks()
        assert {job.task_id for job in ledger.jobs(9)} == {f"task-{name}" for name in "abcd"}
        assert not is_work_left(path_of(bench))
        write_journal(bench)
        ledger.bring_in_tasks()
        assert not is_work_left(path_of(bench))


def test_a_line_of_a_newer_easel_is_left_to_it(bench: Bench) -> None:
    """This Easel brings in the other lines once, and keeps this one to be read again."""
    lines = [line_of(a_job(name), f"task-{name}") for name in "abc"]
    columns = lines[1]["job"]
    assert isinstance(columns, dict)
    newer = {**lines[1], "job": {**columns, "request": "in a way of its own"}}
    with closing(Ledger(path_of(bench))) as ledger:
        write_journal(bench, lines[0], newer, lines[2])
        for _ in range(2):
            ledger.bring_in_tasks()
            assert {job.task_id for job in ledger.jobs(9)} == {"task-a", "task-c"}
        assert is_work_left(path_of(bench))
        write_journal(bench, *lines)  # all lines can be read, as the newer Easel can
        ledger.bring_in_tasks()
        assert {job.task_id for job in ledger.jobs(9)} == {"task-a", "task-b", "task-c"}


def is_work_left(path: Path) -> bool:
    peek = WorkPeek(path, "another service")
    for thread in threading.enumerate():
        if thread.name == "easel-peek":
            thread.join(20)
    return peek.is_work_left


def test_the_task_of_a_job_that_a_living_engine_is_sending_is_known_and_left_to_it(bench: Bench) -> None:
    clock = LaterClock()
    with closing(Ledger(path_of(bench), clock=lambda: clock() - LEASE_S - 1)) as ledger:
        job = Job(
            id="a" * 32,
            state=JobState.QUEUED,
            request=DRAFT,
            placement=Placement(),
            server="test",
            price=5,
            created_at=clock(),
            updated_at=clock(),
        )
        ledger.add(job, "theirs")
        ledger.claim(job.id, "theirs")
        write_journal(bench, line_of(job, "paid"))
        ledger.bring_in_tasks()
        assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (JobState.RUNNING, "paid")
        assert ledger.recover("ours", "test", parked_too=True) == []
        ledger.accept(job.id, "paid", "theirs")
        assert ledger.beat("theirs", [job.id], []) == set()
        ledger.clock = clock  # the lease of the other engine has run out
        assert ledger.recover("ours", "test", parked_too=False) == [job.id]


def test_a_task_that_another_job_of_the_file_has_is_its_own(tmp_path: Path) -> None:
    """A restored file has the task under a rescued job, and an engine knows it under its own job."""
    now = time.time()
    rescued = dataclasses.replace(a_job("a"), task_id="task-1")
    result = Result(
        index=0, path=tmp_path / "1.png", sha256="", byte_count=1, width=1, height=1, content="1" * 64
    )
    ours = dataclasses.replace(a_job("b"), task_id="task-1", results=(result,))
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.add(rescued, "")
    with ledger.transaction() as connection:
        remember(connection, [(ours, "engine")], tmp_path, now=now, lease_s=15.0)
    assert [one.content for one in ledger.job(rescued.id).results] == [result.content]
    assert ledger.job(rescued.id).task_id == "task-1"
    assert ledger.job(ours.id).state is JobState.FAILED
    again = a_job("c")
    assert not ledger.add_again(again, "engine", ours.id), "what was paid for is not paid again"
    ledger.close()


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.UNCERTAIN, JobState.FAILED])
def test_what_an_older_ledger_has_as_unpaid_is_not_paid_again(tmp_path: Path, state: JobState) -> None:
    """The click reads the journal, since the engine may have had no time for it yet."""
    library = Library(tmp_path)
    job = dataclasses.replace(a_job("a"), state=state, submitted_at=0.0)
    ledger = Ledger(library.ledger_path)
    ledger.add(job, "")
    journal = Journal(library.tasks_folder, "engine")
    assert journal.note(job, ("task-1",), time.time())
    journal.close()
    if state is JobState.QUEUED:
        assert not ledger.adopt_queued(job.id, "engine", "test")
    else:
        assert not ledger.add_again(a_job("b"), "engine", job.id)
    assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (JobState.RUNNING, "task-1")
    ledger.close()


@pytest.mark.parametrize("answer", ["accepted", "unknown", "refused"])
def test_what_became_of_a_post_is_written_over_an_older_ledger(tmp_path: Path, answer: str) -> None:
    """In the older ledger the job is still queued, but it must not be sent again."""
    job = dataclasses.replace(a_job("a"), state=JobState.QUEUED, submitted_at=0.0)
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.add(job, "engine")
    if answer == "accepted":
        ledger.accept(job.id, "task-1", "engine")
        assert (ledger.job(job.id).state, ledger.job(job.id).task_id) == (JobState.RUNNING, "task-1")
    else:
        state = JobState.UNCERTAIN if answer == "unknown" else JobState.FAILED
        assert not ledger.unclaim(job.id, "engine", "", "")
        ledger.settle_post(job.id, state, "It was cut off", "")
        assert ledger.job(job.id).state is state
    assert not ledger.claim(job.id, "engine")
    ledger.close()


def test_a_job_that_is_being_sent_is_not_queued_in_a_new_ledger(bench: Bench) -> None:
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, when=When.AFTER, effect=Hang(until=answers)))
    engine = bench.engine()
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bench.posts() == 1)
    bench.library.ledger_path.unlink()
    other = bench.engine()
    bench.wait(other, lambda: other.wait_until_read(0.1))
    answers.set()
    assert bench.end_of(engine, job_id).state is JobState.DONE
    assert bench.posts() == 1


def test_what_an_engine_remembers_and_the_file_has_is_there_once(tmp_path: Path) -> None:
    """The places of the images differ: none takes the place of another, and none is there twice."""
    images = [
        Result(
            index=index,
            path=tmp_path / f"{name}.png",
            sha256="",
            byte_count=1,
            width=1,
            height=1,
            content=name * 64,
        )
        for index, name in enumerate("abc")
    ]
    job = a_job("a")
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.add(job, "")
    for image in (images[2], images[0]):
        ledger.add_result(job.id, dataclasses.replace(image, index=0))
    told = dataclasses.replace(job, results=tuple(images), updated_at=job.updated_at + 1)
    with ledger.transaction() as connection:
        remember(connection, [(told, "")], tmp_path, now=time.time(), lease_s=15.0)
    assert sorted(result.content[0] for result in ledger.job(job.id).results) == ["a", "b", "c"]
    ledger.close()
