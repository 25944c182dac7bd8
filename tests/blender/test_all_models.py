# SPDX-License-Identifier: GPL-3.0-or-later
"""The form sends a request to all models: one price, a job for each, and their images side by side."""

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.client.models import MODELS, ModelId
from easel.operators.request import confirm, options_of_models
from easel.panels.all_models import EASEL_MT_all_models, asked_of_all
from easel.panels.compare import EASEL_PT_compare
from easel.panels.result import EASEL_PT_result
from easel.scene import settings
from easel.scene.comparison import shown
from easel.scene.session import comparing, mirror, session
from easel.simulator import Simulator


@pytest.fixture
def form(service: Simulator) -> Any:
    form = bpy.context.scene.easel
    form.prompt, form.model = "Copper roof", "GEMINI_3_1_FLASH"
    return form


def jobs() -> list[Any]:
    return [session.engine().job(row.name) for row in mirror.mirror().jobs]


def test_a_click_asks_every_model_for_the_price_that_was_shown(form: Any) -> None:
    form.gemini_3_1_flash.resolution, form.gemini_3_1_flash.aspect_ratio = "4K", "16:9"
    form.placement = "TEXTURE"
    price, lost = asked_of_all(form)
    assert price == 25 + 80 + 5 + 10
    drawn = draw(EASEL_MT_all_models)
    assert f"On All Models · {price} Credits" in drawn.texts("operator")
    assert "Gemini 2.5 Flash has no resolution option." in lost
    assert any("no resolution" in text for text in drawn.texts("label"))
    assert bpy.ops.easel.generate(all_models=True, wait=True) == {"FINISHED"}
    assert {job.request.model for job in jobs()} == set(MODELS)
    assert sum(job.price for job in jobs()) == price
    shapes = {job.request.model: job.request.aspect_ratio or job.request.image_size for job in jobs()}
    assert shapes[ModelId.SEEDREAM_V5_LITE] == "landscape_16_9"
    assert {job.placement.kind.name for job in jobs()} == {"IMAGE"}, "which one is placed is said later"
    assert len({job.placement.click for job in jobs()}) == 1


def test_what_one_click_has_made_is_compared_together(form: Any) -> None:
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before, area.ui_type = area.ui_type, "IMAGE_EDITOR"
    assert bpy.ops.easel.generate(prompt="Oak floor", placement="IMAGE", wait=True) == {"FINISHED"}
    assert draw(EASEL_PT_result).find("easel.show_picture") is not None
    assert session.engine().job(mirror.mirror().jobs[0].name).placement.click == "", "it was alone"
    bpy.ops.easel.generate(all_models=True, wait=True)
    assert bpy.ops.easel.compare_job(job_id=mirror.mirror().jobs[0].name) == {"FINISHED"}
    pump_until(lambda: not comparing.is_expecting())
    assert [cell.caption for cell in shown.cells()] == [model.label for model in MODELS.values()]
    comparing.end()
    area.ui_type = before


def test_an_edit_goes_to_all_models_and_tiles_one_at_a_time(
    form: Any, wood_node: bpy.types.ShaderNodeTexImage
) -> None:
    edit = bpy.ops.easel.edit
    assert edit(prompt="Moss", sources=[{"name": "wood"}], all_models=True, wait=True) == {"FINISHED"}
    assert {job.request.model for job in jobs()} == set(MODELS)
    assert all(job.request.sources[0].name == "wood" for job in jobs())


def test_a_render_is_taken_once_for_all_models(
    default_file: None, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, made, folders = bpy.context.scene, tempfile.mkdtemp, list[str]()
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = 64, 32
    bpy.ops.render.render()
    bpy.data.images.new("painted", 32, 32)
    sources = [{"name": "Render Result"}, {"name": "painted"}]

    def noted(*arguments: Any, **named: Any) -> str:
        folders.append(made(*arguments, **named))
        return folders[-1]

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkdtemp", noted)  # Blender saves the render into such a folder
        bpy.ops.easel.edit(prompt="Moss", sources=sources, all_models=True)
    assert len(folders) == 1
    pump_until(lambda: all(job.state.has_images for job in jobs()))  # each job got its own pixels
    assert {job.request.model for job in jobs()} == set(MODELS)


def test_tiles_of_a_click_are_no_choice_among_several(service: Simulator, tmp_path: Path) -> None:
    for number in (1001, 1002):
        Image.new("RGB", (64, 64), "red").save(tmp_path / f"wall.{number}.png")
    image = bpy.data.images.load(str(tmp_path / "wall.1001.png"))
    image.source, image.filepath = "TILED", str(tmp_path / "wall.<UDIM>.png")
    image.tiles.new(1002)
    image.name = "wall"
    edit = bpy.ops.easel.edit
    assert edit(prompt="Moss", sources=[{"name": "wall"}], tiles="1001,1002", wait=True) == {"FINISHED"}
    assert [job.placement.click for job in jobs()] == ["", ""]


@pytest.mark.parametrize(("above", "is_asked"), [(79, True), (80, False)])
def test_a_dialog_asks_for_the_sum(form: Any, above: int, is_asked: bool) -> None:
    asked: dict[str, Any] = {}
    preferences = settings.preferences()
    before, preferences.confirm_above = preferences.confirm_above, above
    context = SimpleNamespace(
        scene=bpy.context.scene,
        window_manager=SimpleNamespace(
            invoke_confirm=lambda _operator, _event, **texts: asked.update(texts) or {"RUNNING_MODAL"}
        ),
    )
    properties = SimpleNamespace(is_property_set=lambda _name: False)
    operator = SimpleNamespace(
        all_models=True, bl_label="Generate", properties=properties, execute=lambda _context: {"FINISHED"}
    )
    operator.options_of = lambda context: options_of_models(operator, context.scene.easel)
    try:
        ended = confirm(operator, context, SimpleNamespace(), 1)
    finally:
        preferences.confirm_above = before
    assert ended == ({"RUNNING_MODAL"} if is_asked else {"FINISHED"})
    if is_asked:
        assert "80" in asked["title"]
        assert all(model.label in asked["message"] for model in MODELS.values())


def test_of_what_all_models_have_made_only_the_starred_is_kept(form: Any) -> None:
    area = bpy.context.window_manager.windows[0].screen.areas[0]
    before, area.ui_type = area.ui_type, "IMAGE_EDITOR"
    bpy.ops.easel.generate(all_models=True, wait=True)
    bpy.ops.easel.compare_job(job_id=mirror.mirror().jobs[0].name)
    pump_until(lambda: not comparing.is_expecting())
    bpy.ops.easel.star_compared(number=2)
    pump_until(lambda: [cell.is_starred for cell in shown.cells()] == [False, True, False, False])
    keep = next(item for item in draw(EASEL_PT_compare).items if item.name == "easel.keep_starred")
    bpy.ops.easel.keep_starred(job_id=keep.options.job_id)
    pump_until(lambda: len(shown.cells()) == 1)
    assert shown.cells()[0].caption == "", "nothing is left to tell it from"
    comparing.end()
    area.ui_type = before
