#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.2.3 and 5.3.0 (and 4.2.23): `export_scene.gltf` under `temp_override(scene=other)` leaves the window at that scene, although
# the override has ended. The OBJ, PLY, USD and FBX exporters leave the window as it was under the same override.
for blender in "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import tempfile
from pathlib import Path

import bpy

folder = Path(tempfile.mkdtemp())
window = bpy.context.window_manager.windows[0]
first = window.scene
other = bpy.data.scenes.new("Other")
mesh = bpy.data.meshes.new("Triangle")
mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
other.collection.objects.link(bpy.data.objects.new("Triangle", mesh))
exporters = {
    "obj": bpy.ops.wm.obj_export,
    "ply": bpy.ops.wm.ply_export,
    "usd": bpy.ops.wm.usd_export,
    "fbx": bpy.ops.export_scene.fbx,
    "glb": bpy.ops.export_scene.gltf,
}
shown = {}
for suffix, export in exporters.items():
    window.scene = first
    with bpy.context.temp_override(scene=other):
        ended = export(filepath=str(folder / f"triangle.{suffix}"))
    shown[suffix] = window.scene.name
    assert ended == {"FINISHED"}, suffix
print(bpy.app.version_string, shown)
assert {shown.pop(suffix) for suffix in ("obj", "ply", "usd", "fbx")} == {first.name}, "others do it too"
assert shown == {"glb": "Other"}, "the window stays where it was"
PYTHON
done
