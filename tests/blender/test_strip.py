# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip of the newest images: images of one click stand together, and arriving ones are visible."""

from collections.abc import Callable
from typing import Any

import bpy
import pytest
from pumping import pump_until
from recording_layout import draw
from sessions import begin_afresh
from tiled import edit

from easel.client.models import MODELS
from easel.jobs.job import JobState
from easel.panels.strip import EASEL_PT_strip
from easel.scene.session import mirror, session, strip, wall
from easel.simulator import Simulator, catalogue


def seen() -> list[list[tuple[str, int]]]:
    return [[(cell.row.prompt, cell.number) for cell in cells] for cells in strip.clicks(8)]


def make(prompt: str, **options: Any) -> None:
    assert bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True, **options) == {"FINISHED"}


def test_the_newest_come_first_and_those_of_one_click_together(service: Simulator) -> None:
    make("Oak floor")
    assert not EASEL_PT_strip.poll(bpy.context), "Result shows as much"
    make("Copper roof", count=3, model="GEMINI_3_1_FLASH")
    make("Glass")
    assert EASEL_PT_strip.poll(bpy.context)
    roofs = [("Copper roof", 1), ("Copper roof", 2), ("Copper roof", 3)]
    assert seen() == [[("Glass", 1)], roofs, [("Oak floor", 1)]]
    assert [len(cells) for cells in strip.clicks(3)] == [1, 2], "the last ones are cut"
    buttons = [item for item in draw(EASEL_PT_strip).items if item.name == "easel.choose_newest"]
    button = next(item for item in buttons if item.options.picture == 2)
    assert button.text == "2"
    chosen = bpy.ops.easel.choose_newest(job_id=button.options.job_id, picture=2)
    assert chosen == {"FINISHED"}
    selected = mirror.mirror().selected_job
    assert (selected.prompt, selected.picture) == ("Copper roof", 2)


def test_the_models_of_one_click_stand_together(service: Simulator) -> None:
    make("Oak floor")
    bpy.ops.easel.generate(prompt="Copper roof", all_models=True, wait=True)
    (first, second) = strip.clicks(8)
    assert [cell.row.model for cell in first] == [model.label for model in MODELS.values()]
    assert [cell.row.prompt for cell in second] == ["Oak floor"]


def test_the_tiles_of_one_click_are_one_image(
    service: Simulator, load_udim: Callable[..., bpy.types.Image]
) -> None:
    make("Oak floor")
    edit(load_udim(), "1002,1011")
    assert [row.prompt for row in mirror.mirror().jobs] == ["older", "older", "Oak floor"]
    (tiles, floor) = strip.clicks(8)
    assert ([cell.number for cell in tiles], floor[0].row.prompt) == ([1], "Oak floor")
    mirror.mirror().jobs[0].picture_numbers = ""  # one of the images has not arrived yet
    assert [cell.number for cell in strip.clicks(8)[0]] == [0]


def test_what_was_deleted_is_shown_no_more_until_it_is_brought_back(service: Simulator) -> None:
    make("Oak floor")
    make("Copper roof", count=3, model="GEMINI_3_1_FLASH")
    roof, oak = (mirror.mirror().jobs[index].name for index in (0, 1))
    gallery, roofs = session.engine().gallery, [("Copper roof", number) for number in (1, 2, 3)]
    both = [roofs, [("Oak floor", 1)]]
    wall.note_drawn()
    pump_until(lambda: wall.show() or len(wall.rows()) == 4)
    ids = {(row.job_id, row.index + 1): row.id for row in wall.rows()}
    bpy.ops.easel.choose_newest(job_id=roof, picture=1)
    gallery.star([ids[roof, 2]], is_on=True)
    gallery.keep_starred(roof)
    gallery.put_in_bin([ids[oak, 1]])
    pump_until(lambda: seen() == [[("Copper roof", 2)]])
    selected = mirror.mirror().selected_job
    assert (selected.pictures, selected.picture) == ([2], 2)
    assert mirror.mirror().jobs[oak].pictures == [1], "Result tells what became of it"
    mirror.choose_picture(roof, 3)  # a click in the bin does this
    assert (selected.pictures, selected.picture) == ([2, 3], 3)
    begin_afresh()
    session.engine()
    pump_until(lambda: seen() == [[("Copper roof", 2)]])
    session.engine().gallery.restore(list(ids.values()))
    pump_until(lambda: seen() == both)


def test_a_model_that_is_here_does_not_look_as_if_it_were_arriving(service: Simulator) -> None:
    make("Oak floor")
    done = bpy.ops.easel.make_model(prompt="a chair", engine="HUNYUAN_PRO", wait=True)
    assert done == {"FINISHED"}
    assert [number for _prompt, number in seen()[0]] == [0]
    drawn = draw(EASEL_PT_strip)
    assert not drawn.texts("progress")
    assert "0" not in drawn.texts("operator")


def test_what_is_arriving_is_seen_with_its_progress(service: Simulator) -> None:
    make("Oak floor")
    service.script(catalogue.takes(60))
    bpy.ops.easel.generate(prompt="Copper roof", placement="IMAGE")
    pump_until(lambda: mirror.mirror().jobs[0].job_state is JobState.RUNNING)
    assert seen() == [[("Copper roof", 0)], [("Oak floor", 1)]]
    drawn = draw(EASEL_PT_strip)
    assert len(drawn.texts("progress")) == 1
    coming = mirror.mirror().jobs[0].name
    mirror.select(mirror.mirror().jobs[1].name)
    assert bpy.ops.easel.choose_newest(job_id=coming) == {"FINISHED"}
    assert mirror.mirror().selected_job.name == coming
    assert bpy.ops.easel.choose_newest(job_id="none") == {"CANCELLED"}


@pytest.mark.parametrize("most", [1, 4])
def test_what_is_hidden_or_has_no_image_is_not_in_it(service: Simulator, most: int) -> None:
    for prompt in ("Oak floor", "Copper roof"):
        make(prompt)
    bpy.ops.easel.hide(job_id=mirror.mirror().jobs[0].name)
    pump_until(lambda: mirror.mirror().hidden_count == 1)
    assert [[cell.row.prompt for cell in cells] for cells in strip.clicks(most)] == [["Oak floor"]]
