# SPDX-License-Identifier: GPL-3.0-or-later
"""A turn and a redraw do a bounded amount of work, even if the file or the list is large."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from counted_work import lines_run
from PIL import Image
from recording_layout import RecordingLayout, draw
from source_facts import show_sources, wait_for_pillow

from easel.imaging.outgoing import UploadRule, make_outgoing
from easel.jobs.job import JobState
from easel.jobs.placement import Placement
from easel.panels.form import EASEL_PT_generate
from easel.panels.history import draw_history
from easel.scene import live
from easel.scene.history import lineage
from easel.scene.listing import source_rows, thumbnails, tile_rounds
from easel.scene.pictures.tiles import ticked_text
from easel.scene.session import mirror
from easel.scene.sources import file_facts

if TYPE_CHECKING:
    from placing import MakeJob

# -- versions ---------------------------------------------------------------------------------------


def add_version(source: bpy.types.Image, *, made: int, was_only_replaced: bool = False) -> bpy.types.Image:
    """Add an edit of an image as placing it does."""
    image = bpy.data.images.new("version", 4, 4)
    edit: Any = image.easel_edit
    edit.title, edit.made = "moss", made
    image.easel_original = source
    lineage._add_ancestor(edit, source, source.name, was_only_replaced)
    for note in source.easel_edit.ancestors:
        lineage._add_ancestor(edit, note.image, note.name, was_only_replaced or note.was_only_replaced)
    return image


def chain(length: int) -> bpy.types.Image:
    """Return the newest of so many versions of an image, each made from the one before."""
    newest = bpy.data.images.new("original", 4, 4)
    for made in range(length):
        newest = add_version(newest, made=made)
    return newest


def draw_versions(image: bpy.types.Image) -> None:
    """Draw everything that the panels show of a history."""
    lineage.has_history(image)
    lineage.versioned_uids()
    draw_history(SimpleNamespace(**bpy.context.copy()), RecordingLayout(), image)
    lineage.family_of(image)


@pytest.mark.parametrize("act", [draw_versions, lineage.made_of], ids=lambda act: act.__name__)
def test_work_grows_with_the_versions_and_not_with_their_square(
    act: Callable[[bpy.types.Image], object],
) -> None:
    newest = chain(50)
    few = lines_run(lambda: act(newest))
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    newest = chain(200)
    assert lines_run(lambda: act(newest)) < 5 * few  # quadratic work would be sixteen times as much


@pytest.mark.parametrize("seed", range(12))
def test_any_history_is_read_as_its_plain_meaning_says(seed: int) -> None:
    """Histories have chains, branches, circles, deleted and replaced versions, and missing ancestors."""
    chance = random.Random(seed)
    images = [bpy.data.images.new("original", 4, 4) for _ in range(2)]
    for made in range(14):
        image = add_version(chance.choice(images), made=made, was_only_replaced=chance.random() < 0.2)
        if chance.random() < 0.2:
            image.easel_edit.ancestors.clear()
        images.append(image)
    for _ in range(2):
        if chance.random() < 0.5:
            chance.choice(images).easel_original = chance.choice(images)
    for image in chance.sample(images, 3):
        images.remove(image)
        bpy.data.images.remove(image)
    for image in images:
        assert set(lineage.made_of(image)) == plain_made_of(image)
        assert lineage.ancestors_of(image) == plain_ancestors(image)
        assert set(lineage.family_of(image)) == plain_family(image)
        assert len(lineage.family_of(image)) == len(plain_family(image))
    assert lineage.versioned_uids() == {
        one.session_uid
        for image in images
        if lineage.is_edit(image)
        for one in (image, *plain_ancestors(image))
    }


def plain_ancestors(image: bpy.types.Image) -> list[bpy.types.Image]:
    found: list[bpy.types.Image] = []
    parent = lineage._parent_of(image)
    while parent is not None and parent != image and parent not in found:
        found.append(parent)
        parent = lineage._parent_of(parent)
    return found


def plain_family(image: bpy.types.Image) -> set[bpy.types.Image]:
    root = (plain_ancestors(image) or [image])[-1]
    return {one for one in bpy.data.images if lineage.is_edit(one) and root in plain_ancestors(one)} | {root}


def plain_made_of(image: bpy.types.Image) -> set[bpy.types.Image]:
    found = [image]
    for edit in found:
        noted = [note for note in edit.easel_edit.ancestors if note.image is not None]
        sources = [note.image for note in noted if not note.was_only_replaced]
        if edit.easel_original is not None and all(note.image != edit.easel_original for note in noted):
            sources.append(edit.easel_original)
        found += [source for source in sources if source not in found]
    return set(found[1:])


# -- sources ----------------------------------------------------------------------------------------


def form_with(count: int) -> Any:
    form = bpy.context.scene.easel
    form.mode, form.edit_prompt = "EDIT", "older"
    image = bpy.data.images.new("wood", 4, 4)
    for _ in range(count - len(form.sources)):
        form.sources.add().image = image.copy()
    return form


def test_a_turn_looks_at_a_few_sources_and_comes_round() -> None:
    wait_for_pillow()
    form = form_with(20)
    rows = mirror.mirror().sources
    rows.clear()
    for turn in range(1, 4):
        mirror.show_sources(form)
        assert len(rows) == min(turn * source_rows.A_TURN, 20)
    for source in form.sources:
        source.image.alpha_mode = "PREMUL"
        source.image.colorspace_settings.name = "Non-Color"
    for _ in range(3):
        mirror.show_sources(form)
    assert all("Non-Color" in row.warning for row in rows), "none is forgotten"


def form_with_tiles(count: int, folder: Path) -> Any:
    """Return a form with an image of so many tiles with files, all ticked."""
    for number in range(1001, 1001 + count):
        Image.new("RGB", (8, 8), (number % 256, 9, 9)).save(folder / f"tile.{number}.png")
    image = bpy.data.images.load(str(folder / "tile.1001.png"))
    image.source = "TILED"
    image.filepath_raw = str(folder / "tile.<UDIM>.png")
    for number in range(1001, 1001 + count):
        if image.tiles.get(number) is None:
            image.tiles.new(number)
    form = bpy.context.scene.easel
    form.mode, form.sizing = "EDIT", "AS_IT_CAME"
    source = form.sources.add()
    source.image = image
    source.tiles = ticked_text(range(1001, 1001 + count))
    return form


def turn_until_over(form: Any, timeout_s: float = 30) -> int:
    """Turn until all tiles were looked at, and the first has its thumbnail; return how many turns it took."""
    deadline, turns = time.monotonic() + timeout_s, 0
    while True:
        mirror.show_sources(form)
        turns += 1
        looks_expected = len(thumbnails._state().asked)
        if not tile_rounds.is_under_way() and looks_expected == len(thumbnails._state().looks) > 0:
            return turns
        assert time.monotonic() < deadline
        assert file_facts.wait(20)


def test_a_turn_looks_at_a_few_tiles_and_comes_round(tmp_path: Path) -> None:
    wait_for_pillow()
    form = form_with_tiles(40, tmp_path)
    mirror.show_sources(form)
    row = mirror.mirror().sources[0]
    assert (row.text, row.state) == ("", "Looking at the file…"), "nothing is told of what nobody has seen"
    assert turn_until_over(form) >= 40 / tile_rounds.A_TURN
    assert row.state == "UDIM tiles 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, …, 1040"
    assert row.text.startswith("8 × 8 · PNG")
    told = row.byte_count
    rule = UploadRule(max_side=4096)
    files = [
        make_outgoing(path, tmp_path, path.stem, rule, is_ours=False).path for path in tmp_path.glob("*.png")
    ]
    assert told == pytest.approx(sum(path.stat().st_size for path in files), rel=0.5)
    (tmp_path / "tile.1033.png").unlink()
    file_facts.stop()
    for _ in range(2 * (1 + 40 // tile_rounds.A_TURN)):
        mirror.show_sources(form)
        file_facts.wait(20)
    assert "tile.1033.png" in row.problem, "none is forgotten"
    form.sources[0].tiles = ticked_text([1001, 1002])
    mirror.show_sources(form)
    file_facts.wait(20)
    mirror.show_sources(form)
    (row,) = mirror.mirror().sources
    assert (row.problem, row.state) == ("", "UDIM tiles 1001, 1002")
    assert list(live.part(tile_rounds._Rounds)) == [row.name], "what is gone is forgotten"


def test_a_turn_of_many_tiles_is_no_more_work(tmp_path: Path) -> None:
    wait_for_pillow()

    def turns() -> None:
        for _ in range(5):
            mirror.show_sources(form)

    form = form_with_tiles(tile_rounds.A_TURN, tmp_path)
    turn_until_over(form)
    few = lines_run(turns)
    form.sources.clear()
    form = form_with_tiles(10 * tile_rounds.A_TURN, tmp_path)
    turn_until_over(form)
    assert lines_run(turns) < 2.5 * few  # if each turn looked at all, it would be ten times as much


def test_of_a_source_that_is_not_edited_one_tile_is_described(tmp_path: Path) -> None:
    wait_for_pillow()
    form = form_with_tiles(12, tmp_path)
    first = form.sources.add()
    first.image = bpy.data.images.new("wood", 4, 4)
    form.sources.move(1, 0)
    show_sources(form)
    assert mirror.mirror().sources[1].state == "UDIM tile 1001, File"


def test_more_sources_than_can_be_sent_are_no_more_work() -> None:
    wait_for_pillow()

    def turns() -> None:
        mirror.mirror().sources.clear()
        for _ in range(5):
            mirror.show_sources(bpy.context.scene.easel)

    def redraw() -> None:
        draw(EASEL_PT_generate)

    form_with(source_rows.MOST)
    few, few_drawn = lines_run(turns), lines_run(redraw)
    form = form_with(600)
    form.active_source = 599
    assert lines_run(turns) < 1.3 * few
    assert lines_run(redraw) < 3 * few_drawn  # it looks for all roles; quadratic work: 400 times
    keys = {row.name for row in mirror.mirror().sources}
    assert source_rows.key_of(form.sources[599]) in keys, "the active one is described"


# -- jobs -------------------------------------------------------------------------------------------


@pytest.fixture
def many(make_job: "MakeJob") -> list[Any]:
    """Return as many jobs as the list shows, the newest first, and an old one that runs."""
    job = make_job(Placement())
    jobs = [replace(job, id=f"{number:032x}", created_at=2e9 - number) for number in range(mirror.MAX_JOBS)]
    running = replace(job, id="f" * 32, created_at=1e9, state=JobState.RUNNING, results=())
    return [*jobs, running]


@pytest.fixture
def shown() -> Any:
    shown = mirror.mirror()
    shown.jobs.clear()
    yield shown
    mirror.rebuild([])


def test_a_list_that_is_made_anew_grows_by_a_few_rows_a_turn(many: list[Any], shown: Any) -> None:
    mirror.rebuild(many)
    assert len(shown.jobs) == mirror.A_TURN
    turns = 0
    while mirror.is_filling():
        before = len(shown.jobs)
        mirror.fill()
        assert before < len(shown.jobs) <= before + mirror.A_TURN
        turns += 1
    assert turns <= 1 + len(many) / mirror.A_TURN
    assert [row.name for row in shown.jobs] == [many[-1].id, *(job.id for job in many[:-1])]
    assert not mirror.fill()


def test_what_happens_meanwhile_finds_its_place(many: list[Any], shown: Any) -> None:
    mirror.rebuild(many)
    new = replace(many[0], id="e" * 32)
    mirror.show(new)
    mirror.show(many[-1], phase="At the service")
    mirror.show(many[150], phase="Downloading")
    assert mirror.find(many[120].id).name == many[120].id
    mirror.remove(many[130].id)
    while mirror.fill():
        pass
    expected = [many[-1].id, new.id, *(job.id for job in many[:-1] if job is not many[130])]
    names = [row.name for row in shown.jobs]
    assert names == expected
    assert shown.jobs[many[150].id].phase == "Downloading"
    assert shown.jobs[many[-1].id].phase == "At the service"


def test_the_selection_keeps_its_job(many: list[Any], shown: Any) -> None:
    mirror.rebuild(many)
    while mirror.fill():
        pass
    mirror.select(many[90].id)
    mirror.rebuild(many)
    mirror.rebuild(many)  # again, before the list is filled
    while mirror.fill():
        pass
    assert shown.selected_job.name == many[90].id
    mirror.rebuild(many)
    mirror.select(many[3].id)  # the artist clicks before the list is filled
    while mirror.fill():
        pass
    assert shown.selected_job.name == many[3].id
