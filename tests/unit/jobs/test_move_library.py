# SPDX-License-Identifier: GPL-3.0-or-later
"""A library moves whole or not at all, even if the process is killed, and other Blenders learn of it."""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source, Upload
from easel.imaging.files import sha256_of
from easel.jobs import images
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_file import LedgerLocked, LibraryMoved
from easel.jobs.library import Library
from easel.jobs.move_library import move_library
from easel.jobs.moved import moved_to
from easel.jobs.placement import Placement
from easel.jobs.preparation import Preparation
from easel.jobs.rows import insert_job, write_result
from easel.simulator.faults import Fault, Hang, On
from easel.texts.refusal import Refusal
from easel.threads.pace import Pace

from .conftest import Bench

WORKER = Path(__file__).with_name("move_worker.py")
SENDER = Path(__file__).with_name("sending_worker.py")
COUNT = 2


def make_library(folder: Path) -> Ledger:
    """Make a library of a few edits, each with a thumbnail and a source, and one star; return its ledger."""
    library = Library(folder)
    ledger = Ledger(library.ledger_path)
    with ledger.transaction() as connection:
        for number in range(COUNT):
            job_id = f"{number:032}"
            source = library.sources_folder(job_id) / "0.png"
            path = library.images_folder / "2026-11" / f"2026-11-0{number + 1}_wall_{job_id[:8]}_1.png"
            for file in (source, path, library.thumbnail_path(job_id, 0)):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(os.urandom(500))
            job = Job(
                id=job_id,
                state=JobState.DONE,
                request=EditRequest(
                    model=ModelId.GEMINI_3_PRO, prompt=f"wall {number}", sources=(Source(name="a"),)
                ),
                placement=Placement(),
                preparation=Preparation(
                    uploads=(Upload(name="a", path=str(source), media_type="image/png"),)
                ),
                server="s",
                price=1,
                created_at=1.7e9 + number,
                updated_at=1.7e9,
            )
            insert_job(connection, job, "", 0.0)
            found = Result(index=0, path=path, sha256=sha256_of(path), byte_count=500, width=1, height=1)
            write_result(connection, job.id, found, folder, 1.7e9)
    ledger.bring_in_images(100)
    ledger.star([row.id for row in ledger.image_rows(ids_of(ledger))][:1])
    return ledger


def ids_of(ledger: Ledger) -> list[int]:
    with ledger.transaction() as connection:
        return [row["id"] for row in connection.execute("SELECT id FROM images ORDER BY id").fetchall()]


def contents(folder: Path) -> dict[str, str]:
    """Return the hashes of the files in the subfolders of a library, by path."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent != folder
    }


def told(folder: Path) -> list[tuple[str, bool, str, bool]]:
    """Return the prompt, star and hash of each image of a library, and whether its sources are there."""
    ledger = Ledger(Library(folder).ledger_path)
    rows = [
        (
            row.written,
            row.is_starred,
            sha256_of(row.path),
            all(Path(upload.path).is_file() for upload in sent(ledger.job(row.job_id))),
        )
        for row in ledger.search(images.Search())
    ]
    ledger.close()
    return rows


def sent(job: Job) -> tuple[Upload, ...]:
    assert job.preparation is not None
    return job.preparation.uploads


def test_it_is_moved_whole_and_others_learn_of_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "disk" / "new"
    ledger = make_library(old)
    places: list[Path] = []
    other = Ledger(Library(old).ledger_path, moved=places.append)
    assert len(other.search(images.Search())) == COUNT
    before, files = told(old), contents(old)
    pace = Pace()
    text = move_library(ledger, new, pace, removes_old=True).text
    assert text == f"The library is in {new} now."
    assert told(new) == before
    assert contents(new) == files
    assert contents(old) == {}
    assert not (new / "moving.json").exists()
    assert moved_to(Library(old).ledger_path) == new
    for act in (lambda: other.star(ids_of(other)), lambda: other.search(images.Search())):
        with pytest.raises(LibraryMoved, match=r"moved to .*new"):
            act()
    assert set(places) == {new}
    with pytest.raises(Refusal, match="moved to"):
        images.search(old)
    jobs = [job for _id, job in Ledger(Library(new).ledger_path).all_jobs() if job is not None]
    uploads = [upload.path for job in jobs for upload in sent(job)]
    assert len(uploads) == COUNT
    assert all(Path(path).is_relative_to(new) for path in uploads)
    # Move it back, to the folder that says where the library is.
    again = Ledger(Library(new).ledger_path)
    assert "still in" in move_library(again, old, Pace(), removes_old=False).text
    assert told(old) == before
    assert moved_to(Library(new).ledger_path) == old


def copy_of(library: Path, folder: Path) -> Path:
    """Copy a library; the copy's jobs name the sources in the copy."""
    shutil.copytree(library, folder)
    with Ledger(Library(folder).ledger_path).transaction() as connection:
        names = json.dumps(str(library))[1:-1], json.dumps(str(folder))[1:-1]
        connection.execute("UPDATE jobs SET preparation = replace(preparation, ?, ?)", names)
    return folder


def run_worker(old: Path, new: Path, fatal: int) -> tuple[int, str]:
    command = [sys.executable, str(WORKER), str(old), str(new), str(fatal)]
    done = subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_crash_at_any_step_leaves_one_whole_library(tmp_path: Path) -> None:
    make_library(tmp_path / "model").close()
    before = told(tmp_path / "model")
    steps = int(run_worker(copy_of(tmp_path / "model", tmp_path / "old"), tmp_path / "new", 10_000)[1])
    switch = steps - 14  # about the last 14 steps are the switch and what follows
    after_switch: list[bool] = []
    for fatal in [1, 3, *range(5, switch, 17), *range(switch, steps + 1, 2)]:
        old, new = tmp_path / f"old{fatal}", tmp_path / f"new{fatal}"
        code, _steps = run_worker(copy_of(tmp_path / "model", old), new, fatal)
        here = moved_to(Library(old).ledger_path) or old
        after_switch.append(here != old)
        assert told(here) == before, f"after death at step {fatal}"
        assert code == 9
        if here == old:  # a second try reuses what the first has copied
            move_library(Ledger(Library(old).ledger_path), new, Pace(), removes_old=True)
            assert told(new) == before
    assert after_switch == sorted(after_switch)
    assert sum(after_switch) > 2, "some died while the old files were removed"
    assert after_switch.count(False) > 8


def test_what_stands_in_the_way_is_said_and_nothing_moves(tmp_path: Path) -> None:
    old = tmp_path / "old"
    ledger = make_library(old)
    before = told(old)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("")
    for target, reason in (
        (tmp_path / "full", "not empty"),
        (tmp_path / "file", "not a folder"),
        (old, "already"),
        (old / "images" / "new", "is inside the library"),
        (tmp_path, "is inside the library"),
        (Path("new"), "which folder"),
    ):
        with pytest.raises(Refusal, match=reason):
            move_library(ledger, target, Pace(), removes_old=True)
    with ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET owner = 'other', lease_until = ?", (time.time() + 60,))
    with pytest.raises(Refusal, match="Jobs are running"):
        move_library(ledger, tmp_path / "new", Pace(), removes_old=True)
    with ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET owner = ''")
    stopped = Pace()
    stopped.stop.set()
    with pytest.raises(Refusal, match="stopped"):
        move_library(ledger, tmp_path / "new", stopped, removes_old=True)
    assert told(old) == before
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_a_disk_that_is_full_or_read_only_leaves_it_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    ledger = make_library(old)
    before = told(old)
    room = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: room._replace(free=1000))
        with pytest.raises(Refusal, match="not enough room"):
            move_library(ledger, tmp_path / "new", Pace(), removes_old=True)
    fsync, count = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal count
        count += 1
        if count > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Refusal, match="disk is full"):
            move_library(ledger, tmp_path / "new", Pace(), removes_old=True)

    def read_only(*_arguments: Any, **_named: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path / "other"))

    with monkeypatch.context() as patch:
        patch.setattr(os, "mkdir", read_only)
        with pytest.raises(OSError, match="Read-only"):
            move_library(ledger, tmp_path / "other", Pace(), removes_old=True)
    assert told(old) == before
    assert move_library(ledger, tmp_path / "new", Pace(), removes_old=True).is_whole
    assert told(tmp_path / "new") == before


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("UPDATE jobs SET message = 'sent'")
except sqlite3.OperationalError as error:
    print(error)
else:
    print("written")
"""


def test_no_other_program_writes_between_the_copy_and_the_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    ledger, replace, answers = make_library(old), os.replace, list[str]()

    def replace_while_another_writes(source: Any, target: Any, **named: Any) -> None:
        if Path(source).parent == new and Path(target).name in (".ledger.part", "ledger.sqlite3"):
            command = [sys.executable, "-c", WRITER, str(Library(old).ledger_path)]
            done = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
            answers.append(done.stdout.strip())
        replace(source, target, **named)

    journal = old / "ledger.sqlite3-journal"
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_while_another_writes)
        assert move_library(ledger, new, Pace(), removes_old=True).is_whole
    assert answers == ["database is locked"] * 2
    assert not journal.exists(), "it would be taken for that of the sign"


@pytest.mark.skipif(os.name == "nt", reason="Windows stops no process, nor moves what another has open")
def test_a_task_that_is_answered_after_the_library_was_moved_is_known_there(bench: Bench) -> None:
    """A Blender stands still before its POST is answered, and another one moves the library twice."""
    old, new = bench.library.root, bench.library.root.with_name("newer")
    answers = threading.Event()
    bench.simulator.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    sender = subprocess.Popen([sys.executable, str(SENDER), str(old), bench.simulator.url])
    try:
        wait_until(lambda: any(exchange.fault for exchange in bench.simulator.log))
        os.kill(sender.pid, signal.SIGSTOP)
        with contextlib.closing(Ledger(Library(old).ledger_path)) as ledger:
            with ledger.transaction() as connection:  # else it takes fifteen seconds
                connection.execute("UPDATE jobs SET lease_until = 1")
            move_library(ledger, old.with_name("new"), Pace(), removes_old=True)
        with contextlib.closing(Ledger(Library(old.with_name("new")).ledger_path)) as ledger:
            move_library(ledger, new, Pace(), removes_old=False)
        os.kill(sender.pid, signal.SIGCONT)
        answers.set()
        assert sender.wait(60) == 0
    finally:
        answers.set()
        sender.kill()
    bench.library = Library(new)
    engine = bench.engine()
    (job,) = engine.jobs()
    assert job.task_id in bench.simulator.tasks
    assert bench.end_of(engine, job.id).state is JobState.DONE
    assert (bench.posts(), len(bench.images())) == (1, 1)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_while_it_is_shut_no_thread_opens_the_ledger(tmp_path: Path) -> None:
    ledger = make_library(tmp_path / "old")
    ledger.hurry(0.05)
    with ledger.shut():
        for act in (lambda: ledger.star([1]), lambda: ledger.search(images.Search()), ledger.all_jobs):
            with pytest.raises(LedgerLocked), ThreadPoolExecutor() as pool:
                pool.submit(lambda act=act: list(act() or ())).result()
    ledger.hurry(5.0)
    assert len(ledger.search(images.Search())) == COUNT


def test_what_is_easels_goes_through_links_and_what_is_the_artists_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, disk = tmp_path / "Pictures", tmp_path / "new", tmp_path / "disk"
    make_library(old).close()
    shutil.move(old / "images", disk)
    (old / "images").symlink_to(disk, target_is_directory=True)
    (disk / "2026-11" / "circle").symlink_to(disk, target_is_directory=True)
    (old / "prompts.json").write_text("{}")
    own = [old / "holiday.jpg", old / "Projects" / "shot.blend", old / "Projects" / "images" / "sky.png"]
    for path in own:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    elsewhere = f"/mnt{old}/photo.png"  # it ends with a path of the library
    ledger = Ledger(Library(old).ledger_path)
    with ledger.transaction() as connection:
        sql = "UPDATE jobs SET preparation = json_set(preparation, '$.note', ?) WHERE id LIKE '%1'"
        connection.execute(sql, (elsewhere,))
    before = told(old)
    new.mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (new / name).touch()

    def share_without_times(*_arguments: Any, **_named: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    missing = old / "sources" / "lost"
    missing.symlink_to(tmp_path / "unplugged")
    with pytest.raises(Refusal, match="broken link"):
        move_library(ledger, new, Pace(), removes_old=True)
    missing.unlink()
    with pytest.raises(Refusal, match="is inside the library"):
        move_library(ledger, disk / "new", Pace(), removes_old=True)
    shutil.rmtree(disk / "new")
    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", share_without_times)
        text = move_library(ledger, new, Pace(), removes_old=True).text
    assert "Other files stay in" in text
    assert told(new) == before
    assert (new / "prompts.json").is_file()
    assert {path.read_text() for path in own} == {"mine"}
    assert not [path for path in new.rglob("*") if path.name in {each.name for each in own}]
    assert not list(disk.rglob("*.png"))
    with Ledger(Library(new).ledger_path).transaction() as connection:
        (row,) = connection.execute("SELECT preparation FROM jobs WHERE id LIKE '%1'").fetchall()
    assert json.loads(row[0])["note"] == elsewhere


def test_an_image_that_was_not_copied_keeps_the_library_where_it_is(tmp_path: Path) -> None:
    old = tmp_path / "old"
    ledger = make_library(old)
    (old / "images" / "2026-11").rename(old / "renders")
    with ledger.transaction() as connection:
        connection.execute("UPDATE results SET path = replace(path, 'images/2026-11', 'renders')")
    with pytest.raises(Refusal, match="was not copied"):
        move_library(ledger, tmp_path / "new", Pace(), removes_old=True)
    assert moved_to(Library(old).ledger_path) is None
