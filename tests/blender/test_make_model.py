# SPDX-License-Identifier: GPL-3.0-or-later
"""From a picture to an object: make_model by scripts and the panel, against the simulator."""

import base64
import io
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
import requests
from PIL import Image, ImageDraw
from pumping import pump_until
from recording_layout import draw
from silent_files import SilentFile

from easel.jobs import models
from easel.jobs.job import JobState
from easel.panels.made_models import EASEL_PT_made_model
from easel.panels.model import EASEL_PT_model
from easel.panels.result import EASEL_PT_result
from easel.scene.session import arrivals, pump, session
from easel.simulator import catalogue

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def quick(service: "Simulator") -> "Simulator":
    """Return a faster simulator, because models take minutes."""
    service.speed = 3000
    return service


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., bpy.types.Image]:
    """Return a function that writes and opens a picture: brown on white, by default twice as high as wide."""

    def figure(name: str = "robot", *boxes: tuple[int, int, int, int]) -> bpy.types.Image:
        picture = Image.new("RGB", (400, 300), "white")
        for box in boxes or ((150, 50, 250, 250),):
            ImageDraw.Draw(picture).rectangle(box, fill="brown")
        picture.save(tmp_path / f"{name}.png")
        return bpy.data.images.load(str(tmp_path / f"{name}.png"))

    return figure


def bounds(obj: bpy.types.Object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    corners = [obj.matrix_world @ vertex.co for vertex in obj.data.vertices]
    return (
        tuple(round(min(corner[axis] for corner in corners), 3) for axis in range(3)),
        tuple(round(max(corner[axis] for corner in corners), 3) for axis in range(3)),
    )


@pytest.mark.parametrize("engine", ["TRELLIS_2", "HUNYUAN_PRO", "HUNYUAN_RAPID", "TRIPO"])
def test_every_engine_gives_one_object_as_high_as_asked(
    quick: "Simulator", load: Callable[..., bpy.types.Image], engine: str
) -> None:
    image = load()
    bpy.context.scene.cursor.location = (2.0, 3.0, 0.5)
    made = bpy.ops.easel.make_model(image=image.name, engine=engine, height=1.8, wait=True)
    assert made == {"FINISHED"}
    (obj,) = bpy.context.scene.objects
    bpy.context.view_layer.update()
    low, high = bounds(obj)
    assert obj.name == "robot"
    assert low[2] == pytest.approx(0.5, abs=1e-3)
    assert high[2] == pytest.approx(2.3, abs=1e-3)
    assert (low[0] + high[0]) / 2 == pytest.approx(2.0, abs=0.02)
    assert high[0] - low[0] == pytest.approx(0.9, rel=0.05), "its front faces the front view"
    assert obj.easel_model.job_id == bpy.context.window_manager.easel.jobs[0].name
    assert obj.easel_model.picture == image
    row = bpy.context.window_manager.easel.jobs[0]
    assert quick.balance == 10_000 - row.price
    assert row.has_model
    assert row.is_placed
    assert not row.pictures


def test_views_of_a_turnaround_go_by_name(quick: "Simulator", load: Callable[..., bpy.types.Image]) -> None:
    for name in ("front", "left", "back"):
        load(name)
    bpy.ops.easel.make_model(
        image="front.png", image_left="left.png", image_back="back.png", engine="HUNYUAN_PRO", wait=True
    )
    job = session.engine().job(bpy.context.window_manager.easel.jobs[0].name)
    assert job.request.views == ("front", "left", "back")
    assert job.price == 100


def test_the_panel_says_how_many_views_an_engine_gets(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    form = bpy.context.scene.easel.to_model
    form.engine, form.image, form.image_left, form.image_back = "TRIPO", load(), load("left"), load("back")
    assert "More Views (2)" in draw(EASEL_PT_model).texts("label")
    form.engine = "TRELLIS_2"
    unsent = "TRELLIS.2 takes one picture: the other views are not sent"
    assert unsent in " ".join(draw(EASEL_PT_model).texts("label"))
    form.image_left = form.image_back = None
    assert unsent not in " ".join(draw(EASEL_PT_model).texts("label"))


def test_a_prompt_alone(quick: "Simulator") -> None:
    bpy.ops.easel.make_model(prompt="a wooden chair", engine="TRIPO", height=0.9, wait=True)
    (obj,) = bpy.context.scene.objects
    assert obj.name == "a wooden chair"
    with pytest.raises(RuntimeError, match="needs one"):
        bpy.ops.easel.make_model(prompt="a wooden chair", engine="TRELLIS_2", wait=True)


def test_what_is_not_given_comes_from_the_panel(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    form = bpy.context.scene.easel.to_model
    form.image, form.engine, form.height, form.textures = load(), "TRIPO", 0.5, False
    drawn = draw(EASEL_PT_model)
    button = drawn.find("easel.make_model")
    assert (button.text, button.enabled) == ("Make Model · 40 Credits", True)
    assert bpy.ops.easel.make_model(wait=True) == {"FINISHED"}
    (obj,) = bpy.context.scene.objects
    assert obj.dimensions.z == pytest.approx(0.5)
    assert not [node for slot in obj.material_slots for node in slot.material.node_tree.nodes
                if node.type == "TEX_IMAGE"]  # fmt: skip
    form.textures, form.image = True, None
    made_by = bpy.context.window_manager.easel.jobs[0].name
    bpy.ops.easel.reuse_settings(job_id=made_by)
    assert (form.image, form.textures) == (bpy.data.images["robot.png"], False)


def test_without_a_height_it_is_as_high_as_what_is_selected(
    quick: "Simulator", load: Callable[..., bpy.types.Image], default_file: None
) -> None:
    form, cube = bpy.context.scene.easel.to_model, bpy.data.objects["Cube"]
    cube.scale.z = 1.5
    bpy.context.view_layer.update()
    assert form.height_shown == pytest.approx(3.0)
    assert "As high as “Cube”" in draw(EASEL_PT_model).texts("label")
    cube.select_set(False)
    assert form.height_shown == 1.0
    assert not any("As high as" in text for text in draw(EASEL_PT_model).texts("label"))
    picture = load()
    picture.pixels[0]  # reading it loads it, as drawing does
    for kind, height in (("PLAIN_AXES", 4.0), ("ARROWS", 2.0), ("IMAGE", 1.5)):
        empty = bpy.data.objects.new(kind, None)
        empty.empty_display_type, empty.empty_display_size = kind, 2.0
        empty.data = picture if kind == "IMAGE" else None
        empty.rotation_euler.x = math.radians(90) if kind == "IMAGE" else 0.0
        bpy.context.scene.collection.objects.link(empty)
        bpy.context.view_layer.objects.active = empty
        empty.select_set(True)
        bpy.context.view_layer.update()
        assert form.height_shown == pytest.approx(height), kind
    bpy.ops.easel.make_model(image=picture.name, wait=True)
    assert bpy.data.objects["robot"].dimensions.z == pytest.approx(1.5, abs=1e-3)
    form.height_shown = 0.7
    bpy.ops.easel.place_model(job_id=bpy.context.window_manager.easel.jobs[0].name)
    assert bpy.context.active_object.dimensions.z == pytest.approx(0.7, abs=1e-3)
    seed = models.seed_of(session.engine().job(bpy.context.window_manager.easel.jobs[0].name))
    assert f"Seed {seed}" in " ".join(draw(EASEL_PT_made_model).texts("label"))


def test_into_a_blockout_that_keeps_its_place(
    quick: "Simulator", load: Callable[..., bpy.types.Image], default_file: None
) -> None:
    cube = bpy.data.objects["Cube"]
    cube.location, cube.scale = (1, 2, 3), (1, 1, 2)
    modifier = cube.modifiers.new("Bevel", "BEVEL")
    bpy.ops.easel.make_model(image=load().name, replaces="Cube", wait=True)
    assert len(cube.data.vertices) > 100
    assert tuple(cube.location) == (1, 2, 3)
    assert modifier.name in cube.modifiers
    bpy.ops.object.select_all(action="DESELECT")
    count = len(bpy.context.scene.objects)
    bpy.ops.easel.place_model(job_id=bpy.context.window_manager.easel.jobs[0].name, height=3.0)
    assert len(bpy.context.scene.objects) == count + 1, "placed once more, at the cursor"


def test_the_panel_says_what_spoils_the_model_before_it_is_paid_for(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    form, shown = bpy.context.scene.easel.to_model, bpy.context.window_manager.easel
    form.image = load("two", (0, 50, 120, 250), (220, 50, 340, 250))
    session.note_drawn()
    pump_until(lambda: bool(shown.model_advice))
    assert "border cuts" in shown.model_advice
    assert "2 objects" in shown.model_advice
    assert any("2 objects" in text for text in draw(EASEL_PT_model).texts("label"))
    form.image = load("one")
    pump_until(lambda: not shown.model_advice)


def test_a_marked_picture_stays_here(quick: "Simulator", load: Callable[..., bpy.types.Image]) -> None:
    image = load()
    image.easel_never_upload = True
    bpy.context.scene.easel.to_model.image = image
    assert not draw(EASEL_PT_model).find("easel.make_model").enabled
    with pytest.raises(RuntimeError, match="Never Upload"):
        bpy.ops.easel.make_model(image=image.name, wait=True)
    assert not quick.tasks


def test_what_failed_costs_nothing_and_says_why(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    quick.script(catalogue.failed("error while processing the input image"))
    with pytest.raises(RuntimeError, match="processing the input image"):
        bpy.ops.easel.make_model(image=load().name, wait=True)
    assert not bpy.context.scene.objects
    assert session.engine().jobs()[0].state is JobState.FAILED


def test_the_result_of_a_model_offers_what_fits_it(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    bpy.ops.easel.make_model(image=load().name, wait=True)
    drawn = draw(EASEL_PT_result)
    assert "easel.place_model" in drawn.names("operator")
    assert "easel.edit_picture" not in drawn.names("operator")


def test_a_view_that_is_hidden_is_not_sent(quick: "Simulator", load: Callable[..., bpy.types.Image]) -> None:
    """The panel shows other views only below a front view. Without one, the prompt and its price count."""
    form = bpy.context.scene.easel.to_model
    form.engine, form.prompt, form.image_left = "TRIPO", "a wooden chair", load("left")
    assert bpy.ops.easel.make_model(wait=True) == {"FINISHED"}
    job = session.engine().job(bpy.context.window_manager.easel.jobs[0].name)
    assert (job.request.views, job.request.prompt, job.price) == ((), "a wooden chair", 40)


def test_a_model_that_is_rescued_by_its_task_is_placed_as_one(quick: "Simulator") -> None:
    """Only its files say that it is a model; an archive is unpacked first."""
    answer = requests.post(
        f"{quick.url}/v1/3d-models/tencent/generate/rapid/",
        json={"prompt": "a wooden chair"},
        headers={"Authorization": "Bearer test-key-0123456789"},
        timeout=60,
    )
    assert bpy.ops.easel.add_task(task_id=answer.json()["task_id"]) == {"FINISHED"}
    pump_until(lambda: bool(bpy.context.scene.objects))
    (obj,) = bpy.context.scene.objects
    assert obj.easel_model.job_id == bpy.context.window_manager.easel.jobs[0].name
    assert [image.name for image in bpy.data.images if image.source == "FILE"] == ["Rescued task Base Color"]


def test_a_rescued_model_of_tripo_looks_to_the_front(quick: "Simulator") -> None:
    """Its front is +X, and only its file says that Tripo made it. A relief is wide if seen from the front."""
    picture, data = Image.new("RGB", (300, 200), "white"), io.BytesIO()
    ImageDraw.Draw(picture).ellipse((40, 40, 260, 160), fill="brown")
    picture.save(data, "PNG")
    answer = requests.post(
        f"{quick.url}/v1/3d-models/tripo/image-to-3d/3.1/",
        json={
            "image": "data:image/png;base64," + base64.b64encode(data.getvalue()).decode(),
            "texture": True,
        },
        headers={"Authorization": "Bearer test-key-0123456789"},
        timeout=60,
    )
    assert bpy.ops.easel.add_task(task_id=answer.json()["task_id"]) == {"FINISHED"}
    pump_until(lambda: bool(bpy.context.scene.objects))
    (rescued,) = bpy.context.scene.objects
    assert rescued.dimensions.x > 1.2 * rescued.dimensions.y


def test_what_was_unpacked_and_tidied_away_is_unpacked_again(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    bpy.ops.easel.make_model(image=load().name, engine="HUNYUAN_RAPID", wait=True)
    row = bpy.context.window_manager.easel.jobs[0]
    bpy.data.objects.remove(bpy.context.scene.objects[0])
    shutil.rmtree(session.engine().library.root / "unpacked")
    assert bpy.ops.easel.place_model(job_id=row.name, height=1.5) == {"FINISHED"}
    assert bpy.context.scene.objects[0].dimensions.z == pytest.approx(1.5, abs=1e-3)


def test_by_hand_a_thread_looks_at_the_model_and_the_pump_places_it(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    bpy.ops.easel.make_model(image=load().name, engine="TRELLIS_2", wait=True)
    row = bpy.context.window_manager.easel.jobs[0]
    bpy.data.objects.remove(bpy.context.scene.objects[0])
    job = session.engine().job(row.name)
    path = job.results[0].path
    silent = SilentFile(path, path.read_bytes())
    try:
        plan = replace(job.placement, session=session.session_id())
        assert arrivals.place_now(session.engine(), row.name, plan, later=plan) == ()
        for _ in range(3):
            pump.tick(patient=False)
        assert not bpy.context.scene.objects, "its disk does not answer"
        assert row.placement_text == arrivals.IN_WORK
        with pytest.raises(RuntimeError, match="The waiting time is over"):
            bpy.ops.easel.place_model(job_id=row.name, wait=True, timeout=1)
        assert arrivals.place_now(session.engine(), row.name, plan, later=plan) == ()
    finally:
        silent.answer()
    pump.run_until_settled(row.name)
    assert [obj.easel_model.job_id for obj in bpy.context.scene.objects] == [row.name]


def test_where_the_best_file_can_not_be_read_another_is_placed(
    quick: "Simulator", load: Callable[..., bpy.types.Image]
) -> None:
    bpy.ops.easel.make_model(image=load().name, engine="HUNYUAN_PRO", wait=True)
    row = bpy.context.window_manager.easel.jobs[0]
    bpy.data.objects.remove(bpy.context.scene.objects[0])
    glb = next(it.path for it in session.engine().job(row.name).results if it.path.suffix == ".glb")
    glb.write_bytes(glb.read_bytes()[:-100])
    assert bpy.ops.easel.place_model(job_id=row.name, height=1.5) == {"FINISHED"}
    (obj,) = bpy.context.scene.objects
    assert obj.dimensions.z == pytest.approx(1.5, abs=1e-3)
