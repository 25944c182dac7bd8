# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of images finds each result once, with the marks that the artist gave it."""

import contextlib
import dataclasses
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from easel.client.edit_mask import EditMask, MaskKind
from easel.client.every_model import EVERY_MODEL
from easel.client.models import ModelId
from easel.client.requests import EditRequest, GenerateRequest, Source
from easel.jobs import database
from easel.jobs.image_rows import ImageRow, Order, Search
from easel.jobs.image_words import MOST_TERMS
from easel.jobs.job import Job, JobState, Result
from easel.jobs.ledger import Ledger
from easel.jobs.ledger_images import AT_A_SEARCH
from easel.jobs.origins import Origin
from easel.jobs.placement import Placement
from easel.jobs.preparation import Preparation
from easel.jobs.targets import DatablockRef, NodeTarget, PlacementKind, Surfaces, TextureTarget

from .conftest import DRAFT, Bench
from .test_rows import OLD_LEDGER

NOW = time.time()
PATIENCE_S = 0.7


@pytest.mark.parametrize("model", EVERY_MODEL)
def test_images_of_every_model_and_tool_are_found_by_its_name(ledger: Ledger, model: ModelId) -> None:
    add(ledger, 1, dataclasses.replace(DRAFT, model=model))
    assert found(ledger, EVERY_MODEL[model].label) == ["1-0"]
    assert found(ledger, model=model.value) == ["1-0"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        yield ledger


def job(number: int, request: GenerateRequest = DRAFT, **values: Any) -> Job:
    """Return a job that is newer the higher its number is."""
    made_at = NOW - 1000 + number
    kept = {"placement": Placement(), "created_at": made_at, "task_id": f"task-{number}"} | values
    return Job(
        id=f"{number:032x}",
        state=JobState.DONE,
        request=request,
        server="s",
        price=5,
        updated_at=made_at,
        submitted_at=made_at,
        **kept,
    )


def result(ledger: Ledger, number: int, index: int = 0) -> Result:
    path = ledger.path.parent / "images" / "2026-11" / f"2026-11-30_moss_{number:08x}_{index + 1}.png"
    return Result(
        index=index,
        path=path,
        sha256="f" * 64,
        byte_count=9,
        width=64,
        height=32,
        content=f"{number}-{index}",
    )


def add(ledger: Ledger, number: int, request: GenerateRequest = DRAFT, count: int = 1, **values: Any) -> Job:
    made = job(number, request, **values)
    ledger.add(made, "")
    for index in range(count):
        ledger.add_result(made.id, result(ledger, number, index))
    return made


def prompted(prompt: str) -> GenerateRequest:
    return dataclasses.replace(DRAFT, prompt=prompt)


def found(ledger: Ledger, text: str = "", **wanted: Any) -> list[str]:
    """Return the `content` of each image that a search finds."""
    return [row.content for row in ledger.search(Search(text=text, **wanted))]


def test_what_one_click_made_stands_together_and_the_newest_is_first(ledger: Ledger) -> None:
    add(ledger, 1, count=3)
    add(ledger, 3)
    add(ledger, 2, count=2)
    assert found(ledger) == ["3-0", "2-0", "2-1", "1-0", "1-1", "1-2"]
    assert found(ledger, order=Order.OLDEST) == ["1-2", "1-1", "1-0", "2-1", "2-0", "3-0"]
    assert found(ledger, "moss", limit=2, offset=1) == ["2-0", "2-1"]
    assert ledger.count_images(Search(text="moss")) == 6


def test_a_row_says_what_the_job_says(ledger: Ledger) -> None:
    request = EditRequest(
        model=ModelId.GEMINI_3_1_FLASH,
        prompt="older\n\nseamless",
        written="older",
        template="SEAMLESS_TEXTURE",
        sources=(Source(name="Moss", role="the wall"), Source(name="Mask", role="the mask")),
        mask=EditMask(kind=MaskKind.AREA),
    )
    wall = TextureTarget(object=DatablockRef(name="Wall", session_uid=1), slot=0)
    node = NodeTarget(tree=DatablockRef(name="Bricks", session_uid=2), is_group=False, node="Image")
    placement = Placement(
        kind=PlacementKind.TEXTURE, target=Surfaces(objects=(wall,), nodes=(node,)), project="street.blend"
    )
    origins = (Origin(name="Moss", content="raw", image="parent"),)
    made = add(ledger, 1, request, placement=placement, preparation=Preparation(origins=origins))
    (row,) = ledger.search(Search())
    assert isinstance(row, ImageRow)
    assert (row.job_id, row.index, row.content) == (made.id, 0, "1-0")
    assert row.path == result(ledger, 1).path
    assert (row.written, row.template) == ("older", "SEAMLESS_TEXTURE")
    assert row.sent == request.full_prompt()
    assert (row.model, row.is_edit, row.has_mask, row.parent) == (request.model, True, True, "parent")
    assert (row.purpose.project, row.purpose.objects, row.purpose.materials) == (
        "street.blend",
        ("Wall",),
        ("Bricks",),
    )
    assert (row.made_at, row.placed_at, row.price) == (made.created_at, 0.0, 5)
    assert (row.width, row.height) == (64, 32)
    assert (row.is_starred, row.rating, row.tags, row.deleted_at) == (False, 0, (), 0.0)
    for typed in ("older", "seam", "street", "wall", "bricks", "gemini 3.1 flash", "moss", "wall older"):
        assert found(ledger, typed) == ["1-0"], typed
    assert found(ledger, "older zeppelin") == []


def test_it_is_found_under_its_file_and_its_project(ledger: Ledger) -> None:
    for number, names in enumerate((("a.blend", "Film"), ("b.blend", "Film"), ("", "Film"), ("", ""))):
        placement = Placement(project=names[0], blender_project=names[1])
        add(ledger, number + 1, prompted("copper"), placement=placement)
    assert found(ledger, project="a.blend") == ["1-0"]
    assert found(ledger, project="Film") == ["3-0", "2-0", "1-0"]
    assert found(ledger, project="") == ["4-0", "3-0"], "of files that were never saved"
    assert found(ledger, "film") == ["3-0", "2-0", "1-0"]
    rows = ledger.search(Search(project="Film"))
    assert [(row.purpose.project, row.purpose.blender_project) for row in rows] == [
        ("", "Film"),
        ("b.blend", "Film"),
        ("a.blend", "Film"),
    ]


def test_filters(ledger: Ledger) -> None:
    add(ledger, 1, prompted("copper"), placement=Placement(project="a.blend"))
    sources = (Source(name="Moss"),)
    edit = EditRequest(model=ModelId.GEMINI_3_PRO, prompt="copper", sources=sources)
    origins = (Origin(name="Moss", content="1-0"),)
    add(ledger, 2, edit, placement=Placement(project="b.blend"), preparation=Preparation(origins=origins))
    masked = dataclasses.replace(edit, mask=EditMask(kind=MaskKind.ALPHA))
    add(ledger, 3, masked)
    ledger.mark_placed(job(1).id)
    for text in ("", "copper"):
        assert found(ledger, text, project="a.blend") == ["1-0"]
        assert found(ledger, text, project="") == ["3-0"]
        assert found(ledger, text, is_edit=False) == ["1-0"]
        assert found(ledger, text, is_edit=True) == ["3-0", "2-0"]
        assert found(ledger, text, has_mask=True) == ["3-0"]
        assert found(ledger, text, model="GEMINI_3_PRO", has_mask=False) == ["2-0"]
        assert found(ledger, text, edits_of="1-0") == ["2-0"]
        assert found(ledger, text, is_placed=False) == ["3-0", "2-0"]
        assert found(ledger, text, is_placed=True) == ["1-0"]
        assert found(ledger, text, job_id=job(2).id) == ["2-0"]


def test_days_and_periods(ledger: Ledger) -> None:
    day = 86_400
    add(ledger, 1, created_at=NOW)
    add(ledger, 2, created_at=NOW - 400 * day)
    then = time.localtime(NOW - 400 * day)
    assert found(ledger, "today") == found(ledger, "moss heute") == ["1-0"]
    assert found(ledger, time.strftime("%Y-%m-%d", then)) == ["2-0"]
    assert found(ledger, time.strftime("%Y-%m", then)) == ["2-0"]
    assert found(ledger, time.strftime("%d.%m.%Y moss", then)) == ["2-0"]
    assert "2-0" in found(ledger, time.strftime("%B", then))
    assert found(ledger, "today zeppelin") == []


def test_a_pasted_text_is_searched_by_its_beginning(ledger: Ledger) -> None:
    add(ledger, 1, created_at=NOW)
    then = time.strftime("%Y-%m-%d ", time.localtime(NOW))
    assert found(ledger, "moss " * MOST_TERMS + "zeppelin " * 9000) == ["1-0"]
    assert found(ledger, then * MOST_TERMS + "1999-01-01 " * 9000) == ["1-0"]
    assert found(ledger, "today " * MOST_TERMS + "yesterday " * 9000) == ["1-0"]
    assert found(ledger, "moss " * (MOST_TERMS - 1) + "zeppelin") == []


def test_images_of_a_ledger_of_before_appear(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    shutil.copyfile(OLD_LEDGER, path)
    with contextlib.closing(Ledger(path)) as ledger:
        rows = ledger.search(Search())
        assert [row.path.name for row in rows] == ["edited_0.png", "generated_0.png", "generated_1.png"]
        assert [row.path.name for row in ledger.search(Search(text="copper phot"))] == [
            "generated_0.png",
            "generated_1.png",
        ]
        assert rows[1].placed_at == ledger.job("generated").placed_at > 0


def test_what_an_older_easel_still_writes_appears(ledger: Ledger) -> None:
    """The older Easel opened the file before the index was made."""
    made = add(ledger, 1)
    assert found(ledger) == ["1-0"]
    with contextlib.closing(sqlite3.connect(ledger.path)) as older, older:
        older.execute(
            "INSERT INTO results"
            " (job_id, position, path, sha256, byte_count, width, height, saved_at, content) VALUES"
            " (?, 1, 'images/2026-11/x.png', '', 1, 1, 1, 0, 'theirs')",
            (made.id,),
        )
    assert found(ledger) == ["1-0", "theirs"]


def test_what_is_written_again_is_found_once_and_keeps_its_marks(ledger: Ledger) -> None:
    made = add(ledger, 1, count=2)
    assert len(ledger.search(Search())) == 2
    with ledger.transaction() as connection:
        connection.execute("UPDATE images SET rating = 3 WHERE content = '1-1'")
        connection.execute(
            "UPDATE image_words SET marks = 'r1 r2 r3' WHERE rowid = (SELECT id FROM images WHERE rating)"
        )
    fitted = ledger.path.parent / "fitted" / "x.png"
    ledger.save_result(made.id, dataclasses.replace(result(ledger, 1, 1), fitted=fitted))
    (row,) = ledger.search(Search(rating=3))
    assert (row.content, row.fitted, row.rating) == ("1-1", fitted, 3)
    assert found(ledger) == ["1-0", "1-1"]


def test_images_that_another_job_gets_are_found_once(ledger: Ledger) -> None:
    made = add(ledger, 1, task_id="")
    assert found(ledger) == ["1-0"]
    twin = job(2, task_id="task-1")
    ledger.add(twin, "")
    ledger.accept(made.id, "task-1", "")
    assert [(row.content, row.job_id) for row in ledger.search(Search())] == [("1-0", twin.id)]


def test_many_new_images_hold_no_search_up(ledger: Ledger) -> None:
    """A search finds the newest image at once, and the others as soon as there is time to index them."""
    with ledger.together():
        for number in range(AT_A_SEARCH + 50):
            add(ledger, number)
    assert found(ledger, limit=1) == [f"{AT_A_SEARCH + 49}-0"]
    assert ledger.count_images(Search()) == AT_A_SEARCH + 50
    assert ledger.bring_in_images(9) == 0


def test_a_job_that_only_a_newer_easel_can_read_keeps_no_other_from_being_found(ledger: Ledger) -> None:
    made = add(ledger, 1)
    with ledger.transaction() as connection:
        connection.execute("UPDATE jobs SET request = '{}' WHERE id = ?", (made.id,))
    add(ledger, 2)
    assert found(ledger) == ["2-0"]


def test_names_that_are_no_utf8_keep_no_image_from_being_found(ledger: Ledger) -> None:
    name = "bois\udce9"
    placement = Placement(project=f"{name}.blend", objects=(name,), materials=(name, "wall"))
    sources = (Source(name=f"{name}.png"),)
    add(
        ledger,
        1,
        EditRequest(model=ModelId.GEMINI_3_PRO, prompt="older", sources=sources),
        placement=placement,
        preparation=Preparation(origins=(Origin(name=name, content="1"),)),
    )
    assert found(ledger, "bois wall") == ["1-0"]
    assert found(ledger, project=f"{name}.blend") == ["1-0"]
    assert found(ledger, name) == ["1-0"]


def test_a_ledger_that_can_not_be_written_is_searched_all_the_same(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", PATIENCE_S)
    add(ledger, 1)
    assert found(ledger) == ["1-0"]
    add(ledger, 2)
    with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        for _key in "moss":
            assert found(ledger) == ["1-0"]
        assert time.monotonic() - begun < 3 * PATIENCE_S, "not each key waits for it"
    monkeypatch.setattr(ledger, "_rests_until", 0.0)
    assert found(ledger) == ["2-0", "1-0"]


def test_an_image_is_in_the_index_of_a_ledger_that_is_made_anew(bench: Bench) -> None:
    engine = bench.engine()
    request = dataclasses.replace(DRAFT, model=ModelId.GEMINI_3_PRO, count=2, output_format="jpeg")
    placement = Placement(project="street.blend", objects=("Wall",))
    bench.end_of(engine, engine.submit(request, placement))
    bench.run(engine)
    engine.stop()
    with contextlib.closing(Ledger(bench.library.ledger_path)) as ledger:
        before = ledger.search(Search())
    for path in [*bench.library.root.glob("ledger*"), *bench.library.tasks_folder.iterdir()]:
        path.unlink()
    with contextlib.closing(Ledger(bench.library.ledger_path)) as ledger:
        after = ledger.search(Search())
    assert len(before) == 3
    assert after == before


def test_the_upkeep_brings_in_what_was_there_before(bench: Bench) -> None:
    bench.library.root.mkdir(parents=True)
    with contextlib.closing(Ledger(bench.library.ledger_path)) as ledger:
        with ledger.together():
            for number in range(AT_A_SEARCH + 50):
                add(ledger, number)
        engine = bench.engine()
        deadline = time.monotonic() + 60
        while ledger._database.query("SELECT 1 FROM images_todo LIMIT 1", ()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        engine.stop()
        assert ledger.count_images(Search(text="moss")) == AT_A_SEARCH + 50


def test_two_blenders_bring_in_at_once(ledger: Ledger) -> None:
    with ledger.together():
        for number in range(200):
            add(ledger, number)
    with contextlib.closing(Ledger(ledger.path)) as other:
        threads = [threading.Thread(target=each.bring_in_images, args=(200,)) for each in (ledger, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found(ledger, limit=500) == found(other, limit=500) == [f"{n}-0" for n in range(199, -1, -1)]
