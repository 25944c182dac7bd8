# SPDX-License-Identifier: GPL-3.0-or-later
"""“Everywhere” means all users of an image, for placing an edit, reverting, comparing and choosing."""

from pathlib import Path

import bpy
import image_users
import pytest
from edits import Edit, reopen
from image_users import shown

from easel.jobs.targets import EditScope, PlacementKind
from easel.scene.errors import PlacementImpossible
from easel.scene.history import versions
from easel.scene.placement.plan import plan_placement


def everything(name: str) -> dict[str, str]:
    return dict.fromkeys(shown(), name)


@pytest.fixture
def wood(wood_node: bpy.types.Node) -> bpy.types.Image:
    """Return an image that one user of each kind shows."""
    image_users.add_users(wood_node.image)
    assert shown() == everything("wood")
    return wood_node.image


def test_all_that_shows_an_image_shows_its_edit(wood: bpy.types.Image, edit: Edit, tmp_path: Path) -> None:
    edit(wood, "moss", scope=EditScope.EVERYWHERE)
    assert shown() == everything("moss")
    reopen(tmp_path / "scene.blend")
    assert shown() == everything("moss")


def test_narrower_scopes_leave_all_but_the_material(wood: bpy.types.Image, edit: Edit) -> None:
    for scope in (EditScope.NODE, EditScope.MATERIAL):
        moss = edit(wood, "moss", scope=scope)
        assert shown() == everything("wood") | {"material": moss.name}
        bpy.ops.easel.revert_to_original()


def test_reverting_comparing_and_choosing_change_all(
    wood: bpy.types.Image, edit: Edit, tmp_path: Path
) -> None:
    edit(wood, "moss", scope=EditScope.EVERYWHERE)
    bpy.ops.easel.revert_to_original()
    assert shown() == everything("wood")
    bpy.ops.easel.step_version(direction="NEXT")
    assert shown() == everything("moss")
    bpy.ops.easel.compare_versions()
    assert shown() == everything("wood")
    reopen(tmp_path / "scene.blend")
    assert shown() == everything("wood")
    bpy.ops.easel.compare_versions()
    assert shown() == everything("moss")
    reopen(tmp_path / "scene.blend")
    bpy.ops.easel.revert_to_original()
    assert shown() == everything("wood")


def test_a_comparison_gives_back_only_what_it_took(wood: bpy.types.Image, edit: Edit) -> None:
    moss = edit(wood, "moss", scope=EditScope.EVERYWHERE)
    camera, empty = bpy.data.cameras["Shot"], bpy.data.objects["Empty"]
    image_users.set_modifier_input(wood)  # it always showed the original
    bpy.ops.easel.compare_versions()
    camera.background_images[0].image = mine = bpy.data.images.new("mine", 4, 4)
    bpy.ops.easel.compare_versions()
    assert shown() == everything("moss") | {"camera": "mine", "modifier": "wood"}
    assert camera.background_images[0].image == mine
    notes = [*camera.easel_compared_uses, *empty.easel_compared_uses]
    assert not notes, "none is left behind"
    assert moss.easel_edit.compared_with is None


def test_an_edit_that_comes_while_comparing_goes_to_all(wood: bpy.types.Image, edit: Edit) -> None:
    moss = edit(wood, "moss", scope=EditScope.EVERYWHERE)
    edit(moss, "snow", scope=EditScope.EVERYWHERE, meanwhile=lambda: bpy.ops.easel.compare_versions())
    assert shown() == everything("snow")
    assert moss.easel_edit.compared_with is None


@pytest.mark.parametrize("kind", ["world", "empty", "camera", "texture", "modifier"])
def test_an_image_that_no_material_uses_is_replaced_where_it_is(
    kind: str, wood: bpy.types.Image, edit: Edit
) -> None:
    other = bpy.data.images.new("other", 4, 4)
    for use in versions.find_shown(wood).uses:
        use.image = other
    match kind:
        case "world":
            nodes = bpy.data.worlds["Sky"].node_tree.nodes
            next(node for node in nodes if node.type == "TEX_ENVIRONMENT").image = wood
        case "empty":
            bpy.data.objects["Empty"].data = wood
        case "camera":
            bpy.data.cameras["Shot"].background_images[0].image = wood
        case "texture":
            bpy.data.textures["Brush"].image = wood
        case _:
            image_users.set_modifier_input(wood)
    bpy.ops.object.select_all(action="DESELECT")
    plan = plan_placement(bpy.context, PlacementKind.TEXTURE, image=wood, scope=EditScope.EVERYWHERE)
    assert plan.target.nodes == plan.target.objects == ()
    edit(wood, "moss", scope=EditScope.EVERYWHERE)
    assert shown() == everything("other") | {kind: "moss"}


def test_what_is_linked_is_left_and_said(wood: bpy.types.Image, edit: Edit, tmp_path: Path) -> None:
    edit(wood, "moss", scope=EditScope.EVERYWHERE)
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.worlds, wanted.objects, wanted.images = ["Sky"], ["Empty"], ["moss"]
    moss = wanted.images[0]
    empty = bpy.data.objects.new("Mine", None)
    empty.empty_display_type = "IMAGE"
    empty.data = moss
    for obj in (empty, wanted.objects[0]):
        bpy.context.scene.collection.objects.link(obj)
    text = versions.show_version(moss, moss.easel_original)
    assert empty.data.name == "wood"
    assert wanted.objects[0].data == moss
    assert text == (
        "“wood” is shown in 1 empty. Empty, Sky are linked or library overrides, and still show “moss”"
    )


@pytest.mark.parametrize("name", ["Empty", "Shot"])
def test_the_active_object_s_image_is_at_hand(name: str, wood: bpy.types.Image, edit: Edit) -> None:
    moss = edit(wood, "moss", scope=EditScope.EVERYWHERE)
    bpy.context.view_layer.objects.active = bpy.data.objects[name]
    assert versions.image_at_hand(bpy.context) == moss


def test_undo_takes_it_all_back(default_file: None, wood: bpy.types.Image, edit: Edit) -> None:
    edit(wood, "moss", scope=EditScope.EVERYWHERE)
    bpy.ops.ed.undo_push(message="Placed")
    bpy.ops.easel.compare_versions()
    bpy.ops.ed.undo_push(message="Compared")
    bpy.ops.ed.undo()
    assert shown() == everything("moss")
    assert not len(bpy.data.cameras["Shot"].easel_compared_uses)
    bpy.ops.ed.redo()
    assert shown() == everything("wood")
    bpy.ops.easel.compare_versions()
    assert shown() == everything("moss")


@pytest.mark.parametrize("scope", [EditScope.NODE, EditScope.MATERIAL])
def test_an_edit_of_what_no_material_shows_goes_back_where_it_is_shown(
    wood: bpy.types.Image, wood_node: bpy.types.Node, edit: Edit, scope: EditScope
) -> None:
    wood_node.image = bpy.data.images.new("mine", 4, 4)
    bpy.data.objects["Thing"].select_set(True)
    edit(wood, "moss", scope=scope)
    assert shown() == everything("moss") | {"material": "mine"}


def test_a_selection_that_does_not_show_the_image_is_refused(wood_node: bpy.types.Node) -> None:
    other = bpy.data.objects.new("Other", bpy.data.meshes.new("Other"))
    bpy.context.scene.collection.objects.link(other)
    bpy.ops.object.select_all(action="DESELECT")
    other.select_set(True)
    bpy.context.view_layer.objects.active = other
    with pytest.raises(PlacementImpossible, match="Select one that does, or choose Everywhere"):
        plan_placement(bpy.context, PlacementKind.TEXTURE, image=wood_node.image)
    everywhere = plan_placement(
        bpy.context, PlacementKind.TEXTURE, image=wood_node.image, scope=EditScope.EVERYWHERE
    )
    assert [node.node for node in everywhere.target.nodes] == [wood_node.name]
