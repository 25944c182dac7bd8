#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.2.3 and 5.3.0: an animated object was moved, without a new key. `export_scene.gltf` with `export_animations=False` writes
# it where its keys put it, not where it is seen, and moves it there in the open file too. FBX does both if it bakes animation.
# OBJ, USD, Alembic and FBX without animation write what is seen, and leave the object alone.
for blender in "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import json
import struct
from pathlib import Path

import bpy

KEYED, SEEN = (1, 0, 0), (7, 0, 0)


def moved_without_a_key():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("Blade")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    blade = bpy.data.objects.new("Blade", mesh)
    bpy.context.scene.collection.objects.link(blade)
    for frame, place in ((1, KEYED), (20, (2, 0, 0))):
        blade.location = place
        blade.keyframe_insert("location", frame=frame)
    bpy.context.scene.frame_set(1)
    blade.location = SEEN
    bpy.context.view_layer.update()
    return blade


ops = bpy.ops
exports = {
    "glTF without animation": lambda: ops.export_scene.gltf(filepath="blade.glb", export_animations=False),
    "FBX with animation": lambda: ops.export_scene.fbx(filepath="baked.fbx"),
    "FBX without animation": lambda: ops.export_scene.fbx(filepath="blade.fbx", bake_anim=False),
    "OBJ": lambda: ops.wm.obj_export(filepath="blade.obj"),
    "USD": lambda: ops.wm.usd_export(filepath="blade.usdc"),
    "Alembic": lambda: ops.wm.alembic_export(filepath="blade.abc", start=1, end=1),
}
left = {}
for name, export in exports.items():
    blade = moved_without_a_key()
    export()
    left[name] = tuple(blade.location)
    print(f"bpy {bpy.app.version_string}: after {name}, the object is at {left[name]}")
data = Path("blade.glb").read_bytes()
node = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])["nodes"][0]
print("glTF has it at", node["translation"])
assert tuple(node["translation"]) == KEYED
written = Path("blade.obj").read_text(encoding="utf-8").splitlines()
assert next(line for line in written if line.startswith("v ")).split()[1] == "7.000000"
assert [name for name, place in left.items() if place == KEYED] == ["glTF without animation", "FBX with animation"]
assert all(place in (KEYED, SEEN) for place in left.values())
PYTHON
done
