# SPDX-License-Identifier: GPL-3.0-or-later
"""A long list has right pages and totals, keeps hidden jobs out, and tells the order of the line."""

import shutil
import sqlite3
from pathlib import Path

import PIL.Image
import pytest

from easel.jobs.events import JobSeen, JobsRead, PageRead
from easel.jobs.import_images import import_images
from easel.jobs.imported import imported_job
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_steps import LEASE_S
from easel.jobs.limiter import WINDOW_S, RateLimiter
from easel.jobs.overview import PAGE, START, Totals
from easel.jobs.placement import Placement
from easel.jobs.rows import columns_of
from easel.jobs.schema import MIGRATIONS
from easel.threads.pace import Pace

from .conftest import DRAFT, Bench, Clock

SERVER = "https://example.test"
IMPORTS_COUNTED = 8
"""Version of a ledger that counted imports as hidden jobs."""
OLD_LEDGER = Path(__file__).parent / "ledgers" / "2026-11.sqlite3"


def add(ledger: Ledger, number: int, state: JobState = JobState.DONE, owner: str = "") -> str:
    """Add a job that is no newer than those before it, three to the same second; return its id."""
    at = 1_800_000_000.0 - number // 3
    job = Job(
        id=f"{number:032x}",
        state=state,
        request=DRAFT,
        placement=Placement(),
        server=SERVER,
        price=10,
        created_at=at,
        updated_at=at,
    )
    ledger.add(job, owner)
    return job.id


def pages(ledger: Ledger, *, hidden: bool = False) -> list[list[int]]:
    """Return the numbers of all jobs, page by page."""
    found, cursor = [], START
    while cursor is not None:
        jobs, cursor = ledger.page(cursor, hidden=hidden)
        found.append([int(job.id, 16) for job in jobs])
    return found


def test_all_jobs_come_once_in_pages_whatever_second_they_are_of(ledger: Ledger) -> None:
    count = 2 * PAGE + 7
    with ledger.together():
        for number in range(count):
            add(ledger, number)
    read = pages(ledger)
    assert [len(page) for page in read] == [PAGE, PAGE, 7]
    numbers = [number for page in read for number in page]
    assert sorted(numbers) == list(range(count))
    assert [number // 3 for number in numbers] == sorted(number // 3 for number in numbers)


def test_a_page_whose_jobs_this_version_cannot_read_is_not_the_last(ledger: Ledger) -> None:
    with ledger.together():
        for number in range(PAGE + 1):
            add(ledger, number)
    with ledger.transaction() as connection:
        connection.execute(
            "UPDATE jobs SET placement = '{'"
            " WHERE id != (SELECT id FROM jobs ORDER BY created_at, id LIMIT 1)"
        )
    assert [len(page) for page in pages(ledger)] == [0, 1]


def test_hidden_ones_are_counted_and_have_pages_of_their_own(ledger: Ledger) -> None:
    for number, state in enumerate(
        (JobState.DONE, JobState.FAILED, JobState.UNCERTAIN, JobState.CANCELLED, JobState.QUEUED)
    ):
        add(ledger, number, state)
    assert ledger.totals() == Totals(listed=5, hidden=0, done=2)
    ledger.hide(f"{1:032x}")
    assert ledger.hide_done() == [f"{0:032x}", f"{3:032x}"]
    assert ledger.totals() == Totals(listed=2, hidden=3, done=0)
    assert pages(ledger) == [[2, 4]]
    assert sorted(pages(ledger, hidden=True)[0]) == [0, 1, 3]
    assert ledger.job(f"{1:032x}").hidden
    assert ledger.unhide(f"{1:032x}")
    assert ledger.totals() == Totals(listed=3, hidden=2, done=0)
    assert not ledger.job(f"{1:032x}").hidden


def test_unsent_is_what_nobody_is_about_to_send(ledger: Ledger, clock: Clock) -> None:
    for number in range(3):
        add(ledger, number, JobState.QUEUED)
    other = add(ledger, 3, JobState.QUEUED, owner="theirs")
    add(ledger, 4, JobState.RUNNING)
    assert ledger.unsent(SERVER) == [f"{number:032x}" for number in range(3)]
    assert ledger.unsent("https://another.test") == []
    clock.now += LEASE_S + 1
    assert ledger.unsent(SERVER)[0] == other, "its Blender is gone; the oldest first"


def test_a_ledger_of_before_can_be_hidden_in_and_weighed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    shutil.copyfile(OLD_LEDGER, path)
    ledger = Ledger(path)
    assert (ledger.totals().hidden, ledger.job("cut").balances) == (0, None)
    assert ledger.hide("cut")
    assert ledger.totals().hidden == 1
    assert ledger.unsent(ledger.job("unsent").server) == ["unsent"]
    ledger.close()


def test_imported_images_are_hidden_by_nobody(tmp_path: Path) -> None:
    """This holds in an old ledger, too, which has imported images as jobs hidden like any other."""
    path, pictures = tmp_path / "library" / "ledger.sqlite3", tmp_path / "pictures"
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        for script in MIGRATIONS[:IMPORTS_COUNTED]:
            connection.executescript(script)
        connection.execute(f"PRAGMA user_version = {IMPORTS_COUNTED}")
        columns = columns_of(imported_job("a" * 64, "wall", None, now=5.0))
        for number in range(3):  # imported, hidden by the artist, made on this computer
            row = {**columns, "id": f"{number:032x}", "created_at": number}
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
            folder = "imported" if number == 0 else "2026-11"
            connection.execute(
                "INSERT INTO results VALUES (?, 0, ?, '', 1, 1, 1, 1, '', '', '', 'c')",
                (row["id"], f"images/{folder}/2026-11-30_wall_{number:08x}_1.png"),
            )
    connection.close()
    ledger = Ledger(path)
    assert ledger.totals() == Totals(listed=0, hidden=2, done=0)
    pictures.mkdir()
    PIL.Image.new("RGB", (8, 8)).save(pictures / "stone.png")
    assert import_images(ledger, (pictures,), Pace()).is_whole
    assert ledger.totals() == Totals(listed=0, hidden=2, done=0)
    assert pages(ledger, hidden=True) == [[2, 1]]
    jobs = [job for _id, job in ledger.all_jobs() if job is not None]
    assert len([job for job in jobs if job.results]) == 4, "nothing is lost"
    # An artist can put one into the list, and hide it again.
    (stone,) = (
        job for job in jobs if job.results[0].path.name.startswith("2") and "stone" in str(job.results)
    )
    assert ledger.unhide(stone.id)
    assert ledger.totals() == Totals(listed=1, hidden=2, done=1)
    assert [len(page) for page in pages(ledger)] == [1]
    assert ledger.hide(stone.id)
    assert ledger.totals() == Totals(listed=0, hidden=2, done=0)
    ledger.close()


# -- the line ----------------------------------------------------------------------------------------


def test_the_turns_ahead_are_told_as_they_come(ledger: Ledger) -> None:
    steady = [1000.0]
    limiter = RateLimiter(ledger, SERVER, 3, steady=lambda: steady[0])
    assert limiter.turns_ahead(7) == [0, 0, 0, WINDOW_S, WINDOW_S, WINDOW_S, 2 * WINDOW_S]
    for job_id in "ab":
        limiter.join_line(job_id)
        assert limiter.take(job_id) == 0.0
    steady[0] += 20
    assert limiter.turns_ahead(3) == [0, WINDOW_S - 20, WINDOW_S - 20]
    limiter.pause(100)
    assert limiter.turns_ahead(1) == [100]


def test_the_line_is_told_in_its_order(bench: Bench) -> None:
    engine = bench.engine(rate_limit=1)
    ids = [engine.submit(DRAFT, Placement()) for _ in range(4)]
    bench.end_of(engine, ids[0])
    bench.wait(engine, lambda: engine.line == tuple(ids[1:]))
    assert engine.turns_ahead(2)[1] - engine.turns_ahead(2)[0] == pytest.approx(WINDOW_S, abs=1)
    for job_id in ids[1:]:
        engine.cancel(job_id)
    bench.wait(engine, lambda: not engine.line)


# -- the engine --------------------------------------------------------------------------------------


def test_what_is_hidden_can_be_read_and_shown_again(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    engine.hide(job.id)
    assert job.id not in [each.id for each in engine.jobs()]
    assert engine.job(job.id).hidden, "what is known of it can still be used"
    bench.wait(engine, lambda: engine.totals.hidden == 1)
    bench.wait(engine, lambda: any(isinstance(event, JobSeen) for event in bench.events))
    bench.events.clear()
    engine.read_page(START, hidden=True)
    bench.wait(engine, lambda: any(isinstance(event, PageRead) for event in bench.events))
    (page,) = [event for event in bench.events if isinstance(event, PageRead)]
    assert [each.id for each in page.jobs] == [job.id]
    assert (page.hidden, page.end) == (True, None)
    engine.unhide(job.id)
    bench.wait(engine, lambda: any(isinstance(event, JobSeen) for event in bench.events))
    assert [each.id for each in engine.jobs()] == [job.id]
    assert engine.totals == Totals(listed=1, hidden=0, done=1)


def test_all_that_is_done_is_hidden_also_what_was_not_read(bench: Bench) -> None:
    engine = bench.engine()
    job = bench.run(engine)
    beside = Ledger(bench.library.ledger_path)
    for number in range(3):
        add(beside, number)
    open_one = add(beside, 3, JobState.QUEUED)
    beside.close()
    bench.events.clear()
    engine.hide_done()
    bench.wait(engine, lambda: any(isinstance(event, JobsRead) for event in bench.events))
    assert engine.totals == Totals(listed=1, hidden=4, done=0)
    assert job.id not in [each.id for each in engine.jobs()]
    assert engine.unsent == (), "it is another service's"
    bench.wait(engine, lambda: open_one in [each.id for each in engine.jobs()])
