# SPDX-License-Identifier: GPL-3.0-or-later
"""A rebuild of the library from its files leaves alone the jobs that an engine works on."""

import contextlib
import dataclasses
import json
from pathlib import Path

import PIL.Image
import pytest

from easel.client.models import ModelId
from easel.client.requests import EditRequest, Source
from easel.imaging.files import sha256_of
from easel.imaging.inscription import GENERATED, inscribe
from easel.jobs.image_rows import Search
from easel.jobs.import_images import import_images
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.rebuild_library import rebuild
from easel.jobs.recipe import recipe_text
from easel.jobs.rows import values_of
from easel.threads.pace import Pace

from .test_image_index import job


@pytest.mark.parametrize(
    ("state", "count", "ends"),
    [
        (JobState.DOWNLOADING, 0, JobState.DOWNLOADING),
        (JobState.SUBMITTING, 0, JobState.SUBMITTING),
        (JobState.EXPIRED, 1, JobState.DONE),
    ],
)
def test_an_image_that_no_result_is_about(
    tmp_path: Path, state: JobState, count: int, ends: JobState
) -> None:
    path = tmp_path / "images" / "2026-11" / f"2026-11-30_moss_{1:08x}_1.png"
    path.parent.mkdir(parents=True)
    PIL.Image.new("RGB", (8, 4)).save(path)
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        made = dataclasses.replace(job(1), id=f"{1:08x}" + 24 * "0", state=state)
        ledger.add(made, "")
        for _ in range(2):
            rebuild(ledger, Pace())
            now = ledger.job(made.id)
            assert (len(now.results), now.state) == (count, ends)


def test_it_ends_at_the_next_step_where_it_is_to_stop(tmp_path: Path) -> None:
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        path = tmp_path / "images" / f"2026-11-30_moss_{1:08x}_1.png"
        path.parent.mkdir(parents=True)
        PIL.Image.new("RGB", (8, 4)).save(path)
        stopped = Pace()
        stopped.stop.set()
        assert not rebuild(ledger, stopped).is_whole


def inscribed(path: Path, made: Job, **others: object) -> Path:
    """Write an image with the recipe of a job, of which some members are others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = path.with_suffix(".plain")
    PIL.Image.new("RGB", (8, 4)).save(plain, "PNG")
    content = sha256_of(plain)
    recipe = json.dumps({**json.loads(recipe_text(made, 0, content)), **others})
    with path.open("w+b") as file:
        inscribe(plain, file, recipe, source_type=GENERATED, content=content)
    return path


def jobs_of(ledger: Ledger) -> list[Job]:
    return [made for _id, made in ledger.all_jobs() if made is not None]


def told(jobs: list[Job]) -> list[tuple[str, JobState, str, int, bool, str]]:
    return [(made.id, made.state, made.server, made.price, made.hidden, made.task_id) for made in jobs]


def test_an_import_with_the_recipe_of_a_paid_job_stays_an_import(tmp_path: Path) -> None:
    root = tmp_path / "library"
    path = inscribed(tmp_path / "moss.png", job(1))
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        import_images(ledger, (path,), Pace())
        before = told(jobs_of(ledger))
    (root / "ledger.sqlite3").unlink()
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        rebuild(ledger, Pace())
        assert told(jobs_of(ledger)) == before, "it was paid for elsewhere, and its task is not ours"
        import_images(ledger, (path,), Pace())
        assert len(ledger.search(Search())) == 1


def test_a_damaged_import_keeps_no_ledger_from_being_made_anew(tmp_path: Path) -> None:
    root = tmp_path / "library"
    path = inscribed(tmp_path / "moss.png", job(1))
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        import_images(ledger, (path,), Pace())
    (imported,) = (root / "images" / "imported").iterdir()
    imported.write_bytes(imported.read_bytes()[:-20])
    (root / "ledger.sqlite3").unlink()
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        assert len(jobs_of(ledger)) == 1
        assert rebuild(ledger, Pace()).is_whole


@pytest.mark.parametrize("job_id", ["../../outside", "..", "a" * 5000])
def test_a_job_id_in_a_recipe_is_no_way_out_of_the_library(tmp_path: Path, job_id: str) -> None:
    root = tmp_path / "library"
    inscribed(root / "images" / f"2026-11-30_moss_{1:08x}_1.png", dataclasses.replace(job(1), id=job_id))
    outside = tmp_path / "outside_0.png"
    outside.write_text("the artist's")
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        rebuild(ledger, Pace())
        (row,) = ledger.search(Search())
        assert row.thumbnail.parent.resolve() == root / "thumbnails"
        assert len(row.thumbnail.name) < 100
        ledger.put_in_bin([row.id])
        ledger.empty_bin()
    assert not row.path.exists()
    assert outside.read_text() == "the artist's"


def test_half_a_character_in_a_recipe_hides_no_image_from_searches(tmp_path: Path) -> None:
    root, half = tmp_path / "library", "\ud800"
    edit = EditRequest(model=ModelId.GEMINI_3_PRO, prompt="mossy", sources=(Source(name="bark"),))
    path = inscribed(
        tmp_path / "moss.png",
        job(1, edit),
        sources=[{"name": half, "content": half}],
        objects=[half],
        request={**values_of(edit), "prompt": f"mossy {half}"},
    )
    with contextlib.closing(Ledger(root / "ledger.sqlite3")) as ledger:
        import_images(ledger, (path,), Pace())
        (row,) = ledger.search(Search(text="mossy"))
        for text in (row.written, row.sent, row.parent, *row.purpose.objects):
            assert text.encode()
