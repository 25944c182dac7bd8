# SPDX-License-Identifier: GPL-3.0-or-later
"""The next start rebuilds a lost ledger, and opens a copied one."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from easel.jobs.job import JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerError
from easel.jobs.placement import Placement

from .conftest import DRAFT, Bench
from .struck import (
    cut_in_place,
    empty_in_place,
    jobs_in,
    kept_aside,
    mended,
    path_of,
    remove,
    replace_by_an_empty_one,
    replace_by_garbage,
    start_one,
)

pytestmark = pytest.mark.usefixtures("impatient")


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
    engine = bench.engine(waits=False)  # the click comes before the file exists
    bench.run(engine)
    assert mended(bench) == []
    assert kept_aside(bench.library.root) == []


# -- copies and logs ----------------------------------------------------------------------------------


def test_a_copy_of_the_file_alone_has_the_jobs(bench: Bench, tmp_path: Path) -> None:
    engine = bench.engine()
    ids = {bench.run(engine).id for _ in range(3)}
    script = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"  # another program copies it
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
            shutil.copy(path_of(bench).with_name(name), there)  # as after a crash
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
    errors: list[LedgerError] = []  # the list keeps all that their tracebacks hold
    for _ in range(5):
        with pytest.raises(LedgerError, match="newer") as caught:
            Ledger(path)
        errors.append(caught.value)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
