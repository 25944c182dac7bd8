# SPDX-License-Identifier: GPL-3.0-or-later
"""Pruning removes images by their age and by the size of all, and never removes some of them."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.imported import id_of_import
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.placement import Placement
from easel.jobs.prune import plan, prune
from easel.jobs.pruning import Rule
from easel.jobs.rows import insert_job, write_result
from easel.texts.refusal import Refusal
from easel.threads.pace import Pace

DAY = 24 * 3600.0
NOW = 1_800_000_000.0


def library(folder: Path, ages: list[float], **states: JobState) -> Ledger:
    """Make a library of jobs with one image of 100 bytes each, `ages` in days; return its ledger."""
    ledger = Ledger(folder / "ledger.sqlite3", clock=lambda: NOW)
    with ledger.transaction() as connection:
        for number, age in enumerate(ages):
            job = Job(
                id=id_of_import(f"{number:064}"[::-1]),
                state=states.get(f"job{number}", JobState.DONE),
                request=GenerateRequest(model=ModelId.GEMINI_3_PRO, prompt=f"image {number}"),
                placement=Placement(),
                server="s",
                price=1,
                created_at=NOW - age * DAY,
                updated_at=NOW,
                submitted_at=NOW - age * DAY,
            )
            path = folder / "images" / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(bytes(100))
            insert_job(connection, job, "", 0.0)
            result = Result(
                index=0, path=path, sha256="", byte_count=100, width=1, height=1, content=f"c{number}"
            )
            write_result(connection, job.id, result, folder, NOW)
    ledger.bring_in_images(1000)
    return ledger


def numbers(ledger: Ledger, ids: tuple[int, ...]) -> list[int]:
    return [int(row.path.stem) for row in ledger.image_rows(ids)]


def job_id(number: int) -> str:
    return id_of_import(f"{number:064}"[::-1])


@settings(max_examples=25, deadline=None)
@given(
    ages=st.lists(st.integers(0, 400), min_size=1, max_size=8),
    days=st.integers(0, 300),
    most=st.integers(0, 900),
    starred=st.sets(st.integers(0, 7)),
    here=st.sets(st.integers(0, 7)),
    running=st.sets(st.integers(0, 7)),
)
def test_what_is_wanted_never_goes(
    tmp_path_factory: pytest.TempPathFactory,
    ages: list[int],
    days: int,
    most: int,
    starred: set[int],
    here: set[int],
    running: set[int],
) -> None:
    states = {f"job{number}": JobState.RUNNING for number in running}
    ledger = library(tmp_path_factory.mktemp("library"), [age + 0.5 for age in ages], **states)
    rows = {int(row.path.stem): row.id for row in ledger.image_rows(image_ids(ledger))}
    ledger.star(rows[number] for number in starred if number in rows)
    kept = frozenset((job_id(number), 0) for number in here)
    found = plan(ledger, Rule(days=days, most_bytes=most), kept)
    going = numbers(ledger, found.ids)
    assert not set(going) & (starred | here | running)
    free = sorted((n for n in rows if n not in starred | here | running), key=lambda n: -ages[n])
    old = {n for n in free if days and ages[n] + 0.5 > days}
    assert old <= set(going)
    assert [ages[n] for n in going] == sorted((ages[n] for n in going), reverse=True), "the oldest first"
    if most and len(going) < len(free):
        assert (len(rows) - len(going)) * 100 <= most or not set(free) - set(going)
    if not most:
        assert set(going) == old
    assert found.byte_count == 100 * len(going)
    ledger.close()


def image_ids(ledger: Ledger) -> list[int]:
    with ledger.transaction() as connection:
        return [row["id"] for row in connection.execute("SELECT id FROM images").fetchall()]


def test_two_blenders_prune_at_once_and_one_stars_meanwhile(tmp_path: Path) -> None:
    first = library(tmp_path, [400.0] * 500)
    second = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: NOW)
    planned = plan(first, Rule(days=100), frozenset())
    assert len(planned.ids) == 500
    second.star(planned.ids[7:8])
    with second.transaction() as connection:
        connection.execute("UPDATE jobs SET placed_at = ? WHERE id = ?", (NOW + 1, job_id(9)))
    counts: list[str] = []
    start = threading.Barrier(2)

    def run(ledger: Ledger) -> None:
        start.wait()
        counts.append(prune(ledger, planned, frozenset(), for_good=True, pace=Pace()).text)
        ledger.close()

    threads = [threading.Thread(target=run, args=(ledger,)) for ledger in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = sorted(int(path.stem) for path in (tmp_path / "images").iterdir())
    assert len(left) == 2, "the starred one, and the one that was placed meanwhile"
    assert 9 in left
    done = [
        int(text.split()[0].replace(",", "")) for text in counts if text.split()[0].replace(",", "").isdigit()
    ]
    assert sum(done) == 498, "none twice"


def test_the_bin_keeps_files_and_nothing_is_refused_in_words(tmp_path: Path) -> None:
    ledger = library(tmp_path, [400.0, 3.0])
    planned = plan(ledger, Rule(days=100), frozenset())
    assert planned.oldest[0].prompt == "image 0"
    assert (
        prune(ledger, planned, frozenset(), for_good=False, pace=Pace()).text
        == "1 image is in the bin (1 KB)."
    )
    assert (tmp_path / "images" / "0.png").is_file()
    nothing = plan(ledger, Rule(days=100), frozenset())
    assert nothing.ids == ()
    with pytest.raises(Refusal, match="No image"):
        prune(ledger, nothing, frozenset(), for_good=False, pace=Pace())
    stopped = Pace()
    stopped.stop.set()
    again = plan(ledger, Rule(days=1), frozenset())
    assert "stopped" in prune(ledger, again, frozenset(), for_good=True, pace=stopped).text
    assert (tmp_path / "images" / "1.png").is_file()
    ledger.close()
