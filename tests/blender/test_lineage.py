# SPDX-License-Identifier: GPL-3.0-or-later
"""What images remember of their edits, and that it lives through what artists do to files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import bpy
import pytest
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import EditScope, Placement, PlacementKind, placement_from_dict
from easel.scene import lineage
from easel.scene.placement import PlacementSettings, place, plan_placement

Edit = Callable[..., bpy.types.Image]


@pytest.fixture
def node() -> bpy.types.ShaderNodeTexImage:
    """The image node of the one object's material; it shows "wood"."""
    wood = bpy.data.images.new("wood", 4, 4)
    wood.pack()
    mesh = bpy.data.meshes.new("Thing")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    obj = bpy.data.objects.new("Thing", mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    mesh.materials.append(new_material("Mat"))
    return add_node(mesh.materials[0].node_tree, wood)


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Places the finished edit of an image: `edit(image, "moss")`."""

    def run(
        image: bpy.types.Image | None,
        prompt: str,
        *,
        kind: str = "TEXTURE",
        scope: EditScope = EditScope.MATERIAL,
        count: int = 1,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> bpy.types.Image:
        plan = plan_placement(bpy.context, PlacementKind(kind), image=image, scope=scope)
        meanwhile()
        return bpy.data.images[place(finished(plan, prompt, count), PlacementSettings()).images[0]]

    def finished(plan: Placement, prompt: str, count: int) -> Job:
        results = []
        for index in range(count):
            path = tmp_path / f"{prompt}-{index}.png"
            Image.new("RGB", (4, 4), (len(prompt), 200, index)).save(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            results.append(
                Result(
                    index=index,
                    path=path,
                    sha256=digest,
                    byte_count=path.stat().st_size,
                    width=4,
                    height=4,
                )
            )
        return Job(
            id=prompt,
            state=JobState.DONE,
            request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt, count=count),
            placement=placement_from_dict(plan.to_dict()),
            server="simulator",
            price=15,
            created_at=1.0,
            updated_at=1.0,
            results=tuple(results),
        )

    return run


def new_material(name: str) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    return material


def add_node(tree: bpy.types.NodeTree, image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    return node


def names(images: list[bpy.types.Image]) -> list[str]:
    return [image.name for image in images]


def reopen(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


def test_an_edit_knows_its_original_and_both_are_kept(node: bpy.types.Node, edit: Edit) -> None:
    wood = node.image
    moss = edit(wood, "moss")
    assert node.image == moss
    assert moss.easel_original == wood
    assert moss["easel_job"] == "moss"
    assert lineage.label_of(moss) == "moss"
    assert wood.use_fake_user, "a pointer alone would let it go with the edit"
    assert not lineage.is_edit(wood)
    assert names(lineage.family_of(wood)) == names(lineage.family_of(moss)) == ["moss", "wood"]


def test_an_image_without_edits_has_no_history(node: bpy.types.Node, edit: Edit) -> None:
    assert not lineage.has_history(node.image)
    lone = edit(None, "fresh", kind="IMAGE")
    assert not lineage.has_history(lone)
    assert lineage.family_of(lone) == [lone]


def test_a_generated_texture_goes_back_to_what_it_replaced(node: bpy.types.Node, edit: Edit) -> None:
    wood = node.image
    node.id_data.links.new(node.outputs["Color"], node.id_data.nodes["Principled BSDF"].inputs["Base Color"])
    assert edit(None, "copper").easel_original == wood


def test_all_results_of_a_job_are_versions(node: bpy.types.Node, edit: Edit) -> None:
    wood = node.image
    edit(wood, "moss", count=3)
    family = lineage.family_of(wood)
    assert [lineage.label_of(image) for image in family] == ["moss · 1", "moss · 2", "moss · 3", "wood"]
    assert all(image.users for image in family)


def test_a_chain_survives_renaming_saving_and_reopening(
    node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    moss = edit(node.image, "moss")
    edit(moss, "snow")
    bpy.data.images["wood"].name = "Holz"
    bpy.data.images["moss"].name = "Moos"
    reopen(tmp_path / "scene.blend")
    snow = bpy.data.images["snow"]
    assert names(lineage.ancestors_of(snow)) == ["Moos", "Holz"]
    assert lineage.original_of(snow) == bpy.data.images["Holz"]
    assert names(lineage.family_of(bpy.data.images["Moos"])) == ["snow", "Moos", "Holz"]
    assert lineage.label_of(bpy.data.images["Moos"]) == "moss"


def test_a_deleted_version_is_passed_over_and_said(node: bpy.types.Node, edit: Edit, tmp_path: Path) -> None:
    moss = edit(node.image, "moss")
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
    link: bool, node: bpy.types.Node, edit: Edit, tmp_path: Path
) -> None:
    edit(edit(node.image, "moss"), "snow")
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=link) as (_, wanted):
        wanted.materials = ["Mat"]
    snow = bpy.data.images["snow"]
    assert names(lineage.family_of(snow)) == ["snow", "moss", "wood"]
    assert (snow.library is not None) == link


def test_an_edit_of_a_linked_image_is_local(node: bpy.types.Node, edit: Edit, tmp_path: Path) -> None:
    library = tmp_path / "library.blend"
    bpy.data.libraries.write(str(library), {node.image})
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.images = ["wood"]
    node.image = wanted.images[0]
    moss = edit(node.image, "moss")
    reopen(tmp_path / "scene.blend")
    moss = bpy.data.images["moss"]
    assert moss.library is None
    assert moss.easel_original.library is not None


def test_images_that_are_their_own_ancestors_end_the_walk(node: bpy.types.Node, edit: Edit) -> None:
    wood = node.image
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
    scope: EditScope, shown: set[str], node: bpy.types.Node, edit: Edit
) -> None:
    wood, tree = node.image, node.id_data
    tree.nodes.active = None
    group, loose = (bpy.data.node_groups.new(name, "ShaderNodeTree") for name in ("Group", "Loose"))
    tree.nodes.new("ShaderNodeGroup").node_tree = group
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    nodes = {
        "first": node,
        "second": add_node(tree, wood),
        "inner": add_node(group, wood),
        "other": add_node(new_material("Other").node_tree, wood),
        "loose": add_node(loose, wood),
    }
    plan = plan_placement(bpy.context, PlacementKind.TEXTURE, image=wood, scope=scope)
    assert plan.scope is scope
    assert len(plan.nodes) == len(shown)
    moss = edit(wood, "moss", scope=scope)
    assert {name for name, found in nodes.items() if found.image == moss} == shown


def test_everywhere_means_what_is_there_when_the_result_is(node: bpy.types.Node, edit: Edit) -> None:
    wood, late = node.image, []

    def go_on() -> None:
        bpy.data.materials["Mat"].name = "Renamed"
        late.append(add_node(new_material("Late").node_tree, wood))

    moss = edit(wood, "moss", scope=EditScope.EVERYWHERE, meanwhile=go_on)
    assert late[0].image == node.image == moss


def test_the_active_node_is_this_node(node: bpy.types.Node, edit: Edit) -> None:
    wood, tree = node.image, node.id_data
    second = add_node(tree, wood)
    tree.nodes.active = second
    edit(wood, "moss", scope=EditScope.NODE)
    assert (node.image.name, second.image.name) == ("wood", "moss")


def test_placements_of_old_ledgers_load() -> None:
    values = Placement(kind=PlacementKind.TEXTURE).to_dict()
    del values["scope"], values["made_from"]
    assert placement_from_dict(values) == Placement(kind=PlacementKind.TEXTURE)
