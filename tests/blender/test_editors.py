# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel in the Image Editor and the Shader Editor, and the menu entries that lead to it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from PIL import Image
from recording_layout import RecordingLayout, draw

from easel.jobs.targets import PlacementKind
from easel.operators import menus
from easel.panels.image_editor import EASEL_PT_image_editor
from easel.panels.shader_editor import EASEL_PT_shader_editor
from easel.scene.placement.plan import plan_placement
from easel.scene.session import pump

if TYPE_CHECKING:
    from easel.simulator import Simulator

Show = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def picture(default_file: None, tmp_path: Path) -> bpy.types.Image:
    """Return an image that no node uses yet."""
    path = tmp_path / "wood.png"
    Image.effect_noise((32, 16), 50).convert("RGB").save(path)
    return bpy.data.images.load(str(path))


@pytest.fixture
def material(default_file: None) -> bpy.types.Material:
    """Return the cube's material."""
    material = bpy.data.objects["Cube"].active_material
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    return material


@pytest.fixture
def node(material: bpy.types.Material, picture: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    """Return the active node of the cube's material; it shows the picture."""
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = picture
    material.node_tree.nodes.active = node
    return node


@pytest.fixture
def in_image_editor(picture: bpy.types.Image, in_editor: Callable) -> Iterator[None]:
    """Open the picture in an Image Editor, and put the mouse there."""
    with in_editor("IMAGE_EDITOR"):
        bpy.context.space_data.image = picture
        yield


@pytest.fixture
def in_shader_editor(node: bpy.types.Node, in_editor: Callable) -> Iterator[None]:
    """Open the cube's material in a Shader Editor, and put the mouse there."""
    with in_editor("ShaderNodeTree"):
        space = bpy.context.space_data
        space.pin = True
        space.path.start(node.id_data)
        space.node_tree = node.id_data
        yield
        space.path.clear()


# -- what is drawn --------------------------------------------------------------------------------------


def test_the_image_editor_edits_the_open_image(in_image_editor: None, picture: bpy.types.Image) -> None:
    form = bpy.context.scene.easel
    form.mode = "EDIT"
    form.edit_prompt = "Older"
    bpy.context.window_manager.easel.obstacle = "NONE"
    drawn = draw(EASEL_PT_image_editor, space_data=bpy.context.space_data)
    assert "wood.png" in drawn.texts("label")
    assert "editor_placement" in drawn.names("prop")
    assert "placement" not in drawn.names("prop")
    assert not drawn.names("list")
    button = drawn.find("easel.edit")
    assert button.enabled
    assert button.options.in_editor
    assert button.text.startswith("Edit · ")


def test_an_empty_image_editor_says_what_to_do(in_image_editor: None) -> None:
    bpy.context.space_data.image = None
    bpy.context.scene.easel.mode = "EDIT"
    drawn = draw(EASEL_PT_image_editor, width=600, space_data=bpy.context.space_data)
    assert "Open an image here to edit it" in drawn.texts("label")
    assert "easel.edit" not in drawn.names("operator")


def test_the_shader_editor_offers_a_new_texture(in_shader_editor: None) -> None:
    form = bpy.context.scene.easel
    form.prompt = "Moss"
    bpy.context.window_manager.easel.obstacle = "NONE"
    drawn = draw(EASEL_PT_shader_editor, space_data=bpy.context.space_data)
    button = drawn.find("easel.generate")
    assert button.text.startswith("New Texture · ")
    assert button.options.placement == "NODE"
    assert button.enabled
    assert "placement" not in drawn.names("prop")


def test_the_shader_editor_edits_the_active_node(in_shader_editor: None, node: bpy.types.Node) -> None:
    bpy.context.scene.easel.mode = "EDIT"
    assert "wood.png" in draw(EASEL_PT_shader_editor, space_data=bpy.context.space_data).texts("label")
    node.id_data.nodes.active = None
    drawn = draw(EASEL_PT_shader_editor, space_data=bpy.context.space_data)
    assert "easel.edit" not in drawn.names("operator")


def test_a_shader_editor_without_a_material_says_so(in_editor: Callable) -> None:
    with in_editor("ShaderNodeTree"):
        bpy.context.space_data.pin = True
        drawn = draw(EASEL_PT_shader_editor, width=600, space_data=bpy.context.space_data)
    assert "There is no material: add one first" in drawn.texts("label")
    assert not drawn.find("easel.generate").enabled


# -- what is planned and placed ---------------------------------------------------------------------------


def test_the_result_opens_in_the_editor(
    service: "Simulator", in_image_editor: None, picture: bpy.types.Image
) -> None:
    bpy.context.scene.easel.editor_placement = "IMAGE"
    assert bpy.ops.easel.edit(prompt="older", in_editor=True, wait=True) == {"FINISHED"}
    shown = bpy.context.space_data.image
    assert shown != picture
    assert shown.name == "older"
    assert picture.name in bpy.data.images


def test_an_editor_that_went_on_to_another_image_is_left_alone(
    service: "Simulator", in_image_editor: None
) -> None:
    other = bpy.data.images.new("Other", 4, 4)
    bpy.ops.easel.edit(prompt="older", in_editor=True)
    bpy.context.space_data.image = other
    pump.run_until_settled(bpy.context.window_manager.easel.jobs[0].name)
    assert bpy.context.space_data.image == other
    assert "older" in bpy.data.images


def test_an_image_that_is_being_painted_stays(
    service: "Simulator", in_image_editor: None, picture: bpy.types.Image
) -> None:
    bpy.ops.easel.edit(prompt="older", in_editor=True)
    bpy.context.space_data.ui_mode = "PAINT"
    pump.run_until_settled(bpy.context.window_manager.easel.jobs[0].name)
    assert bpy.context.space_data.image == picture
    bpy.context.space_data.ui_mode = "VIEW"


def test_the_open_image_is_replaced_in_its_nodes(
    service: "Simulator", node: bpy.types.ShaderNodeTexImage, in_image_editor: None
) -> None:
    assert bpy.ops.easel.edit(prompt="older", in_editor=True, placement="TEXTURE", wait=True) == {"FINISHED"}
    assert node.image.name == "older"
    assert bpy.context.space_data.image == node.image


def test_an_image_without_nodes_can_not_be_replaced_in_them(
    service: "Simulator", in_image_editor: None
) -> None:
    with pytest.raises(RuntimeError, match=r"No material uses “wood\.png”"):
        bpy.ops.easel.edit(prompt="older", in_editor=True, placement="TEXTURE")
    assert not service.tasks


@pytest.mark.parametrize(("scope", "others"), [("NODE", "wood.png"), ("MATERIAL", "older")])
def test_the_active_node_gets_its_edit_and_others_by_choice(
    scope: str, others: str, service: "Simulator", node: bpy.types.ShaderNodeTexImage, in_shader_editor: None
) -> None:
    tree = node.id_data
    twin = tree.nodes.new("ShaderNodeTexImage")
    twin.image = node.image
    tree.nodes.active = node
    elsewhere = bpy.data.materials.new("Elsewhere")
    if bpy.app.version < (5, 0):
        elsewhere.use_nodes = True
    stranger = elsewhere.node_tree.nodes.new("ShaderNodeTexImage")
    stranger.image = node.image
    bpy.ops.easel.edit(prompt="older", in_editor=True, placement="TEXTURE", scope=scope, wait=True)
    assert node.image.name == "older"
    assert twin.image.name == others
    assert stranger.image.name == "wood.png"


def test_a_new_texture_becomes_a_node(
    service: "Simulator", material: bpy.types.Material, in_shader_editor: None
) -> None:
    before = set(material.node_tree.nodes.keys())
    plan = plan_placement(bpy.context, PlacementKind.NODE)
    assert bpy.ops.easel.generate(prompt="moss", placement="NODE", wait=True) == {"FINISHED"}
    (name,) = set(material.node_tree.nodes.keys()) - before
    made = material.node_tree.nodes[name]
    assert made.image.name == "moss"
    assert tuple(made.location) == pytest.approx(plan.target.location)
    assert not made.outputs["Color"].links
    assert not made.select


def test_a_new_texture_waits_where_its_material_is_gone(
    service: "Simulator", material: bpy.types.Material, in_shader_editor: None
) -> None:
    bpy.ops.easel.generate(prompt="moss", placement="NODE")
    # An editor that was never drawn keeps its pointer to a removed tree.
    bpy.context.space_data.path.clear()
    bpy.data.materials.remove(material)
    (row,) = bpy.context.window_manager.easel.jobs
    pump.run_until_settled(row.name)
    assert (row.state, row.is_placed) == ("DONE", False)
    assert "is gone" in row.placement_text


# -- jobs that are placed by hand -----------------------------------------------------------------------


@pytest.mark.parametrize("is_empty", [False, True])
def test_a_job_that_is_placed_in_an_image_editor_opens_there(
    is_empty: bool, service: "Simulator", in_image_editor: None
) -> None:
    bpy.ops.easel.generate(prompt="moss", placement="IMAGE", wait=True)
    (moss,) = (image for image in bpy.data.images if image.name == "moss")
    bpy.context.space_data.image = None if is_empty else bpy.data.images.new("stone", 8, 8)
    (row,) = bpy.context.window_manager.easel.jobs
    assert bpy.ops.easel.place(job_id=row.name, kind="IMAGE") == {"FINISHED"}
    assert bpy.context.space_data.image == moss


def test_a_job_that_is_placed_in_a_shader_editor_may_become_a_node(
    service: "Simulator", material: bpy.types.Material, in_shader_editor: None
) -> None:
    bpy.ops.easel.generate(prompt="moss", placement="IMAGE", wait=True)
    before = set(material.node_tree.nodes.keys())
    (row,) = bpy.context.window_manager.easel.jobs
    assert bpy.ops.easel.place(job_id=row.name, kind="NODE") == {"FINISHED"}
    (name,) = set(material.node_tree.nodes.keys()) - before
    assert material.node_tree.nodes[name].image.name.startswith("moss")


# -- menus --------------------------------------------------------------------------------------------------


def entries(draw_entry: Callable, **context: object) -> list[int]:
    """Return the session UIDs of the images that a menu's entries are about."""
    layout = RecordingLayout()
    draw_entry(SimpleNamespace(layout=layout), SimpleNamespace(**context))
    return [item.options.session_uid for item in layout.items if item.name == "easel.edit_image"]


def test_the_entries_are_about_the_image_that_is_there(
    in_shader_editor: None, node: bpy.types.ShaderNodeTexImage, picture: bpy.types.Image
) -> None:
    uid = picture.session_uid
    assert entries(menus.draw_in_node_menu, space_data=bpy.context.space_data) == [uid]
    field = {"button_pointer": node, "button_prop": node.bl_rna.properties["image"]}
    assert entries(menus.draw_in_field_menu, **field) == [uid]
    field["button_prop"] = node.bl_rna.properties["name"]
    assert entries(menus.draw_in_field_menu, **field) == []
    assert entries(menus.draw_in_field_menu) == []
    node.id_data.nodes.active = None
    assert entries(menus.draw_in_node_menu, space_data=bpy.context.space_data) == []


def test_the_image_menu_leads_to_the_form(in_image_editor: None, picture: bpy.types.Image) -> None:
    assert entries(menus.draw_in_image_menu, space_data=bpy.context.space_data) == [picture.session_uid]
    bpy.ops.easel.edit_image(session_uid=picture.session_uid)
    form = bpy.context.scene.easel
    assert form.mode == "EDIT"
    assert form.sources[0].image == picture
    assert bpy.context.space_data.show_region_ui


def test_the_menus_are_blenders_own_again_when_easel_is_off(extension: object) -> None:
    added = {name: getattr(bpy.types, name)._dyn_ui_initialize() for name in menus.MENUS}
    assert all(draw_entry in added[name] for name, draw_entry in menus.MENUS.items())
    menus.unregister()
    assert not any(draw_entry in added[name] for name, draw_entry in menus.MENUS.items())
    menus.register()
