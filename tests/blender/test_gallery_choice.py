# SPDX-License-Identifier: GPL-3.0-or-later
"""Several chosen images of the library: rated, tagged, placed side by side."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from counted_work import lines_run
from library_panel import choose_all, click, look, prompts, take_out_of_list
from opened_files import Opened
from pumping import pump_until
from recording_layout import RecordingLayout, draw
from sessions import begin_afresh
from silent_files import SilentFile

from easel.jobs.image_words import fold
from easel.jobs.job import Job
from easel.jobs.targets import PlacementKind
from easel.operators import menus
from easel.panels.gallery import EASEL_MT_place_chosen, EASEL_PT_gallery, EASEL_PT_gallery_filter
from easel.scene.placement.plan import plan_placement
from easel.scene.session import engine_life, mirror, placing, session, wall
from easel.simulator import Simulator


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
    bpy.ops.easel.rate_images(rating=4)  # the same rating again removes it
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
    """Place all chosen images; return the new objects, the lowest row first, each from the left."""
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


def chosen_jobs() -> list[Job]:
    """Return the jobs of the chosen images, with one image each; the file has none of them."""
    look()
    choose_all()
    for image in list(bpy.data.images):
        bpy.data.images.remove(image)
    return [replace(job, results=job.results[:1]) for row in wall.chosen() if (job := wall.job_of(row))]


def turn_until(is_so: Callable[[], object], turn: Callable[[], object] = lambda: placing.go_on(0.0)) -> None:
    """Turn only the placing, one image at most each time, until a condition holds."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        turn()
        time.sleep(0.002)


def test_a_script_waits_no_longer_than_it_says(asked: Any) -> None:
    jobs = chosen_jobs()
    path = jobs[0].results[0].path
    silent = SilentFile(path, path.read_bytes())
    try:
        with pytest.raises(RuntimeError, match=r"0 of 3 images placed\. The waiting time is over"):
            bpy.ops.easel.place_chosen(kind="IMAGE", wait=True, timeout=1)
    finally:
        silent.answer()
    assert placing.current() is None


@pytest.mark.parametrize("is_saved", [False, True])
def test_a_turn_places_one_image_of_several_and_opens_no_file(
    asked: Any, tmp_path: Path, is_saved: bool
) -> None:
    jobs = chosen_jobs()
    if is_saved:
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    plan = plan_placement(bpy.context, PlacementKind.PLANE, session=session.session_id())
    work = placing.begin(jobs, [plan] * len(jobs), is_step=True)
    assert (work.title, work.at) == ("Placing images", (0, 3))
    assert draw(EASEL_PT_gallery).find("easel.stop_chore") is not None, "it is seen, and can be stopped"
    with pytest.raises(RuntimeError, match="previous images"):
        bpy.ops.easel.place_chosen(kind="PLANE")
    opened, counts, turns = Opened(), [0], list[int]()

    def turn() -> None:
        opened.is_on = True
        lines = lines_run(lambda: placing.go_on(0.0))
        opened.is_on = False
        counts.append(len(bpy.data.images))
        if counts[-1] != counts[-2]:
            turns.append(lines)

    turn_until(lambda: work.is_over, turn)
    assert {after - before for before, after in itertools.pairwise(counts)} <= {0, 1}
    assert (work.is_whole, work.text, counts[-1]) == (True, "3 images placed", 3)
    # Each file's head is read to see whether it is transparent. A thread has read or copied the rest.
    assert len([path for path in opened.paths if "library" in path or "textures" in path]) <= 3
    assert max(turns) < 2 * min(turns), "the last has no more to do than the first"
    assert {image.packed_file is None for image in bpy.data.images} == {is_saved}


def test_what_is_deleted_or_stopped_while_images_come_brings_no_more(asked: Any) -> None:
    jobs = chosen_jobs()
    plan = plan_placement(bpy.context, PlacementKind.IMAGE, session=session.session_id())
    for end in ("deleted", "stopped", "another file"):
        work = placing.begin(jobs, [plan] * len(jobs), is_step=True)
        turn_until(lambda work=work: work.done)
        if end == "deleted":  # for example by undo
            bpy.data.images.remove(bpy.data.images[0])
        elif end == "stopped":
            work.stop()
        else:
            placing.file_loaded()
        turn_until(lambda work=work: work.is_over)
        assert (work.is_whole, placing.current()) == (False, None)
        assert "of 3 images placed" in work.text


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
    engine_life.restart()  # this loses the requests to the old engine
    pump_until(lambda: look() and len(wall.chosen()) == 3)
    with pytest.raises(RuntimeError, match="looking the images up"):
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


# -- the right-click menu -----------------------------------------------------------------------------


def entries(kind: str, area: str = "VIEW_3D", **properties: object) -> dict[str, Any]:
    """Return the entries for the button of an operator, by what they do."""
    clicked = SimpleNamespace(bl_rna=SimpleNamespace(identifier=kind), **properties)
    layout = RecordingLayout()
    context = SimpleNamespace(
        button_operator=clicked,
        window_manager=bpy.context.window_manager,
        area=SimpleNamespace(type=area),
    )
    menus.draw_in_field_menu(SimpleNamespace(layout=layout), context)
    return {
        getattr(item.options, "verb", "") or item.name: item.options for item in layout.items if item.name
    }


def test_the_menu_of_an_image_acts_on_it_and_chooses_it(asked: Any) -> None:
    look()
    click("Oak floor")
    take_out_of_list("Copper roof")
    roof = next(row for row in wall.rows() if row.written == "Copper roof")
    found = entries("EASEL_OT_choose_from_library", image=str(roof.id))
    assert list(found) == [
        *("SHOW", "IMAGE", "TEXTURE", "PLANE", "REFERENCE_EMPTY", "easel.show_edits"),
        *("EDIT", "ADD", "STAR", "DELETE", "REUSE", "SAVE", "REVEAL", "COPY"),
    ]
    nodes = entries("EASEL_OT_choose_from_library", "NODE_EDITOR", image=str(roof.id))
    assert ("NODE" in nodes, "PLANE" in nodes) == (True, False)

    def do(verb: str) -> set[str]:
        told = found[verb]
        which = {"image": told.image, "job_id": told.job_id, "picture": told.picture}
        return bpy.ops.easel.for_picture(verb=verb, **which)

    before = len(bpy.data.objects)
    assert do("PLANE") == {"FINISHED"}, "its job is hidden: it is brought first"
    assert len(bpy.data.objects) == before + 1
    assert [row.written for row in wall.chosen()] == ["Copper roof"]
    assert do("COPY") == {"FINISHED"}
    assert bpy.context.window_manager.clipboard in ("Copper roof", "")  # without a window it stays empty
    assert do("STAR") == {"FINISHED"}
    pump_until(lambda: look() and wall.are_starred())
    bpy.context.window_manager.easel.gallery.is_starred = False
    roof.path.unlink()
    with pytest.raises(RuntimeError, match="gone from the library"):
        do("PLANE")


def test_the_edits_of_an_image_are_found_and_all_others_come_back(asked: Any, tmp_path: Path) -> None:
    roof = bpy.data.images["Copper roof"]
    edit = {"sources": [{"name": roof.name}], "placement": "IMAGE", "wait": True}
    assert bpy.ops.easel.edit(prompt="In the rain", **edit) == {"FINISHED"}
    look()
    row = next(row for row in wall.rows() if row.written == "Copper roof")
    found = entries("EASEL_OT_choose_from_library", image=str(row.id))
    assert "easel.show_edits" in found
    assert bpy.ops.easel.show_edits(image=str(row.id)) == {"FINISHED"}
    pump_until(lambda: look() and prompts() == ["In the rain"])
    assert "Edits of This Image" in draw(EASEL_PT_gallery).texts("label")
    assert bpy.ops.easel.clear_filters() == {"FINISHED"}
    pump_until(lambda: look() and len(prompts()) == 4)


def test_the_menu_of_several_is_about_all_of_them(asked: Any) -> None:
    look()
    choose_all()
    found = entries("EASEL_OT_choose_from_library", image=str(wall.rows()[0].id))
    assert list(found) == [
        "EASEL_MT_place_chosen",
        *("easel.compare", "easel.add_from_library", "easel.star_images", "easel.delete_images"),
    ]


def test_the_newest_and_a_jobs_images_have_it_and_other_buttons_have_not(asked: Any) -> None:
    job_id = bpy.context.window_manager.easel.jobs[0].name
    for kind, properties in (
        ("EASEL_OT_choose_newest", {"job_id": job_id, "picture": 1}),
        ("EASEL_OT_choose_picture", {"job_id": "", "picture": 1}),
    ):
        found = entries(kind, **properties)
        assert (found["SHOW"].job_id, found["SHOW"].picture, found["SHOW"].image) == (job_id, 1, "")
        assert "DELETE" not in found
    assert entries("EASEL_OT_choose_newest", job_id=job_id, picture=0) == {}, "it is arriving"
    assert entries("EASEL_OT_generate") == {}
    assert bpy.ops.easel.for_picture(verb="SHOW", job_id=job_id, picture=1) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="different library"):
        bpy.ops.easel.for_picture(verb="SHOW", job_id="f" * 32, picture=1)
