#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# glTF 2.0 allows UVs as normalized integers, with no extension: 65535 (or 255) is 1. trimesh 5.2.0 does not divide, and
# turns V round within the integer's own range: the corner (1, 1) comes out as (65535, 2). Assimp (assimp-py 1.2.0) takes the
# bytes of the integers for floats, and gives numbers near 0 and NaN, though it reads vertex colours of 16 bits rightly.
# Neither warns. bpy 5.3.0 reads all three files alike.
exec "$(dirname "$0")/python-with" 3.13 trimesh==5.2.0 assimp-py==1.2.0 bpy==5.3.0 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
import json
import struct
from pathlib import Path

import assimp_py
import bpy
import numpy as np
import trimesh

UVS = np.array([[0, 0], [1, 0], [1, 1]], np.float64)
COMPONENTS = {"f4": 5126, "u2": 5123, "u1": 5121}


def glb(dtype):
    """A triangle with one colour, its UVs in the given type, each padded to four bytes."""
    whole = 1 if dtype == "f4" else np.iinfo(dtype).max
    uvs = np.zeros((3, 4 if dtype == "u1" else 2), dtype)
    uvs[:, :2] = UVS * whole
    corners = np.pad(UVS, ((0, 0), (0, 1))).astype("f4")
    colors = np.full((3, 4), (65535, 32768, 0, 65535), "u2")
    blob, views, accessors = b"", [], []
    for part, component, kind in ((corners, 5126, "VEC3"), (uvs, COMPONENTS[dtype], "VEC2"), (colors, 5123, "VEC4")):
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": part.nbytes, "byteStride": part.strides[0]})
        accessors.append({"bufferView": len(accessors), "componentType": component, "count": 3, "type": kind})
        accessors[-1]["normalized"] = component != 5126
        blob += part.tobytes()
    accessors[0] |= {"min": [0, 0, 0], "max": [1, 1, 0]}
    primitive = {"attributes": {"POSITION": 0, "TEXCOORD_0": 1, "COLOR_0": 2}, "material": 0}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [{"name": "Bark"}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob


def by_trimesh(path):
    (mesh,) = trimesh.load_scene(path, process=False).geometry.values()
    return np.asarray(mesh.visual.uv, float)


def by_assimp(path):
    (mesh,) = assimp_py.import_file(path, assimp_py.Process_Triangulate).meshes
    assert np.allclose(np.asarray(mesh.colors[0]).reshape(3, 4)[0], (1, 0.5, 0, 1), atol=0.01)
    return np.asarray(mesh.texcoords[0], float).reshape(3, 2)


def by_blender(path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=path)
    (mesh,) = bpy.data.meshes
    assert np.allclose(mesh.color_attributes[0].data[0].color, (1, 0.5, 0, 1), atol=0.01)
    return np.array([it.uv for it in mesh.uv_layers[0].data], float)


READERS = {"trimesh": by_trimesh, "Assimp": by_assimp, "Blender": by_blender}
seen = {}
for dtype in COMPONENTS:
    Path(f"{dtype}.glb").write_bytes(glb(dtype))
    for name, read in READERS.items():
        seen[name, dtype] = read(f"{dtype}.glb")
        print(f"{name}, UVs of {np.dtype(dtype)}:", seen[name, dtype].tolist())
right = UVS * [1, -1] + [0, 1]
for name in READERS:
    assert np.allclose(seen[name, "f4"], right)
for dtype in ("u2", "u1"):
    assert np.allclose(seen["Blender", dtype], right)
    assert seen["trimesh", dtype].tolist() == [[0, 1], [np.iinfo(dtype).max, 1], [np.iinfo(dtype).max, 2]]
    assert seen["Assimp", dtype][1, 0] < 1e-30
    assert not np.allclose(seen["Assimp", dtype][2], right[2])
assert np.isnan(seen["Assimp", "u2"]).any()
PYTHON
