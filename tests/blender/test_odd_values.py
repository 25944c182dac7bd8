# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that other programs have changed: no value in them stops a turn, a handler or a panel."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from odd_values import ODD_VALUES, choose_of_newer
from recording_layout import draw

from easel.panels.form import EASEL_PT_generate
from easel.panels.view_menu import EASEL_MT_easel
from easel.properties.form import EASEL_PG_form as Form
from easel.scene import settings
from easel.scene.masks.masks import areas_of, unpacked_points
from easel.scene.painting import stencil
from easel.scene.pictures.tiles import chosen_tiles
from easel.scene.placement.images import find_result
from easel.scene.placement.reused import INDEX_KEY, JOB_KEY, RAW_KEY
from easel.scene.placement.reused_tiles import BATCH_KEY, TILES_KEY
from easel.scene.session import arrivals, pump, session, whereabouts
from easel.simulator import Simulator


@pytest.fixture
def form() -> Form:
    return bpy.context.scene.easel


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    """Return a .blend of images whose properties have Easel's names and values of every type."""
    for value in ODD_VALUES:
        image = bpy.data.images.new("odd", 4, 4)
        image.use_fake_user = True
        for key in (JOB_KEY, INDEX_KEY, RAW_KEY, BATCH_KEY, TILES_KEY, stencil.STENCIL_KEY):
            image[key] = value
    path = tmp_path / "odd.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


def wait_in_this_file(prompt: str) -> str:
    """Have a job's image wait to be placed in the open file; return the job's id."""
    bpy.ops.easel.generate(prompt=prompt, placement="IMAGE")
    job_id = bpy.context.window_manager.easel.jobs[0].name
    engine = session.engine()
    while not engine.job(job_id).state.is_final:
        time.sleep(0.005)  # `wait` returns at once while nobody takes the events
    arrivals.expect(engine.job(job_id))
    assert arrivals.is_waiting(job_id)
    return job_id


def test_what_waits_for_one_file_is_never_placed_in_another_that_is_odd(
    service: Simulator, odd_file: Path
) -> None:
    job_id = wait_in_this_file("copper")
    bpy.ops.wm.open_mainfile(filepath=str(odd_file))
    assert not arrivals.is_waiting()
    before = len(bpy.data.images)
    for _ in range(3):
        pump.tick()
    assert len(bpy.data.images) == before == len(ODD_VALUES)
    row = bpy.context.window_manager.easel.jobs[job_id]
    assert not row.is_placed
    assert "another file" in row.placement_text
    assert bpy.ops.easel.place(job_id=job_id, kind="IMAGE") == {"FINISHED"}
    assert whereabouts.whereabouts(job_id)


def test_odd_properties_are_read_as_none_of_ours(odd_file: Path) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(odd_file))
    assert whereabouts.jobs_here() == {"not a job"}
    assert find_result("not a job", 0) is None or find_result("not a job", 0)[JOB_KEY] == "not a job"
    for image in bpy.data.images:
        bpy.context.scene.tool_settings.image_paint.stencil_image = image
        assert stencil.has_stencil(bpy.context.scene) == (image[stencil.STENCIL_KEY] is True)
    stencil.lift_lost_stencils()


@pytest.mark.parametrize("text", ["", "abc", "1,2 3", "1,2,3", "nan,0 0,inf 1,1", "0,0 1,1"])
def test_an_area_that_is_none_masks_nothing(form: Form, text: str) -> None:
    image = bpy.data.images.new("wood", 4, 4)
    area = form.mask.areas.add()
    area.image, area.points = image, text
    assert len(unpacked_points(text)) in (0, 2)
    assert areas_of(form.mask, image) == []


def test_ticked_tiles_that_are_no_numbers_are_none(load_udim: Any) -> None:
    image = load_udim("png", "RGB")
    assert chosen_tiles(image, "x,9" + "1" * 5000 + ",²,-1") == (1001,)


# -- a form of a newer Easel ------------------------------------------------------------------------


@pytest.fixture
def shown(form: Form, service: Simulator) -> Iterator[Form]:
    """Yield a form that is shown and ready to be sent; check that nothing was sent."""
    form.prompt = form.edit_prompt = "copper"
    form.sources.add().image = bpy.data.images.new("wood", 4, 4)
    session.note_drawn()
    for _ in range(4):
        pump.tick()
    yield form
    assert not service.tasks, "something was sent"


def groups_of(form: Form) -> list[tuple[Any, str]]:
    """Return all choices that a click reads."""
    options = form.options(form.model_id)
    of_options = [prop.identifier for prop in options.bl_rna.properties if prop.type == "ENUM"]
    return [
        (form, "model"),
        (form, "template"),
        (form, "placement"),
        *((options, name) for name in of_options),
    ]


def written_in_panel() -> str:
    """Return all texts of the panel, joined."""
    return " ".join(draw(EASEL_PT_generate).texts("label"))


NAMES = ("model", "template", "placement", "aspect_ratio", "resolution", "output_format")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["GENERATE", "EDIT"])
def test_an_unknown_choice_is_shown_and_refuses_the_click(shown: Form, mode: str, name: str) -> None:
    shown.mode = mode
    group = next(group for group, known in groups_of(shown) if known == name)
    choose_of_newer(group, name)
    pump.tick()
    assert not bpy.context.window_manager.easel.trouble
    assert "newer Easel" in written_in_panel()
    send = bpy.ops.easel.edit if mode == "EDIT" else bpy.ops.easel.generate
    with pytest.raises(RuntimeError, match="newer Easel"):
        send()
    draw(EASEL_MT_easel)


@pytest.mark.parametrize("name", ["kind"])
def test_an_unknown_mask_is_never_taken_for_the_whole_image(shown: Form, name: str) -> None:
    shown.mode = "EDIT"
    choose_of_newer(shown.mask, name)
    pump.tick()
    assert not bpy.context.window_manager.easel.trouble
    assert "“Change” was chosen in a newer Easel" in written_in_panel()
    with pytest.raises(RuntimeError, match="newer Easel"):
        bpy.ops.easel.edit(prompt="copper")


def test_what_a_script_gives_itself_needs_no_form(shown: Form, service: Simulator) -> None:
    choose_of_newer(shown, "placement")
    choose_of_newer(shown, "template")
    bpy.ops.easel.generate(prompt="copper", placement="IMAGE", wait=True)
    assert len(service.tasks) == 1
    service.tasks.clear()


def test_an_unknown_mode_is_shown(shown: Form) -> None:
    choose_of_newer(shown, "mode")
    pump.tick()
    assert "newer Easel" in written_in_panel()


@pytest.mark.parametrize("name", ["proxy_mode", "default_placement", "file_policy", "log_level"])
def test_preferences_of_a_newer_easel_stop_nothing(shown: Form, name: str) -> None:
    from easel.scene import logs

    chosen = settings.preferences()
    choose_of_newer(chosen, name)
    try:
        pump.tick()
        logs.start()
        assert settings.read().server.url
        assert not bpy.context.window_manager.easel.trouble
    finally:
        chosen.property_unset(name)
        logs.set_level(chosen.log_level)
