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


def test_a_change_without_a_key_stays(tmp_path: Path) -> None:
    cube = add_mesh("Cube")
    cube.keyframe_insert("location", frame=1)
    bpy.context.view_layer.update()
    cube.location.x = 5
    path = model_files.write_glb(tmp_path / "model.glb", model_files.body())
    bring_model(path, scene=bpy.context.scene, name="Robot")
    bpy.context.view_layer.update()
    assert cube.location.x == 5


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
