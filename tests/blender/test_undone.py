# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that arrived by themselves survive an undo; an undone click takes its own images with it.

Without a window Easel pushes no undo step, so the tests push steps for the artist and for Easel's placing.
"""

import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from edits import mat_node
from silent_files import SilentFile
from tiled import NUMBERS

from easel.scene.history import lineage
from easel.scene.painting import stencil
from easel.scene.placement.records import ImageRecord
from easel.scene.placement.reused import INDEX_KEY, JOB_KEY, RAW_KEY
from easel.scene.placement.reused_tiles import BATCH_KEY, TILES_KEY
from easel.scene.placement.view_edit import VIEW_KEY
from easel.scene.session import arrivals, pump, session, undone

if TYPE_CHECKING:
    from easel.simulator import Simulator

HISTORY = ("title", "number", "made", "is_map")


@pytest.fixture(autouse=True)
def crate(empty_file: None, service: "Simulator") -> None:
    """Make a file with a crate, at Blender's first undo step."""
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.name = "Crate"
    step("Ready")


def step(name: str) -> None:
    """Push an undo step, as the artist's operators do."""
    assert bpy.ops.ed.undo_push(message=name) == {"FINISHED"}


def move(x: float) -> None:
    """Move the crate, as the artist does."""
    bpy.data.objects["Crate"].location.x = x
    step("Move")


def x() -> float:
    return bpy.data.objects["Crate"].location.x


def arrive(prompt: str, kind: str = "IMAGE", **options: object) -> None:
    """Have a job's images arrive by themselves."""
    assert bpy.ops.easel.generate(prompt=prompt, placement=kind, wait=True, **options) == {"FINISHED"}


def settle() -> None:
    """Turn the pump until all images are put back."""
    deadline = time.monotonic() + 30
    while undone.is_waiting():
        assert time.monotonic() < deadline, "it is never put back"
        pump.tick(patient=False)


def undo() -> None:
    bpy.ops.ed.undo()
    settle()


def redo() -> None:
    bpy.ops.ed.redo()
    settle()


def names() -> list[str]:
    return sorted(image.name for image in bpy.data.images if image.name != "Render Result")


def facts(image: bpy.types.Image) -> dict[str, Any]:
    """Return everything that Easel sets of an image, and its bytes."""
    edit: Any = image.easel_edit
    return {
        "path": image.filepath_raw,
        "packed": [(it.filepath, bytes(it.packed_file.data)) for it in image.packed_files],
        "source": image.source,
        "tiles": [(tile.number, tile.label) for tile in image.tiles],
        "look": (image.alpha_mode, image.colorspace_settings.name, image.use_view_as_render),
        "notes": {key: image.get(key) for key in (JOB_KEY, INDEX_KEY, RAW_KEY, BATCH_KEY, TILES_KEY)},
        "view": list(image.get(VIEW_KEY, ())),
        "edit": tuple(getattr(edit, name) for name in HISTORY),
        "original": image.easel_original.name if image.easel_original else "",
        "ancestors": [(it.image and it.image.name, it.name, it.was_only_replaced) for it in edit.ancestors],
        "kept": image.use_fake_user,
        "size": tuple(image.size),
        "pixels": list(image.pixels),
    }


def test_the_artists_step_is_undone_and_both_images_stay() -> None:
    move(1)
    arrive("copper")
    arrive("slate")
    before = {name: facts(bpy.data.images[name]) for name in ("copper", "slate")}
    assert all(fact["packed"] and fact["kept"] for fact in before.values())
    bpy.ops.ed.undo()
    assert (x(), names()) == (0, []), "Blender keeps them now: Easel need not put them back"
    settle()
    assert {name: facts(bpy.data.images[name]) for name in names()} == before
    redo()
    assert x() == 1
    assert {name: facts(bpy.data.images[name]) for name in names()} == before
    move(2)
    undo()
    undo()
    redo()
    assert (x(), names()) == (1, ["copper", "slate"])


def test_images_that_lie_beside_the_blend_come_back_as_they_were(saved_file: Path) -> None:
    step("Saved")
    move(1)
    arrive("copper", count=2)
    (one, two) = names()
    before = {name: facts(bpy.data.images[name]) for name in (one, two)}
    assert {fact["path"] for fact in before.values()} == {"//textures/copper.png", "//textures/copper-2.png"}
    undo()
    assert {name: facts(bpy.data.images[name]) for name in names()} == before
    assert len(list((saved_file.parent / "textures").iterdir())) == 2, "nothing is copied once more"


def test_what_is_put_back_is_whole_when_the_file_is_opened_again(tmp_path: Path) -> None:
    move(1)
    arrive("copper")
    before = facts(bpy.data.images["copper"])
    undo()
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert facts(bpy.data.images["copper"]) == before


def test_a_file_that_is_saved_at_once_has_the_images(tmp_path: Path) -> None:
    move(1)
    arrive("copper")
    bpy.ops.ed.undo()
    assert names() == []
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert names() == ["copper"]


def test_undoing_a_placing_takes_the_texture_and_leaves_the_image() -> None:
    move(1)
    arrive("copper", "TEXTURE")
    step("Easel: copper")
    assert bpy.data.objects["Crate"].active_material
    assert not bpy.data.images["copper"].use_fake_user
    told = bpy.context.window_manager.easel.jobs[0].placement_text
    undo()
    assert (x(), bpy.data.objects["Crate"].active_material) == (1, None)
    assert bpy.context.window_manager.easel.jobs[0].placement_text == undone.UNDONE
    assert (bpy.data.images["copper"].users, bpy.data.images["copper"].use_fake_user) == (1, True)
    redo()
    assert bpy.data.objects["Crate"].active_material
    assert bpy.context.window_manager.easel.jobs[0].placement_text == told
    assert names() == ["copper"]


def test_what_the_artist_deleted_stays_deleted_and_comes_with_the_undo_of_that() -> None:
    move(1)
    arrive("copper")
    move(2)
    bpy.data.images.remove(bpy.data.images["copper"])
    step("Delete")
    move(3)
    undo()
    assert (x(), names()) == (2, []), "deleted is deleted"
    undo()
    assert (x(), names()) == (2, ["copper"])
    undo()
    assert (x(), names()) == (1, ["copper"]), "from before it came"
    undo()
    redo()
    redo()
    assert (x(), names()) == (2, ["copper"])
    redo()
    assert (x(), names()) == (2, []), "deleted once more"
    redo()
    assert (x(), names()) == (3, [])


def test_what_comes_while_something_is_undone_stays_when_it_is_done_again() -> None:
    move(1)
    move(2)
    undo()
    arrive("copper")
    redo()
    assert (x(), names()) == (2, ["copper"])
    undo()
    undo()
    assert (x(), names()) == (0, ["copper"])


def test_undo_and_redo_faster_than_the_pump_lose_nothing() -> None:
    move(1)
    arrive("copper")
    move(2)
    for do in (bpy.ops.ed.undo, bpy.ops.ed.undo, bpy.ops.ed.redo, bpy.ops.ed.redo, bpy.ops.ed.undo):
        do()
    bpy.ops.ed.undo()
    settle()
    assert (x(), names()) == (0, ["copper"])
    bpy.ops.ed.redo()
    bpy.ops.ed.redo()
    settle()
    assert (x(), names()) == (2, ["copper"])


def test_what_a_click_brought_goes_when_the_click_is_undone() -> None:
    arrive("copper")
    bpy.data.images.remove(bpy.data.images["copper"])
    step("Delete")
    job = bpy.context.window_manager.easel.jobs[0].name
    bpy.ops.easel.place(job_id=job, kind="TEXTURE")
    step("Place")
    assert names() == ["copper"]
    undo()
    assert names() == []
    redo()
    assert names() == ["copper"]


def test_a_copy_goes_with_its_click_and_the_image_stays() -> None:
    move(1)
    arrive("copper")
    step("Select")
    job = bpy.context.window_manager.easel.jobs[0].name
    bpy.ops.easel.place(job_id=job, kind="IMAGE", as_copy=True)
    step("Place")
    assert names() == ["copper", "copper.001"]
    undo()
    assert names() == ["copper"]
    undo()
    assert (x(), names()) == (1, ["copper"])


def test_an_edit_comes_back_with_its_history(wood_node: bpy.types.ShaderNodeTexImage) -> None:
    step("Textured")
    bpy.ops.easel.edit(prompt="moss", sources=[{"name": "wood"}], placement="IMAGE", wait=True)
    bpy.ops.easel.edit(prompt="snow", sources=[{"name": "moss"}], placement="IMAGE", wait=True)
    before = {name: facts(bpy.data.images[name]) for name in ("moss", "snow")}
    assert before["snow"]["original"] == "moss"
    assert [name for _image, name, _replaced in before["snow"]["ancestors"]] == ["moss", "wood"]
    move(1)
    undo()
    assert {name: facts(bpy.data.images[name]) for name in ("moss", "snow")} == before
    assert bpy.data.images["wood"].use_fake_user
    assert mat_node().image == bpy.data.images["wood"]


def test_a_map_comes_back_as_a_map(wood_node: bpy.types.ShaderNodeTexImage) -> None:
    step("Textured")
    move(1)
    bpy.ops.easel.edit(prompt="rough", sources=[{"name": "wood"}], placement="MAP", wait=True)
    step("Easel: rough")
    before = facts(bpy.data.images["rough"])
    assert before["look"][1] == "Non-Color"
    undo()
    undo()
    assert facts(bpy.data.images["rough"]) | {"kept": before["kept"]} == before
    assert lineage.family_of(bpy.data.images["wood"]) == [bpy.data.images["wood"]]


def test_after_save_as_elsewhere_an_image_finds_its_file(saved_file: Path) -> None:
    step("Saved")
    move(1)
    arrive("copper")
    other = saved_file.parent / "other" / "scene.blend"
    other.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(other))
    undo()
    image = bpy.data.images["copper"]
    assert image.filepath_raw == "//../textures/copper.png"
    assert Path(bpy.path.abspath(image.filepath)).is_file()
    assert image.size[0], "it is there to be seen"


def test_after_save_as_elsewhere_tiles_find_their_files(
    saved_file: Path, load_udim: Callable[..., bpy.types.Image]
) -> None:
    image = load_udim()
    image.use_fake_user = True
    step("Opened")
    move(1)
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles="1002,1011", placement="IMAGE", wait=True
    )
    before = facts(bpy.data.images["older"])
    assert before["path"] == "//textures/older.<UDIM>.png"
    undo()
    assert facts(bpy.data.images["older"]) == before
    other = saved_file.parent / "other" / "scene.blend"
    other.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(other))
    redo()
    undo()
    assert facts(bpy.data.images["older"]) == before | {"path": "//../textures/older.<UDIM>.png"}


def test_tiles_come_back(load_udim: Callable[..., bpy.types.Image]) -> None:
    image = load_udim()
    image.use_fake_user = True
    step("Opened")
    move(1)
    bpy.ops.easel.edit(
        prompt="older", sources=[{"name": image.name}], tiles="1002,1011", placement="IMAGE", wait=True
    )
    before = facts(bpy.data.images["older"])
    assert [number for number, _label in before["tiles"]] == list(NUMBERS)
    assert len(before["packed"]) == len(NUMBERS)
    undo()
    assert facts(bpy.data.images["older"]) == before


def test_edit_mode_has_undo_of_its_own() -> None:
    bpy.ops.object.mode_set(mode="EDIT")
    step("Mode")
    bpy.ops.mesh.subdivide()
    step("Subdivide")
    arrive("copper")
    bpy.ops.mesh.subdivide()
    step("Subdivide")
    for faces in (24, 6):
        undo()
        assert names() == ["copper"]
        assert bpy.context.object.mode == "EDIT"
        bpy.context.object.update_from_editmode()
        assert len(bpy.context.object.data.polygons) == faces
    redo()
    redo()
    assert names() == ["copper"]


def test_another_file_knows_nothing_of_it() -> None:
    move(1)
    arrive("copper")
    bpy.ops.ed.undo()
    bpy.ops.wm.read_homefile(use_empty=True)
    settle()
    assert names() == []
    step("Empty")
    bpy.ops.mesh.primitive_cube_add()
    step("Add")
    undo()
    assert names() == []


@pytest.mark.parametrize(("setting", "value"), [("undo_steps", 0), ("use_global_undo", False)])
def test_without_undo_images_come_as_ever(setting: str, value: object) -> None:
    edit = bpy.context.preferences.edit
    before = getattr(edit, setting)
    setattr(edit, setting, value)
    try:
        arrive("copper")
        assert names() == ["copper"]
    finally:
        setattr(edit, setting, before)


def test_a_file_that_is_gone_from_the_library_is_told_and_keeps_no_other() -> None:
    move(1)
    arrive("copper")
    arrive("slate")
    move(2)
    (job,) = [row for row in bpy.context.window_manager.easel.jobs if row.prompt == "copper"]
    session.engine().job(job.name).results[0].path.unlink()
    undo()
    assert (x(), names()) == (1, ["slate"])
    undo()
    assert (x(), names()) == (0, ["slate"])


def test_a_stencil_that_can_not_be_lifted_takes_no_image_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ReferenceError("StructRNA has been removed")

    monkeypatch.setattr(stencil, "lift_lost_stencils", fail)
    arrive("Oak")
    move(1)
    bpy.ops.ed.undo()
    settle()
    assert names() == ["Oak"]


def test_twenty_four_come_back_in_turns_of_bounded_work() -> None:
    move(1)
    for number in range(24):
        arrive(f"image {number}")
    everything = names()
    bpy.ops.ed.undo()
    assert (x(), names()) == (0, [])
    turns = 0
    while undone.is_waiting():
        before = len(names())
        undone.put_back(0.0, patient=False)  # no time is left, so it puts back one at most
        assert len(names()) - before <= 1
        turns += 1
    assert names() == everything
    assert not arrivals.is_waiting()


def test_while_a_turn_packs_no_reading_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    move(1)
    for number in range(5):
        arrive(f"image {number}")
    bpy.ops.ed.undo()
    make, ahead = ImageRecord.make, []

    def watched_make(record: ImageRecord, content: bytes) -> bpy.types.Image:
        ahead.append(sum(reading is not None for reading in undone._undone().waiting.values()))
        return make(record, content)

    monkeypatch.setattr(ImageRecord, "make", watched_make)
    deadline = time.monotonic() + 30
    while undone.is_waiting():
        assert time.monotonic() < deadline
        undone.put_back(math.inf, patient=False)
        for reading in filter(None, undone._undone().waiting.values()):
            assert reading.task.wait(30)
    assert ahead == [2, 1, 0, 1, 0]
    assert len(names()) == 5


def file_of(prompt: str) -> Path:
    """Return the library's file from which a job's image was made."""
    (job,) = [row for row in bpy.context.window_manager.easel.jobs if row.prompt == prompt]
    return session.engine().job(job.name).results[0].path


@pytest.mark.skipif(sys.platform != "linux", reason="makes a file that does not answer")
def test_saving_does_not_wait_for_ever_and_the_image_comes_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    move(1)
    arrive("copper")
    file = file_of("copper")
    content = file.read_bytes()
    silent = SilentFile(file, content)
    try:
        bpy.ops.ed.undo()
        undone.before_save(0.2)
        assert (names(), undone.is_waiting()) == ([], True)
        assert "saved without 1 of the images" in caplog.text
    finally:
        silent.answer()
    settle()
    assert names() == ["copper"]
    assert bpy.data.images["copper"].packed_file.size == len(content)


def test_an_image_for_which_the_memory_does_not_reach_is_told(caplog: pytest.LogCaptureFixture) -> None:
    resource = pytest.importorskip("resource")
    move(1)
    arrive("copper")
    os.truncate(file_of("copper"), 1 << 40)
    bpy.ops.ed.undo()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 39, before[1]))
    try:
        settle()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert names() == []
    assert "can't be put back: There is not enough memory" in caplog.text
