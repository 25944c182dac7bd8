# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove Background and Enhance, by scripts and panels: each makes a version of the image, at its price."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from edits import add_textured_object
from pumping import pump_until
from recording_layout import draw

from easel.client.models import ModelId
from easel.client.requests import ToolRequest
from easel.panels.result import EASEL_PT_result
from easel.panels.tools import EASEL_MT_image_tools
from easel.scene.history import lineage
from easel.scene.session import backdrops, pump, session
from easel.simulator import catalogue
from easel.simulator.faults import On, When

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def robot(tmp_path: Path) -> bpy.types.Image:
    """Return a picture of a red square on white."""
    image = bpy.data.images.new("robot", 96, 64, alpha=True)
    pixels = np.ones((64, 96, 4), np.float32)
    pixels[16:48, 32:64, 1:3] = 0.0
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    return image


def alpha_of(image: bpy.types.Image) -> "np.ndarray[Any, Any]":
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)[..., 3]


def test_the_background_is_cut_out_and_the_result_is_a_version(
    service: "Simulator", robot: bpy.types.Image
) -> None:
    node = add_textured_object(robot)
    robot.alpha_mode = "NONE"
    assert bpy.ops.easel.remove_background(image="robot", wait=True) == {"FINISHED"}
    cut = node.image
    assert cut != robot
    assert cut.name == "robot cutout"
    assert tuple(cut.size) == (96, 64)
    assert cut.alpha_mode == "STRAIGHT", "its alpha is transparency, though the source's was none"
    alpha = alpha_of(cut)
    assert alpha[32, 48] == 1.0
    assert alpha[:10].max() == alpha[:, :24].max() == 0.0
    assert lineage.original_of(cut) == robot
    (row,) = bpy.context.window_manager.easel.jobs
    assert (row.model, row.price, row.verb) == ("Remove Background", 5, "tool")
    assert service.balance == 10_000 - 5
    bpy.ops.easel.revert_to_original(session_uid=cut.session_uid)
    assert node.image == robot


def test_the_price_is_that_of_the_quality(service: "Simulator", robot: bpy.types.Image) -> None:
    bpy.ops.easel.remove_background(image="robot", quality="low", wait=True)
    assert service.balance == 10_000 - 3


def test_enhanced_is_larger_in_the_same_shape(service: "Simulator", robot: bpy.types.Image) -> None:
    robot.pixels[3] = 0.0  # one pixel's alpha, which must be kept
    robot.pack()
    assert bpy.ops.easel.enhance(image="robot", wait=True) == {"FINISHED"}
    (larger,) = [image for image in bpy.data.images if image.name == "robot enhanced"]
    assert larger.size[0] > 96
    assert larger.size[0] * 64 == larger.size[1] * 96
    assert alpha_of(larger)[0, 0] < 0.5
    assert lineage.original_of(larger) == robot, "nothing shows it, and still it is a version"
    assert service.balance == 10_000 - 15


def test_an_image_of_the_library_alone(service: "Simulator") -> None:
    bpy.ops.easel.generate(prompt="robot", placement="IMAGE", wait=True)
    made_by = bpy.context.window_manager.easel.jobs[0].name
    bpy.data.images.remove(bpy.data.images[0])
    assert bpy.ops.easel.remove_background(job_id=made_by, wait=True) == {"FINISHED"}
    assert [image.name for image in bpy.data.images] == ["robot cutout"]
    job = session.engine().job(bpy.context.window_manager.easel.jobs[0].name)
    assert isinstance(job.request, ToolRequest)
    parent = session.engine().job(made_by).results[0].content
    assert job.preparation.origins[0].image == parent, "the history in the library knows it"


def test_what_is_marked_never_leaves(service: "Simulator", robot: bpy.types.Image) -> None:
    robot.easel_never_upload = True
    with pytest.raises(RuntimeError, match="Never Upload"):
        bpy.ops.easel.remove_background(image="robot", wait=True)
    assert not service.tasks


def test_an_answer_that_never_came_is_uncertain_and_not_sent_again(
    service: "Simulator", robot: bpy.types.Image
) -> None:
    service.script(catalogue.dropped(On.SUBMIT, when=When.AFTER))
    with pytest.raises(RuntimeError, match="unknown whether"):
        bpy.ops.easel.enhance(image="robot", wait=True)
    (row,) = bpy.context.window_manager.easel.jobs
    assert row.state == "UNCERTAIN"
    assert len(service.tasks) == 1
    assert len([one for one in service.log if one.method == "POST"]) == 1


def test_a_refused_picture_costs_nothing_and_says_why(service: "Simulator", robot: bpy.types.Image) -> None:
    with pytest.raises(RuntimeError, match="no image “gone”"):
        bpy.ops.easel.enhance(image="gone", wait=True)
    service.script(catalogue.throttled(On.SUBMIT, 0))
    bpy.ops.easel.enhance(image="robot", wait=True)
    assert service.balance == 10_000 - 15


def test_the_menu_tells_prices(service: "Simulator", default_file: None) -> None:
    drawn = draw(EASEL_MT_image_tools)
    assert drawn.find("easel.remove_background").text == "Remove Background · 5 Credits"
    assert drawn.find("easel.enhance").text == "Enhance · 15 Credits"


def test_there_is_nothing_to_reuse_of_a_tools_job(service: "Simulator", robot: bpy.types.Image) -> None:
    bpy.ops.easel.enhance(image="robot", wait=True)
    made_by = bpy.context.window_manager.easel.jobs[0].name
    assert session.engine().job(made_by).request.model is ModelId.ENHANCE
    with pytest.raises(RuntimeError, match="no settings"):
        bpy.ops.easel.reuse_settings(job_id=made_by)
    bpy.ops.easel.prompt_history()
    assert not bpy.context.window_manager.easel.prompts.past, "its name is no prompt"


@pytest.mark.parametrize(
    ("prompt", "offers"),
    [
        ("a robot, Transparent background", True),
        ("透明なロボット", True),
        ("a robot", False),
        ("transparent bricks", False),
    ],
)
def test_it_is_offered_where_transparency_was_asked_for_and_was_painted(
    service: "Simulator", prompt: str, offers: bool
) -> None:
    """Models paint a checkerboard instead. Easel recognises it by its pixels, and leaves bricks alone."""
    bpy.ops.easel.generate(prompt=prompt, model="GEMINI_2_5_FLASH", placement="IMAGE", wait=True)
    draw(EASEL_PT_result)  # the panel is drawn
    pump_until(lambda: bpy.context.window_manager.easel.picture_facts and not backdrops.is_looking())
    pump.tick()
    assert ("easel.remove_background" in draw(EASEL_PT_result).names("operator")) is offers
    if offers:
        made_by = bpy.context.window_manager.easel.jobs[0].name
        bpy.ops.easel.remove_background(job_id=made_by, wait=True)
        assert "easel.remove_background" not in draw(EASEL_PT_result).names("operator"), "it is done"
