# SPDX-License-Identifier: GPL-3.0-or-later
"""Marked images and collections stay on this computer, however they are requested."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from edits import Edit, reopen
from image_users import new_compositor, set_input
from secret_images import instanced_by_nodes, load_secret, picture_problem, refused, textured_cube

from easel.scene.listing.describe import describe, describe_file
from easel.scene.sources import never_upload
from easel.threads import lookout

if TYPE_CHECKING:
    from easel.simulator import Simulator


@pytest.fixture
def image(tmp_path: Path) -> bpy.types.Image:
    return load_secret(tmp_path)


def test_a_marked_image_is_refused_by_name_and_by_file(image: bpy.types.Image) -> None:
    path = Path(image.filepath)
    assert not refused(image)
    assert not refused(path)
    image.easel_never_upload = True
    assert refused(image)
    assert refused(path)
    assert "Never Upload" in describe(image).problem
    assert "Never Upload" in describe_file(path).problem


def test_a_marked_collections_textures_and_pictures_are_refused(image: bpy.types.Image) -> None:
    cube = textured_cube(image)
    collection = bpy.data.collections.new("Client")
    bpy.context.scene.collection.children.link(collection)
    inner = bpy.data.collections.new("Inner")
    collection.children.link(inner)
    inner.objects.link(cube)
    assert not refused(image)
    assert picture_problem() == ""

    collection.easel_never_upload = True
    assert refused(image)
    assert "Client" in picture_problem()
    for parent in cube.users_collection:
        parent.objects.unlink(cube)
    inner.objects.link(cube)
    cube.hide_viewport = True
    assert "Client" in picture_problem()  # a render still shows it
    bpy.context.view_layer.layer_collection.children["Client"].exclude = True
    assert picture_problem() == ""
    assert refused(image)


def test_an_instance_of_a_marked_collection_is_seen(image: bpy.types.Image) -> None:
    cube = textured_cube(image)
    asset = bpy.data.collections.new("Asset")
    for parent in cube.users_collection:
        parent.objects.unlink(cube)
    asset.objects.link(cube)
    asset.easel_never_upload = True
    assert picture_problem() == ""
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", asset
    bpy.context.scene.collection.objects.link(empty)
    bpy.context.view_layer.update()
    assert "Asset" in picture_problem()


def test_a_picture_of_a_marked_image_is_refused(image: bpy.types.Image) -> None:
    textured_cube(image)
    assert picture_problem() == ""
    image.easel_never_upload = True
    assert "Secret" in picture_problem()


def in_world(image: bpy.types.Image) -> None:
    scene = bpy.context.scene
    scene.world = world = bpy.data.worlds.new("Sky")
    if bpy.app.version < (5, 0):
        world.use_nodes = True
    world.node_tree.nodes.new("ShaderNodeTexEnvironment").image = image


def in_light(image: bpy.types.Image) -> None:
    light = bpy.data.lights.new("Lamp", "SPOT")
    if bpy.app.version < (5, 0):
        light.use_nodes = True
    light.node_tree.nodes.new("ShaderNodeTexImage").image = image
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Lamp", light))


def in_modifier_texture(image: bpy.types.Image) -> None:
    texture = bpy.data.textures.new("Bumps", "IMAGE")
    texture.image = image
    bpy.context.object.modifiers.new("Displace", "DISPLACE").texture = texture


def in_geometry_nodes(image: bpy.types.Image) -> None:
    group = bpy.data.node_groups.new("Geo", "GeometryNodeTree")
    material = textured_cube(image).active_material
    bpy.ops.object.delete()
    group.nodes.new("GeometryNodeSetMaterial").inputs["Material"].default_value = material
    bpy.ops.mesh.primitive_plane_add()
    bpy.context.object.modifiers.new("Nodes", "NODES").node_group = group


def in_compositor(image: bpy.types.Image) -> None:
    new_compositor(bpy.context.scene).nodes.new("CompositorNodeImage").image = image


SHOWERS = (in_world, in_light, in_modifier_texture, in_geometry_nodes, in_compositor)


@pytest.mark.parametrize("shower", SHOWERS, ids=lambda shower: shower.__name__)
def test_whatever_shows_a_marked_image_a_picture_is_refused(
    image: bpy.types.Image, shower: Callable[[bpy.types.Image], None]
) -> None:
    bpy.ops.mesh.primitive_cube_add()
    shower(image)
    assert not picture_problem()
    image.easel_never_upload = True
    assert "“Secret” is marked" in picture_problem()


def test_what_only_paints_with_a_marked_image_shows_nothing_of_it(image: bpy.types.Image) -> None:
    brush = bpy.data.brushes.new("Pen")
    texture = bpy.data.textures.new("Tip", "IMAGE")
    brush.texture, texture.image = texture, image
    bpy.context.scene.tool_settings.image_paint.canvas = image
    image.easel_never_upload = True
    assert not picture_problem()


def test_another_image_with_its_file_is_refused(image: bpy.types.Image) -> None:
    other = bpy.data.images.load(image.filepath, check_existing=False)
    assert not refused(other)
    image.easel_never_upload = True
    assert refused(other)


def test_a_link_to_its_folder_hides_no_mark(
    image: bpy.types.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "SLOW_S", 20.0)  # a busy machine may be slow
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path, target_is_directory=True)
    other = bpy.data.images.load(str(linked / "secret.png"), check_existing=False)
    assert not refused(other)
    image.easel_never_upload = True
    assert refused(other), "nobody has looked at the folders before"
    assert refused(linked / "secret.png")


def test_each_tile_and_frame_is_its_file(tmp_path: Path) -> None:
    for name in ("skin.1001.png", "skin.1002.png", "shot_0001.png", "shot_0002.png"):
        made = bpy.data.images.new(name, 8, 8)
        made.filepath_raw, made.file_format = str(tmp_path / name), "PNG"
        made.save()
        bpy.data.images.remove(made)
    tiled = bpy.data.images.load(str(tmp_path / "skin.1001.png"))
    tiled.source = "TILED"
    tiled.filepath = str(tmp_path / "skin.<UDIM>.png")
    frames = bpy.data.images.load(str(tmp_path / "shot_0001.png"))
    frames.source = "SEQUENCE"
    assert not refused(tmp_path / "skin.1002.png")
    assert not refused(tmp_path / "shot_0002.png")
    again = tiled.copy()
    assert not refused(again)
    tiled.easel_never_upload = frames.easel_never_upload = True
    assert refused(again), "it has the same tiles"
    assert refused(tmp_path / "skin.1002.png")
    assert refused(tmp_path / "shot_0002.png")


def test_the_mark_is_saved(image: bpy.types.Image, tmp_path: Path) -> None:
    image.easel_never_upload = True
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "marked.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "marked.blend"))
    assert refused(bpy.data.images["Secret"])


def by_boolean(obj: Any, secret: Any, collection: Any) -> None:
    obj.modifiers.new("Cut", "BOOLEAN").object = secret


def by_boolean_of_a_collection(obj: Any, secret: Any, collection: Any) -> None:
    modifier = obj.modifiers.new("Cut", "BOOLEAN")
    modifier.operand_type, modifier.collection = "COLLECTION", collection


def by_what_another_is_cut_with(obj: Any, secret: Any, collection: Any) -> None:
    other = bpy.data.objects.new("Between", secret.data)
    by_boolean(other, secret, collection)
    by_boolean(obj, other, collection)


def new_group() -> Any:
    group = bpy.data.node_groups.new("Geo", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    return group


def by_input(obj: Any, secret: Any, collection: Any) -> None:
    """Use it in an input of a modifier; the value is a custom property."""
    group, modifier = new_group(), obj.modifiers.new("Nodes", "NODES")
    wanted = [group.interface.new_socket("What", in_out="INPUT", socket_type=f"NodeSocket{kind}")
              for kind in ("Object", "Collection")]  # fmt: skip
    modifier.node_group = group
    set_input(modifier, wanted[0 if secret is not None else 1].identifier, secret or collection)


def by_input_of_a_collection(obj: Any, secret: Any, collection: Any) -> None:
    by_input(obj, None, collection)


def by_a_node_in_a_group(obj: Any, secret: Any, collection: Any) -> None:
    inner, outer = new_group(), new_group()
    inner.nodes.new("GeometryNodeObjectInfo").inputs["Object"].default_value = secret
    outer.nodes.new("GeometryNodeGroup").node_tree = inner
    obj.modifiers.new("Nodes", "NODES").node_group = outer


MAKERS = (by_boolean, by_boolean_of_a_collection, by_what_another_is_cut_with, by_input,
          by_input_of_a_collection, by_a_node_in_a_group)  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_an_object_that_is_made_with_what_is_marked_stays(maker: Callable[[Any, Any, Any], None]) -> None:
    collection = bpy.data.collections.new("Client")
    bpy.context.scene.collection.children.link(collection)
    mesh = bpy.data.meshes.new("Mesh")
    vase, secret, free = (bpy.data.objects.new(name, mesh) for name in ("Vase", "Secret", "Free"))
    for obj in (vase, free):
        bpy.context.scene.collection.objects.link(obj)
    collection.objects.link(secret)
    by_boolean(free, vase, None)
    maker(vase, secret, collection)
    assert not never_upload.refusal_of_object(vase)
    collection.easel_never_upload = True
    for obj in (vase, free):
        assert "“Secret” is in the collection Client" in never_upload.refusal_of_object(obj)
    vase.modifiers.clear()
    assert not never_upload.refusal_of_object(free)


def test_nothing_is_sent_of_a_marked_image(image: bpy.types.Image, service: "Simulator") -> None:
    image.easel_never_upload = True
    with pytest.raises(RuntimeError, match="Never Upload"):
        bpy.ops.easel.edit(prompt="Older", sources=[{"name": "Secret"}], wait=True)
    assert not [entry for entry in service.log if entry.method == "POST"]


def test_a_viewers_picture_is_refused_for_what_nodes_instance() -> None:
    collection = instanced_by_nodes()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.resolution_x, scene.render.resolution_y = 8, 8
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    bpy.ops.render.render()
    result = bpy.data.images["Render Result"]
    assert not never_upload.refusal(result)
    collection.easel_never_upload = True
    assert "The collection Client" in never_upload.refusal(result)


def test_a_picture_that_shows_a_marked_images_file_is_refused(image: bpy.types.Image) -> None:
    twin = bpy.data.images.load(image.filepath, check_existing=False)
    textured_cube(twin)
    assert not picture_problem()
    image.easel_never_upload = True
    assert f"“{twin.name}” is marked" in picture_problem()


def test_of_many_images_only_those_are_looked_at_that_may_be_the_same_file(
    image: bpy.types.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays cheap, because the pump asks every few seconds."""
    image.easel_never_upload = True
    for number in range(300):
        bpy.data.images.new(f"wall {number}", 1, 1).filepath = f"//walls/{number}.png"
    asked: list[bpy.types.Image] = []
    made_of = never_upload.made_of
    monkeypatch.setattr(never_upload, "made_of", lambda one: asked.append(one) or made_of(one))
    assert not never_upload.refusal(bpy.data.images["wall 7"], at_click=False)
    assert not never_upload.refusal_of_file(Path("/elsewhere/8.png"), at_click=False)
    assert 1 <= len(asked) < 5


def test_an_edit_of_what_was_marked_since_is_refused_at_any_depth(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    snow = edit(moss, "snow")
    assert not any(map(refused, (wood, moss, snow)))
    moss.easel_never_upload = True
    assert not refused(wood), "it has nothing of its edit"
    assert "“snow” was made from “moss”, which is marked Never Upload." in describe(snow).problem
    moss.easel_never_upload, wood.easel_never_upload = False, True
    bpy.data.images.remove(moss)
    reopen(tmp_path / "scene.blend")
    snow = bpy.data.images["snow"]
    assert "“snow” was made from “wood”, which is marked Never Upload." in describe(snow).problem
    assert refused(snow)
    assert refused(snow.copy())
    bpy.data.images["wood"].easel_never_upload = False
    assert not refused(snow)


def test_an_edits_file_is_refused_too(wood_node: bpy.types.Node, edit: Edit, saved_file: Path) -> None:
    wood = wood_node.image
    path = Path(bpy.path.abspath(edit(wood, "moss").filepath))
    assert not refused(path)
    wood.easel_never_upload = True
    assert refused(path)
    assert refused(bpy.data.images.load(str(path), check_existing=False))


def test_an_edit_is_refused_where_its_original_is_in_a_marked_collection(
    wood_node: bpy.types.Node, edit: Edit
) -> None:
    moss = edit(wood_node.image, "moss", kind="IMAGE")
    assert not refused(moss)
    collection = bpy.data.collections.new("Client")
    collection.objects.link(bpy.context.object)
    collection.easel_never_upload = True
    told = "“moss” was made from “wood”, which is used in the collection Client. That is marked Never Upload."
    assert never_upload.refusal(moss) == told


def test_a_picture_that_shows_an_edit_of_a_marked_image_is_refused(
    wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood = wood_node.image
    edit(wood, "moss")
    assert not picture_problem()
    wood.easel_never_upload = True
    assert "“moss” was made from “wood”" in picture_problem()


def test_what_has_only_taken_its_place_may_leave(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    tree = wood_node.id_data
    tree.links.new(wood_node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    copper = edit(None, "copper")
    rust = edit(copper, "rust")
    wood.easel_never_upload = True
    assert not any(map(refused, (copper, rust)))
    copper.easel_never_upload = True
    assert refused(rust)


def test_broken_histories_end_the_walk_and_hide_no_mark(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    snow = edit(moss, "snow")
    wood.easel_original = snow
    moss.easel_original = moss
    snow.easel_edit.ancestors.clear()
    assert not any(map(refused, (wood, moss, snow)))
    wood.easel_never_upload = True
    assert all(map(refused, (wood, moss, snow)))
