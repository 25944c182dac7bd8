# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with the library as a whole, from the panel and from scripts."""

import contextlib
import csv
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from recording_layout import draw
from sessions import begin_afresh

from easel.imaging.files import sha256_of
from easel.imaging.inscription import content_of, read_told
from easel.jobs import images as library_images
from easel.jobs.ledger import Ledger
from easel.panels.gallery import EASEL_MT_gallery, EASEL_PT_gallery
from easel.scene.session import pump, session, wall
from easel.simulator import Simulator

SLOW = 120.0


def pump_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SLOW
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        pump.tick(patient=False)
        time.sleep(0.01)


def look() -> None:
    """Draw the panel, and wait until what it asks for is here."""
    draw(EASEL_PT_gallery)
    pump_until(lambda: not wall.is_expecting())


def make(*prompts: str, **options: Any) -> None:
    for prompt in prompts:
        assert bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True, **options) == {"FINISHED"}


def images(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# -- export -----------------------------------------------------------------------------------------


def test_a_script_exports_what_it_searches_for_with_its_recipes(service: Simulator, tmp_path: Path) -> None:
    make("Copper roof", "=Oak floor", model="SEEDREAM_V5_LITE", seed=7)
    folder = tmp_path / "new" / "export"
    assert bpy.ops.easel.export_library(directory=str(folder), search="oak", wait=True) == {"FINISHED"}
    (image,) = images(folder)
    assert '"=Oak floor"' in read_told(image).recipe
    (record,) = json.loads((folder / "library.json").read_text())["images"]
    job = session.engine().job(record["job"])
    assert (record["prompt"], record["sent"], record["file"]) == ("=Oak floor", "=Oak floor", image.name)
    assert (record["model"], record["options"]["seed"]) == ("SEEDREAM_V5_LITE", 7)
    assert (record["task_id"], record["credits_expected"]) == (job.task_id, job.price)
    assert record["content"] == content_of(image)
    (line,) = lines(folder / "library.csv")
    assert line["prompt"] == "'=Oak floor", "a spreadsheet would take it for a formula"
    assert (line["seed"], line["file"], line["task_id"]) == ("7", image.name, job.task_id)


def test_lists_name_no_place_of_the_machine_and_no_key(
    service: Simulator, tmp_path: Path, wood_node: bpy.types.ShaderNodeTexImage
) -> None:
    bpy.ops.easel.edit(prompt="Moss", sources=[{"name": "wood"}], placement="IMAGE", wait=True)
    folder = tmp_path / "export"
    bpy.ops.easel.export_library(directory=str(folder), wait=True)
    told = (folder / "library.json").read_text() + (folder / "library.csv").read_text(encoding="utf-8-sig")
    assert str(tmp_path) not in told
    assert "test-key" not in told
    (record,) = json.loads((folder / "library.json").read_text())["images"]
    (source,) = record["sources"]
    assert source["name"] == "wood"
    assert len(source["content"]) == 64
    assert f"wood {source['content']}" == lines(folder / "library.csv")[0]["sources"]


def test_nothing_is_written_over(service: Simulator, tmp_path: Path) -> None:
    make("Copper roof")
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "library.csv").write_text("mine")
    for _ in range(2):
        assert bpy.ops.easel.export_library(directory=str(folder), wait=True) == {"FINISHED"}
    assert (folder / "library.csv").read_text() == "mine"
    first, second = images(folder)
    assert sha256_of(first) == sha256_of(second)
    listed = [
        json.loads((folder / name).read_text())["images"] for name in ("library.json", "library-2.json")
    ]
    assert [records[0]["file"] for records in listed] == sorted(
        (first.name, second.name), key=lambda name: name.endswith("-2.png")
    )


def test_without_recipes_files_are_as_they_came(service: Simulator, tmp_path: Path) -> None:
    make("Copper roof")
    folder = tmp_path / "export"
    bpy.ops.easel.export_library(directory=str(folder), with_recipes=False, wait=True)
    (image,) = images(folder)
    assert not read_told(image).recipe
    (record,) = json.loads((folder / "library.json").read_text())["images"]
    assert sha256_of(image) == record["content"]


def test_the_chosen_ones_are_exported_in_the_background_with_their_marks(
    service: Simulator, tmp_path: Path
) -> None:
    make("Copper roof", "Oak floor", "Glass")
    folder = tmp_path / "export"
    export = bpy.ops.easel.export_library
    with pytest.raises(RuntimeError, match="Choose images of the library first"):
        export(directory=str(folder), only_chosen=True)
    with pytest.raises(RuntimeError, match="Choose images of the library first"):
        export(directory=str(folder), images="moss", wait=True)  # of a script
    look()
    for row in wall.rows()[:2]:
        bpy.ops.easel.choose_from_library(image=str(row.id), adds=True)
    bpy.ops.easel.star_images()
    assert export(directory=str(folder), only_chosen=True) == {"FINISHED"}
    pump_until((folder / "library.csv").exists)
    records = json.loads((folder / "library.json").read_text())["images"]
    assert [record["prompt"] for record in records] == ["Glass", "Oak floor"]
    assert [record["is_starred"] for record in records] == [True, True], "ordered before, written before"


def test_an_image_that_is_gone_is_named_and_the_rest_comes(service: Simulator, tmp_path: Path) -> None:
    make("Copper roof", "Oak floor")
    (gone,) = (tmp_path / "library" / "images").rglob("*copper*.png")
    gone.unlink()
    folder = tmp_path / "export"
    chore = export_directly(folder)
    assert not chore.outcome.is_whole
    assert gone.name in chore.outcome.text
    assert [line["prompt"] for line in lines(folder / "library.csv")] == ["Oak floor"]
    with pytest.raises(RuntimeError, match=gone.name):
        bpy.ops.easel.export_library(directory=str(tmp_path / "other"), search="copper", wait=True)


def test_what_cannot_be_exported_is_refused_with_a_reason(service: Simulator, tmp_path: Path) -> None:
    export = bpy.ops.easel.export_library
    with pytest.raises(RuntimeError, match="no such images"):
        export(directory=str(tmp_path / "export"), wait=True)
    assert not (tmp_path / "export").exists()
    make("Copper roof")
    with pytest.raises(RuntimeError, match="is in the library itself"):
        export(directory=str(tmp_path / "library" / "images"), wait=True)
    with pytest.raises(RuntimeError, match="which folder"):
        export(wait=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeError):
        export(directory=str(tmp_path / "file"), wait=True)


def test_the_menu_has_it(service: Simulator) -> None:
    assert draw(EASEL_PT_gallery).find("EASEL_MT_gallery") is not None
    buttons = [item for item in draw(EASEL_MT_gallery).items if item.name == "easel.export_library"]
    assert [getattr(button.options, "only_chosen", False) for button in buttons] == [True, False]


def export_directly(folder: Path) -> Any:
    """Export all, and wait for it. Returns the chore."""
    from easel.jobs.export import Wanted

    chore = session.engine().gallery.export(Wanted(folder=folder), tells=False)
    assert chore.wait(SLOW)
    return chore


# -- rebuild ----------------------------------------------------------------------------------------


def rebuilt() -> Any:
    """Rebuild, and wait for it. Returns how it ended."""
    chore = session.engine().gallery.rebuild(tells=False)
    assert chore.wait(SLOW)
    assert not chore.refusal
    return chore.outcome


def strike(library: Path, *statements: str) -> None:
    """Do something to the ledger that no Easel does."""
    begin_afresh()
    with contextlib.closing(sqlite3.connect(library / "ledger.sqlite3")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def found(library: Path, text: str = "", **wanted: Any) -> list[str]:
    return [row.written for row in library_images.search(library, text, **wanted)]


def test_images_that_the_ledger_has_lost_come_back_with_their_marks(
    service: Simulator, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    make("Copper roof", "Oak floor")
    look()
    bpy.ops.easel.choose_from_library(image=str(wall.rows()[1].id))
    bpy.ops.easel.star_images()
    pump_until(lambda: found(library, is_starred=True))
    job_id = wall.rows()[1].job_id
    known = session.engine().job(job_id)
    strike(library, "DELETE FROM jobs WHERE request LIKE '%Copper%'")
    strike(library, "DELETE FROM results WHERE job_id NOT IN (SELECT id FROM jobs)")
    shutil.rmtree(library / "tasks")  # the journal would bring it back by itself
    assert found(library) == ["Oak floor"]
    tasks = len(service.tasks)
    assert bpy.ops.easel.rebuild_library(wait=True) == {"FINISHED"}
    assert found(library) == ["Oak floor", "Copper roof"]
    assert found(library, "copper", is_starred=True) == ["Copper roof"]
    with contextlib.closing(Ledger(library / "ledger.sqlite3")) as ledger:
        again = ledger.job(job_id)
    assert (again.task_id, again.state, again.request) == (known.task_id, known.state, known.request)
    assert again.results[0].path == known.results[0].path
    assert len(service.tasks) == tasks, "nothing is sent"


def test_a_search_that_finds_nothing_is_made_anew(service: Simulator, tmp_path: Path) -> None:
    library = tmp_path / "library"
    make("Copper roof", "Oak floor")
    look()
    bpy.ops.easel.choose_from_library(image=str(wall.rows()[0].id))
    bpy.ops.easel.star_images()
    pump_until(lambda: found(library, is_starred=True))
    strike(library, "DELETE FROM image_words")
    assert found(library, "copper") == []
    outcome = rebuilt()
    assert outcome.text == "2 images were found in the library."
    assert found(library, "copper") == ["Copper roof"]
    assert found(library, "oak", is_starred=True) == ["Oak floor"]


def test_what_is_in_order_stays_and_nothing_is_shown_twice(service: Simulator, tmp_path: Path) -> None:
    library = tmp_path / "library"
    make("Copper roof", "Oak floor")
    copper, oak = (next((library / "images").rglob(f"*{name}*.png")) for name in ("copper", "oak"))
    before = [(job.id, job.state, job.results) for job in session.engine().jobs()]
    assert rebuilt().text == "2 images were found in the library."
    shutil.copy(copper, copper.with_name(f"{copper.stem}-2.png"))
    shutil.copy(copper, copper.with_name("mine.png"))
    oak.unlink()
    outcome = rebuilt()
    assert outcome.text == "2 images were found in the library. 1 in the list have no file any more."
    assert not outcome.is_whole
    assert found(library) == ["Oak floor", "Copper roof"]
    begin_afresh()
    assert session.engine().wait_until_read(SLOW)
    assert [(job.id, job.state, job.results) for job in session.engine().jobs()] == before
    assert copper.with_name("mine.png").is_file()


def test_the_menu_rebuilds(service: Simulator) -> None:
    assert draw(EASEL_MT_gallery).find("easel.rebuild_library") is not None
