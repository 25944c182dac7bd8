# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches in Blender: made from what is in the file, sent, placed on their targets, and continued."""

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from PIL import Image
from placing import add_image_node, add_material, add_mesh, base_colour_image
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh

from easel.batches.check import Known
from easel.batches.csv_in import MOST_BYTES, read_table
from easel.batches.row import Row, Settings
from easel.client.models import ModelId
from easel.jobs.batch import RowState
from easel.jobs.targets import PlacementKind
from easel.panels.batch import EASEL_PT_batch, EASEL_PT_batch_table, EASEL_UL_batch, EASEL_UL_batch_wide
from easel.scene.session import (
    arrivals,
    batch,
    batch_plan,
    batch_table,
    batch_window,
    pump,
    session,
)
from easel.simulator import catalogue

if TYPE_CHECKING:
    from easel.simulator import Simulator

OPERATORS = bpy.ops.easel
DEFAULTS = Row(prompt="", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))


def states() -> list[str]:
    run = batch.run()
    assert run is not None
    return [told.state.value for told in run.told]


def write_text(name: str, text: str) -> None:
    bpy.data.texts.new(name).write(text)


def test_a_texture_for_each_object(service: "Simulator", empty_file: None) -> None:
    props = [add_mesh(name) for name in ("Barrel", "Crate", "Lamp")]
    bpy.context.scene.easel.prompt = "a worn {object}"
    OPERATORS.batch_objects(objects="Barrel; Crate; Lamp")
    assert OPERATORS.batch_start(wait=True) == {"FINISHED"}
    assert states() == ["DONE"] * 3
    images = [base_colour_image(obj.active_material) for obj in props]
    assert len(set(images)) == 3
    prompts = {job.prompt for job in bpy.context.window_manager.easel.jobs}
    assert prompts == {f"a worn {obj.name}" for obj in props}


def test_lines_lists_and_variations(service: "Simulator", empty_file: None) -> None:
    write_text("Props", "# first\na chair\na table\n")
    OPERATORS.batch_lines(text="Props")
    assert [row.prompt for row in batch.run().rows] == ["a chair", "a table"]
    write_text("Lists", "style: worn, new\nthing: chair, table\n")
    bpy.context.scene.easel.prompt = "a {style} {thing}"
    OPERATORS.batch_lists(text="Lists")
    assert [row.prompt for row in batch.run().rows][1] == "a worn table"
    bpy.context.scene.easel.prompt = "bark"
    OPERATORS.batch_variations(count=6)
    assert batch_plan.reckon().requests == 2, "equal rows share a request"
    OPERATORS.batch_start(wait=True)
    assert states() == ["DONE"] * 6
    assert sum(task.order.count for task in service.tasks.values()) == 6


def test_one_edit_of_many_images_takes_their_places(service: "Simulator", empty_file: None) -> None:
    nodes = []
    for name in ("Barrel", "Crate"):
        image = bpy.data.images.new(f"{name} Colour", 64, 64)
        image.pack()
        nodes.append(add_image_node(add_material(add_mesh(name), name), image))
    before = [node.image for node in nodes]
    form = bpy.context.scene.easel
    form.edit_prompt, form.placement = "make it red", "TEXTURE"
    OPERATORS.batch_images(images="Barrel Colour; Crate Colour")
    OPERATORS.batch_start(wait=True)
    assert states() == ["DONE"] * 2
    assert all(node.image != image for node, image in zip(nodes, before, strict=True))


def test_a_table_with_errors_sends_nothing(service: "Simulator", tmp_path: Path) -> None:
    path = tmp_path / "props.csv"
    path.write_text("prompt,count,object\na chair,1,\na table,two,\n{object},1,Nobody\n")
    with pytest.raises(RuntimeError, match="Line 3, count"):
        OPERATORS.batch_read(filepath=str(path))
    assert [(problem.line, problem.column) for problem in batch_table.problems()] == [
        (3, "count"),
        (4, "object"),
    ]
    assert batch.run() is None
    texts = draw(EASEL_PT_batch).texts("label")
    assert any("2 errors" in text for text in texts)
    OPERATORS.batch_problems()
    assert "Line 4, object" in bpy.data.texts["Batch Errors"].as_string()
    OPERATORS.batch_good()
    assert [row.prompt for row in batch.run().rows] == ["a chair"]
    assert not service.tasks


def test_a_table_comes_back_with_what_became_of_its_rows(service: "Simulator", tmp_path: Path) -> None:
    path = tmp_path / "props.csv"
    path.write_text("prompt;count\na chair;2\na table;1\n")
    OPERATORS.batch_read(filepath=str(path))
    OPERATORS.batch_start(wait=True)
    OPERATORS.batch_write(filepath=str(tmp_path / "done.csv"))
    text = (tmp_path / "done.csv").read_text("utf-8-sig")
    assert text.count(",done,") == 2
    OPERATORS.batch_read(filepath=str(tmp_path / "done.csv"))
    assert states() == ["SKIPPED"] * 2, "they are there already"


def test_it_goes_on_after_a_restart(service: "Simulator") -> None:
    write_text("Props", "\n".join(f"prop {number}" for number in range(5)))
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start(max_credits=30)
    pump_until(lambda: not batch.run().is_running and not batch.run().is_under_way())
    assert states().count("DONE") == 2
    begin_afresh()
    pump_until(lambda: batch.run() is not None)
    assert states().count("DONE") == 2
    assert not batch.run().is_running
    OPERATORS.batch_start(wait=True, max_credits=0)
    assert states() == ["DONE"] * 5
    assert len(service.tasks) == 5


def test_what_was_left_unsent_is_in_the_price_of_going_on(
    service: "Simulator", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_RATE_LIMIT", "1")
    write_text("Props", "\n".join(f"prop {number}" for number in range(5)))
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start()
    pump_until(lambda: batch.run().queued_ids() and len(service.tasks) == 1)
    begin_afresh()
    monkeypatch.setenv("EASEL_RATE_LIMIT", "600")
    pump_until(lambda: batch.run() is not None and session.engine().unsent)
    plan = batch_plan.reckon()
    price = batch.run().rows[0].price
    assert plan.fitting_credits == 4 * price, "all that the click sends"
    assert bpy.ops.easel.batch_start(wait=True) == {"FINISHED"}
    assert states() == ["DONE"] * 5
    assert len(service.tasks) == 5


def test_a_limit_is_said_once_and_only_while_it_holds(service: "Simulator") -> None:
    write_text("Props", "\n".join(f"prop {number}" for number in range(5)))
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start(max_credits=30)
    pump_until(lambda: not batch.run().is_running and not batch.run().is_under_way())
    reached, raised = "limit of 30 credits is reached", "Raise the limit of the batch"
    batch_plan.reckon()  # in a window, panels keep it up to date
    layout = draw(EASEL_PT_batch)
    assert not layout.find("easel.batch_start").enabled
    assert reached in " ".join(layout.texts("label"))
    assert " ".join(layout.texts("label")).count(raised) == 1
    batch.change(most=0)
    batch_plan.reckon()
    layout = draw(EASEL_PT_batch)
    assert raised not in " ".join(layout.texts("label"))
    assert layout.find("easel.batch_start").enabled


def test_failed_rows_of_a_batch_that_stopped_can_be_tried_again(service: "Simulator") -> None:
    write_text("Props", "a\nb\nc\nd")
    service.script(catalogue.failed())
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start(max_credits=30)
    pump_until(lambda: not batch.run().is_running and not batch.run().is_under_way())
    shown = bpy.context.window_manager.easel
    pump_until(lambda: shown.trouble_count == 1)
    assert draw(EASEL_PT_batch).find("easel.batch_retry").text == "Retry Failed (1)"
    batch_plan.reckon()
    texts = draw(EASEL_PT_batch).texts("label")
    assert any(text.startswith("Stops after 1 row") for text in texts), "the refund pays for it"
    OPERATORS.batch_retry()
    pump_until(lambda: shown.trouble_count == 0, 20)
    assert all(job.state != "FAILED" for job in shown.jobs), (
        "its row has another chance, so nobody needs to act"
    )


def test_a_dry_run_sets_no_limit_and_numbers_are_those_of_the_rows(service: "Simulator") -> None:
    write_text("Props", "a\nb")
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start(dry_run=True, max_credits=5)
    assert batch.run().batch.most == 0
    with pytest.raises(RuntimeError, match="There is no row 3"):
        OPERATORS.batch_cancel(rows="3")
    OPERATORS.batch_cancel(rows="2")
    assert states() == ["WAITING", "CANCELLED"]
    assert not service.tasks


def test_another_file_stops_it(service: "Simulator", empty_file: None) -> None:
    write_text("Props", "a\nb\nc")
    OPERATORS.batch_lines(text="Props")
    OPERATORS.batch_start()
    pump.file_loaded()
    assert not batch.run().is_running
    assert batch.message()


def test_a_row_whose_object_is_gone_is_refused_and_tried_again(
    service: "Simulator", empty_file: None
) -> None:
    for name in ("Barrel", "Crate"):
        add_mesh(name)
    bpy.context.scene.easel.prompt = "wood"
    OPERATORS.batch_objects(objects="Barrel; Crate")
    bpy.data.objects.remove(bpy.data.objects["Crate"])
    OPERATORS.batch_start(wait=True)
    assert states() == ["DONE", "REFUSED"]
    add_mesh("Crate")
    OPERATORS.batch_retry()
    pump_until(lambda: not batch.is_reading())
    OPERATORS.batch_start(wait=True)
    assert states() == ["DONE", "DONE"]


def test_one_undo_step_places_together(service: "Simulator", empty_file: None) -> None:
    for name in ("Barrel", "Crate"):
        add_mesh(name)
    bpy.context.scene.easel.prompt = "wood {object}"
    OPERATORS.batch_objects(objects="Barrel; Crate")
    bpy.context.window_manager.easel.batch.one_step = True
    service.script(catalogue.takes(1e6))
    OPERATORS.batch_start()
    pump_until(lambda: states().count("DONE") == 1)
    for _ in range(5):
        pump.tick(patient=False)
    assert [obj.active_material for obj in bpy.data.objects] == [None, None]
    for task_id in service.tasks:
        service.finish(task_id)
    pump_until(lambda: all(obj.active_material for obj in bpy.data.objects))


def test_the_table_shows_a_window_of_rows(service: "Simulator") -> None:
    write_text("Props", "\n".join(f"prop {number}" for number in range(300)))
    OPERATORS.batch_lines(text="Props")
    group: Any = bpy.context.window_manager.easel.batch
    assert (len(group.rows), group.total) == (batch_window.ROWS, 300)
    OPERATORS.batch_page(by=2)
    assert group.rows[0].prompt == "prop 20"
    assert group.from_row == 21
    group.from_row = 31
    assert group.rows[0].prompt == "prop 30"
    group.from_row = 21
    group.active = 3
    OPERATORS.batch_move(to="TOP")
    assert batch.run().rows[0].prompt == "prop 23"
    OPERATORS.batch_cancel(rows="1-290")
    group.show = "WAITING"
    assert group.total == 10
    assert batch.run().counts[RowState.CANCELLED] == 290
    for panel in (EASEL_PT_batch, EASEL_PT_batch_table):
        assert draw(panel).items
    layout = RecordingLayout()
    context = SimpleNamespace(
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)), region=SimpleNamespace(width=280)
    )
    for kind in (EASEL_UL_batch, EASEL_UL_batch_wide):
        kind.draw_item(None, context, layout, group, group.rows[0], 0, group, "active", 0)
    assert layout.texts("label")
    OPERATORS.batch_put_away()
    pump_until(lambda: batch.run() is None)


def test_what_came_after_a_restart_is_placed_by_a_click(
    service: "Simulator", empty_file: None, tmp_path: Path
) -> None:
    add_material(add_mesh("Barrel"), "Oak")
    picture = tmp_path / "wall.png"
    Image.new("RGB", (64, 64), "green").save(picture)
    table = tmp_path / "props.csv"
    table.write_text("prompt,material,sources,place\n{material} planks,Oak,,texture\nrust,,wall.png,plane\n")
    OPERATORS.batch_read(filepath=str(table))
    service.script(replace(catalogue.takes(1e6), times=None))
    OPERATORS.batch_start()
    pump_until(lambda: len(service.tasks) == 2)
    begin_afresh()
    for task_id in service.tasks:
        service.finish(task_id)
    pump_until(lambda: batch.run() is not None and states() == ["DONE", "DONE"])
    assert [obj.name for obj in bpy.data.objects] == ["Barrel"], "it was made in another session"
    OPERATORS.batch_place()
    pump_until(lambda: len(bpy.data.objects) == 2 and not arrivals.is_waiting())
    assert base_colour_image(bpy.data.materials["Oak"]).size[0]
    assert len(service.tasks) == 2


def test_a_batch_for_a_farm_needs_no_file_of_blender(service: "Simulator", tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "wall.png")
    wall = bpy.data.images.load(str(tmp_path / "wall.png"))
    add_mesh("Barrel")
    table = tmp_path / "rows.csv"
    table.write_text(
        f"prompt;object;sources\na worn {{object}} {{{{x}}}};Barrel;\nolder;;{wall.name}\n", "utf-8"
    )
    OPERATORS.batch_read(filepath=str(table))
    pump_until(lambda: batch.run() is not None)
    folder = tmp_path / "farm"
    assert OPERATORS.batch_export(directory=str(folder), per_task=1, wait=True) == {"FINISHED"}
    assert {path.name for path in folder.iterdir()} == {
        *("rows.csv", "sources", "template.yaml", "easel.js", "READ ME.txt")
    }
    made = read_table((folder / "rows.csv").read_bytes(), DEFAULTS, Known(folder=folder))
    assert not made.problems
    assert [row.prompt for row in made.rows] == ["a worn Barrel {{x}}", "older"]
    assert [Path(row.sources[0]).read_bytes() for row in made.rows[1:]] == [
        (tmp_path / "wall.png").read_bytes()
    ]
    with pytest.raises(RuntimeError, match="is not empty"):
        OPERATORS.batch_export(directory=str(folder), wait=True)
    wall.pack()
    with pytest.raises(RuntimeError, match="is packed or painted"):
        OPERATORS.batch_export(directory=str(tmp_path / "other"), wait=True)
    assert not service.tasks


def test_a_row_is_edited_by_hand_and_back(service: "Simulator", empty_file: None) -> None:
    add_mesh("Barrel")
    write_text("Props", "a chair\na table\na lamp")
    OPERATORS.batch_lines(text="Props")
    bpy.context.window_manager.easel.batch.active = 1
    model = ModelId.GEMINI_3_PRO.value
    OPERATORS.batch_edit(prompt="an oak {object}", model=model, count=2, object="Barrel")
    row = batch.run().rows[1]
    assert (row.prompt, row.settings.model, row.count, row.object) == ("an oak {object}", model, 2, "Barrel")
    assert row.settings.resolution == row.settings.table.default_resolution
    assert row.place is PlacementKind.TEXTURE
    assert batch_plan.reckon().credits == sum(each.price for each in batch.run().rows)
    shown = bpy.context.window_manager.easel.batch.rows[1]
    assert (shown.target, shown.count, shown.price) == ("Barrel", 2, row.price)
    OPERATORS.batch_edit(row=1, prompt="a stool")
    OPERATORS.batch_edit_back()
    assert [row.prompt for row in batch.run().rows] == ["a chair", "an oak {object}", "a lamp"]
    OPERATORS.batch_edit_back()
    assert batch.run().rows[1] == replace(batch.run().rows[0], prompt="a table")
    assert not OPERATORS.batch_edit_back.poll()


def test_what_is_wrong_with_an_edited_row_is_said_and_changes_nothing(
    service: "Simulator", empty_file: None
) -> None:
    write_text("Props", "a chair\na table")
    OPERATORS.batch_lines(text="Props")
    before = list(batch.run().rows)
    for values, wrong in (
        ({"prompt": " "}, "Line 2, prompt: The prompt is empty"),
        ({"object": "Nobody"}, "Line 2, object: there is no object “Nobody”"),
        ({"count": 99}, "Line 2, count"),
    ):
        with pytest.raises(RuntimeError, match=wrong):
            OPERATORS.batch_edit(row=2, **values)
    with pytest.raises(RuntimeError, match="Choose a row"):
        OPERATORS.batch_edit(row=3, prompt="a lamp")
    assert batch.run().rows == before
    assert not OPERATORS.batch_edit_back.poll()


def test_a_failed_row_is_edited_and_sent_and_a_paid_one_is_not(service: "Simulator") -> None:
    write_text("Props", "a chair\na table")
    OPERATORS.batch_lines(text="Props")
    service.script(catalogue.failed())
    OPERATORS.batch_start(wait=True)
    assert sorted(states()) == ["DONE", "FAILED"]
    failed, done = states().index("FAILED") + 1, states().index("DONE") + 1
    with pytest.raises(RuntimeError, match="Only a row that waits or has failed"):
        OPERATORS.batch_edit(row=done, prompt="a lamp")
    OPERATORS.batch_edit(row=failed, prompt="a lamp")
    assert sorted(states()) == ["DONE", "WAITING"]
    pump_until(lambda: bpy.context.window_manager.easel.trouble_count == 0)
    OPERATORS.batch_start(wait=True)
    assert states() == ["DONE", "DONE"]
    assert "a lamp" in {task.order.prompt for task in service.tasks.values()}
    begin_afresh()
    pump_until(lambda: batch.run() is not None)
    assert batch.run().rows[failed - 1].prompt == "a lamp"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_is_no_table_and_holds_nothing_up(service: "Simulator", tmp_path: Path) -> None:
    pipe = tmp_path / "rows.csv"
    os.mkfifo(pipe)
    with pytest.raises(RuntimeError, match=r"rows\.csv can't be read"):
        OPERATORS.batch_read(filepath=str(pipe))


def test_a_table_that_is_none_by_its_size_is_not_read_whole(service: "Simulator", tmp_path: Path) -> None:
    film = tmp_path / "film.csv"
    with film.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(RuntimeError, match="the file is too large"):
        OPERATORS.batch_read(filepath=str(film))
