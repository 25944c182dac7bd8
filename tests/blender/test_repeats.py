# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture shown repeated on its object: what is drawn, and what can't be. Window tests look at it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from edits import add_node, new_material
from recording_layout import draw

from easel.panels.tiling import EASEL_PT_tiling
from easel.scene import live
from easel.scene.windows import repeated_overlay
from easel.scene.windows.repeated_overlay import count_on, repeated

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def obj(service: "Simulator") -> bpy.types.Object:
    """Return a cube; two of its faces show the image."""
    image = bpy.data.images.new("Wall", 16, 16)
    bpy.ops.mesh.primitive_cube_add()
    obj = bpy.context.object
    for name in ("Plain", "Wall"):
        obj.data.materials.append(new_material(name))
    add_node(bpy.data.materials["Wall"].node_tree, image)
    obj.data.polygons[0].material_index = obj.data.polygons[3].material_index = 1
    obj.active_material_index = 1
    return obj


def test_one_click_shows_it_and_the_same_click_ends_it(obj: bpy.types.Object) -> None:
    image = bpy.data.images["Wall"]
    bpy.ops.easel.repeat_on_object(image="Wall", count=3)
    assert count_on(obj, image) == 3
    shown = live.part(repeated_overlay._Shown)
    assert len(shown.corners) == len(shown.uvs) == 2 * 2 * 3, "two faces show it"
    area = SimpleNamespace(type="VIEW_3D")
    texts = draw(EASEL_PT_tiling, area=area).texts("prop")
    assert "Offset" in texts
    bpy.ops.easel.repeat_on_object(image="Wall", count=2)
    assert count_on(obj, image) == 2
    bpy.ops.easel.repeat_on_object(image="Wall", count=2)
    assert count_on(obj, image) == 0


def test_it_lies_as_often_as_asked_and_moved() -> None:
    uvs = np.array([[0, 0], [0.5, 1]], np.float32)
    assert repeated(uvs, 2, (0.25, 0.0)).tolist() == [[-0.25, 0], [0.75, 2]]


def test_what_can_not_be_shown_is_told(
    obj: bpy.types.Object, load_udim: Callable[..., bpy.types.Image]
) -> None:
    tiled = load_udim("png", "RGB")
    with pytest.raises(RuntimeError, match="UDIM"):
        bpy.ops.easel.repeat_on_object(image=tiled.name)
    obj.data.uv_layers.remove(obj.data.uv_layers[0])
    with pytest.raises(RuntimeError, match="no UV map"):
        bpy.ops.easel.repeat_on_object(image="Wall")
