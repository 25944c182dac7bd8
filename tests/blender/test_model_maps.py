# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps that a model draws: one price each, only the picture is sent, and the map is data that tiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
import tiling_textures as textures
from edits import add_textured_object
from PIL import Image
from pumping import pump_until
from recording_layout import draw

from easel.imaging.depth import read_deep
from easel.imaging.tiling.seams import measure_seams
from easel.panels.result import EASEL_PT_result
from easel.panels.tiling import EASEL_PT_tiling
from easel.scene.placement.texture_maps import maps_of
from easel.scene.session import followed, mirror, session, works
from easel.simulator import drawing

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 256


@pytest.fixture
def node(service: "Simulator", tmp_path: Path) -> bpy.types.ShaderNodeTexImage:
    """Return the node that shows a texture that tiles."""
    Image.fromarray(textures.tiling("stone", SIDE)).save(tmp_path / "stone.png")
    image = bpy.data.images.load(str(tmp_path / "stone.png"))
    image.name = "Stone.png"
    return add_textured_object(image)


@pytest.fixture
def grey(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model return the picture in greys and darker to the right, so that it doesn't tile."""

    def drawn(order: Any, *_: Any) -> Image.Image:
        picture = drawing._load(order.sources[0].path, order.size).convert("L")
        values = np.asarray(picture) * np.linspace(1, 0.7, picture.width)
        return Image.fromarray(values.astype(np.uint8)).convert("RGB")

    monkeypatch.setattr(drawing, "_edit", drawn)
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)


def buttons_of(panel: type) -> list[Any]:
    return list(draw(panel, view_layer=bpy.context.view_layer).items)


def test_a_height_is_drawn_from_the_picture_alone(node: bpy.types.Node, grey: None) -> None:
    shown = node.image
    assert bpy.ops.easel.map_by_model(part="HEIGHT", wait=True) == {"FINISHED"}
    paid, made = sorted(session.engine().jobs(), key=lambda job: -job.price)
    assert (paid.price, made.price) == (15, 0)
    assert [source.name for source in paid.request.sources] == ["Stone.png"]
    assert paid.placed_at
    assert node.image == shown, "a map is no version of its picture"
    height = maps_of(shown)["HEIGHT"]
    assert height.name == "Stone_Height"
    assert height.colorspace_settings.name == "Non-Color"
    stored = read_deep(made.results[0].path)
    assert stored.dtype == np.uint16
    assert stored.shape == (SIDE, SIDE)
    assert len(np.unique(stored)) > 1000
    assert measure_seams(stored).worst < 1.1, "it tiles, for the picture does"
    assert "Drawn by a model" in made.results[0].fit_note


@pytest.mark.parametrize("size", [(1, 1), (600, 3), (8, 8)])
def test_a_texture_too_small_to_tile_gets_its_map_too(
    service: "Simulator", tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.new("RGB", size, "tan").save(tmp_path / "strip.png")
    image = bpy.data.images.load(str(tmp_path / "strip.png"))
    assert bpy.ops.easel.map_by_model(image=image.name, part="HEIGHT", wait=True) == {"FINISHED"}
    assert maps_of(image)["HEIGHT"].size[:] == size, "it is paid for"


def test_a_new_drawing_takes_the_place_of_the_map_that_is_shown(node: bpy.types.Node, grey: None) -> None:
    image = node.image
    bpy.ops.easel.make_material(image=image.name, maps={"ROUGHNESS"}, seamless=False, wait=True)
    before = maps_of(image)["ROUGHNESS"]
    assert bpy.ops.easel.map_by_model(image=image.name, part="ROUGHNESS", wait=True) == {"FINISHED"}
    after = maps_of(image)["ROUGHNESS"]
    assert after != before
    assert before.users, "the old one stays in the file"
    material = bpy.context.view_layer.objects.active.active_material
    assert after in [one.image for one in material.node_tree.nodes if one.type == "TEX_IMAGE"]


def test_what_came_into_another_file_is_made_a_map_by_a_click(
    node: bpy.types.Node, saved_file: Path, grey: None
) -> None:
    bpy.ops.wm.save_mainfile()
    bpy.ops.easel.map_by_model(part="HEIGHT")
    (paid,) = session.engine().jobs()
    with pytest.raises(RuntimeError, match="is under way"):
        bpy.ops.easel.map_by_model(part="HEIGHT")  # a second click pays nothing
    (height, roughness) = (item for item in buttons_of(EASEL_PT_tiling) if item.name == "easel.map_by_model")
    assert "is under way" in height.options.grey
    assert not roughness.options.grey
    bpy.ops.wm.open_mainfile(filepath=str(saved_file))
    pump_until(lambda: not followed.is_busy())
    (image,) = (image for image in bpy.data.images if image.name == "Stone.png")
    assert not maps_of(image)
    mirror.select(paid.id)
    assert "easel.take_map" in [item.name for item in buttons_of(EASEL_PT_result)]
    bpy.ops.easel.take_map(job_id=paid.id)
    pump_until(lambda: not followed.is_busy() and not works.is_busy())
    assert "HEIGHT" in maps_of(image)
    assert session.engine().job(paid.id).placed_at


def test_nothing_is_sent_of_what_may_not_be(node: bpy.types.Node, service: "Simulator") -> None:
    node.image.easel_never_upload = True
    with pytest.raises(RuntimeError, match="Stone"):
        bpy.ops.easel.map_by_model(part="HEIGHT")
    assert not [each for each in service.log if each.method == "POST"]
