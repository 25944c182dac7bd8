# SPDX-License-Identifier: GPL-3.0-or-later
"""Finished jobs into the open file: images, base colours, edited nodes, reference planes."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import bmesh
import pytest
from PIL import Image

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState, Result
from easel.jobs.placement import Placement, PlacementKind, placement_from_dict
from easel.scene.placement import PlacementImpossible, PlacementSettings, place, plan_placement

COPY = PlacementSettings()
PACK = PlacementSettings(pack=True)
# Left half red, right half green above; blue below: wrong way up or mirrored shows.
RED, GREEN, BLUE = (200, 40, 40, 255), (40, 180, 60, 255), (30, 60, 190, 255)

MakeJob = Callable[..., Job]


def draw_corners(path: Path, size: tuple[int, int] = (8, 4), mode: str = "RGB") -> Path:
    width, height = size
    picture = Image.new("RGBA", size, BLUE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.convert(mode).save(path)
    return path


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    """Make finished jobs whose files lie in a library folder."""
    library = tmp_path / "library"
    library.mkdir()

    def make(
        placement: Placement, count: int = 1, *, prompt: str = "Old copper, worn", mode: str = "RGB"
    ) -> Job:
        results = []
        for index in range(count):
            path = draw_corners(library / f"{len(list(library.iterdir()))}.png", mode=mode)
            results.append(
                Result(
                    index=index,
                    path=path,
                    sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
                    byte_count=path.stat().st_size,
                    width=8,
                    height=4,
                )
            )
        return Job(
            id="0" * 32,
            state=JobState.DONE,
            request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt, count=count),
            placement=placement_from_dict(placement.to_dict()),
            server="simulator",
            price=15,
            created_at=1.0,
            updated_at=1.0,
            results=tuple(results),
        )

    return make


def plan(kind: str, image: bpy.types.Image | None = None) -> Placement:
    return plan_placement(bpy.context, PlacementKind(kind), image=image)


def add_mesh(
    name: str = "Thing", *, faces: int = 3, uvs: bool = False, select: bool = True
) -> bpy.types.Object:
    """A strip of square faces along +X, in the XY plane."""
    mesh = bpy.data.meshes.new(name)
    vertices = [(x, y, 0) for x in range(faces + 1) for y in (0, 1)]
    quads = [(2 * i, 2 * i + 2, 2 * i + 3, 2 * i + 1) for i in range(faces)]
    mesh.from_pydata(vertices, [], quads)
    if uvs:
        mesh.uv_layers.new(name="Mine")
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    if select:
        obj.select_set(True)
        bpy.context.view_layer.objects.active = obj
    return obj


def add_material(obj: bpy.types.Object, name: str = "Mat") -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0):
        material.use_nodes = True
    obj.data.materials.append(material)
    return material


def add_image_node(material: bpy.types.Material, image: bpy.types.Image) -> bpy.types.ShaderNodeTexImage:
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.links.new(
        node.outputs["Color"], material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    )
    return node


def base_colour_image(material: bpy.types.Material) -> bpy.types.Image:
    socket = material.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    return socket.links[0].from_node.image


def corner_pixels(image: bpy.types.Image) -> list[tuple[int, ...]]:
    """Bottom left, top left, top right, as stored bytes."""
    width, height = image.size
    pixels = image.pixels[:]
    starts = (0, (height - 1) * width * 4, (height * width - 1) * 4)
    return [tuple(round(value * 255) for value in pixels[start : start + 4]) for start in starts]


def save_and_reopen(path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


def select_faces(obj: bpy.types.Object, indices: Sequence[int]) -> None:
    """Enter Edit Mode with these faces selected."""
    bpy.ops.object.mode_set(mode="EDIT")
    edited = bmesh.from_edit_mesh(obj.data)
    edited.select_mode = {"FACE"}
    for face in edited.faces:
        face.select_set(face.index in indices)
    edited.select_flush_mode()
    bmesh.update_edit_mesh(obj.data)


# -- images -------------------------------------------------------------------------------------------


def test_in_an_unsaved_file_images_are_packed_and_come_back_right(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(plan("IMAGE"), 2)
    placed = place(job, COPY)
    assert placed.images == ("Old copper, worn", "Old copper, worn.001")
    assert placed.text == "2 images added"
    for name, result in zip(placed.images, job.results, strict=True):
        image = bpy.data.images[name]
        assert not image.has_data, "placing must not decode"
        assert image.packed_file.data == result.path.read_bytes()
        assert str(tmp_path) not in image.filepath
        result.path.unlink()
    save_and_reopen(tmp_path / "scene.blend")
    for name in placed.images:
        image = bpy.data.images[name]
        assert image.colorspace_settings.name == "sRGB"
        assert image["easel_job"] == job.id
        assert corner_pixels(image) == [BLUE, RED, GREEN]


def test_in_a_saved_file_images_lie_beside_it(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    job = make_job(plan("IMAGE"))
    name = place(job, COPY).images[0]
    image = bpy.data.images[name]
    assert image.filepath == "//textures/old-copper-worn.png"
    assert image.packed_file is None
    assert not image.has_data
    assert (tmp_path / "textures/old-copper-worn.png").read_bytes() == job.results[0].path.read_bytes()
    save_and_reopen(tmp_path / "scene.blend")
    assert corner_pixels(bpy.data.images[name]) == [BLUE, RED, GREEN]


def test_no_file_is_overwritten_and_the_same_one_is_used_again(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    theirs = tmp_path / "textures/old-copper-worn.png"
    theirs.parent.mkdir()
    theirs.write_bytes(b"mine")
    job = make_job(plan("IMAGE"))
    paths = [bpy.data.images[place(job, COPY).images[0]].filepath for _ in range(2)]
    assert paths == ["//textures/old-copper-worn-2.png"] * 2
    assert theirs.read_bytes() == b"mine"


def test_by_preference_a_saved_file_packs_too(make_job: MakeJob, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    name = place(make_job(plan("IMAGE")), PACK).images[0]
    assert bpy.data.images[name].packed_file is not None
    assert not (tmp_path / "textures").exists()


def test_where_the_folder_cannot_be_made_the_image_is_packed_and_said_so(
    make_job: MakeJob, tmp_path: Path
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    (tmp_path / "textures").write_text("a file where the folder should be")
    placed = place(make_job(plan("IMAGE")), COPY)
    assert bpy.data.images[placed.images[0]].packed_file is not None
    assert "Packed into the .blend" in placed.text


def test_a_file_missing_from_the_library_changes_nothing(make_job: MakeJob) -> None:
    job = make_job(plan("IMAGE"), 2)
    job.results[1].path.unlink()
    with pytest.raises(PlacementImpossible, match="gone from the library"):
        place(job, COPY)
    assert not bpy.data.images


# -- textures -----------------------------------------------------------------------------------------


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
    with pytest.raises(PlacementImpossible, match="other faces"):
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


# -- edited textures ----------------------------------------------------------------------------------


def test_the_edited_image_is_replaced_in_its_nodes_groups_included(make_job: MakeJob) -> None:
    obj = add_mesh(uvs=True)
    source = bpy.data.images.new("Source", 4, 4)
    node = add_image_node(add_material(obj), source)
    group = bpy.data.node_groups.new("Group", "ShaderNodeTree")
    inner = group.nodes.new("ShaderNodeTexImage")
    inner.image = source
    obj.active_material.node_tree.nodes.new("ShaderNodeGroup").node_tree = group
    elsewhere = add_image_node(add_material(add_mesh("Other", select=False), "Other"), source)
    job = make_job(plan("TEXTURE", source))
    assert len(job.placement.nodes) == 2
    placed = place(job, COPY)
    assert placed.text == "Replaces Source in 2 nodes"
    assert node.image.name == inner.image.name == placed.images[0]
    assert elsewhere.image == source, "the artist edited this object's texture"


def test_the_edited_image_is_kept(make_job: MakeJob, tmp_path: Path) -> None:
    source = bpy.data.images.load(str(draw_corners(tmp_path / "source.png")))
    add_image_node(add_material(add_mesh()), source)
    place(make_job(plan("TEXTURE", source)), COPY)
    save_and_reopen(tmp_path / "scene.blend")
    assert bpy.data.images["source.png"].use_fake_user


def test_an_image_that_no_node_shows_goes_to_the_selected_object(make_job: MakeJob) -> None:
    obj = add_mesh()
    placed = place(make_job(plan("TEXTURE", bpy.data.images.new("Loose", 4, 4))), COPY)
    assert base_colour_image(obj.active_material).name == placed.images[0]


@pytest.mark.parametrize(("theirs", "ours"), [("Non-Color", "Non-Color"), ("Linear Rec.709", "sRGB")])
def test_an_edited_data_map_stays_data(make_job: MakeJob, theirs: str, ours: str) -> None:
    source = bpy.data.images.new("Source", 4, 4)
    source.colorspace_settings.name = theirs
    add_image_node(add_material(add_mesh()), source)
    placed = place(make_job(plan("TEXTURE", source)), COPY)
    assert bpy.data.images[placed.images[0]].colorspace_settings.name == ours


def test_an_edited_node_that_is_gone_is_said(make_job: MakeJob) -> None:
    source = bpy.data.images.new("Source", 4, 4)
    material = add_material(add_mesh())
    node = add_image_node(material, source)
    job = make_job(plan("TEXTURE", source))
    material.node_tree.nodes.remove(node)
    with pytest.raises(PlacementImpossible, match="The node Image Texture of Mat is gone"):
        place(job, COPY)


# -- planes -------------------------------------------------------------------------------------------


def test_planes_stand_side_by_side_at_the_cursor(make_job: MakeJob) -> None:
    bpy.context.scene.cursor.location = (1, 2, 3)
    placed = place(make_job(plan("PLANE"), 2), COPY)
    first, second = (bpy.data.objects[name] for name in placed.images)
    bpy.context.view_layer.update()
    assert first.dimensions[:] == pytest.approx((2, 1, 0))
    corners = [first.matrix_world @ vertex.co for vertex in first.data.vertices]
    assert corners[0][:] == pytest.approx((0, 2, 2.5), abs=1e-6)
    assert corners[2][:] == pytest.approx((2, 2, 3.5), abs=1e-6)
    normal = first.matrix_world.to_3x3() @ first.data.polygons[0].normal
    assert normal[:] == pytest.approx((0, -1, 0), abs=1e-6), "faces the front view"
    assert second.location[:] == pytest.approx((3.1, 2, 3), abs=1e-6)


def test_a_plane_faces_the_view_and_has_the_height_that_was_chosen(make_job: MakeJob) -> None:
    wanted = plan("PLANE")
    assert wanted.plane is not None
    top = dataclasses.replace(wanted.plane, rotation=(1.0, 0.0, 0.0, 0.0), height=2.5)
    placed = place(make_job(dataclasses.replace(wanted, plane=top)), COPY)
    bpy.context.view_layer.update()
    assert bpy.data.objects[placed.images[0]].dimensions[:] == pytest.approx((5, 2.5, 0))


def test_the_view_is_taken_from_the_3d_view() -> None:
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    area.spaces.active.region_3d.view_perspective = "PERSP"
    area.spaces.active.region_3d.view_rotation = (1, 0, 0, 0)  # from the top
    with bpy.context.temp_override(window=window, area=area, region=region):
        pose = plan("PLANE").plane
    assert pose is not None
    assert pose.rotation == pytest.approx((1, 0, 0, 0), abs=1e-6)


@pytest.mark.parametrize(("mode", "mixes"), [("RGB", 0), ("RGBA", 1)])
def test_only_an_image_with_alpha_is_mixed_with_transparent(make_job: MakeJob, mode: str, mixes: int) -> None:
    placed = place(make_job(plan("PLANE"), mode=mode), COPY)
    nodes = bpy.data.objects[placed.images[0]].active_material.node_tree.nodes
    assert [node.type for node in nodes].count("MIX_SHADER") == mixes


def test_a_plane_can_be_given_another_texture(make_job: MakeJob) -> None:
    plane = bpy.data.objects[place(make_job(plan("PLANE"), mode="RGBA"), COPY).images[0]]
    plane.select_set(True)
    bpy.context.view_layer.objects.active = plane
    placed = place(make_job(plan("TEXTURE"), prompt="Something else"), COPY)
    textures = [node for node in plane.active_material.node_tree.nodes if node.type == "TEX_IMAGE"]
    assert [node.image.name for node in textures] == list(placed.images)


def test_the_planned_scene_is_gone(make_job: MakeJob) -> None:
    other = bpy.data.scenes.new("Other")
    placement = plan("PLANE")
    assert placement.scene is not None
    ref = dataclasses.replace(placement.scene, name=other.name, session_uid=other.session_uid)
    job = make_job(dataclasses.replace(placement, scene=ref))
    bpy.data.scenes.remove(other)
    with pytest.raises(PlacementImpossible, match="scene"):
        place(job, COPY)
