# SPDX-License-Identifier: GPL-3.0-or-later
"""Reverting, comparing and choosing versions: what the operators do, and what the panels draw."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
from edits import Edit, add_node, in_area, mat_node, new_material, reopen
from recording_layout import RecordingLayout, draw

from easel.operators import menus
from easel.panels import history
from easel.scene.history import lineage, versions
from easel.scene.painting import clone_source
from easel.scene.session import pump

COMPARE = "easel.compare_versions"


def drawn() -> RecordingLayout:
    return draw(history.EASEL_PT_view_history, width=600)


def poll() -> bool:
    return history.EASEL_PT_view_history.poll(bpy.context)


# -- reverting ------------------------------------------------------------------------------------------


def test_reverting_shows_the_original_everywhere_and_keeps_the_edit(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    group = bpy.data.node_groups.new("Group", "ShaderNodeTree")
    other, inner = add_node(new_material("Other").node_tree, moss), add_node(group, moss)
    bpy.data.materials["Other"].use_fake_user = group.use_fake_user = True
    assert bpy.ops.easel.revert_to_original() == {"FINISHED"}
    assert wood_node.image == other.image == inner.image == wood
    reopen(tmp_path / "scene.blend")
    assert mat_node().image.name == "wood"
    assert "moss" in bpy.data.images, "it was paid for"


def test_reverting_a_chain_goes_to_its_beginning_and_steps_go_one_by_one(
    wood_node: bpy.types.Node, edit: Edit
) -> None:
    edit(edit(wood_node.image, "moss"), "snow")
    bpy.ops.easel.step_version(direction="PREVIOUS")
    assert wood_node.image.name == "moss"
    bpy.ops.easel.step_version(direction="NEXT")
    assert wood_node.image.name == "snow"
    with pytest.raises(RuntimeError, match="newest version"):
        bpy.ops.easel.step_version(direction="NEXT")
    bpy.ops.easel.revert_to_original()
    assert wood_node.image.name == "wood"
    with pytest.raises(RuntimeError, match="not an edit of another image"):
        bpy.ops.easel.revert_to_original()


def test_reverting_changes_no_colour_space(wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    moss.colorspace_settings.name = "Non-Color"
    bpy.ops.easel.revert_to_original()
    assert wood_node.image.colorspace_settings.name == "sRGB"


def test_a_deleted_original_is_said_or_passed_over(wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    edit(moss, "snow")
    bpy.data.images.remove(bpy.data.images["wood"])
    bpy.ops.easel.revert_to_original()
    assert wood_node.image == moss
    with pytest.raises(RuntimeError, match="Its source “wood” is no longer in this file"):
        bpy.ops.easel.revert_to_original()


def test_nodes_of_linked_materials_are_left_and_said(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    edit(wood_node.image, "moss")
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.materials, wanted.images = ["Mat"], ["moss"]
    moss = wanted.images[0]
    with pytest.raises(RuntimeError, match="Mat is linked from another file"):
        bpy.ops.easel.revert_to_original(session_uid=moss.session_uid)
    mine = add_node(new_material("Mine").node_tree, moss)
    bpy.ops.easel.revert_to_original(session_uid=moss.session_uid)
    assert mine.image.name == "wood"
    assert mat_node().image == moss


def test_an_image_that_nothing_shows_can_not_be_reverted(wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss", kind="IMAGE")
    with pytest.raises(RuntimeError, match="Neither this file nor an Image Editor shows “moss”"):
        bpy.ops.easel.revert_to_original(session_uid=moss.session_uid)


# -- comparing ------------------------------------------------------------------------------------------


def test_comparing_is_one_click_there_and_one_back(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    own = add_node(new_material("Own").node_tree, wood)
    bpy.ops.easel.compare_versions()
    assert wood_node.image == wood
    assert lineage.stands_in_for(wood) == moss
    bpy.ops.easel.compare_versions()
    assert wood_node.image == moss
    assert own.image == wood, "it showed the original all along"
    assert lineage.stands_in_for(wood) is None


def test_a_comparison_outlives_saving_and_reopening(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    edit(wood_node.image, "moss")
    bpy.ops.easel.compare_versions()
    reopen(tmp_path / "scene.blend")
    bpy.context.scene.easel.mode = "EDIT"
    assert mat_node().image.name == "wood"
    assert "Now you see “wood”" in drawn().texts("label")
    bpy.ops.easel.compare_versions()
    assert mat_node().image.name == "moss"
    reopen(tmp_path / "scene.blend")
    assert mat_node().image.name == "moss"


def test_a_linked_edit_can_be_compared_and_is_never_stuck(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    edit(wood_node.image, "moss")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.images = ["moss"]
    node = add_node(new_material("Mine").node_tree, wanted.images[0])
    node.id_data.nodes.active = node
    bpy.data.materials["Mine"].use_fake_user = True
    uid = wanted.images[0].session_uid
    bpy.ops.easel.compare_versions(session_uid=uid)
    assert node.image.name == "wood"
    bpy.ops.easel.compare_versions(session_uid=node.image.session_uid)
    assert node.image.name == "moss"
    bpy.ops.easel.compare_versions(session_uid=uid)
    reopen(tmp_path / "scene.blend")  # Blender does not save notes on linked images
    node = bpy.data.materials["Mine"].node_tree.nodes.active
    assert node.image.name == "wood"
    bpy.ops.easel.step_version(session_uid=node.image.session_uid, direction="NEXT")
    assert node.image.name == "moss"
    bpy.ops.easel.revert_to_original(session_uid=node.image.session_uid)
    assert node.image.name == "wood"


def test_an_original_is_compared_with_its_newest_edit(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    snow = edit(edit(wood, "moss"), "snow")
    bpy.ops.easel.revert_to_original()
    bpy.ops.easel.compare_versions()
    assert wood_node.image == snow
    bpy.ops.easel.compare_versions()
    assert wood_node.image == wood


@pytest.mark.parametrize("choice", ["revert", "choose", "edit"])
def test_going_on_ends_a_comparison(choice: str, wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    bpy.ops.easel.compare_versions()
    match choice:
        case "revert":
            bpy.ops.easel.revert_to_original()
            wanted = wood
        case "choose":
            bpy.ops.easel.show_version(session_uid=wood.session_uid, version_uid=moss.session_uid)
            wanted = moss
        case _:
            wanted = edit(moss, "snow")
    assert wood_node.image == wanted
    assert wood_node.easel_compared is None
    assert moss.easel_edit.compared_with is None


def test_what_the_artist_changes_while_comparing_stays(wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    second = add_node(wood_node.id_data, moss)
    bpy.ops.easel.compare_versions()
    second.image = mine = bpy.data.images.new("mine", 4, 4)
    bpy.ops.easel.compare_versions()
    assert (wood_node.image, second.image) == (moss, mine)
    assert second.easel_compared is None


def test_a_version_deleted_while_comparing_sticks_nowhere(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    edit(wood, "moss")
    bpy.ops.easel.compare_versions()
    bpy.data.images.remove(bpy.data.images["moss"])
    assert wood_node.image == wood
    assert not lineage.has_history(wood)
    assert not poll()


def test_image_editors_go_along(default_file: None, wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss", kind="IMAGE")
    with in_area("IMAGE_EDITOR"):
        space = bpy.context.space_data
        space.image = moss
        assert versions.image_at_hand(bpy.context) == moss
        bpy.ops.easel.compare_versions()
        assert space.image == wood
        bpy.ops.easel.compare_versions()
        assert space.image == moss
        bpy.ops.easel.revert_to_original()
        assert space.image == wood


# -- what is drawn --------------------------------------------------------------------------------------


def test_the_panel_is_only_there_with_a_history(wood_node: bpy.types.Node, edit: Edit) -> None:
    bpy.context.scene.easel.mode = "EDIT"
    assert not poll()
    edit(wood_node.image, "moss")
    assert poll()
    bpy.context.scene.easel.mode = "GENERATE"
    assert not poll()


def test_the_panel_says_what_is_shown_and_what_is_gone(wood_node: bpy.types.Node, edit: Edit) -> None:
    snow = edit(edit(wood_node.image, "moss"), "snow")
    layout = drawn()
    assert layout.texts("menu") == ["snow"]
    assert layout.find(COMPARE).text == "Compare with Original"
    assert all(layout.find(name).enabled for name in (COMPARE, "easel.revert_to_original"))
    assert [item.enabled for item in layout.items if item.name == "easel.step_version"] == [True, False]

    bpy.ops.easel.compare_versions()
    layout = drawn()
    assert layout.texts("menu") == ["snow"]
    assert layout.find(COMPARE).text == "Show the Edit Again"

    bpy.ops.easel.revert_to_original()
    layout = drawn()
    assert layout.texts("menu") == ["wood (Original)"]
    assert not layout.find("easel.revert_to_original").enabled
    assert [item.enabled for item in layout.items if item.name == "easel.step_version"] == [False, True]

    wood_node.image = snow
    for name in ("wood", "moss"):
        bpy.data.images.remove(bpy.data.images[name])
    layout = drawn()
    assert "“wood” was deleted from this file" in layout.texts("label")
    assert not layout.find(COMPARE).enabled
    assert not layout.find("easel.revert_to_original").enabled


def test_the_menu_lists_the_newest_first(wood_node: bpy.types.Node, edit: Edit) -> None:
    edit(edit(wood_node.image, "moss"), "snow")
    layout = draw(history.EASEL_MT_history)
    assert layout.texts("operator") == ["snow", "moss", "wood (Original)"]
    assert [item.icon for item in layout.items] == ["RADIOBUT_ON", "RADIOBUT_OFF", "RADIOBUT_OFF"]


def test_edits_by_the_same_prompt_are_told_apart(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    edit(wood, "moss")
    again = edit(wood, "snow")
    again.easel_edit.title = "moss"
    again.name = "moss.001"
    texts = draw(history.EASEL_MT_history).texts("operator")
    assert sorted(texts) == ["moss", "moss.001", "wood (Original)"]


def test_a_texture_with_a_history_is_found_among_others(wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    plain = add_node(wood_node.id_data, bpy.data.images.new("plain", 4, 4))
    wood_node.id_data.nodes.active = plain
    assert versions.image_at_hand(bpy.context) == moss


def test_the_image_menu_has_the_way_back(default_file: None, wood_node: bpy.types.Node, edit: Edit) -> None:
    moss = edit(wood_node.image, "moss")
    with in_area("IMAGE_EDITOR"):
        space = bpy.context.space_data
        names = {}
        for image in (moss, bpy.data.images.new("plain", 4, 4)):
            space.image = image
            layout = RecordingLayout()
            context = SimpleNamespace(space_data=space)
            menus.draw_in_image_menu(SimpleNamespace(layout=layout), context)
            names[image.name] = layout.names("operator") + layout.names("menu")
    of_any = ["easel.edit_image", "easel.split_turnaround", "easel.adjust_borders"]
    back = [COMPARE, "easel.revert_to_original"]
    assert names == {
        "moss": [*of_any, *back, "EASEL_MT_image_tools", "EASEL_MT_history"],
        "plain": [*of_any, "EASEL_MT_image_tools"],
    }


# -- painting -------------------------------------------------------------------------------------------


def test_an_edit_becomes_the_source_of_the_clone_brush(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    with in_area("VIEW_3D"):
        bpy.ops.easel.paint_with_edit()
    paint = bpy.context.scene.tool_settings.image_paint
    assert bpy.context.object.mode == "TEXTURE_PAINT"
    assert (paint.mode, paint.canvas, paint.clone_image) == ("IMAGE", wood, moss)
    assert paint.use_clone_layer
    assert bpy.context.object.data.uv_layer_clone.name == "UVMap"
    assert getattr(paint.brush, "image_brush_type", getattr(paint.brush, "image_tool", "")) == "CLONE"
    assert wood_node.image == wood, "what is painted is seen"
    bpy.ops.object.mode_set(mode="OBJECT")


def test_the_clone_brush_is_chosen_again_where_blender_takes_it_away(
    default_file: None, wood_node: bpy.types.Node, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blender 4.3 does so when it starts the mode's tools, after the operator."""
    paint: Any = bpy.context.scene.tool_settings.image_paint
    if paint.bl_rna.properties["brush"].is_readonly:
        pytest.skip("this Blender's brush is for an operator to choose")
    monkeypatch.setattr(clone_source, "HAS_BRUSH_ASSETS", True)
    moss = edit(wood_node.image, "moss")
    clone_source.choose_clone_brush(bpy.context.scene, moss)
    paint.brush = None
    pump.tick()
    assert paint.brush.image_tool == "CLONE"
    assert paint.brush.clone_image == moss
    paint.brush = None
    pump.tick()
    assert paint.brush is None, "once is enough"


def test_in_an_image_editor_the_original_is_opened_to_be_painted(
    default_file: None, wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss", kind="IMAGE")
    with in_area("IMAGE_EDITOR"):
        space = bpy.context.space_data
        space.image = moss
        bpy.ops.easel.paint_with_edit()
        assert (space.image, space.ui_mode) == (wood, "PAINT")
        space.ui_mode = "VIEW"
    paint = bpy.context.scene.tool_settings.image_paint
    source = getattr(paint.brush, "clone_image", None) or paint.clone_image
    assert source == moss
    assert bpy.context.object.mode == "OBJECT"


def test_without_an_original_there_is_nothing_to_paint_into(wood_node: bpy.types.Node, edit: Edit) -> None:
    edit(wood_node.image, "moss")
    bpy.data.images.remove(bpy.data.images["wood"])
    with pytest.raises(RuntimeError, match="no original in this file"):
        bpy.ops.easel.paint_with_edit()
