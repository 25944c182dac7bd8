# SPDX-License-Identifier: GPL-3.0-or-later
"""The library: images of all jobs, found by words, chosen, and used again."""

import time
from collections.abc import Callable
from typing import Any

import bpy
import pytest
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh

from easel.panels.gallery import EASEL_PT_gallery
from easel.panels.result import EASEL_PT_result
from easel.scene.session import mirror, pump, session, wall
from easel.simulator import Simulator

SLOW = 120.0


def pump_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SLOW
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        pump.tick(patient=False)
        time.sleep(0.01)


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
