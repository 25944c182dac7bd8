# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: images of all jobs, found by words, chosen, and used again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from library_panel import click, look, prompts, take_out_of_list
from opened_files import Opened
from pumping import pump_until
from recording_layout import SIDEBAR, RecordingLayout, draw
from sessions import begin_afresh

from easel.jobs import database, ledger_images
from easel.jobs.ledger import Ledger
from easel.operators.gallery import (
    EASEL_OT_choose_from_library,
    EASEL_OT_delete_by_key,
    EASEL_OT_move_choice,
)
from easel.panels.file_images import EASEL_PT_file_images
from easel.panels.gallery import EASEL_PT_gallery
from easel.panels.jobs import EASEL_PT_jobs
from easel.panels.result import EASEL_PT_result
from easel.panels.strip import EASEL_PT_strip
from easel.panels.tidying import EASEL_PT_pruning
from easel.scene.listing import result_thumbnails
from easel.scene.session import mirror, pump, session, wall
from easel.scene.sources import file_facts

SLOW = 120.0


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


def test_what_is_drawn_asks_no_disk(asked: Any) -> None:
    look()
    wall.choose(wall.rows()[0].id)
    panels = (
        EASEL_PT_gallery,
        EASEL_PT_result,
        EASEL_PT_strip,
        EASEL_PT_jobs,
        EASEL_PT_pruning,
        EASEL_PT_file_images,
    )
    drawn = [draw(panel) for panel in panels]  # the first time, modules are imported too
    opened = Opened()
    opened.is_on = True
    again = [draw(panel) for panel in panels]
    opened.is_on = False
    assert opened.paths == []
    assert [len(layout.items) for layout in again] == [len(layout.items) for layout in drawn]


def over_tab(sidebar: int = SIDEBAR) -> SimpleNamespace:
    """Return the context of a key, with the mouse over Easel's tab in a sidebar."""
    region = SimpleNamespace(type="UI", active_panel_category="Easel", as_pointer=lambda: sidebar)
    return SimpleNamespace(region=region, window_manager=bpy.context.window_manager)


def draw_title(sidebar: int) -> None:
    """Draw the title of the panel in a sidebar, as Blender does if it is closed."""
    context = SimpleNamespace(region=SimpleNamespace(as_pointer=lambda: sidebar))
    EASEL_PT_gallery.draw_header_preset(SimpleNamespace(layout=RecordingLayout()), context)


def press(operator: Any, **how: Any) -> set[str]:
    """Press a key, with the mouse over Easel's tab."""
    context = over_tab()
    assert operator.obstacle(context) == ""
    key = SimpleNamespace(extends=False, **how)
    return operator.act(key, context)


def test_arrow_keys_go_through_images_and_pages(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wall.PAGES, "MEDIUM", 2)
    look()
    over_view = SimpleNamespace(region=SimpleNamespace(type="WINDOW"))
    assert EASEL_OT_move_choice.obstacle(over_view), "elsewhere they are Blender's"
    first, second = (row.id for row in wall.rows())
    wall.choose(first)
    press(EASEL_OT_move_choice, across=1, down=0)
    assert [row.id for row in wall.chosen()] == [second]
    assert mirror.mirror().selected_job.prompt == wall.chosen()[0].written
    wall.move_choice(-1, 0, extends=True)
    assert {row.id for row in wall.chosen()} == {first, second}
    wall.choose(second)
    press(EASEL_OT_move_choice, across=1, down=0)
    look()
    (third,) = wall.rows()
    assert wall.chosen() == [third]
    press(EASEL_OT_move_choice, across=1, down=0)
    assert wall.chosen() == [third], "there is no page after the last"
    press(EASEL_OT_move_choice, across=-1, down=0)
    look()
    assert [row.id for row in wall.chosen()] == [second]
    draw(EASEL_PT_gallery, width=60)
    press(EASEL_OT_move_choice, across=0, down=-1)
    assert [row.id for row in wall.chosen()] == [first]
    press(EASEL_OT_delete_by_key)
    pump_until(lambda: wall.total() == 2)
    look()
    assert first not in [row.id for row in wall.rows()]


def test_keys_act_only_over_the_sidebar_that_shows_the_images(asked: Any) -> None:
    look()
    wall.choose(wall.rows()[0].id)
    keys = (EASEL_OT_move_choice, EASEL_OT_delete_by_key)
    closed = SIDEBAR + 1
    draw_title(closed)
    for key in keys:
        assert key.obstacle(over_tab()) == ""
        assert key.obstacle(over_tab(closed)), "the library is closed there"
        assert key.obstacle(over_tab(closed + 1)), "nothing was drawn there yet"
    draw_title(SIDEBAR)
    assert all(key.obstacle(over_tab()) for key in keys), "it was closed here too"


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


def test_thumbnails_are_as_large_as_they_are_shown(asked: Any) -> None:
    def sides() -> list[int]:
        previews = result_thumbnails._state().previews or {}
        return [max(preview.image_size) for preview in previews.values()]

    result_thumbnails.stop()
    mirror.mirror().active_job = -1  # Result shows no image
    asked.size = "SMALL"
    look()
    pump_until(lambda: len(sides()) == 3, SLOW)
    assert sides() == [128] * 3
    asked.size = "LARGE"
    look()
    pump_until(lambda: sides() == [256] * 3, SLOW)


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


def selected() -> str:
    return getattr(mirror.mirror().selected_job, "prompt", "")


@contextmanager
def held_ledger() -> Iterator[None]:
    """Lock the ledger, as another program may do."""
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
    pump_until(lambda: "can't be read" in mirror.mirror().trouble)  # then the one before has arrived too
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
        connection.execute("UPDATE jobs SET state = 'DREAMT'")  # as a later version of Easel would
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
    file_facts.stop()  # it trusts what it read a moment ago
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
    with sqlite3.connect(session.engine().library.ledger_path) as connection:  # as Easel without an index
        connection.execute("DELETE FROM images")
        connection.execute("DELETE FROM image_words")
        connection.execute(
            "INSERT INTO images_todo (job_id, position)"
            " SELECT job_id, position FROM results ORDER BY saved_at"
        )
    connection.close()
    wall.touch()
    monkeypatch.setattr(wall, "touch", lambda: None)  # nothing else starts another search
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
