# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: images of all jobs, found by words, chosen, and used again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh

from easel.jobs import database, ledger_images
from easel.jobs.image_words import fold
from easel.jobs.ledger import Ledger
from easel.operators.gallery import EASEL_OT_choose_from_library
from easel.panels.gallery import EASEL_MT_place_chosen, EASEL_PT_gallery, EASEL_PT_gallery_filter
from easel.panels.result import EASEL_PT_result
from easel.scene.session import engine_life, mirror, pump, session, wall
from easel.simulator import Simulator

SLOW = 120.0


def look() -> RecordingLayout:
    """Draw the panel, and wait until what it asks for is here."""
    draw(EASEL_PT_gallery)
    pump_until(lambda: not wall.is_expecting())
    return draw(EASEL_PT_gallery)


def prompts() -> list[str]:
    return [row.written for row in wall.rows()]


@pytest.fixture
def asked(service: Simulator) -> Any:
    """Three images in the library, and what is asked of it."""
    for prompt in ("Copper roof", "Oak floor", "Copper pipe"):
        assert bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True) == {"FINISHED"}
    return bpy.context.window_manager.easel.gallery


def test_words_find_images_of_all_sessions(asked: Any) -> None:
    drawn = look()
    assert prompts() == ["Copper pipe", "Oak floor", "Copper roof"]
    assert len(drawn.texts("operator")) == 3
    asked.search = "cop"
    look()
    assert prompts() == ["Copper pipe", "Copper roof"]
    asked.search = "copper roof today"
    look()
    assert prompts() == ["Copper roof"]
    asked.search = "marble"
    assert "Nothing is found" in look().texts("label")


def test_a_click_makes_result_be_about_the_image(asked: Any) -> None:
    buttons = [item for item in look().items if item.name == "easel.choose_from_library"]
    assert [item.text for item in buttons] == ["Copp… pi…", "Oak floor", "Copp… ro…"], (
        "they can be told apart"
    )
    button = buttons[2]
    assert bpy.ops.easel.choose_from_library(image=button.options.image) == {"FINISHED"}
    shown = mirror.mirror()
    assert shown.selected_job.prompt == "Copper roof"
    assert draw(EASEL_PT_result).find("easel.show_picture") is not None
    form = bpy.context.scene.easel
    assert (form.prompt, form.mode) == ("", "GENERATE"), "the form is the artist's"


@pytest.mark.parametrize("is_hidden", [False, True])
def test_an_image_whose_job_is_not_in_the_list_is_used_as_well(asked: Any, *, is_hidden: bool) -> None:
    old, other = (mirror.mirror().jobs[index].name for index in (2, 1))
    if is_hidden:
        for job_id in (old, other):
            bpy.ops.easel.hide(job_id=job_id)
        pump_until(lambda: mirror.mirror().hidden_count == 2)
        assert len(mirror.mirror().jobs) == 1
    else:
        begin_afresh()
        mirror.mirror().jobs.clear()
    look()
    for prompt in ("Copper roof", "Oak floor"):
        number = next(row.id for row in wall.rows() if row.written == prompt)
        bpy.ops.easel.choose_from_library(image=str(number))
        pump_until(lambda prompt=prompt: getattr(mirror.mirror().selected_job, "prompt", "") == prompt)
        assert bpy.ops.easel.place(kind="IMAGE", picture=1) == {"FINISHED"}
    if is_hidden:
        assert len(mirror.mirror().jobs) == 2, "only the one that is looked at"
        assert session.engine().job(old).hidden, "and it stays off the list"


def test_shift_and_ctrl_choose_several_and_two_clicks_show_one(asked: Any) -> None:
    look()
    ids = [row.id for row in wall.rows()]
    click = bpy.ops.easel.choose_from_library
    click(image=str(ids[0]))
    click(image=str(ids[2]), extends=True)
    assert [row.id for row in wall.chosen()] == ids
    click(image=str(ids[1]), adds=True)
    assert [row.id for row in wall.chosen()] == [ids[0], ids[2]]
    click(image=str(ids[1]), adds=True)
    assert [row.id for row in wall.chosen()] == [ids[0], ids[2], ids[1]]
    assert wall.choose(ids[1]) is False, "it is the first click without a key"
    assert wall.choose(ids[1]) is True
    assert [row.id for row in wall.chosen()] == [ids[1]]
    wall.choose(ids[0])
    assert wall.choose(ids[1]) is False


def test_chosen_images_become_sources(asked: Any) -> None:
    look()
    ids = [row.id for row in wall.rows()]
    bpy.data.images.remove(bpy.data.images["Oak floor"])
    bpy.ops.easel.choose_from_library(image=str(ids[0]))
    bpy.ops.easel.choose_from_library(image=str(ids[1]), adds=True)
    assert draw(EASEL_PT_gallery).find("easel.add_from_library").text == "Add 2 as Sources"
    assert bpy.ops.easel.add_from_library() == {"FINISHED"}
    form = bpy.context.scene.easel
    assert form.mode == "EDIT"
    assert [bool(source.image) for source in form.sources] == [True, False], "the other one is its file"
    assert form.sources[1].filepath.endswith(".png")


def test_pages_are_turned_and_what_is_new_comes_by_itself(
    asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wall.PAGES, "LARGE", 2)
    asked.size = "LARGE"
    look()
    assert (prompts(), wall.total()) == (["Copper pipe", "Oak floor"], 3)
    bpy.ops.easel.turn_page(step=-1)
    bpy.ops.easel.turn_page(step=1)
    drawn = look()
    assert prompts() == ["Copper roof"]
    assert "3–3 / 3" in drawn.texts("label")
    bpy.ops.easel.turn_page(step=1)
    assert asked.page == 1, "there are no more"
    bpy.ops.easel.generate(prompt="Glass", placement="IMAGE", wait=True)
    look()
    assert prompts() == ["Oak floor", "Copper roof"]
    asked.search = "glass"
    look()
    assert (asked.page, prompts()) == (0, ["Glass"])


def test_what_is_shown_can_be_narrowed(asked: Any, wood_node: bpy.types.ShaderNodeTexImage) -> None:
    bpy.ops.easel.edit(prompt="Moss", sources=[{"name": "wood"}], placement="IMAGE", wait=True)
    asked.scope = "EDITS"
    look()
    assert prompts() == ["Moss"]
    asked.scope = "NOT_PLACED"
    look()
    assert prompts() == []
    asked.scope, asked.is_starred = "ALL", True
    look()
    assert prompts() == []


def test_nobody_looks_and_nothing_is_searched(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = []
    monkeypatch.setattr(session.engine().gallery, "search", searches.append)
    pump.tick()
    assert not searches
    draw(EASEL_PT_gallery)
    pump.tick()
    assert len(searches) == 1
    monkeypatch.setattr(wall, "WATCHED_S", 0.0)
    wall.touch()
    pump.tick()
    assert len(searches) == 1


def test_a_star_is_kept_and_taken_away(asked: Any) -> None:
    look()
    bpy.ops.easel.choose_from_library(image=str(wall.rows()[1].id))
    assert bpy.ops.easel.star_images() == {"FINISHED"}
    asked.is_starred = True
    pump_until(lambda: look() and prompts() == ["Oak floor"])
    assert any(text.startswith("★") for text in look().texts("operator"))
    begin_afresh()
    pump_until(lambda: look() and prompts() == ["Oak floor"])
    bpy.ops.easel.choose_from_library(image=str(wall.rows()[0].id))
    bpy.ops.easel.star_images()
    pump_until(lambda: look() and not prompts())


def test_what_is_deleted_is_in_the_bin_until_that_is_emptied(asked: Any) -> None:
    look()
    doomed, kept = wall.rows()[0], wall.rows()[2]
    for row in (doomed, kept):
        bpy.ops.easel.choose_from_library(image=str(row.id), adds=True)
    assert bpy.ops.easel.delete_images() == {"FINISHED"}
    pump_until(lambda: look() and prompts() == ["Oak floor"])
    assert doomed.path.is_file()
    asked.scope = "BIN"
    look()
    assert sorted(prompts()) == ["Copper pipe", "Copper roof"]
    bpy.ops.easel.choose_from_library(image=str(kept.id))
    drawn = draw(EASEL_PT_gallery)
    assert "easel.delete_images" not in drawn.names("operator")
    assert bpy.ops.easel.restore_images() == {"FINISHED"}
    pump_until(lambda: look() and prompts() == ["Copper pipe"])
    assert bpy.ops.easel.empty_bin() == {"FINISHED"}
    pump_until(lambda: look() and not prompts())
    assert (doomed.path.is_file(), kept.path.is_file()) == (False, True)
    assert "Copper pipe" in bpy.data.images, "what is in the .blend is the artist's"


def test_without_a_choice_there_is_nothing_to_mark(asked: Any) -> None:
    look()
    for verb in ("star_images", "delete_images", "restore_images"):
        assert not getattr(bpy.ops.easel, verb).poll()


def click(prompt: str) -> bool:
    """Click an image. True where that was the second click of two."""
    return wall.choose(next(row.id for row in wall.rows() if row.written == prompt))


def selected() -> str:
    return getattr(mirror.mirror().selected_job, "prompt", "")


def take_out_of_list(*prompts: str) -> None:
    """Have jobs hidden that no search has brought yet."""
    jobs = [row.name for row in mirror.mirror().jobs if row.prompt in prompts]
    for job_id in jobs:
        assert bpy.ops.easel.hide(job_id=job_id) == {"FINISHED"}
    pump_until(lambda: mirror.mirror().hidden_count == len(jobs))


@contextmanager
def held_ledger() -> Iterator[None]:
    """Another program has the ledger to itself."""
    connection = sqlite3.connect(session.engine().library.ledger_path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.parametrize("text", ["moss", "", "-1", "1e9", "²", "9" * 40])
def test_a_script_s_number_that_is_none_chooses_nothing(asked: Any, text: str) -> None:
    look()
    assert bpy.ops.easel.choose_from_library(image=text) == {"FINISHED"}
    assert EASEL_OT_choose_from_library.description(bpy.context, SimpleNamespace(image=text)) == ""
    assert not wall.chosen()


def test_two_clicks_show_no_other_image_while_the_job_is_on_its_way(asked: Any) -> None:
    take_out_of_list("Copper roof")
    look()
    click("Copper pipe")
    click("Copper roof")
    assert not click("Copper roof"), "Result is about another one still"
    pump_until(lambda: not wall.is_expecting())
    assert selected() == "Copper roof"
    assert click("Copper roof")


def test_a_job_that_comes_late_takes_no_choice_away(asked: Any) -> None:
    take_out_of_list("Copper roof")
    look()
    click("Copper roof")
    click("Oak floor")
    session.engine().gallery.bring("none")
    pump_until(lambda: "can't be read" in mirror.mirror().trouble)  # so the one before has come as well
    assert selected() == "Oak floor"


def test_the_last_page_is_shown_where_the_one_that_was_open_is_no_more(
    asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wall.PAGES, "LARGE", 2)
    asked.size = "LARGE"
    look()
    bpy.ops.easel.turn_page(step=1)
    look()
    click("Copper roof")
    bpy.ops.easel.delete_images()
    pump_until(lambda: look() and wall.total() == 2)
    assert prompts() == ["Copper pipe", "Oak floor"]
    assert "No images yet" not in look().texts("label")


def test_a_library_that_another_program_held_is_searched_again(
    asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.2)
    monkeypatch.setattr(wall, "RETRY_S", 0.1)
    look()
    with held_ledger():
        asked.search = "copper"
        drawn = look()
        assert any("Another program" in text for text in drawn.texts("label"))
        assert not drawn.names("operator"), "there is nothing to be done with"
    pump_until(lambda: look() and prompts() == ["Copper pipe", "Copper roof"])


def test_it_is_said_that_an_image_s_job_can_t_be_read(asked: Any) -> None:
    take_out_of_list("Copper roof")
    begin_afresh()
    look()
    with sqlite3.connect(session.engine().library.ledger_path) as connection:
        connection.execute("UPDATE jobs SET state = 'DREAMT'")  # by an Easel of next year
    connection.close()
    click("Copper roof")
    pump_until(lambda: "a newer Easel" in mirror.mirror().trouble)
    assert not wall.is_expecting()


def test_what_was_brought_stays_until_the_artist_hides_it(asked: Any) -> None:
    take_out_of_list("Copper roof", "Oak floor")
    look()
    click("Copper roof")
    pump_until(lambda: selected() == "Copper roof")
    bpy.ops.wm.read_homefile(use_empty=True)
    pump_until(lambda: not mirror.is_filling())
    pump.tick()
    assert selected() == "Copper roof", "another file is open, and Result is about the image still"
    assert bpy.ops.easel.hide(job_id=mirror.mirror().selected_job.name) == {"FINISHED"}
    click("Oak floor")
    pump_until(lambda: selected() == "Oak floor")
    assert [row.prompt for row in mirror.mirror().jobs] == ["Oak floor", "Copper pipe"]
    session.engine().hide_done()
    pump_until(lambda: mirror.mirror().hidden_count == 3)


def test_a_hidden_job_that_was_brought_is_put_back_on_the_list(asked: Any) -> None:
    take_out_of_list("Copper roof", "Oak floor")
    look()
    click("Copper roof")
    pump_until(lambda: selected() == "Copper roof")
    assert bpy.ops.easel.unhide(job_id=mirror.mirror().selected_job.name) == {"FINISHED"}
    pump_until(lambda: mirror.mirror().hidden_count == 1)
    assert (selected(), mirror.mirror().selected_job.is_hidden) == ("Copper roof", False)
    click("Oak floor")
    pump_until(lambda: selected() == "Oak floor")
    assert len(mirror.mirror().jobs) == 3


def test_all_done_that_is_hidden_takes_what_was_brought_along(asked: Any) -> None:
    take_out_of_list("Copper roof")
    look()
    click("Copper roof")
    pump_until(lambda: selected() == "Copper roof")
    assert bpy.ops.easel.hide_done() == {"FINISHED"}
    pump_until(lambda: not mirror.mirror().jobs)


def test_a_file_that_is_gone_is_said_before_it_becomes_a_source(asked: Any) -> None:
    look()
    click("Oak floor")
    (row,) = wall.chosen()
    row.path.unlink()
    bpy.data.images.remove(bpy.data.images["Oak floor"])
    with pytest.raises(RuntimeError, match="gone from the library"):
        bpy.ops.easel.add_from_library()
    form = bpy.context.scene.easel
    assert (len(form.sources), form.mode) == (0, "GENERATE")


def test_images_that_are_not_in_the_index_yet_come_by_themselves(
    asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_images, "AT_A_SEARCH", 1)
    monkeypatch.setattr(wall, "RETRY_S", 0.1)
    look()
    with sqlite3.connect(session.engine().library.ledger_path) as connection:  # as an Easel without an index
        connection.execute("DELETE FROM images")
        connection.execute("DELETE FROM image_words")
        connection.execute(
            "INSERT INTO images_todo (job_id, position)"
            " SELECT job_id, position FROM results ORDER BY saved_at"
        )
    connection.close()
    wall.touch()
    monkeypatch.setattr(wall, "touch", lambda: None)  # nothing else has it searched again
    look()
    assert wall.total() < 3
    pump_until(lambda: look() and wall.total() == 3)
    assert prompts() == ["Copper pipe", "Oak floor", "Copper roof"]


def test_result_says_that_an_image_was_removed(asked: Any) -> None:
    look()
    click("Oak floor")
    (row,) = wall.chosen()
    bpy.data.images.remove(bpy.data.images["Oak floor"])
    pump.tick()
    assert "is in the library" in " ".join(draw(EASEL_PT_result).texts("label"))
    bpy.ops.easel.delete_images()
    bpy.ops.easel.empty_bin()
    pump_until(lambda: not row.path.exists())
    pump_until(lambda: draw(EASEL_PT_result) and mirror.mirror().is_picture_gone)
    told = " ".join(draw(EASEL_PT_result).texts("label"))
    assert "The image's file is gone from the library" in told
    assert "It is in the library" not in told


def test_what_another_blender_deletes_is_seen(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "OTHERS_S", 0.2)
    look()
    monkeypatch.setattr(wall, "touch", lambda: None)
    with closing(Ledger(session.engine().library.ledger_path)) as other:
        other.put_in_bin([row.id for row in wall.rows() if row.written == "Oak floor"])
    pump_until(lambda: look() and prompts() == ["Copper pipe", "Copper roof"])


def choose_all() -> None:
    for row in wall.rows():
        if not wall.is_chosen(row.id):
            wall.choose(row.id, adds=True)


def test_several_are_rated_and_the_best_come_first(asked: Any) -> None:
    look()
    click("Copper roof")
    click("Oak floor")
    wall.choose(wall.rows()[2].id, adds=True)
    assert bpy.ops.easel.rate_images(rating=4) == {"FINISHED"}
    pump_until(lambda: look() and wall.common_rating() == 4)
    icons = [item.icon for item in draw(EASEL_PT_gallery).items if item.name == "easel.rate_images"]
    assert icons == ["LAYER_ACTIVE"] * 4 + ["LAYER_USED"]
    asked.order = "RATING"
    pump_until(lambda: look() and prompts() == ["Oak floor", "Copper roof", "Copper pipe"])
    asked.rating = 4
    pump_until(lambda: look() and prompts() == ["Oak floor", "Copper roof"])
    assert "●●●● and better" in draw(EASEL_PT_gallery).texts("label")
    assert bpy.ops.easel.clear_filters() == {"FINISHED"}
    asked.order = "OLDEST"
    pump_until(lambda: look() and prompts() == ["Copper roof", "Oak floor", "Copper pipe"])
    click("Copper roof")
    bpy.ops.easel.rate_images(rating=4)  # once more takes it away
    pump_until(lambda: look() and [row.rating for row in wall.rows()] == [0, 4, 0])


def test_tags_are_typed_for_all_that_is_chosen(asked: Any) -> None:
    look()
    click("Copper roof")
    asked.chosen_tags = "Metal, old ,  metal"
    pump_until(lambda: look() and wall.common_tags() == ["Metal", "old"])
    choose_all()
    assert asked.chosen_tags == "", "not all of them have one"
    asked.chosen_tags = "Wet、OLD"
    pump_until(lambda: look() and {fold(tag) for tag in wall.common_tags()} == {"old", "wet"})
    assert [row.tags for row in wall.rows() if row.written == "Copper roof"] == [("Metal", "old", "Wet")]
    asked.chosen_tags = "old"
    pump_until(lambda: look() and [fold(tag) for tag in wall.common_tags()] == ["old"])
    asked.tags = "old, metal"
    pump_until(lambda: look() and prompts() == ["Copper roof"])
    asked.tags, asked.model = "", "SEEDREAM_V5_LITE"
    pump_until(lambda: look() and not prompts())
    assert "Nothing is found" in look().texts("label")
    asked.model, asked.has_mask = "ANY", True
    pump_until(lambda: look() and not prompts() and not wall.is_expecting())
    asked.has_mask = False
    asked.search = "metal"
    pump_until(lambda: look() and prompts() == ["Copper roof"])
    assert draw(EASEL_PT_gallery_filter).names("prop") == ["order", "rating", "tags", "model", "has_mask"]


def placed(kind: str, **how: Any) -> list[bpy.types.Object]:
    """Place all that is chosen. Returns what is new in the scene, by its place: left first, then up."""
    before = set(bpy.data.objects)
    assert bpy.ops.easel.place_chosen(kind=kind, **how) == {"FINISHED"}
    bpy.context.view_layer.update()
    new = [obj for obj in bpy.data.objects if obj not in before]
    return sorted(
        new, key=lambda obj: (round(obj.matrix_world.translation.z, 3), obj.matrix_world.translation.x)
    )


@pytest.mark.parametrize("kind", ["PLANE", "REFERENCE_EMPTY"])
def test_several_stand_in_a_row_or_a_grid(asked: Any, kind: str) -> None:
    bpy.context.scene.cursor.location = (1, 2, 3)
    look()
    choose_all()
    row = placed(kind)
    places = [obj.matrix_world.translation for obj in row]
    assert [round(place.x, 2) for place in places] == [1.0, 2.1, 3.2], "square pictures with gaps between"
    assert {(round(place.y, 3), round(place.z, 3)) for place in places} == {(2.0, 3.0)}
    grid = [obj.matrix_world.translation for obj in placed(kind, columns=0)]
    assert [(round(place.x, 2), round(place.z, 2)) for place in grid] == [(1.0, 3.0), (1.0, 4.1), (2.1, 4.1)]
    shown = [obj.data for obj in row] if kind != "PLANE" else []
    assert len({image.name for image in shown}) in (0, 3), "each shows its own"


def test_nothing_is_placed_where_one_can_t_be(asked: Any) -> None:
    look()
    choose_all()
    wall.rows()[1].path.unlink()
    before = len(bpy.data.objects)
    with pytest.raises(RuntimeError, match="gone from the library"):
        bpy.ops.easel.place_chosen(kind="PLANE")
    assert len(bpy.data.objects) == before


def test_images_of_hidden_jobs_of_earlier_sessions_are_placed_together(asked: Any) -> None:
    take_out_of_list("Copper roof", "Oak floor")
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    begin_afresh()
    look()
    choose_all()
    pump_until(lambda: all(wall.job_of(row) is not None for row in wall.chosen()))
    assert len(placed("PLANE")) == 3
    assert draw(EASEL_MT_place_chosen).texts("operator")[1] == "Planes in a Grid"
    assert draw(EASEL_PT_gallery).find("easel.compare") is not None


def test_jobs_are_asked_for_again_after_the_engine_has_started_anew(asked: Any) -> None:
    take_out_of_list("Copper roof", "Oak floor")
    begin_afresh()
    look()
    choose_all()
    engine_life.restart()  # and with it goes what was asked of the one before
    pump_until(lambda: look() and len(wall.chosen()) == 3)
    with pytest.raises(RuntimeError, match="being looked up"):
        bpy.ops.easel.place_chosen(kind="PLANE")
    pump_until(lambda: all(wall.job_of(row) is not None for row in wall.chosen()))
    engine_life.restart()
    pump_until(lambda: look() and len(wall.chosen()) == 3)
    wall.choose(wall.rows()[0].id)
    choose_all()
    pump_until(lambda: all(wall.job_of(row) is not None for row in wall.chosen()))
    assert len(placed("PLANE")) == 3


def test_what_is_placed_before_one_fails_is_an_undo_step(asked: Any) -> None:
    look()
    choose_all()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    wall.chosen()[1].path.write_bytes(b"no image")
    assert len(placed("PLANE")) == 1, "the operator has finished, and so is a step"


def test_what_is_left_of_a_job_is_placed_where_some_was_removed(service: Simulator) -> None:
    bpy.ops.easel.generate(prompt="Moss", count=4, model="GEMINI_3_1_FLASH", placement="IMAGE", wait=True)
    job = session.engine().job(mirror.mirror().jobs[0].name)
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    look()
    for row in wall.rows():
        if row.index in (0, 2):
            wall.choose(row.id, adds=True)
    bpy.ops.easel.delete_images()
    bpy.ops.easel.empty_bin()
    pump_until(lambda: not job.results[0].path.exists() and not job.results[2].path.exists())
    assert bpy.ops.easel.place(job_id=job.id, kind="IMAGE", wait=True) == {"FINISHED"}
    assert len(bpy.data.images) == 2
    assert "2 images added" in mirror.placement_text(job.id)
    for result in job.results:
        result.path.unlink(missing_ok=True)
    with pytest.raises(RuntimeError, match="gone from the library"):
        bpy.ops.easel.place(job_id=job.id, kind="IMAGE", as_copy=True, wait=True)
