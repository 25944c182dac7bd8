# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs for the whole library, from the panel and from scripts."""

import contextlib
import csv
import json
import os
import shutil
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import bpy
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pumping import pump_until
from recording_layout import draw
from sessions import begin_afresh

from easel.imaging.files import sha256_of
from easel.imaging.inscription import content_of, read_told
from easel.jobs import images as library_images
from easel.jobs.ledger import Ledger
from easel.jobs.moved import write_sign
from easel.panels.gallery import EASEL_MT_gallery, EASEL_PT_gallery
from easel.scene.session import mirror, session, wall
from easel.simulator import Simulator
from easel.simulator.faults import Fault, Hang, On

SLOW = 120.0


def look() -> None:
    """Draw the panel, and wait for the data that it requests."""
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
        export(directory=str(folder), images="moss", wait=True)  # called by a script
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
    with pytest.raises(RuntimeError, match="is inside the library"):
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
    """Export all images, and wait for it; return the chore."""
    from easel.jobs.export import Wanted

    chore = session.engine().gallery.export(Wanted(folder=folder), tells=False)
    assert chore.wait(SLOW)
    return chore


# -- rebuild ----------------------------------------------------------------------------------------


def rebuilt() -> Any:
    """Rebuild the ledger, and wait for it; return the outcome."""
    chore = session.engine().gallery.rebuild(tells=False)
    assert chore.wait(SLOW)
    assert not chore.refusal
    return chore.outcome


def strike(library: Path, *statements: str) -> None:
    """Change the ledger in a way that Easel never does."""
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
    shutil.rmtree(library / "tasks")  # Easel would restore the job from the journal
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
    assert outcome.text == "2 images were found in the library. 1 listed images no longer have a file."
    assert not outcome.is_whole
    assert found(library) == ["Oak floor", "Copper roof"]
    begin_afresh()
    assert session.engine().wait_until_read(SLOW)
    assert [(job.id, job.state, job.results) for job in session.engine().jobs()] == before
    assert copper.with_name("mine.png").is_file()


def test_the_menu_rebuilds(service: Simulator) -> None:
    assert draw(EASEL_MT_gallery).find("easel.rebuild_library") is not None


# -- import -----------------------------------------------------------------------------------------


def outside(folder: Path, name: str, colour: str = "red", **texts: str) -> Path:
    """Write an image as another tool would; return its path."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    folder.mkdir(exist_ok=True)
    kind = {} if not texts else {"pnginfo": info}
    Image.new("RGB", (8, 4), colour).save(folder / name, **kind)
    return folder / name


def bring_in(*paths: Path) -> Any:
    """Import images, and wait for it; return the chore."""
    chore = session.engine().gallery.import_images(paths, tells=False)
    assert chore.wait(SLOW)
    return chore


def test_a_folder_is_imported_once_and_found(service: Simulator, tmp_path: Path) -> None:
    library, folder = tmp_path / "library", tmp_path / "pictures"
    told = outside(folder, "a.png", parameters="an old wall\nNegative prompt: people\nSteps: 3, Seed: 5")
    outside(folder, "mossy stone.jpg", "green")
    shutil.copy(told, folder / "same.png")
    (folder / "notes.txt").write_text("not an image")
    bring = bpy.ops.easel.import_images
    for _ in range(2):
        assert bring(directory=str(folder), wait=True) == {"FINISHED"}
        assert sorted(found(library)) == ["an old wall", "mossy stone"]
    (wall_row,) = library_images.search(library, "old wall")
    assert sha256_of(wall_row.path) == sha256_of(told), "the copy is the file as it is"
    assert (wall_row.model, wall_row.price, wall_row.width) == ("", 0, 8)
    assert found(library, "gemini") == [], "nobody knows the model"
    assert told.is_file()


def test_nothing_polls_charges_or_lists_what_is_imported(service: Simulator, tmp_path: Path) -> None:
    path = outside(tmp_path / "pictures", "stone.png", parameters="a stone\nSteps: 3, Seed: 5")
    assert not bring_in(path).refusal
    begin_afresh()
    engine = session.engine()
    assert engine.wait_until_read(SLOW)
    assert engine.jobs() == []
    assert not engine.is_busy
    with contextlib.closing(Ledger(tmp_path / "library" / "ledger.sqlite3")) as ledger:
        ((job_id, job),) = ledger.all_jobs()
        assert job is not None
        assert (job.state, job.server, job.task_id, job.price) == ("DONE", "", "", 0)
        assert (job.submitted_at, job.hidden, job.is_imported) == (0, True, True)
        assert ledger.recover("me", service.url, parked_too=True) == []
        assert ledger.recover("me", "", parked_too=True) == []
    assert not service.log, "the service has heard nothing"
    look()
    bpy.ops.easel.choose_from_library(image=str(wall.rows()[0].id))
    pump_until(lambda: getattr(mirror.mirror().selected_job, "name", "") == job_id)
    assert mirror.mirror().selected_job.model == "Imported"
    assert bpy.ops.easel.place(kind="IMAGE", picture=1) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="its settings are not known here"):
        bpy.ops.easel.vary(job_id=job_id)
    assert bpy.ops.easel.reuse_settings(job_id=job_id) == {"FINISHED"}
    assert bpy.context.scene.easel.prompt == "a stone"
    assert not [each for each in service.log if each.method == "POST"]


def test_wrong_and_half_written_files_are_named_and_the_rest_comes(
    service: Simulator, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    whole = outside(folder, "whole.png")
    (folder / "half.png").write_bytes(whole.read_bytes()[:-30])
    (folder / "text.png").write_text("not an image")
    chore = bring_in(folder, folder / "gone.png")
    assert not chore.outcome.is_whole
    assert chore.outcome.text.startswith("1 image was imported. Not imported: ")
    for name in ("half.png", "text.png", "gone.png"):
        assert f"{name}: " in chore.outcome.text
    assert found(tmp_path / "library") == ["whole"]
    assert len(list((tmp_path / "library" / "images" / "imported").iterdir())) == 1
    assert not list((tmp_path / "library" / "incoming").iterdir())
    with pytest.raises(RuntimeError, match=r"half\.png"):
        bpy.ops.easel.import_images(directory=str(folder), files=[{"name": "half.png"}], wait=True)
    with pytest.raises(RuntimeError, match="which files"):
        bpy.ops.easel.import_images(wait=True)


def test_imports_outlive_the_ledger_and_come_back_out_of_the_bin(service: Simulator, tmp_path: Path) -> None:
    library = tmp_path / "library"
    path = outside(tmp_path / "pictures", "stone.png", parameters="a stone\nSteps: 3, Seed: 5")
    plain = outside(tmp_path / "pictures", "mossy stone.png", "green")
    bring_in(path, plain)
    begin_afresh()
    (library / "ledger.sqlite3").unlink()
    session.engine()
    pump_until(lambda: (library / "ledger.sqlite3").exists() and len(found(library)) == 2)
    assert sorted(found(library)) == ["a stone", "mossy-stone"]
    with contextlib.closing(Ledger(library / "ledger.sqlite3")) as ledger:
        assert {(job.state, job.hidden, job.server) for _id, job in ledger.all_jobs() if job} == {
            ("DONE", True, "")
        }
    assert bring_in(path).outcome.text == "No image is new. In the library already: 1."
    for empties in (False, True):
        look()
        row = next(row for row in library_images.search(library) if row.written == "a stone")
        session.engine().gallery.put_in_bin([row.id])
        if empties:
            session.engine().gallery.empty_bin()
        pump_until(lambda: found(library) == ["mossy-stone"])
        bring_in(path)
        assert sorted(found(library)) == ["a stone", "mossy-stone"]
        assert row.path.is_file()


def test_easels_own_file_of_another_library_keeps_its_recipe(
    service: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("Copper roof", model="GEMINI_3_PRO")
    bpy.ops.easel.export_library(directory=str(tmp_path / "export"), wait=True)
    (path,) = images(tmp_path / "export")
    assert bring_in(path).outcome.text == "No image is new. In the library already: 1."
    begin_afresh()
    monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "other"))
    bring_in(path)
    (row,) = library_images.search(tmp_path / "other", "copper pro")
    assert (row.model, row.price) == ("GEMINI_3_PRO", 0)
    assert read_told(row.path).recipe == read_told(path).recipe


def test_a_file_whose_name_is_no_utf8_is_imported_and_exported(service: Simulator, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("names are UTF-8 there")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/pictures/\xff.png"))
    outside(tmp_path / "pictures", "stone.png").rename(odd)
    broken = odd.with_name(f"broken-{odd.name}")
    broken.write_bytes(odd.read_bytes()[:-30])
    assert bpy.ops.easel.import_images(directory=str(tmp_path / "pictures"), wait=True) == {"FINISHED"}
    assert len(found(tmp_path / "library")) == 1
    assert bpy.ops.easel.export_library(directory=str(tmp_path / "export"), wait=True) == {"FINISHED"}
    assert len(images(tmp_path / "export")) == 1


# -- move -------------------------------------------------------------------------------------------


def test_a_library_is_moved_and_the_next_job_goes_there(
    service: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from easel.scene import settings

    old, new = tmp_path / "library", tmp_path / "disk" / "new"
    make("Copper roof")
    with pytest.raises(RuntimeError, match="folder to move"):
        bpy.ops.easel.move_library(wait=True)
    with pytest.raises(RuntimeError, match="is inside the library"):
        bpy.ops.easel.move_library(directory=str(old / "new"), wait=True)
    outside(tmp_path / "pictures", "stone.png")
    with contextlib.closing(sqlite3.connect(old / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")  # so that the import takes a while
        bpy.ops.easel.import_images(directory=str(tmp_path / "pictures"))
        with pytest.raises(RuntimeError, match="wait until it is done"):
            bpy.ops.easel.move_library(directory=str(new), wait=True)
    pump_until(lambda: not session.engine().gallery.under_way())
    assert bpy.ops.easel.move_library(directory=str(new), removes_old=True, wait=True) == {"FINISHED"}
    assert session.engine().library.root == new
    make("Oak floor")
    assert set(found(new)) >= {"Oak floor", "Copper roof"}
    assert not list(old.rglob("*.png"))
    begin_afresh()  # the environment still names the old folder
    assert settings.library_folder() == old
    session.engine()
    pump_until(lambda: session.engine().library.root == new)
    assert settings.preferences().library == "", "which the environment decides"
    monkeypatch.delenv("EASEL_LIBRARY")
    settings.preferences().library = str(old)
    try:
        begin_afresh()
        session.engine()
        pump_until(lambda: session.engine().library.root == new)
        assert settings.preferences().library == str(new)
    finally:
        settings.preferences().library = ""


def test_a_blender_whose_library_was_moved_by_another_goes_there_while_a_request_is_on_its_way(
    service: Simulator, tmp_path: Path
) -> None:
    old, new, answers = tmp_path / "library", tmp_path / "new", threading.Event()
    service.script(Fault(on=On.SUBMIT, effect=Hang(until=answers)))
    bpy.ops.easel.generate(prompt="Copper roof", placement="IMAGE")
    pump_until(lambda: any(exchange.fault for exchange in service.log))
    with contextlib.closing(sqlite3.connect(old / "ledger.sqlite3", isolation_level=None)) as other:
        new.mkdir()
        other.execute("BEGIN IMMEDIATE")
        (new / "ledger.sqlite3").write_bytes(other.serialize())
        write_sign(old / "sign", new)
        (old / "sign").replace(old / "ledger.sqlite3")
    pump_until(lambda: session.engine().library.root == new)
    answers.set()
    pump_until(lambda: [job.request.prompt for job in session.engine().jobs(10)] == ["Copper roof"])
