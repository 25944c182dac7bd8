# SPDX-License-Identifier: GPL-3.0-or-later
"""Models in a scene: each is one object of the wanted height, stands on the floor, and faces the front."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path

import bpy
import model_files
import numpy as np
import pytest
from mathutils import Vector
from placing import add_mesh
from recording_layout import draw

from easel.imaging.errors import ModelDamaged
from easel.imaging.model_contents import read_contents
from easel.panels.made_models import EASEL_PT_made_model
from easel.scene.errors import PlacementImpossible
from easel.scene.models.bring import DECIMATE, BroughtModel, Making, bring_model, importing_text
from easel.texts.refusal import Refusal

Write = Callable[[Path], Path]


def glb(path: Path) -> Path:
    return model_files.write_glb(path / "model.glb", model_files.textured(model_files.body()))


def webp(path: Path) -> Path:
    return model_files.write_webp_glb(path / "model.glb", model_files.textured(model_files.body()))


def obj(path: Path) -> Path:
    return model_files.write_obj(path / "unpacked", model_files.body())


def fbx(path: Path) -> Path:
    """Write an FBX with Blender's own exporter, from a GLB that its importer read."""
    bpy.ops.import_scene.gltf(filepath=str(glb(path)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Blender's exporter causes it with newer numpy
        bpy.ops.export_scene.fbx(filepath=str(path / "model.fbx"), path_mode="COPY", embed_textures=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path / "model.fbx"


def bring(path: Path, **chosen: object) -> BroughtModel:
    return bring_model(path, scene=bpy.context.scene, name="Robot", **chosen)


def points_of(found: bpy.types.Object) -> np.ndarray:
    """Return an object's vertices in world space."""
    bpy.context.view_layer.update()
    return np.array([found.matrix_world @ vertex.co for vertex in found.data.vertices])


def counts() -> dict[str, int]:
    kinds = ("scenes", "objects", "meshes", "materials", "images", "collections", "node_groups")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


@pytest.mark.parametrize("write", [glb, webp, obj, fbx])
def test_one_object_stands_where_and_as_it_was_wanted(write: Write, tmp_path: Path) -> None:
    path = write(tmp_path)
    brought = bring(path, height=1.8, location=(1.0, 2.0, 0.5))
    (found,) = bpy.data.objects
    assert (found.name, found.data.name, brought.object) == ("Robot", "Robot", "Robot")
    assert len(bpy.data.scenes) == 1
    points = points_of(found)
    low, high = points.min(0), points.max(0)
    assert (low[2], high[2]) == pytest.approx((0.5, 2.3), abs=1e-4)
    assert (low + high)[0] / 2 == pytest.approx(1.0, abs=1e-3)
    assert tuple(found.location) == pytest.approx((1, 2, 0.5))
    assert tuple(found.scale) == (1, 1, 1)
    assert tuple(found.rotation_euler) == (0, 0, 0)
    assert found.rotation_mode == "XYZ"
    width = high[0] - low[0]
    assert 2.0 - low[1] > 1.2 * width / 2 - 0.01  # the nose is at -Y
    assert low[1] + high[1] == pytest.approx(4.0, abs=1e-3)  # and the bounds are around the origin
    assert bpy.context.view_layer.objects.active == found
    assert found.select_get()
    assert brought.faces == len(found.data.polygons) == 320
    assert len(found.data.vertices) == 162  # vertices that were split at seams are merged
    assert all(polygon.use_smooth for polygon in found.data.polygons)


@pytest.mark.parametrize(
    ("nose", "turn"), [((0, 0, 1), 0.0), ((1, 0, 0), -90.0), ((-1, 0, 0), 90.0), ((0, 0, -1), 180.0)]
)
def test_the_engines_front_becomes_blenders(
    nose: tuple[float, float, float], turn: float, tmp_path: Path
) -> None:
    path = model_files.write_glb(tmp_path / "model.glb", model_files.body(nose=nose))
    bring(path, turn=turn)
    points = points_of(bpy.data.objects["Robot"])
    front, back = points[points[:, 1].argmin()], points[points[:, 1].argmax()]
    gaps = [np.sort(np.linalg.norm(points - point, axis=1))[1] for point in (front, back)]
    assert gaps[0] > 1.5 * gaps[1]  # a nose is farther from its neighbours


@pytest.mark.parametrize("write", [glb, webp, obj])
def test_data_is_read_as_data_and_colours_as_colours(write: Write, tmp_path: Path) -> None:
    bring(write(tmp_path))
    spaces = {image.name: image.colorspace_settings.name for image in bpy.data.images}
    colours = {name for name, space in spaces.items() if space == "sRGB"}
    assert colours == {"Robot Base Color"}
    assert len(spaces) > 2
    assert "Robot Normal" in spaces
    assert [material.name for material in bpy.data.materials] == ["Robot"]
    assert all(image.packed_file is not None for image in bpy.data.images)
    paths = [image.filepath_raw for image in bpy.data.images]
    assert len(set(paths)) == len(paths)
    suffix = ".webp" if write is webp else ".png"
    assert all(path.startswith("//textures/robot-") and path.endswith(suffix) for path in paths)
    assert not any(image.has_data for image in bpy.data.images), "nothing has decoded them"


@pytest.mark.parametrize("write", [webp, obj])
def test_beside_a_saved_file_textures_are_files(write: Write, tmp_path: Path, saved_file: Path) -> None:
    brought = bring(write(tmp_path), pack=False)
    for image in bpy.data.images:
        path = Path(bpy.path.abspath(image.filepath))
        assert path.parent == saved_file.parent / "textures"
        assert path.is_file()
        assert image.packed_file is None
        assert image.size[0] == 16
    assert ("WebP" in brought.text) is (write is webp)


def test_where_the_folder_can_not_be_written_they_are_packed(tmp_path: Path, saved_file: Path) -> None:
    (saved_file.parent / "textures").write_text("a file is in the way")
    brought = bring(glb(tmp_path), pack=False)
    assert "Packed into the .blend" in brought.text
    assert all(image.packed_file is not None for image in bpy.data.images)


def test_negative_scale_and_several_parts_become_one_mesh_right_side_out(tmp_path: Path) -> None:
    import trimesh

    scene = trimesh.Scene()
    mirrored = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirrored[0, 3] = 2.0
    scene.add_geometry(model_files.body(), node_name="left")
    scene.add_geometry(model_files.body(), node_name="right", transform=mirrored)
    path = tmp_path / "model.glb"
    path.write_bytes(scene.export(file_type="glb"))
    bring(path)
    (found,) = bpy.data.objects
    assert len(bpy.data.meshes) == 1
    assert len(found.data.polygons) == 640
    for polygon in found.data.polygons:
        middle = Vector((1.0 if polygon.center.x > 0 else -1.0, 0.0, 0.5))
        assert polygon.normal.dot(polygon.center - middle) > -0.05


def test_without_uvs_there_is_a_plain_object(tmp_path: Path) -> None:
    brought = bring(model_files.write_glb(tmp_path / "model.glb", model_files.body()))
    assert not bpy.data.objects["Robot"].data.uv_layers
    assert "320" in brought.text


def test_a_missing_library_of_materials_is_told(tmp_path: Path) -> None:
    path = model_files.write_obj(tmp_path / "unpacked", model_files.body(), has_library=False)
    brought = bring(path)
    assert "Missing: material.mtl" in brought.text
    assert len(bpy.data.objects) == 1


def damaged(path: Path) -> Path:
    return model_files.cut_short(glb(path))


def wrong(path: Path) -> Path:
    return model_files.with_wrong_length(glb(path))


def unknown(path: Path) -> Path:
    names = ["KHR_of_tomorrow"]
    return model_files.change_head(glb(path), extensionsUsed=names, extensionsRequired=names)


def broken_fbx(path: Path) -> Path:
    (path / "model.fbx").write_bytes(b"Kaydara FBX Binary  \x00\x1a\x00" + bytes(900))
    return path / "model.fbx"


def no_faces(path: Path) -> Path:
    (path / "model.obj").write_text("v 0 0 0\nv 1 0 0\n")
    return path / "model.obj"


def elsewhere(path: Path) -> Path:
    written = obj(path)
    written.with_name("material.mtl").write_text("newmtl Material\nmap_Kd ../secret.png\n")
    return written


def bad_texture(path: Path) -> Path:
    """Write a GLB whose texture number does not exist; only the importer finds this out."""
    return model_files.change_head(glb(path), samplers=None, images=[])


def of_no_size(path: Path) -> Path:
    return model_files.write_glb(path / "model.glb", model_files.body(), np.diag((0.0, 0.0, 0.0, 1.0)))


def of_garbage(path: Path) -> Path:
    """Write a GLB whose points are as far away as floats go."""
    mesh = model_files.body()
    mesh.vertices = mesh.vertices * 5e38
    return model_files.write_glb(path / "model.glb", mesh)


@pytest.mark.parametrize(
    ("write", "error", "reason"),
    [
        (of_no_size, ModelDamaged, "geometry can't be found"),
        (of_garbage, ModelDamaged, "geometry can't be found"),
        (damaged, ModelDamaged, "incomplete"),
        (wrong, ModelDamaged, "geometry can't be found"),
        (unknown, PlacementImpossible, "“model.glb” needs KHR_of_tomorrow"),
        (broken_fbx, PlacementImpossible, "importer can't read “model.fbx”|“model.fbx” has no faces"),
        (no_faces, ModelDamaged, "no faces"),
        (elsewhere, ModelDamaged, "outside its folder"),
        (bad_texture, PlacementImpossible, "importer can't read"),
    ],
)
def test_of_a_bad_file_nothing_is_imported(
    write: Write, error: type[Refusal], reason: str, tmp_path: Path
) -> None:
    thing = add_mesh()
    before = counts()
    with pytest.raises(error, match=reason):
        bring(write(tmp_path))
    assert counts() == before
    assert bpy.context.view_layer.objects.active == thing


def test_another_result_takes_the_place_and_all_else_stays(tmp_path: Path) -> None:
    first = glb(tmp_path)
    bring(first, height=2.0)
    found = bpy.data.objects["Robot"]
    found.location, found.rotation_euler = (3.0, 0.0, 1.0), (0.0, 0.0, 0.5)
    found.scale = (2.0, 2.0, 2.0)
    found.name = "Hero"
    found.modifiers.new("Bevel", "BEVEL")
    other = bpy.data.collections.new("Heroes")
    bpy.context.scene.collection.children.link(other)
    other.objects.link(found)
    (tmp_path / "second").mkdir()
    second = model_files.write_glb(tmp_path / "second" / "model.glb", model_files.body(subdivisions=1))
    brought = bring(second, replaces=found, making=Making(job_id="second", engine="Tripo"))
    assert brought.object == "Hero"
    assert len(found.data.polygons) == 80
    assert tuple(found.location) == pytest.approx((3, 0, 1))
    assert found.rotation_euler.z == pytest.approx(0.5)
    assert found.modifiers.keys() == ["Bevel"]
    assert {collection.name for collection in found.users_collection} == {"Scene Collection", "Heroes"}
    points = points_of(found)
    assert points[:, 2].max() - points[:, 2].min() == pytest.approx(4.0, abs=1e-3)
    assert found.easel_model.job_id == "second"


def test_an_objects_own_material_does_not_hide_that_of_its_new_mesh(tmp_path: Path) -> None:
    thing = add_mesh("Thing")
    thing.data.materials.append(None)
    thing.material_slots[0].link = "OBJECT"
    thing.material_slots[0].material = bpy.data.materials.new("Old")
    bring(webp(tmp_path), replaces=thing)
    assert [slot.material for slot in thing.material_slots] == list(thing.data.materials)
    assert thing.material_slots[0].material.name != "Old"


def test_shape_keys_do_not_keep_a_model_from_its_size(tmp_path: Path) -> None:
    """Blender shows vertices where shape keys put them, not where they are stored."""
    thing = add_mesh("Thing")
    thing.scale = (3.0, 3.0, 3.0)
    thing.shape_key_add(name="Basis")
    thing.shape_key_add(name="Smile")
    path = tmp_path / "keys.glb"
    bpy.ops.export_scene.gltf(filepath=str(path))
    brought = bring(path, height=0.5)
    found = bpy.data.objects[brought.object]
    shown = found.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert max(shown.dimensions) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("case", ["edit", "linked", "empty"])
def test_what_can_not_be_replaced_stays_as_it_is(case: str, tmp_path: Path) -> None:
    path = glb(tmp_path)
    if case == "linked":
        add_mesh("Thing")
        bpy.data.libraries.write(str(tmp_path / "other.blend"), set(bpy.data.objects))
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        with bpy.data.libraries.load(str(tmp_path / "other.blend"), link=True) as (_there, here):
            here.objects = ["Thing"]
        thing = bpy.data.objects["Thing"]
        bpy.context.scene.collection.objects.link(thing)
    elif case == "empty":
        thing = bpy.data.objects.new("Thing", None)
    else:
        thing = add_mesh("Thing")
        bpy.ops.object.mode_set(mode="EDIT")
    before = counts()
    with pytest.raises(PlacementImpossible, match="Thing"):
        bring(path, replaces=thing)
    assert counts() == before
    if case == "edit":
        bring(path)  # a new model beside it changes neither its mode nor the active object
        assert thing.mode == "EDIT"
        assert bpy.context.view_layer.objects.active == thing


def test_many_faces_get_a_modifier_that_is_not_applied(tmp_path: Path) -> None:
    brought = bring(glb(tmp_path), most_faces=80)
    modifier = bpy.data.objects["Robot"].modifiers[DECIMATE]
    assert modifier.ratio == pytest.approx(0.25)
    assert brought.faces == 320
    evaluated = bpy.data.objects["Robot"].evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert len(evaluated.data.polygons) == pytest.approx(80, abs=4)
    assert not bring(
        model_files.write_glb(tmp_path / "b.glb", model_files.body()), most_faces=999
    ).text.count("Decimate")


def test_the_panel_is_there_for_models_alone(tmp_path: Path) -> None:
    add_mesh()
    assert not EASEL_PT_made_model.poll(bpy.context)
    assert not bpy.ops.easel.thin_model.poll()
    bring(glb(tmp_path), making=Making(job_id="7", engine="Tripo"))
    found = bpy.context.active_object
    drawn = draw(EASEL_PT_made_model)
    assert "Tripo · 320 faces" in drawn.texts("label")
    assert bpy.ops.easel.thin_model(faces=80) == {"FINISHED"}
    found.modifiers[DECIMATE].ratio = 0.5
    assert "160 Faces Left" in draw(EASEL_PT_made_model).texts("prop")
    with pytest.raises(RuntimeError, match="not in this file"):
        bpy.ops.easel.show_model_picture()


def test_how_long_blender_stands_still_is_told_where_that_is_long(tmp_path: Path) -> None:
    small = glb(tmp_path)
    assert importing_text(read_contents(small), small.stat().st_size) == ""
    assert importing_text(None, 0) == "", "bringing it in says what is wrong"
    large = model_files.write_large_glb(tmp_path / "large.glb", 500_000)
    assert re.fullmatch(
        r"Importing [\d,]+ faces: Blender will not respond for about 2 s",
        importing_text(read_contents(large), large.stat().st_size),
    )
