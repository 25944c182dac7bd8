# SPDX-License-Identifier: GPL-3.0-or-later
"""The selected faces as a mask: which objects, which UV map and which tiles count."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
import tiled
from numpy.typing import NDArray
from PIL import Image
from placing import add_image_node, add_material, add_mesh, select_faces

from easel.imaging.mask_making import area_of_shapes
from easel.scene.errors import SourceUnusable
from easel.scene.masks.masks import mask_problem, mask_text, packed_points, plan_mask

if TYPE_CHECKING:
    from easel.simulator import Simulator

SIDE = 64
Corners = Sequence[tuple[float, float]]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


def quad(name: str, *maps: Corners) -> bpy.types.Object:
    """Add a selected face with these UV maps: the first is active, renders use the last."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    for number, corners in enumerate(maps):
        layer = mesh.uv_layers.new(name=f"Map {number}")
        layer.uv.foreach_set("vector", np.array(corners, np.float32).ravel())
    mesh.uv_layers.active_index = 0
    mesh.uv_layers[-1].active_render = True
    for elements in (mesh.vertices, mesh.edges, mesh.polygons):
        elements.foreach_set("select", [True] * len(elements))
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    return obj


def rectangle(left: float, bottom: float, right: float, top: float) -> Corners:
    return ((left, bottom), (right, bottom), (right, top), (left, top))


def area(*boxes: Box) -> NDArray[np.bool_]:
    found = np.zeros((SIDE, SIDE), np.bool_)
    for left, top, right, bottom in boxes:
        found[top:bottom, left:right] = True
    return found


def masked(image: bpy.types.Image | None) -> NDArray[np.bool_]:
    """Return where the form's mask lets an image of 64 pixels change."""
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.bleed, mask.feather = "FACES", 0, 0
    shapes = plan_mask(bpy.context, mask, image).shapes
    assert shapes is not None
    return area_of_shapes(shapes, (SIDE, SIDE), 0) > 0


LOW, HIGH = rectangle(0, 0, 0.25, 0.25), rectangle(0.75, 0.75, 1, 1)
LOW_AREA, HIGH_AREA = area((0, 48, 16, 64)), area((48, 0, 64, 16))


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_the_uv_map_is_the_one_that_the_image_is_shown_by(mode: str) -> None:
    image = bpy.data.images.new("wall", SIDE, SIDE)
    obj = quad("Wall", LOW, HIGH)
    if mode == "EDIT":
        bpy.ops.object.mode_set(mode="EDIT")
    np.testing.assert_array_equal(masked(image), LOW_AREA, "nothing shows it: the active map")
    material = add_material(obj)
    node = add_image_node(material, image)
    np.testing.assert_array_equal(masked(image), HIGH_AREA, "the renders' map")
    tree = material.node_tree
    chosen, moved = tree.nodes.new("ShaderNodeUVMap"), tree.nodes.new("ShaderNodeMapping")
    chosen.uv_map = "Map 0"
    tree.links.new(chosen.outputs[0], moved.inputs["Vector"])
    tree.links.new(moved.outputs[0], node.inputs["Vector"])
    np.testing.assert_array_equal(masked(image), LOW_AREA, "the node's map")
    chosen.uv_map = ""
    np.testing.assert_array_equal(masked(image), HIGH_AREA)
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(coordinates.outputs["UV"], moved.inputs["Vector"])
    np.testing.assert_array_equal(masked(image), HIGH_AREA)
    tree.links.new(coordinates.outputs["Generated"], moved.inputs["Vector"])
    np.testing.assert_array_equal(masked(image), LOW_AREA, "no UVs: the active map")
    if mode == "EDIT":
        bpy.ops.object.mode_set(mode="OBJECT")


def test_a_circle_of_nodes_ends_nowhere() -> None:
    """Blender allows a circle, and draws it red. If Easel followed it for ever, the test would time out."""
    image = bpy.data.images.new("wall", SIDE, SIDE)
    material = add_material(quad("Wall", LOW, HIGH))
    node, tree = add_image_node(material, image), material.node_tree
    moved, passed = tree.nodes.new("ShaderNodeMapping"), tree.nodes.new("NodeReroute")
    tree.links.new(moved.outputs[0], node.inputs["Vector"])
    tree.links.new(moved.outputs[0], passed.inputs[0])
    tree.links.new(passed.outputs[0], moved.inputs["Vector"])
    for _look in range(2):  # at once, and again after Blender has checked the links
        assert masked(image).any()
        bpy.context.view_layer.update()


def test_a_muted_link_is_none() -> None:
    image = bpy.data.images.new("wall", SIDE, SIDE)
    material = add_material(quad("Wall", LOW, HIGH))
    node, tree = add_image_node(material, image), material.node_tree
    chosen = tree.nodes.new("ShaderNodeUVMap")
    chosen.uv_map = "Map 0"
    link = tree.links.new(chosen.outputs[0], node.inputs["Vector"])
    np.testing.assert_array_equal(masked(image), LOW_AREA)
    link.is_muted = True
    np.testing.assert_array_equal(masked(image), HIGH_AREA, "the renders' map")


def test_all_objects_that_are_in_edit_mode_are_meant() -> None:
    image = bpy.data.images.new("wall", SIDE, SIDE)
    first, second = quad("First", LOW), quad("Second", HIGH)
    bpy.ops.object.mode_set(mode="EDIT")
    mask = bpy.context.scene.easel.mask
    np.testing.assert_array_equal(masked(image), LOW_AREA | HIGH_AREA)
    assert mask_text(bpy.context, mask, image) == "May change: 2 faces of 2 objects"
    bpy.ops.object.mode_set(mode="OBJECT")
    for elements in (second.data.vertices, second.data.edges, second.data.polygons):
        elements.foreach_set("select", [False] * len(elements))
    bpy.ops.object.mode_set(mode="EDIT")
    assert bpy.context.object == second
    np.testing.assert_array_equal(masked(image), LOW_AREA)
    assert mask_text(bpy.context, mask, image) == f"May change: 1 face of {first.name}"
    bpy.ops.object.mode_set(mode="OBJECT")


def showing(obj: bpy.types.Object, image: bpy.types.Image, uv_map: str = "Map 0") -> None:
    """Add a material that shows an image by a UV map."""
    material = add_material(obj)
    node, tree = add_image_node(material, image), material.node_tree
    chosen = tree.nodes.new("ShaderNodeUVMap")
    chosen.uv_map = uv_map
    tree.links.new(chosen.outputs[0], node.inputs["Vector"])


def test_objects_that_do_not_show_the_image_are_not_meant() -> None:
    image, other = (bpy.data.images.new(name, SIDE, SIDE) for name in ("wall", "floor"))
    first, second = quad("First", LOW), quad("Second", HIGH)
    showing(first, image)
    showing(second, other)
    bpy.ops.object.mode_set(mode="EDIT")
    mask = bpy.context.scene.easel.mask
    np.testing.assert_array_equal(masked(image), LOW_AREA)
    assert mask_text(bpy.context, mask, image) == f"May change: 1 face of {first.name}"
    np.testing.assert_array_equal(masked(other), HIGH_AREA)
    np.testing.assert_array_equal(masked(None), LOW_AREA | HIGH_AREA, "a file: no object tells")
    bpy.ops.object.mode_set(mode="OBJECT")
    first.data.polygons[0].select = False
    np.testing.assert_array_equal(masked(image), HIGH_AREA, "the active object is meant, whatever it shows")
    for elements in (first.data.vertices, first.data.edges):
        elements.foreach_set("select", [False] * len(elements))
    bpy.ops.object.mode_set(mode="EDIT")
    assert mask_problem(bpy.context, mask, image) == f"No face of {first.name} is selected"
    bpy.ops.object.mode_set(mode="OBJECT")


def test_an_image_in_a_node_group_is_shown() -> None:
    image, other = (bpy.data.images.new(name, SIDE, SIDE) for name in ("wall", "floor"))
    first, second = quad("First", LOW), quad("Second", HIGH)
    tree = add_material(first).node_tree
    group = bpy.data.node_groups.new("Paint", "ShaderNodeTree")
    group.nodes.new("ShaderNodeTexImage").image = image
    for _use in range(2):
        tree.nodes.new("ShaderNodeGroup").node_tree = group
    showing(second, other)
    bpy.ops.object.mode_set(mode="EDIT")
    np.testing.assert_array_equal(masked(image), LOW_AREA)
    np.testing.assert_array_equal(masked(other), HIGH_AREA)
    bpy.ops.object.mode_set(mode="OBJECT")


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_faces_of_materials_that_do_not_show_the_image_are_not_meant(mode: str) -> None:
    image, other = (bpy.data.images.new(name, SIDE, SIDE) for name in ("wall", "floor"))
    obj = add_mesh("Wall", faces=3)
    middle = rectangle(0.25, 0.5, 0.5, 0.75)
    for name, corners in (("Map 0", [*LOW, *middle, *HIGH]), ("Map 1", [*HIGH, *middle, *LOW])):
        obj.data.uv_layers.new(name=name).uv.foreach_set("vector", np.array(corners, np.float32).ravel())
    showing(obj, image)
    showing(obj, other)
    showing(obj, image, "Map 1")
    obj.data.polygons.foreach_set("material_index", [0, 1, 2])
    bpy.context.tool_settings.mesh_select_mode = (False, False, True)
    mask = bpy.context.scene.easel.mask
    select_faces(obj, [0, 1])
    bpy.ops.object.mode_set(mode=mode)
    np.testing.assert_array_equal(masked(image), LOW_AREA)
    np.testing.assert_array_equal(masked(other), area((16, 16, 32, 32)))
    assert mask_text(bpy.context, mask, image) == "May change: the selected faces that show wall"
    select_faces(obj, [2])
    bpy.ops.object.mode_set(mode=mode)
    np.testing.assert_array_equal(masked(image), LOW_AREA, "by the map of its own material")
    select_faces(obj, [1])
    bpy.ops.object.mode_set(mode=mode)
    with pytest.raises(SourceUnusable, match="No selected face shows wall: select some that do"):
        masked(image)
    bpy.ops.object.mode_set(mode="OBJECT")


def test_faces_beyond_the_image_repeat() -> None:
    quad("Wall", rectangle(2.75, -1.75, 3.25, -1.5))
    np.testing.assert_array_equal(masked(None), area((48, 32, 64, 48), (0, 32, 16, 48)))


# -- UDIM tiles ---------------------------------------------------------------------------------------


def changed(result: bpy.types.Image, number: int) -> NDArray[np.bool_]:
    return (tiled.shown(result, number) != tiled.picture(number)).any(-1)


@pytest.mark.parametrize("kind", ["FACES", "AREA"])
def test_what_lies_on_two_tiles_is_on_both(
    service: "Simulator", load_udim: Callable[..., bpy.types.Image], kind: str
) -> None:
    image = load_udim()
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.bleed, mask.feather = kind, 0, 0
    corners = rectangle(0.5, 0.25, 1.25, 0.75)
    quad("Skin", corners)
    drawn = mask.areas.add()
    drawn.image, drawn.points = image, packed_points(tuple(corners))
    result = tiled.edit(image, "1001,1002")
    for number, part in ((1001, area((32, 16, 64, 48))), (1002, area((0, 16, 16, 48)))):
        assert not changed(result, number)[~part].any()
        assert changed(result, number)[part].mean() > 0.9
    assert not changed(result, 1011).any()


def test_a_tile_without_a_selected_face_is_refused(
    service: "Simulator", load_udim: Callable[..., bpy.types.Image]
) -> None:
    quad("Skin", rectangle(0, 0, 1.00001, 1))
    bpy.context.scene.easel.mask.kind = "FACES"
    with pytest.raises(RuntimeError, match="No selected face is on tile 1002: untick it"):
        tiled.edit(load_udim(), "1001,1002")
    assert not service.log


@pytest.mark.parametrize(
    ("kind", "text"),
    [("FACES", "No selected face is on tile 1002"), ("AREA", "Nothing is drawn on tile 1002")],
)
def test_what_passes_by_a_tile_is_refused_before_anything_is_sent(
    service: "Simulator", load_udim: Callable[..., bpy.types.Image], kind: str, text: str
) -> None:
    image = load_udim()
    corners = ((0.6, 0.6), (1.2, 1.5), (0.6, 0.9), (0.6, 0.75))  # at u = 1 it is already above v = 1
    quad("Skin", corners)
    mask = bpy.context.scene.easel.mask
    mask.kind = kind
    drawn = mask.areas.add()
    drawn.image, drawn.points = image, packed_points(corners)
    with pytest.raises(RuntimeError, match=text):
        tiled.edit(image, "1001,1002")
    assert not service.log


def test_a_mask_image_with_tiles_goes_by_the_tile_that_is_edited(
    service: "Simulator", load_udim: Callable[..., bpy.types.Image], tmp_path: Path
) -> None:
    image = load_udim()
    halves = {1001: area((0, 0, 32, 64)), 1002: area((32, 0, 64, 64))}
    shape = tiled.load_tiled(tmp_path / "mask")
    for number, half in halves.items():
        Image.fromarray(half.astype(np.uint8) * 255).save(tmp_path / "mask" / f"skin.{number}.png")
    mask = bpy.context.scene.easel.mask
    mask.kind, mask.image, mask.bleed, mask.feather = "IMAGE", shape, 0, 0
    result = tiled.edit(image, "1001,1002")
    for number, half in halves.items():
        assert not changed(result, number)[~half].any()
        assert changed(result, number)[half].mean() > 0.9
