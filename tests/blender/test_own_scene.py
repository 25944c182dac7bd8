# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's operators work in a scene of their own: the artist's stays, and threads may run meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

import bpy
import model_files
import pytest
from placing import add_mesh

from easel.scene.models import surfaces
from easel.scene.models.bring import bring_model
from easel.scene.models.own_scene import in_scene

SUPPORT = Path(__file__).parents[1] / "support"

SELECTING = """
own = bpy.data.scenes.new("Own")
own.collection.objects.link(bpy.data.objects.new("Empty", None))

def work():
    with in_scene(own):
        assert bpy.context.scene == own
        bpy.ops.object.select_all(action="SELECT")
    assert own.objects[0].select_get(view_layer=own.view_layers[0])
"""
JOINING = """
own = bpy.data.scenes.new("Own")
bpy.ops.mesh.primitive_cube_add()
mesh = bpy.context.object.data

def work():
    parts = [bpy.data.objects.new("Part", mesh.copy()) for _ in range(3)]
    for part in parts:
        own.collection.objects.link(part)
    with in_scene(own, selected=parts):
        bpy.ops.object.join()
    assert len(parts[0].data.polygons) == 18
    bpy.data.objects.remove(parts[0])
"""
IMPORTING = """
for place in range(3):
    bpy.ops.mesh.primitive_cube_add(location=(3 * place, 0, 0))
bpy.ops.export_scene.gltf(filepath=str(path))

def work():
    assert bring_model(path, scene=shown, name="Parts").faces == 36
"""
EXPORTING = """
bpy.ops.mesh.primitive_cube_add()
cube = bpy.context.object
cube.keyframe_insert("location")

def work():
    surfaces.export(
        cube,
        path,
        bpy.context.evaluated_depsgraph_get(),
        has_modifiers=False,
        uv_map="",
        has_materials=False,
    )
"""
UNWRAPPING = """
bpy.ops.mesh.primitive_cube_add(calc_uvs=False)
cube = bpy.context.object

def work():
    assert unwrap(bpy.context) == [cube.name]
    cube.data.uv_layers.remove(cube.data.uv_layers[0])
"""
WHILE_THREADS_ALLOCATE = """
import sys, threading, time
from pathlib import Path
import bpy
from dev_extension import DevExtension
extension = DevExtension()
extension.install()
from easel.scene.models import surfaces
from easel.scene.models.bring import bring_model
from easel.scene.models.own_scene import in_scene
from easel.scene.placement.unwrapping import unwrap

bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
path, shown = Path(sys.argv[1]), bpy.context.window.scene
exec(sys.argv[2])
is_over = threading.Event()

def allocate():
    while not is_over.is_set():
        [str(number) for number in range(200)]

threads = [threading.Thread(target=allocate, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
ends_at = time.monotonic() + 1
work()
while time.monotonic() < ends_at:
    work()
is_over.set()
for thread in threads:
    thread.join()
assert bpy.context.window.scene == shown
extension.remove()
print("SURVIVED", flush=True)
"""


@pytest.mark.parametrize(
    "work",
    [SELECTING, JOINING, IMPORTING, EXPORTING, UNWRAPPING],
    ids=["selecting", "joining", "importing", "exporting", "unwrapping"],
)
def test_operators_keep_the_interpreter_lock(work: str, tmp_path: Path) -> None:
    """Python's debug allocator ends the process if anything is allocated without the lock."""
    environment = {**os.environ, "PYTHONMALLOC": "debug", "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", WHILE_THREADS_ALLOCATE, str(tmp_path / "model.glb"), work]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "SURVIVED" in done.stdout, done.stdout + done.stderr


class Animated:
    """A cube, its material, a rig, and an empty with a strip, all animated."""

    def __init__(self) -> None:
        self.cube = add_mesh("Cube")
        self.cube["wear [1]"] = 1.0
        paint = bpy.data.materials.new("Paint")
        if paint.node_tree is None:  # before Blender 5.0
            paint.use_nodes = True
        self.cube.data.materials.append(paint)
        self.roughness = paint.node_tree.nodes["Principled BSDF"].inputs["Roughness"]
        armature = bpy.data.armatures.new("Rig")
        self.rig, self.empty = bpy.data.objects.new("Rig", armature), bpy.data.objects.new("Empty", None)
        for obj in (self.rig, self.empty):
            bpy.context.scene.collection.objects.link(obj)
        bpy.context.view_layer.objects.active = self.rig
        bpy.ops.object.mode_set(mode="EDIT")
        armature.edit_bones.new("Arm.L").tail = (0, 0, 1)
        bpy.ops.object.mode_set(mode="OBJECT")
        self.arm = self.rig.pose.bones["Arm.L"]
        self.cube.keyframe_insert("location", frame=1)
        self.cube.keyframe_insert('["wear [1]"]', frame=1)
        self.cube.keyframe_insert("hide_render", frame=1)
        self.roughness.keyframe_insert("default_value", frame=1)
        self.arm.keyframe_insert("location", frame=1)
        self.arm.keyframe_insert("rotation_mode", frame=1)
        self.empty.keyframe_insert("scale", frame=1)
        animation = self.empty.animation_data
        animation.nla_tracks.new().strips.new("Grow", 1, animation.action)
        animation.action = None

    def values(self) -> tuple[object, ...]:
        return (
            tuple(self.cube.location),
            self.cube["wear [1]"],
            self.cube.hide_render,
            self.roughness.default_value,
            tuple(self.arm.location),
            self.arm.rotation_mode,
            tuple(self.empty.scale),
        )

    def change(self) -> None:
        self.cube.location = (5, 0, 0)
        self.cube["wear [1]"] = 0.5
        self.cube.hide_render = True
        self.roughness.default_value = 0.25
        self.arm.location.y = 2
        self.arm.rotation_mode = "XYZ"
        self.empty.scale = (3, 3, 3)


def with_bones(path: Path) -> Path:
    """Write a GLB with Blender's exporter, of a model with bones."""
    cube = add_mesh("Body")
    rig = bpy.data.objects.new("Bones", bpy.data.armatures.new("Bones"))
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.new("Spine").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    cube.vertex_groups.new(name="Spine").add(range(len(cube.data.vertices)), 1, "REPLACE")
    cube.parent = rig
    cube.modifiers.new("Bones", "ARMATURE").object = rig
    bpy.ops.export_scene.gltf(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


def test_a_model_with_bones_comes_while_an_object_is_active(tmp_path: Path) -> None:
    """Blender's importer makes a shape for bones, and unlinks the active object, which it takes for that."""
    path = with_bones(tmp_path / "model.glb")
    cube = add_mesh("Cube")
    bpy.context.view_layer.objects.active = cube
    brought = bring_model(path, scene=bpy.context.scene, name="Robot")
    assert brought.faces == 6
    assert bpy.context.view_layer.objects.active in (cube, bpy.data.objects["Robot"])
    assert cube.name in bpy.context.scene.objects


@pytest.mark.parametrize("work", ["import", "import bones", "export"])
def test_changes_without_a_key_stay(work: str, tmp_path: Path) -> None:
    path = tmp_path / "model.glb"
    if work == "import bones":
        with_bones(path)
    else:
        model_files.write_glb(path, model_files.body())
    animated = Animated()
    bpy.context.view_layer.update()
    keyed = animated.values()
    animated.change()
    changed = animated.values()
    assert all(before != after for before, after in zip(keyed, changed, strict=True))
    if work == "export":
        graph = bpy.context.evaluated_depsgraph_get()
        surfaces.export(animated.cube, path, graph, has_modifiers=False, uv_map="", has_materials=True)
    else:
        bring_model(path, scene=bpy.context.scene, name="Robot")
    bpy.context.view_layer.update()
    assert animated.values() == changed
    bpy.context.scene.frame_set(1)
    assert animated.values() == keyed


@pytest.mark.parametrize("is_local", [False, True])
def test_views_still_look_through_their_cameras(is_local: bool, tmp_path: Path) -> None:
    """Blender's exporter has the window show its scene, which has no camera."""
    scene, cube = bpy.context.scene, add_mesh("Cube")
    cameras = [bpy.data.objects.new(name, bpy.data.cameras.new(name)) for name in ("Scene's", "View's")]
    for camera in cameras:
        scene.collection.objects.link(camera)
    scene.camera = cameras[0]
    screen = bpy.context.window.screen
    (view,) = [area.spaces.active for area in screen.areas if area.type == "VIEW_3D"]
    view.use_local_camera = is_local
    view.camera = cameras[is_local]
    view.region_3d.view_perspective = "CAMERA"
    graph = bpy.context.evaluated_depsgraph_get()
    path = tmp_path / "model.glb"
    surfaces.export(cube, path, graph, has_modifiers=False, uv_map="", has_materials=False)
    assert (view.camera, view.region_3d.view_perspective) == (cameras[is_local], "CAMERA")
    assert scene.camera == cameras[0]


def test_hidden_objects_are_worked_on_too() -> None:
    own = bpy.data.scenes.new("Own")
    parts = []
    for name in ("Seen", "Hidden", "Locked", "Elsewhere"):
        part = add_mesh(name)
        bpy.context.scene.collection.objects.unlink(part)
        collection = bpy.data.collections.new(name)
        own.collection.children.link(collection)
        collection.objects.link(part)
        parts.append(part)
    parts[1].hide_viewport = parts[2].hide_select = True
    layer = own.view_layers[0]
    layer.update()
    layer.layer_collection.children["Elsewhere"].exclude = True
    with in_scene(own, selected=parts):
        assert bpy.ops.object.join() == {"FINISHED"}
    assert [obj.name for obj in own.objects] == ["Seen"]
    assert len(bpy.data.objects["Seen"].data.polygons) == 12
