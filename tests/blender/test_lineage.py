# SPDX-License-Identifier: GPL-3.0-or-later
"""Images remember their edits, also after artists save, append, link or rename things."""

from pathlib import Path

import bpy
import pytest
from edits import Edit, add_node, names, new_material, reopen

from easel.jobs.targets import EditScope, PlacementKind
from easel.scene.history import lineage
from easel.scene.placement.plan import plan_placement


def test_an_edit_knows_its_original_and_both_are_kept(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    assert wood_node.image == moss
    assert moss.easel_original == wood
    assert moss["easel_job"] == "moss"
    assert lineage.label_of(moss) == "moss"
    assert wood.use_fake_user, "a pointer alone would let it go with the edit"
    assert not lineage.is_edit(wood)
    assert names(lineage.family_of(wood)) == names(lineage.family_of(moss)) == ["moss", "wood"]


def test_an_image_without_edits_has_no_history(wood_node: bpy.types.Node, edit: Edit) -> None:
    assert not lineage.has_history(wood_node.image)
    lone = edit(None, "fresh", kind="IMAGE")
    assert not lineage.has_history(lone)
    assert lineage.family_of(lone) == [lone]


def test_a_generated_texture_goes_back_to_what_it_replaced(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    tree = wood_node.id_data
    tree.links.new(wood_node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    assert edit(None, "copper").easel_original == wood


def test_all_results_of_a_job_are_versions(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    edit(wood, "moss", count=3)
    family = lineage.family_of(wood)
    assert [lineage.label_of(image) for image in family] == ["moss · 1", "moss · 2", "moss · 3", "wood"]
    assert all(image.users for image in family)


def test_a_chain_survives_renaming_saving_and_reopening(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    moss = edit(wood_node.image, "moss")
    edit(moss, "snow")
    bpy.data.images["wood"].name = "Holz"
    bpy.data.images["moss"].name = "Moos"
    reopen(tmp_path / "scene.blend")
    snow = bpy.data.images["snow"]
    assert names(lineage.ancestors_of(snow)) == ["Moos", "Holz"]
    assert lineage.original_of(snow) == bpy.data.images["Holz"]
    assert names(lineage.family_of(bpy.data.images["Moos"])) == ["snow", "Moos", "Holz"]
    assert lineage.label_of(bpy.data.images["Moos"]) == "moss"


def test_a_deleted_version_is_passed_over_and_said(
    wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    moss = edit(wood_node.image, "moss")
    snow = edit(moss, "snow")
    bpy.data.images.remove(moss)
    assert names(lineage.ancestors_of(snow)) == ["wood"]
    assert lineage.deleted_ancestors(snow) == ["moss"]
    bpy.data.images.remove(bpy.data.images["wood"])
    reopen(tmp_path / "scene.blend")
    snow = bpy.data.images["snow"]
    assert lineage.original_of(snow) is None
    assert lineage.deleted_ancestors(snow) == ["moss", "wood"]
    assert lineage.has_history(snow)
    assert lineage.family_of(snow) == [snow]


@pytest.mark.parametrize("link", [False, True])
def test_a_history_comes_along_when_a_material_is_appended_or_linked(
    link: bool, wood_node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    edit(edit(wood_node.image, "moss"), "snow")
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=link) as (_, wanted):
        wanted.materials = ["Mat"]
    snow = bpy.data.images["snow"]
    assert names(lineage.family_of(snow)) == ["snow", "moss", "wood"]
    assert (snow.library is not None) == link


def test_an_edit_of_a_linked_image_is_local(wood_node: bpy.types.Node, edit: Edit, tmp_path: Path) -> None:
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {wood_node.image})
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.images = ["wood"]
    wood_node.image = wanted.images[0]
    moss = edit(wood_node.image, "moss")
    reopen(tmp_path / "scene.blend")
    moss = bpy.data.images["moss"]
    assert moss.library is None
    assert moss.easel_original.library is not None


def test_images_that_are_their_own_ancestors_end_the_walk(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood = wood_node.image
    moss = edit(wood, "moss")
    wood.easel_original = moss
    assert names(lineage.ancestors_of(moss)) == ["wood"]
    assert lineage.family_of(moss)


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        (EditScope.NODE, {"first"}),
        (EditScope.MATERIAL, {"first", "second", "inner"}),
        (EditScope.EVERYWHERE, {"first", "second", "inner", "other", "loose"}),
    ],
)
def test_an_edit_spreads_as_far_as_asked(
    scope: EditScope, shown: set[str], wood_node: bpy.types.Node, edit: Edit
) -> None:
    wood, tree = wood_node.image, wood_node.id_data
    tree.nodes.active = None
    group, loose = (bpy.data.node_groups.new(name, "ShaderNodeTree") for name in ("Group", "Loose"))
    tree.nodes.new("ShaderNodeGroup").node_tree = group
    tree.links.new(wood_node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    nodes = {
        "first": wood_node,
        "second": add_node(tree, wood),
        "inner": add_node(group, wood),
        "other": add_node(new_material("Other").node_tree, wood),
        "loose": add_node(loose, wood),
    }
    plan = plan_placement(bpy.context, PlacementKind.TEXTURE, image=wood, scope=scope)
    assert plan.target.scope is scope
    assert len(plan.target.nodes) == len(shown)
    moss = edit(wood, "moss", scope=scope)
    assert {name for name, found in nodes.items() if found.image == moss} == shown


def test_everywhere_means_what_is_there_when_the_result_is(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood, late = wood_node.image, []

    def go_on() -> None:
        bpy.data.materials["Mat"].name = "Renamed"
        late.append(add_node(new_material("Late").node_tree, wood))

    moss = edit(wood, "moss", scope=EditScope.EVERYWHERE, meanwhile=go_on)
    assert late[0].image == wood_node.image == moss


def test_the_active_node_is_this_node(wood_node: bpy.types.Node, edit: Edit) -> None:
    wood, tree = wood_node.image, wood_node.id_data
    second = add_node(tree, wood)
    tree.nodes.active = second
    edit(wood, "moss", scope=EditScope.NODE)
    assert (wood_node.image.name, second.image.name) == ("wood", "moss")
