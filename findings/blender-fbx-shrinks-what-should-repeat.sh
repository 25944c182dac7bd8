#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.3.0: a texture behind a Mapping node (`POINT`, scale 2 and 3: it repeats twice and three times), exported as FBX.
# The exporter writes the node's numbers whatever its type. Both of Blender's FBX importers read them as the size of one
# repeat: a half and a third of the texture comes back. OBJ, glTF and USD keep `POINT`; OBJ forgets a rotation, and takes
# `TEXTURE` (the inverse) for `POINT`. No exporter or importer says anything.
"$(dirname "$0")/python-with" 3.13 bpy==5.3.0 numpy==2.5.5 <<'PYTHON'
import tempfile
from math import radians
from pathlib import Path

import bpy

folder = Path(tempfile.mkdtemp())
wm, scenes = bpy.ops.wm, (bpy.ops.export_scene, bpy.ops.import_scene)
WAYS = {
    "FBX": ("fbx", scenes[0].fbx, wm.fbx_import),
    "FBX, older importer": ("fbx", scenes[0].fbx, scenes[1].fbx),
    "OBJ": ("obj", wm.obj_export, wm.obj_import),
    "glTF": ("glb", scenes[0].gltf, scenes[1].gltf),
    "USD": ("usda", wm.usd_export, wm.usd_import),
}


def build(kind, scale, degrees):
    wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_plane_add()
    material = bpy.data.materials.new("Bark")
    tree = material.node_tree
    layer, mapping, texture = (tree.nodes.new(f"ShaderNode{name}") for name in ("UVMap", "Mapping", "TexImage"))
    layer.uv_map, mapping.vector_type = "UVMap", kind
    mapping.inputs["Scale"].default_value = (*scale, 1)
    mapping.inputs["Rotation"].default_value = (0, 0, radians(degrees))
    texture.image = bpy.data.images.new("bark", 8, 8)
    texture.image.filepath_raw, texture.image.file_format = str(folder / "bark.png"), "PNG"
    texture.image.save()
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(layer.outputs["UV"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    bpy.context.object.data.materials.append(material)


def repeats_after(way, kind, scale, degrees=0):
    """How often the texture repeats each way after a round trip, and whether it is turned."""
    build(kind, scale, degrees)
    ending, export, read = WAYS[way]
    path = str(folder / f"plane.{ending}")
    assert export(filepath=path) == {"FINISHED"}
    wm.read_factory_settings(use_empty=True)
    assert read(filepath=path) == {"FINISHED"}
    nodes = [node for material in bpy.data.materials for node in material.node_tree.nodes]
    assert any(node.type == "TEX_IMAGE" for node in nodes)
    for node in nodes:
        if node.type == "MAPPING":
            x, y, _z = node.inputs["Scale"].default_value
            repeats = (x, y) if node.vector_type == "POINT" else (1 / x, 1 / y)
            return (*(round(value, 2) for value in repeats), abs(node.inputs["Rotation"].default_value[2]) > 0.01)
    return (1, 1, False)


seen = {way: repeats_after(way, "POINT", (2, 3)) for way in WAYS}
print(bpy.app.version_string, "2 and 3 repeats come back as", seen)
assert seen["FBX"] == seen["FBX, older importer"] == (0.5, 0.33, False)
assert seen["OBJ"] == seen["glTF"] == seen["USD"] == (2, 3, False)
turned = {way: repeats_after(way, "POINT", (2, 2), degrees=30)[2] for way in WAYS}
print("turned by 30 degrees, and turned after it:", turned)
assert not turned["OBJ"]
assert all(turned[way] for way in ("glTF", "USD"))
inverse = repeats_after("OBJ", "TEXTURE", (2, 4))
print("OBJ, a half and a quarter of the texture (`TEXTURE`) come back as", inverse)
assert inverse == (2, 4, False)
PYTHON
