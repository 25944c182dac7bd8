# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip of the newest images: what one click has made stands together, and what is arriving is seen."""

from typing import Any

import bpy
import pytest
from pumping import pump_until
from recording_layout import draw

from easel.client.models import MODELS
from easel.jobs.job import JobState
from easel.panels.strip import EASEL_PT_strip
from easel.scene.session import mirror, strip
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
