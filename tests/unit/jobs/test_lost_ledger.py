# SPDX-License-Identifier: GPL-3.0-or-later
"""What is paid for is in a file of the library, whatever becomes of the ledger's."""

import dataclasses
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from easel.jobs import database, keeper
from easel.jobs.engine import Engine
from easel.jobs.events import EngineTrouble, LedgerMended
from easel.jobs.job import Job, JobState, Result
from easel.jobs.journal import Journal, unread
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.library import Library
from easel.jobs.overview import START
from easel.jobs.peek import WorkPeek
from easel.jobs.placement import Placement
from easel.jobs.rebuild import remember
from easel.jobs.rows import columns_of
from easel.simulator import catalogue
from easel.simulator.answers import Answer
from easel.simulator.faults import Fault, Hang, On, Reply, When

from .conftest import DRAFT, Bench
from .test_crash import LaterClock
from .test_held_ledger import held


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.3)
    monkeypatch.setattr(keeper, "BEAT_S", 0.1)


def path_of(bench: Bench) -> Path:
    return bench.library.ledger_path


def jobs_in(folder: Path, *, hidden: bool = False) -> dict[str, Job]:
    """What the next start finds, by task."""
    with closing(Ledger(Library(folder).ledger_path)) as ledger:
        return {job.task_id: job for job in ledger.page(START, hidden=hidden)[0]}


def mended(bench: Bench) -> list[str]:
    return [event.message for event in bench.events if isinstance(event, LedgerMended)]


def start_one(bench: Bench, engine: Engine) -> Job:
    """Have one job at the service that ends when it is told to."""
    bench.simulator.script(catalogue.takes(600))
    job_id = engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: bool(engine.job(job_id).task_id))
    return engine.job(job_id)


def kept_aside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("ledger.damaged-*.sqlite3"))


# -- the file goes away while it is open ------------------------------------------------------------


def remove(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("elsewhere.sqlite3"))


def replace_by_an_empty_one(path: Path) -> None:
    path.unlink()
    path.touch()


def replace_by_garbage(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"shopping list " * 999)


def cut_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5000)


def empty_in_place(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize(
    "strike",
    [remove, move, replace_by_an_empty_one, replace_by_garbage, cut_in_place, empty_in_place],
    ids=lambda strike: strike.__name__,
)
def test_what_becomes_of_the_file_while_it_is_open(bench: Bench, strike: Callable[[Path], None]) -> None:
    engine = bench.engine()
    done, running = bench.run(engine), start_one(bench, engine)
    strike(path_of(bench))
    after = bench.run(engine)
    assert after.state is JobState.DONE
    bench.finish(running)
    assert bench.end_of(engine, running.id).state is JobState.DONE
    bench.wait(engine, lambda: bool(mended(bench)))
    engine.stop()
    known = jobs_in(bench.library.root)
    assert {known[task_id].id for task_id in bench.simulator.tasks} == {done.id, running.id, after.id}
    assert all(job.state is JobState.DONE for job in known.values())
    assert (bench.posts(), len(bench.images())) == (3, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_what_is_hidden_stays_hidden_in_a_ledger_that_is_made_anew(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.hide(job.id)
    bench.wait(engine, lambda: engine.totals.hidden == 1)
    path_of(bench).unlink()
    bench.wait(engine, lambda: bool(mended(bench)))
    engine.stop()
    (known,) = jobs_in(bench.library.root, hidden=True).values()
    assert (known.id, known.state, known.hidden) == (job.id, JobState.DONE, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_an_older_ledger_that_is_put_back_learns_what_came_after(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    before = bench.run(engine)
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(path_of(bench), backup)
    running, done = start_one(bench, engine), bench.run(engine)
    path_of(bench).unlink()
    shutil.copy(backup, path_of(bench))
    last = bench.run(engine)
    bench.finish(running)
    assert bench.end_of(engine, running.id).state is JobState.DONE
    engine.stop()
    known = {job.id: job.state for job in jobs_in(bench.library.root).values()}
    assert known == dict.fromkeys([before.id, running.id, done.id, last.id], JobState.DONE)
    assert (mended(bench), kept_aside(bench.library.root)) == ([], []), "nothing was wrong with it"
    assert bench.posts() == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_nothing_is_sent_while_the_folder_is_gone(bench: Bench) -> None:
    engine = bench.engine()
    bench.run(engine)
    away = bench.library.root.with_name("away")
    bench.library.root.rename(away)
    job = bench.run(engine)
    assert job.state is JobState.FAILED
    assert "is gone" in job.message
    assert "Nothing was sent" in job.message
    assert not bench.library.root.exists(), "no library is made where the artist has none any more"
    away.rename(bench.library.root)
    assert bench.run(engine).state is JobState.DONE, "without a restart"
    assert bench.posts() == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize("is_deleted", [False, True])
def test_the_folder_goes_away_while_the_answer_is_on_its_way(bench: Bench, *, is_deleted: bool) -> None:
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    engine = bench.engine()
    engine.submit(DRAFT, Placement())
    bench.wait(engine, lambda: any(exchange.fault for exchange in bench.simulator.log))
    away = bench.library.root.with_name("away")
    bench.library.root.rename(away)
    if is_deleted:
        shutil.rmtree(away)
    answers.set()

    def is_told() -> bool:
        return any(
            isinstance(event, EngineTrouble) and task_id in event.message
            for event in bench.events
            for task_id in bench.simulator.tasks
        )

    bench.wait(engine, is_told)
    engine.stop()
    if not is_deleted:  # the artist sets the library to where it is now
        bench.library = Library(away)
        again = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
        bench.wait(again, lambda: [job.state for job in again.jobs()] == [JobState.DONE])
        assert set(bench.simulator.tasks) == {job.task_id for job in again.jobs()}
    assert bench.posts() == 1


@contextmanager
def folder_of_a_user(own: Path) -> Iterator[Path]:
    """Be a user for whom files can be read-only: for root none is."""
    if os.geteuid() != 0:
        yield own
        return
    with tempfile.TemporaryDirectory() as name:  # nobody else gets into pytest's own
        shutil.chown(name, "nobody")
        os.seteuid(Path(name).stat().st_uid)  # of all threads
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_library_that_becomes_writable_works_again(tmp_path: Path) -> None:
    with folder_of_a_user(tmp_path) as folder:
        path = Library(folder / "library").ledger_path
        Ledger(path).close()
        path.chmod(0o400)
        path.parent.chmod(0o500)
        with closing(Ledger(path, opens=False)) as ledger:
            assert ledger.jobs(9) == []
            with pytest.raises(LedgerError, match="readonly"):
                ledger.add(a_job("a"), "")
            assert ledger.jobs(9) == [], "it is open again, as it is"
            path.parent.chmod(0o700)
            path.chmod(0o600)
            ledger.add(a_job("b"), "")
            assert [job.id[0] for job in ledger.jobs(9)] == ["b"], "without a restart"


# -- the next start finds it so ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "strike",
    [remove, replace_by_an_empty_one, replace_by_garbage, cut_in_place, empty_in_place],
    ids=lambda strike: strike.__name__,
)
def test_a_ledger_is_made_anew_from_the_journal_and_from_images(
    bench: Bench, strike: Callable[[Path], None]
) -> None:
    engine = bench.engine()
    done, running = bench.run(engine), start_one(bench, engine)
    engine.stop()
    strike(path_of(bench))
    size = path_of(bench).stat().st_size if path_of(bench).exists() else 0
    bench.finish(running)
    again = bench.engine()
    bench.wait(again, lambda: again.job(running.id).state is JobState.DONE)
    assert again.job(done.id).state is JobState.DONE
    assert again.job(done.id).request == done.request
    assert [result.path for result in again.job(done.id).results] == [done.results[0].path]
    assert (bench.posts(), len(bench.images())) == (2, 2)
    (text,) = mended(bench)
    assert "2 jobs" in text
    assert bool(kept_aside(bench.library.root)) == (size > 0)
    assert all(name in text for name in kept_aside(bench.library.root))


def test_images_alone_are_enough(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    path_of(bench).unlink()
    shutil.rmtree(bench.library.tasks_folder)
    (known,) = jobs_in(bench.library.root).values()
    assert (known.id, known.task_id, known.request) == (job.id, job.task_id, job.request)
    assert (known.state, known.results[0].path) == (JobState.DONE, job.results[0].path)
    assert (known.results[0].width, known.results[0].height) == (job.results[0].width, job.results[0].height)


def test_images_that_two_jobs_have_fetched_are_there_once(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    path_of(bench).unlink()
    image = job.results[0].path
    shutil.copy(image, image.with_name(image.name.replace(job.id[:8], "f" * 8)))
    (known,) = jobs_in(bench.library.root).values()
    assert len(known.results) == 1
    shutil.copy(image, image.with_name(image.name.replace("_1.", "_2.")))
    path_of(bench).unlink()
    (known,) = jobs_in(bench.library.root).values()
    assert len(known.results) == 2, "of one job the service may have made two that are the same"


def test_of_two_that_find_it_damaged_one_puts_it_aside(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    replace_by_garbage(path_of(bench))
    start, errors = threading.Barrier(8), list[LedgerError]()

    def open_it() -> None:
        start.wait()
        try:
            Ledger(path_of(bench)).close()
        except LedgerError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all("Another program" in str(error) for error in errors)
    assert len(kept_aside(bench.library.root)) == 1
    assert [known.id for known in jobs_in(bench.library.root).values()] == [job.id]


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_two_engines_go_on_with_the_one_that_was_made_anew(bench: Bench) -> None:
    ours, theirs = bench.engine(), bench.engine()
    first, second = start_one(bench, ours), start_one(bench, theirs)
    replace_by_garbage(path_of(bench))
    third = ours.submit(DRAFT, Placement())
    bench.finish(first)
    bench.finish(second)
    for engine, job_id in ((ours, first.id), (theirs, second.id), (ours, third)):
        bench.events.clear()
        bench.wait(engine, lambda job_id=job_id, engine=engine: engine.job(job_id).state is JobState.DONE)
    assert len(kept_aside(bench.library.root)) == 1
    ours.stop()
    theirs.stop()
    assert {job.id for job in jobs_in(bench.library.root).values()} == {first.id, second.id, third}
    assert (bench.posts(), len(bench.images())) == (3, 3)


def test_a_new_library_says_nothing(bench: Bench) -> None:
    engine = bench.engine(waits=False)  # the click is there before the file
    bench.run(engine)
    assert mended(bench) == []
    assert kept_aside(bench.library.root) == []


# -- copies and logs --------------------------------------------------------------------------------


def test_a_copy_of_the_file_alone_has_the_jobs(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    ids = {bench.run(engine).id for _ in range(3)}
    script = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"  # as another program does
    copy = tmp_path / "copy" / "ledger.sqlite3"
    copy.parent.mkdir()
    subprocess.run([sys.executable, "-c", script, path_of(bench), copy], check=True)
    assert {job.id for job in jobs_in(copy.parent).values()} == ids


@pytest.mark.parametrize("is_log_lost", [False, True])
def test_a_ledger_with_a_log_of_an_older_easel(bench: Bench, tmp_path: Path, *, is_log_lost: bool) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.stop()
    there = tmp_path / "there"
    there.mkdir()
    with closing(sqlite3.connect(path_of(bench), isolation_level=None)) as older:
        older.execute("PRAGMA journal_mode = WAL")
        older.execute("UPDATE jobs SET price = 77")
        for name in ("ledger.sqlite3", *(() if is_log_lost else ("ledger.sqlite3-wal",))):
            shutil.copy(path_of(bench).with_name(name), there)  # as a crash leaves it
    (known,) = jobs_in(there).values()
    assert (known.id, known.price) == (job.id, job.price if is_log_lost else 77)
    assert not (there / "ledger.sqlite3-wal").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells what is open")
def test_a_ledger_that_can_not_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = len(list(Path("/proc/self/fd").iterdir()))
    errors: list[LedgerError] = []  # kept, with all that their tracebacks hold
    for _ in range(5):
        with pytest.raises(LedgerError, match="newer") as caught:
            Ledger(path)
        errors.append(caught.value)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# -- the journal ------------------------------------------------------------------------------------


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
    )  # though the lease of the one that stopped is good
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
        ledger.clock = clock  # their lease has run out
        assert ledger.recover("ours", "test", parked_too=False) == [job.id]


def test_a_task_that_another_job_of_the_file_has_is_its_own(tmp_path: Path) -> None:
    """A file that was put back has the task as a rescued one; an engine knows it as its job's."""
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
    """The journal is asked at the click: the engine may have had no time for it yet."""
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
    """One in which the job is still queued: it must not be sent once more."""
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
    """Their places differ: no image takes the place of another, or two."""
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


def a_job(letter: str) -> Job:
    now = time.time()
    return Job(
        id=letter * 32,
        state=JobState.RUNNING,
        request=DRAFT,
        placement=Placement(),
        server="test",
        price=5,
        created_at=now,
        updated_at=now,
        submitted_at=now,
    )
