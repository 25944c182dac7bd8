#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trimesh 5.2.0 reads a glTF whose texture is scaled and moved (KHR_texture_transform), lies on the second UV map
# (texCoord 1), or is mirrored at its borders (wrapS 33648), and gives the plain UVs of the first map in each case. It does
# not warn, and the GLB that it writes has none of the three. bpy 5.3.0 reads all of them.
"$(dirname "$0")/python-with" 3.13 trimesh==5.2.0 bpy==5.3.0 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
import io
import json
import struct

import bpy
import numpy as np
import trimesh
from PIL import Image

UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
TRANSFORM = {"extensions": {"KHR_texture_transform": {"scale": [4, 4], "offset": [0.1, 0.2]}}}


def glb(texture=None, sampler=None):
    """A textured square with two UV maps; the second covers a quarter of the texture."""
    png = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 90, 40)).save(png, "PNG")
    corners = np.pad(UV, ((0, 0), (0, 1)))
    parts = [corners, UV, UV / 2, np.array([0, 1, 2, 0, 2, 3], np.uint16), np.frombuffer(png.getvalue(), np.uint8)]
    blob, views = b"", []
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": part.nbytes})
        blob += part.tobytes() + bytes(-part.nbytes % 4)
    kinds = [(5126, 4, "VEC3"), (5126, 4, "VEC2"), (5126, 4, "VEC2"), (5123, 6, "SCALAR")]
    accessors = [
        {"bufferView": place, "componentType": number, "count": count, "type": kind}
        for place, (number, count, kind) in enumerate(kinds)
    ]
    accessors[0] |= {"min": [0, 0, 0], "max": [1, 1, 0]}
    attributes = {"POSITION": 0, "TEXCOORD_0": 1, "TEXCOORD_1": 2}
    document = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_texture_transform"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 3, "material": 0}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
        "images": [{"bufferView": 4, "mimeType": "image/png"}],
        "samplers": [sampler or {}],
        "textures": [{"source": 0, "sampler": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, **(texture or {})}}}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob


def by_trimesh(data):
    scene = trimesh.load(io.BytesIO(data), file_type="glb")
    (mesh,) = scene.geometry.values()
    written = scene.export(file_type="glb")
    document = json.loads(written[20 : 20 + struct.unpack("<I", written[12:16])[0]])
    texture = document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    uvs = np.asarray(mesh.visual.uv) * [1, -1] + [0, 1]
    return np.allclose(uvs, UV), texture == {"index": 0} and not any(document.get("samplers", []))


def by_blender(data):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with open("square.glb", "wb") as file:
        file.write(data)
    bpy.ops.import_scene.gltf(filepath="square.glb")
    nodes = {node.type: node for node in next(m for m in bpy.data.materials if m.node_tree).node_tree.nodes}
    scale = nodes["MAPPING"].inputs["Scale"].default_value[0] if "MAPPING" in nodes else 1
    layer = nodes["UVMAP"].uv_map if "UVMAP" in nodes else "UVMap"
    return round(scale, 3), layer, nodes["TEX_IMAGE"].extension


FILES = {
    "plain": glb(),
    "scaled and moved": glb(TRANSFORM),
    "second UV map": glb({"texCoord": 1}),
    "mirrored": glb(sampler={"wrapS": 33648, "wrapT": 33648}),
}
for name, data in FILES.items():
    is_plain, is_written_plain = by_trimesh(data)
    print(f"trimesh {trimesh.__version__}, {name}: plain UVs {is_plain}, written plain {is_written_plain}")
    print("   Blender:", *by_blender(data))
    assert is_plain
    assert is_written_plain
seen = {name: by_blender(data) for name, data in FILES.items()}
assert seen["plain"] == (1, "UVMap", "REPEAT")
assert seen["scaled and moved"] == (4, "UVMap", "REPEAT")
assert seen["second UV map"] == (1, "UVMap.001", "REPEAT")
assert seen["mirrored"] == (1, "UVMap", "MIRROR")
PYTHON
