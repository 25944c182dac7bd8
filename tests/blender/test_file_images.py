# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that Easel made in the open file: where they are, packed, saved, found again, reported."""

import csv
import os
import threading
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from edits import add_textured_object
from pumping import pump_until
from recording_layout import RecordingLayout, draw

from easel.imaging.files import sha256_of
from easel.imaging.png import ArrayRows, write_png
from easel.panels.file_images import EASEL_PT_file_images
from easel.panels.gallery import EASEL_PT_gallery
from easel.scene.session import audit, chores, keeping, session
from easel.simulator import Simulator

SLOW = 120.0


def look() -> RecordingLayout:
    """Draw the panel, wait until the file was looked through, and draw it again."""
    audit.touch()
    draw(EASEL_PT_file_images)
    pump_until(lambda: audit.is_known() and not audit.is_expecting())
    return draw(EASEL_PT_file_images)


def keepings() -> dict[str, str]:
    look()
    return {image.name: image.keeping.name for image in audit.found().images}


def library_file(name: str) -> Path:
    """Return the library's file of an image."""
    image = bpy.data.images[name]
    results = session.engine().job(image["easel_job"]).results
    return next(result.path for result in results if result.index == image["easel_index"])


@pytest.fixture
def images(service: Simulator, saved_file: Path) -> dict[str, bpy.types.Image]:
    """Return images, one for each way in which a file keeps them, and add one that Easel did not make."""
    for count in (4, 1):
        options = {"model": "GEMINI_3_1_FLASH", "count": count, "placement": "IMAGE"}
        assert bpy.ops.easel.generate(prompt="Oak | floor", wait=True, **options) == {"FINISHED"}
    made = dict(zip(("beside", "library", "painted", "missing", "packed"), bpy.data.images[:], strict=True))
    for name, image in made.items():
        image.name = name
    made["library"].filepath = str(library_file("library"))
    made["packed"].pack()
    made["painted"].pixels[0] = 0.25
    Path(bpy.path.abspath(made["missing"].filepath)).unlink()
    bpy.data.images.new("mine", 1, 1)
    return made


def test_each_image_is_told_where_it_is(images: dict[str, bpy.types.Image]) -> None:
    assert keepings() == {
        "beside": "BESIDE",
        "library": "LIBRARY",
        "packed": "PACKED",
        "painted": "PAINTED",
        "missing": "MISSING",
    }
    pump_until(audit.credits_spent)
    drawn = look()
    assert audit.credits_spent() == sum(job.price for job in session.engine().jobs())
    assert {"File missing", "Only in the library", "Packed"} <= set(drawn.texts("label"))
    risky = [item.text for item in drawn.items if item.name == "easel.show_held_image"]
    assert risky == ["missing", "painted", "library"], "the worst first"
    assert all(not image.has_data for name, image in images.items() if name == "beside"), "nothing decoded"


def test_all_are_packed_as_they_are_seen(images: dict[str, bpy.types.Image]) -> None:
    files = {name: library_file(name).read_bytes() for name in ("beside", "library")}
    assert bpy.ops.easel.pack_images(wait=True) == {"FINISHED"}
    assert {name for name, kept in keepings().items() if kept != "PACKED"} == {"missing"}
    assert {name: bytes(images[name].packed_file.data) for name in files} == files, "to the byte"
    assert images["painted"].pixels[0] == pytest.approx(0.25, abs=0.01)
    assert all(image.filepath.startswith("//") for image in images.values()), "no place of the machine"


@pytest.mark.parametrize("act", [bpy.ops.easel.pack_images, bpy.ops.easel.save_images])
def test_painted_pictures_of_16_bits_open_again_as_they_were(
    images: dict[str, bpy.types.Image], saved_file: Path, act: Any
) -> None:
    path = saved_file.parent / "deep.png"
    with path.open("wb") as file:
        write_png(file, ArrayRows(np.full((8, 8, 4), (40_000, 26_000, 20_000, 45_000), np.uint16)))
    image = images["painted"]
    image.filepath = str(path)
    image.pixels[0] = 0.25
    before = list(image.pixels)
    assert act(wait=True) == {"FINISHED"}
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    assert list(bpy.data.images["painted"].pixels) == pytest.approx(before, abs=0.002)


def work_of(kind: Any) -> keeping.Work:
    work = keeping.begin(kind, tells=False)
    pump_until(lambda: work.is_over)
    return work


def test_all_are_saved_beside_the_file_and_open_again(
    images: dict[str, bpy.types.Image], saved_file: Path
) -> None:
    before = {name: tuple(images[name].pixels[:8]) for name in ("library", "packed", "painted")}
    assert bpy.ops.easel.save_images(wait=True) == {"FINISHED"}
    assert {name: kept for name, kept in keepings().items() if kept != "BESIDE"} == {"missing": "MISSING"}
    assert images["packed"].packed_file is None
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    for name, pixels in before.items():
        image = bpy.data.images[name]
        assert image.filepath.startswith("//textures/")
        assert tuple(image.pixels[:8]) == pytest.approx(pixels, abs=0.01)


@pytest.mark.parametrize(
    ("path", "name"),
    [("//wood: v2?.png", "wood- v2-.png"), ("//Con.png", "Con-image.png"), ("//..", "packed.png")],
)
def test_names_that_windows_refuses_are_not_written(
    images: dict[str, bpy.types.Image], saved_file: Path, path: str, name: str
) -> None:
    images["packed"].filepath_raw = path
    assert bpy.ops.easel.save_images(wait=True) == {"FINISHED"}
    assert images["packed"].filepath_raw == f"//textures/{name}"
    assert (saved_file.parent / "textures" / name).is_file()


def test_a_broken_link_is_repaired_by_hash(images: dict[str, bpy.types.Image]) -> None:
    here = library_file("missing")
    renamed = here.with_name("what an artist called it.png")
    digest = sha256_of(here)
    here.rename(renamed)
    here.write_bytes(b"another file under its name")
    assert bpy.ops.easel.repair_links(wait=True) == {"FINISHED"}
    path = Path(bpy.path.abspath(images["missing"].filepath))
    assert (sha256_of(path), path.parent.name) == (digest, "textures")
    assert images["missing"].size[0] > 0
    assert keepings()["missing"] == "BESIDE"
    assert work_of(keeping.Kind.REPAIR).text == "No file of these images is missing"
    path.unlink()
    renamed.unlink()
    work = work_of(keeping.Kind.REPAIR)
    assert (work.text, work.is_whole) == ("Not done: missing: not in the library", False)


def test_a_file_that_was_never_saved_has_no_place_beside_it(service: Simulator) -> None:
    assert not bpy.ops.easel.save_images.poll()
    assert bpy.ops.easel.pack_images.poll()
    assert "with Easel" in look().texts("label")


def test_a_report_tells_what_uses_images_through_groups(
    images: dict[str, bpy.types.Image], tmp_path: Path
) -> None:
    add_textured_object(images["beside"])
    group = bpy.data.node_groups.new("Bricks", "ShaderNodeTree")
    group.nodes.new("ShaderNodeTexImage").image = images["packed"]
    material = bpy.data.materials.new("Wall")
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    material.node_tree.nodes.new("ShaderNodeGroup").node_tree = group
    bpy.data.objects.new("House", bpy.data.meshes.new("House"))
    bpy.data.meshes["House"].materials.append(material)
    table, text = tmp_path / "images.csv", tmp_path / "images.md"
    assert bpy.ops.easel.report_images(filepath=str(table), wait=True) == {"FINISHED"}
    with table.open(encoding="utf-8-sig", newline="") as file:
        lines = {line["image"]: line for line in csv.DictReader(file)}
    assert set(lines) == set(images)
    assert (lines["packed"]["materials"], lines["packed"]["objects"]) == ("Wall", "House")
    assert lines["packed"]["others"] == "Bricks"
    assert lines["beside"]["objects"], "of a node of its material"
    assert (lines["library"]["kept"], lines["library"]["at_risk"]) == ("library", "yes")
    assert lines["library"]["prompt"] == "Oak | floor"
    assert int(lines["library"]["credits"]) > 0
    assert bpy.ops.easel.report_images(filepath=str(text), wait=True) == {"FINISHED"}
    assert str(tmp_path) not in table.read_text() + text.read_text(), "no place of the machine"
    rows = [line for line in text.read_text().splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(images)
    assert {row.replace("\\|", "").count("|") for row in rows} == {13}
    with pytest.raises(RuntimeError, match=r"\.csv or \.md"):
        bpy.ops.easel.report_images(filepath=str(tmp_path / "images.txt"), wait=True)


def test_a_disk_that_keeps_silent_holds_nobody_up(
    images: dict[str, bpy.types.Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, scandir = threading.Event(), os.scandir

    def silent(folder: Any) -> Any:
        if "dead drive" in str(folder):
            answers.wait(SLOW)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", silent)
    images["library"].filepath_raw = str(tmp_path / "dead drive" / "picture.png")
    try:
        kept = keepings()
    finally:
        answers.set()
    assert kept["library"] == "SILENT"
    assert kept["beside"] == "BESIDE", "the others are seen"


def test_many_images_are_looked_at_in_short_turns(service: Simulator) -> None:
    for number in range(3000):
        bpy.data.images.new(f"{number:04}", 1, 1)["easel_job"] = f"job{number}"
    draw(EASEL_PT_file_images)
    steps = 0
    found: list[Any] = []
    for _ in audit.look(found):
        steps += 1
    assert len(found) == 3000
    assert steps > 60, "no step takes all"


def test_what_is_under_way_is_shown_and_stopped(service: Simulator) -> None:
    work = keeping.begin(keeping.Kind.PACK, tells=False)
    assert not bpy.ops.easel.pack_images.poll()
    drawn = draw(EASEL_PT_gallery)
    assert drawn.texts("progress") == ["Packing images"]
    assert bpy.ops.easel.stop_chore(index=drawn.find("easel.stop_chore").options.index) == {"FINISHED"}
    pump_until(lambda: work.is_over)
    assert "It was stopped." in work.text
    assert chores.under_way() == []
    assert bpy.ops.easel.stop_chore(index=5) == {"CANCELLED"}


def test_another_file_ends_what_is_under_way(service: Simulator) -> None:
    work = keeping.begin(keeping.Kind.PACK, tells=False)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert work.is_over
    assert audit.found().images == ()
