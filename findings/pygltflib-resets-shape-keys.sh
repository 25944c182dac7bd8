#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# pygltflib 1.16.5: load and save of a glTF in which two nodes show one mesh with different weights of its shape key (0.25 and
# 1). The weights of a node are gone, without a warning, and both nodes fall back to the mesh's weight, 0. So are `extras` of
# the asset, where writers keep an author's notes; `extras` of the node stay.
"$(dirname "$0")/python-with" 3.13 pygltflib==1.16.5 bpy==5.3.0 numpy==2.5.5 <<'PYTHON'
import base64
import json

import bpy
import numpy as np
import pygltflib

corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
blob = corners.tobytes() + (corners * [0, 0, 1] + [0, 0, 1]).astype(np.float32).tobytes()
accessor = {"componentType": 5126, "count": 3, "type": "VEC3"}
document = {
    "asset": {"version": "2.0", "extras": {"author": "A. Person"}},
    "scene": 0,
    "scenes": [{"nodes": [0, 1]}],
    "nodes": [
        {"name": "Quarter", "mesh": 0, "weights": [0.25], "extras": {"side": "left"}},
        {"name": "Whole", "mesh": 0, "weights": [1.0]},
    ],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "targets": [{"POSITION": 1}]}], "weights": [0.0]}],
    "accessors": [
        {**accessor, "bufferView": 0, "min": [0, 0, 0], "max": [1, 1, 0]},
        {**accessor, "bufferView": 1, "min": [0, 0, 1], "max": [0, 0, 1]},
    ],
    "bufferViews": [{"buffer": 0, "byteOffset": start, "byteLength": 36} for start in (0, 36)],
    "buffers": [{"byteLength": 72, "uri": "data:application/octet-stream;base64," + base64.b64encode(blob).decode()}],
}
with open("before.gltf", "w") as file:
    json.dump(document, file)
pygltflib.GLTF2().load("before.gltf").save("after.gltf")
with open("after.gltf") as file:
    after = json.load(file)


def in_blender(path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    return {obj.name: obj.data.shape_keys.key_blocks[1].value for obj in bpy.data.objects}


first, second = in_blender("before.gltf"), in_blender("after.gltf")
print(f"pygltflib {pygltflib.__version__}: {after['nodes']}, {after['asset']}")
print(f"Blender {bpy.app.version_string}: before {first}, after {second}")
assert not any("weights" in node for node in after["nodes"])
assert after["nodes"][0]["extras"] == {"side": "left"}
assert "extras" not in after["asset"]
assert after["meshes"][0]["weights"] == [0.0]
assert set(second.values()) == {0.0}
PYTHON
