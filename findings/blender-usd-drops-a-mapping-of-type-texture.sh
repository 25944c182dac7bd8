#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.3.0: an image texture behind a Mapping node that scales by 2 and 3, through USD and through glTF and back.
# As `POINT` both keep it. As `TEXTURE` (the same node, the inverse transform) USD writes no UsdTransform2d and says nothing:
# the texture comes back at another size. glTF keeps it.
"$(dirname "$0")/python-with" 3.13 bpy==5.3.0 numpy==2.5.5 <<'PYTHON'
import tempfile
from pathlib import Path

import bpy

folder = Path(tempfile.mkdtemp())


def build(kind):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_plane_add()
    material = bpy.data.materials.new("Bark")
    tree = material.node_tree
    layer, mapping, texture = (
        tree.nodes.new(f"ShaderNode{name}") for name in ("UVMap", "Mapping", "TexImage")
    )
    layer.uv_map, mapping.vector_type = "UVMap", kind
    mapping.inputs["Scale"].default_value = (2, 3, 1)
    drawn = bpy.data.images.new("bark", 8, 8)
    drawn.filepath_raw, drawn.file_format = str(folder / "bark.png"), "PNG"
    drawn.save()
    texture.image = drawn
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(layer.outputs["UV"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    bpy.context.object.data.materials.append(material)


def scale_after(kind, is_usd):
    build(kind)
    path = str(folder / ("plane.usda" if is_usd else "plane.glb"))
    ended = bpy.ops.wm.usd_export(filepath=path) if is_usd else bpy.ops.export_scene.gltf(filepath=path)
    assert ended == {"FINISHED"}
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.usd_import(filepath=path) if is_usd else bpy.ops.import_scene.gltf(filepath=path)
    for material in bpy.data.materials:
        for node in material.node_tree.nodes:
            if node.type == "MAPPING":
                x, y, _z = node.inputs["Scale"].default_value
                return (x, y) if node.vector_type == "POINT" else (1 / x, 1 / y)
    return (1.0, 1.0)


seen = {}
for kind in ("POINT", "TEXTURE"):
    for is_usd in (True, False):
        x, y = scale_after(kind, is_usd)
        seen[kind, "USD" if is_usd else "glTF"] = round(x, 2), round(y, 2)
print(bpy.app.version_string, seen)
assert seen["POINT", "USD"] == seen["POINT", "glTF"] == (2, 3)
assert seen["TEXTURE", "USD"] == (1, 1), "it is kept now"
assert seen["TEXTURE", "glTF"] == (0.5, 0.33)
PYTHON
