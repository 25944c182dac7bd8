# SPDX-License-Identifier: GPL-3.0-or-later
"""A model repairs a seam: one price, only the cross changes, and only if it gets better."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
import tiling_textures as textures
from edits import add_textured_object
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.imaging.tiling.cross import rolled
from easel.imaging.tiling.seamless import make_seamless
from easel.imaging.tiling.settings import Size
from easel.operators import sheet
from easel.operators.request import confirm
from easel.panels.result import EASEL_PT_result
from easel.panels.tiling import EASEL_PT_tiling
from easel.scene import settings
from easel.scene.history import lineage
from easel.scene.session import arrivals, followed, mirror, session, works
from easel.simulator import drawing

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 256


@pytest.fixture
def node(service: "Simulator", tmp_path: Path) -> bpy.types.ShaderNodeTexImage:
    """Return the node that shows a texture with seams."""
    Image.fromarray(textures.cut("stone", SIDE)).save(tmp_path / "stone.png")
    image = bpy.data.images.load(str(tmp_path / "stone.png"))
    image.name = "Stone"
    return add_textured_object(image)


@pytest.fixture
def good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model answer with a texture that tiles, rolled by half."""
    pixels = make_seamless(textures.cut("stone", SIDE), size=Size.KEEP).pixels
    drawn = Image.fromarray(rolled(pixels))
    monkeypatch.setattr(drawing, "_edit", lambda order, *_: drawn.resize(order.size))
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)


def values(image: bpy.types.Image) -> np.ndarray:
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return found.reshape(image.size[1], image.size[0], image.channels)[..., :3]


def test_a_repair_that_is_better_is_an_edit(node: bpy.types.Node, service: "Simulator", good: None) -> None:
    original = node.image
    assert bpy.ops.easel.repair_seams(image="Stone", wait=True) == {"FINISHED"}
    assert node.image != original
    assert lineage.original_of(node.image) == original
    assert "→" in mirror.mirror().selected_job.placement_text
    jobs = session.engine().jobs()
    assert sorted(job.price for job in jobs) == [0, 15]
    outside = slice(SIDE // 4, SIDE // 4 * 3)  # the cross is back at the borders
    assert (values(node.image)[outside, outside] == values(original)[outside, outside]).all()


def test_one_that_is_no_better_changes_nothing_and_is_kept(node: bpy.types.Node, echo: None) -> None:
    original = node.image
    with pytest.raises(RuntimeError, match="no better"):
        bpy.ops.easel.repair_seams(image="Stone", wait=True)
    assert node.image == original
    (job,) = session.engine().jobs()
    assert job.results[0].path.is_file(), "it was paid for"
    assert not job.placed_at, "it waits, and can be looked at"


@pytest.fixture
def good_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model first return a texture with seams, and from the second time on one that tiles."""
    answers = [textures.cut("stone", SIDE), make_seamless(textures.cut("stone", SIDE)).pixels]
    drawn = [Image.fromarray(rolled(pixels)) for pixels in answers]
    monkeypatch.setattr(
        drawing, "_edit", lambda order, *_: drawn.pop(0 if len(drawn) > 1 else -1).resize(order.size)
    )
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)


def paid_prices() -> list[int]:
    return [job.price for job in session.engine().jobs() if not job.is_local]


def test_it_is_tried_again_until_the_seam_is_not_seen(node: bpy.types.Node, good_at_last: None) -> None:
    original = node.image
    with pytest.raises(RuntimeError, match="45 credits"):
        bpy.ops.easel.repair_seams(image="Stone", rounds=3, max_credits=44)
    assert bpy.ops.easel.repair_seams(image="Stone", rounds=3, wait=True, timeout=90) == {"FINISHED"}
    assert paid_prices() == [15, 15], "the third round is not needed, nor paid"
    assert lineage.original_of(node.image) == original
    rounds = [job.placement.target.round for job in session.engine().jobs() if not job.is_local]
    assert sorted(rounds) == [1, 2]


def test_no_more_rounds_are_paid_than_consented_to(node: bpy.types.Node, echo: None) -> None:
    original = node.image
    with pytest.raises(RuntimeError, match="no better"):
        bpy.ops.easel.repair_seams(image="Stone", rounds=2, wait=True, timeout=90)
    assert paid_prices() == [15, 15]
    assert node.image == original
    form = bpy.context.scene.easel.tiling
    form.rounds = 3
    assert "45" in buttons_of(EASEL_PT_tiling)["easel.repair_seams"].text


def buttons_of(panel: type) -> dict[str, Any]:
    return {item.name: item for item in draw(panel, view_layer=bpy.context.view_layer).items}


def test_what_came_into_another_file_is_rolled_back_by_a_click(
    node: bpy.types.Node, service: "Simulator", saved_file: Path, good: None
) -> None:
    bpy.ops.wm.save_mainfile()
    bpy.ops.easel.repair_seams(image="Stone", rounds=3)
    (paid,) = session.engine().jobs()
    with pytest.raises(RuntimeError, match="is being repaired"):
        bpy.ops.easel.repair_seams(image="Stone")  # a second click pays nothing
    assert "is being repaired" in buttons_of(EASEL_PT_tiling)["easel.repair_seams"].options.grey
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    pump_until(lambda: not followed.is_busy())
    node = next(node for node in bpy.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE")
    original = node.image
    with pytest.raises(RuntimeError, match="Roll It Back"):
        bpy.ops.easel.place(job_id=paid.id, kind="TEXTURE")
    assert node.image == original, "no rolled picture is on the object"
    mirror.select(paid.id)
    assert "easel.roll_back" in buttons_of(EASEL_PT_result)
    bpy.ops.easel.roll_back(job_id=paid.id)
    assert not session.engine().job(paid.id).placed_at, "not before it has worked"
    pump_until(lambda: not followed.is_busy() and not works.is_busy())
    assert session.engine().job(paid.id).placed_at
    assert node.image != original
    assert lineage.original_of(node.image) == original
    bpy.ops.easel.place(job_id=paid.id, kind="IMAGE", as_it_came=True)
    assert paid_prices() == [15], "rounds end with the file that they were clicked in"


def test_the_dialog_asks_for_what_is_spent(node: bpy.types.Node, good: None) -> None:
    form, preferences = bpy.context.scene.easel, settings.preferences()
    form.options(form.model_id).count = 4
    asked: dict[str, Any] = {}
    context = SimpleNamespace(
        scene=bpy.context.scene,
        window_manager=SimpleNamespace(
            invoke_confirm=lambda _operator, _event, **texts: asked.update(texts) or {"RUNNING_MODAL"}
        ),
    )
    before, preferences.confirm_above = preferences.confirm_above, 0
    try:
        for verb in (sheet.EASEL_OT_repair_seams, sheet.EASEL_OT_edit_sheet):
            operator = SimpleNamespace(
                bl_label=verb.bl_label, properties=SimpleNamespace(is_property_set=lambda _name: False)
            )
            operator.options_of = partial(verb.options_of, operator)
            confirm(operator, context, SimpleNamespace(), 1)
            assert "15" in asked["title"]
    finally:
        preferences.confirm_above = before
    bpy.ops.easel.repair_seams(image="Stone")
    assert session.engine().jobs()[0].price == 15
    pump_until(lambda: not followed.is_busy() and not works.is_busy())


def test_a_script_waits_for_its_own_job_alone(node: bpy.types.Node, good: None) -> None:
    original = node.image
    bpy.ops.easel.generate(prompt="Moss", placement="IMAGE")
    (other,) = session.engine().jobs()
    arrivals.announce([other.id, "never"], other.id)
    pump_until(lambda: arrivals.is_waiting(other.id))
    assert bpy.ops.easel.repair_seams(image="Stone", wait=True, timeout=60) == {"FINISHED"}
    assert arrivals.is_waiting(other.id)
    assert lineage.original_of(node.image) == original
