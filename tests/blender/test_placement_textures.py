# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs are placed as base colours of objects and of selected faces."""

from pathlib import Path

import bpy
import bmesh
import pytest
from placing import (
    COPY,
    MakeJob,
    add_image_node,
    add_material,
    add_mesh,
    base_colour_image,
    plan,
    select_faces,
)

from easel.scene.errors import PlacementImpossible
from easel.scene.placement.place import place


def test_an_object_without_anything_gets_material_and_uvs(make_job: MakeJob) -> None:
    obj = add_mesh()
    placed = place(make_job(plan("TEXTURE"), 2), COPY)
    assert placed.text == "Base colour of Thing"
    assert base_colour_image(obj.active_material).name == placed.images[0]
    assert not bpy.data.images[placed.images[0]].use_fake_user
    assert bpy.data.images[placed.images[1]].use_fake_user, "nothing uses it: it must outlive a save"
    uvs = [tuple(corner.uv) for corner in obj.data.uv_layers.active.data]
    assert min(uvs) == pytest.approx((0, 0), abs=1e-6)
    assert max(uvs) == pytest.approx((1, 1), abs=1e-6)


def test_the_image_is_swapped_in_the_node_that_is_there(make_job: MakeJob) -> None:
    obj = add_mesh(uvs=True)
    material = add_material(obj)
    before = bpy.data.images.new("Before", 4, 4)
    node = add_image_node(material, before)
    nodes = len(material.node_tree.nodes)
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert node.image.name == placed.images[0]
    assert len(material.node_tree.nodes) == nodes
    assert before.use_fake_user
    assert [layer.name for layer in obj.data.uv_layers] == ["Mine"]


def test_the_active_slot_and_every_selected_object_get_it(make_job: MakeJob) -> None:
    first, second = add_mesh("First"), add_mesh("Second")
    add_mesh("Not selected", select=False)
    add_material(second, "Zero")
    add_material(second, "One")
    second.active_material_index = 1
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert placed.text == "Base colour of Second, First"
    assert base_colour_image(bpy.data.materials["One"]).name == placed.images[0]
    assert base_colour_image(first.active_material).name == placed.images[0]
    assert not bpy.data.materials["Zero"].node_tree.nodes["Principled BSDF"].inputs["Base Color"].links
    assert not bpy.data.objects["Not selected"].material_slots


@pytest.mark.parametrize("shader", ["ShaderNodeEmission", "ShaderNodeBsdfDiffuse"])
def test_another_shader_is_kept(make_job: MakeJob, shader: str) -> None:
    material = add_material(add_mesh())
    tree = material.node_tree
    tree.nodes.remove(tree.nodes["Principled BSDF"])
    node = tree.nodes.new(shader)
    tree.links.new(node.outputs[0], tree.nodes["Material Output"].inputs["Surface"])
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert node.inputs["Color"].links[0].from_node.image.name == placed.images[0]


def test_a_material_without_nodes_gets_them(make_job: MakeJob) -> None:
    material = add_material(add_mesh())
    material.node_tree.nodes.clear()
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert base_colour_image(material).name == placed.images[0]


def test_selected_faces_get_a_material_of_their_own_in_edit_mode(make_job: MakeJob) -> None:
    obj = add_mesh(faces=4)
    add_material(obj)
    select_faces(obj, [1, 3])
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert placed.text == "Base colour of the selected faces of Thing"
    bpy.ops.object.mode_set(mode="OBJECT")
    assert [face.material_index for face in obj.data.polygons] == [0, 1, 0, 1]
    assert base_colour_image(obj.material_slots[1].material).name == placed.images[0]
    assert obj.data.uv_layers, "made in Edit Mode, and still there"
    assert max(tuple(corner.uv) for corner in obj.data.uv_layers[0].data) == pytest.approx((1, 1), abs=1e-6)


def test_selected_faces_after_edit_mode_was_left(make_job: MakeJob) -> None:
    obj = add_mesh(faces=4)
    select_faces(obj, [2])
    job = make_job(plan("TEXTURE"))
    bpy.ops.object.mode_set(mode="OBJECT")
    place(job, COPY)
    assert [face.material_index for face in obj.data.polygons] == [0, 0, 1, 0]
    assert obj.material_slots[0].material is None, "the other faces keep their look"


def test_faces_that_have_changed_are_not_guessed(make_job: MakeJob) -> None:
    obj = add_mesh(faces=4)
    select_faces(obj, [2])
    job = make_job(plan("TEXTURE"))
    edited = bmesh.from_edit_mesh(obj.data)
    edited.faces.ensure_lookup_table()
    bmesh.ops.delete(edited, geom=[edited.faces[0]], context="FACES")
    with pytest.raises(PlacementImpossible, match=r"faces of .* changed"):
        place(job, COPY)
    assert not bpy.data.images


def test_all_faces_selected_means_the_object(make_job: MakeJob) -> None:
    obj = add_mesh(faces=2)
    material = add_material(obj)
    select_faces(obj, [0, 1])
    place(make_job(plan("TEXTURE")), COPY)
    assert len(obj.material_slots) == 1
    assert base_colour_image(material)


def test_a_mesh_of_two_objects_is_changed_once(make_job: MakeJob) -> None:
    first = add_mesh("First")
    material = add_material(first)
    second = bpy.data.objects.new("Second", first.data)
    bpy.context.scene.collection.objects.link(second)
    second.select_set(True)
    placed = place(make_job(plan("TEXTURE")), COPY)
    assert placed.text == "Base colour of First, Second"
    assert len(first.data.materials) == 1
    assert len([node for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]) == 1


def test_two_objects_of_one_mesh_without_material_share_the_new_one(make_job: MakeJob) -> None:
    first = add_mesh("First")
    second = bpy.data.objects.new("Second", first.data)
    bpy.context.scene.collection.objects.link(second)
    second.select_set(True)
    place(make_job(plan("TEXTURE")), COPY)
    assert len(first.data.materials) == 1
    assert len(bpy.data.materials) == 1


def test_a_renamed_object_is_found_and_a_deleted_one_is_not(make_job: MakeJob) -> None:
    obj = add_mesh()
    job = make_job(plan("TEXTURE"))
    obj.name = "Renamed"
    assert place(job, COPY).text == "Base colour of Renamed"
    bpy.data.objects.remove(obj)
    with pytest.raises(PlacementImpossible, match="Thing is gone"):
        place(job, COPY)


def test_one_of_two_objects_is_gone(make_job: MakeJob) -> None:
    add_mesh("First")
    second = add_mesh("Second")
    job = make_job(plan("TEXTURE"))
    bpy.data.objects.remove(second)
    assert place(job, COPY).text == "Base colour of First. Second is gone"


def test_impossible_plans_say_why() -> None:
    with pytest.raises(PlacementImpossible, match="Nothing is selected"):
        plan("TEXTURE")
    curve = bpy.data.objects.new("Bent", bpy.data.curves.new("Bent", "CURVE"))
    bpy.context.scene.collection.objects.link(curve)
    curve.select_set(True)
    with pytest.raises(PlacementImpossible, match=r"Curve.*Convert"):
        plan("TEXTURE")
    add_mesh("Empty", faces=0)
    with pytest.raises(PlacementImpossible, match="no faces"):
        plan("TEXTURE")
    obj = add_mesh()
    select_faces(obj, [])
    with pytest.raises(PlacementImpossible, match="No face of Thing"):
        plan("TEXTURE")


def test_linked_and_overridden_data_are_refused(tmp_path: Path) -> None:
    add_material(add_mesh("Theirs", uvs=True))
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Theirs"]
    linked = wanted.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    linked.select_set(True)
    with pytest.raises(PlacementImpossible, match="Theirs is linked"):
        plan("TEXTURE")
    overridden = linked.override_create(remap_local_usages=True)
    overridden.select_set(True)
    with pytest.raises(PlacementImpossible, match="Mat is linked"):
        plan("TEXTURE")
