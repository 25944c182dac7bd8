# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of the library names all that was paid for, whatever happens to the ledger while it is open."""

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from easel.jobs.events import EngineTrouble, LibraryIsElsewhere
from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.library import Library
from easel.jobs.moved import write_sign
from easel.jobs.placement import Placement
from easel.simulator.faults import Fault, Hang, On

from .conftest import DRAFT, Bench, LaterClock
from .struck import (
    a_job,
    cut_in_place,
    empty_in_place,
    held,
    jobs_in,
    kept_aside,
    mended,
    move,
    path_of,
    remove,
    replace_by_an_empty_one,
    replace_by_garbage,
    start_one,
)

pytestmark = pytest.mark.usefixtures("impatient")


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
    if not is_deleted:  # the artist chooses the new place of the library
        bench.library = Library(away)
        again = bench.engine(ledger=Ledger(bench.library.ledger_path, clock=LaterClock()))
        bench.wait(again, lambda: [job.state for job in again.jobs()] == [JobState.DONE])
        assert set(bench.simulator.tasks) == {job.task_id for job in again.jobs()}
    assert bench.posts() == 1


@contextmanager
def folder_of_a_user(own: Path) -> Iterator[Path]:
    """Become a user for whom files can be read-only; root can write to any file."""
    if os.geteuid() != 0:
        yield own
        return
    with tempfile.TemporaryDirectory() as name:  # no other user may enter pytest's own
        shutil.chown(name, "nobody")
        os.seteuid(Path(name).stat().st_uid)  # for all threads
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


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize("asks", [False, True], ids=["while it is sent", "while it is made"])
def test_jobs_are_left_when_the_library_is_elsewhere(bench: Bench, tmp_path: Path, *, asks: bool) -> None:
    """A Blender that slept past its leases wakes after another one has moved the library."""
    engine, answers = bench.engine(), threading.Event()
    if asks:
        job_id = start_one(bench, engine).id
    else:
        bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
        job_id = engine.submit(DRAFT, Placement())
        bench.wait(engine, lambda: any(exchange.fault for exchange in bench.simulator.log))
    new = Library(tmp_path / "new").ledger_path
    new.parent.mkdir()
    sign = path_of(bench).with_name("sign")
    write_sign(sign, new.parent)
    with held(path_of(bench)):
        shutil.copyfile(path_of(bench), new)
        sign.replace(path_of(bench))
    answers.set()
    if asks:
        bench.finish(engine.job(job_id))
    bench.wait(engine, lambda: bench.ends(job_id) == 1)
    bench.wait(engine, lambda: any(isinstance(event, LibraryIsElsewhere) for event in bench.events))
    assert not engine.is_busy
    with closing(Ledger(new)) as ledger:
        assert [job.id for job in ledger.jobs(10)] == [job_id]
        assert {job.task_id for job in ledger.jobs(10)} == set(bench.simulator.tasks), "what was paid for"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
@pytest.mark.parametrize(
    "strike", [remove, move, replace_by_an_empty_one, replace_by_garbage], ids=lambda strike: strike.__name__
)
def test_who_joins_a_commit_after_the_file_was_lost(tmp_path: Path, strike: Callable[[Path], None]) -> None:
    path = Library(tmp_path / "library").ledger_path
    with closing(Ledger(path)) as ledger:
        late = threading.Thread(target=ledger.add, args=(a_job("b"), ""))
        with contextlib.suppress(LedgerError), ledger.together():
            ledger.add(a_job("a"), "")
            late.start()
            while not ledger._database._waiting:  # else the first write is committed alone
                time.sleep(0.001)
            strike(path)
        late.join(20)
        assert "b" in {job.id[0] for job in ledger.jobs(9)}
