#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.2.3 and 5.3.0: a normal map whose green points down, behind a Normal Map node with the convention DirectX, new in 5.2.
# Cycles turns the green round (a bake shows it), and so does the MaterialX network of the USD exporter. glTF, whose maps are
# of the other kind by definition, OBJ, FBX and UsdPreviewSurface get the map as it is: dents become bumps. Nothing warns.
for blender in "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender pillow==13.0.0 <<'PYTHON' || exit 1
import io
import json
import re
import struct
import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

folder = Path(tempfile.mkdtemp())
Image.fromarray(np.full((8, 8, 3), (128, 200, 230), np.uint8)).save(folder / "dent.png")
DOWN, UP = 200, 55


def build(convention):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_plane_add()
    material = bpy.data.materials.new("Dent")
    tree = material.node_tree
    texture, between = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeNormalMap")
    texture.image = bpy.data.images.load(str(folder / "dent.png"))
    texture.image.colorspace_settings.name = "Non-Color"
    between.convention = convention
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(texture.outputs["Color"], between.inputs["Color"])
    tree.links.new(between.outputs["Normal"], shader.inputs["Normal"])
    bpy.context.object.data.materials.append(material)
    return tree


def baked_green(tree):
    """Bake the normals as Cycles sees them; the plane's own tangents are those of the map."""
    bpy.context.scene.render.engine, bpy.context.scene.cycles.samples = "CYCLES", 1
    target = tree.nodes.new("ShaderNodeTexImage")
    target.image = bpy.data.images.new("baked", 8, 8, float_buffer=True, is_data=True)
    tree.nodes.active = target
    bpy.ops.object.bake(type="NORMAL", margin=0)
    green = round(target.image.pixels[1] * 255)
    tree.nodes.remove(target)
    return green


def gltf_green():
    path = folder / "plane.glb"
    assert bpy.ops.export_scene.gltf(filepath=str(path)) == {"FINISHED"}
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    document = json.loads(data[20 : 20 + length])
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    start = 28 + length + view["byteOffset"]
    return Image.open(io.BytesIO(data[start : start + view["byteLength"]])).getpixel((0, 0))[1]


def usd_text(has_network):
    path = folder / "plane.usda"
    assert bpy.ops.wm.usd_export(filepath=str(path), generate_materialx_network=has_network) == {"FINISHED"}
    return path.read_text()


def others():
    """Return the OBJ's lines on bumps; the FBX names the picture."""
    assert bpy.ops.wm.obj_export(filepath=str(folder / "plane.obj")) == {"FINISHED"}
    assert bpy.ops.export_scene.fbx(filepath=str(folder / "plane.fbx")) == {"FINISHED"}
    assert (folder / "plane.fbx").read_bytes().count(b"dent.png") > 0
    return [line for line in (folder / "plane.mtl").read_text().splitlines() if line.startswith("map_Bump")]


seen = {}
for convention in ("OPENGL", "DIRECTX"):
    tree = build(convention)
    preview = usd_text(False)
    scale, bias = (re.search(rf"inputs:{name} = (.+)", preview)[1] for name in ("scale", "bias"))
    turned = "ND_multiply_vector3" in usd_text(True)
    seen[convention] = baked_green(tree), gltf_green(), (scale, bias), others(), turned
    green, in_gltf, in_usd, in_obj, turned = seen[convention]
    print(f"{bpy.app.version_string}, {convention}: baked green {green}, in glTF {in_gltf}, UsdPreviewSurface {in_usd}")
    print(f"  OBJ {in_obj}, MaterialX multiplies {turned}")
plain, directx = seen["OPENGL"], seen["DIRECTX"]
assert abs(plain[0] - DOWN) < 3
assert abs(directx[0] - UP) < 3
assert plain[1] == directx[1] == DOWN
assert plain[2:4] == directx[2:4]
assert (plain[4], directx[4]) == (False, True)
assert {Image.open(path).getpixel((0, 0))[1] for path in folder.rglob("*.png")} == {DOWN}
PYTHON
done
