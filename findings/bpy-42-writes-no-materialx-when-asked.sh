#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: `wm.usd_export(generate_materialx_network=True)` of a Principled material with image textures.
# 4.2 takes the option, ends with FINISHED and no warning, and writes no node of MaterialX (only UsdPreviewSurface). From 5.2
# on the same call writes a network of OpenPBR nodes. In none of them is there a .mtlx file.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import re
import tempfile
from pathlib import Path

import bpy

folder = Path(tempfile.mkdtemp())
image = bpy.data.images.new("bark", 8, 8)
image.filepath_raw, image.file_format = str(folder / "bark.png"), "PNG"
image.save()
material = bpy.data.materials.new("Bark")
material.use_nodes = True
tree = material.node_tree
node = tree.nodes.new("ShaderNodeTexImage")
node.image = image
shader = next(it for it in tree.nodes if it.bl_idname == "ShaderNodeBsdfPrincipled")
tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
bpy.context.scene.objects["Cube"].data.materials[0] = material
ended = bpy.ops.wm.usd_export(
    filepath=str(folder / "bark.usda"), export_materials=True, generate_materialx_network=True
)
text = (folder / "bark.usda").read_text()
nodes = sorted(set(re.findall(r'info:id = "((?:ND_|Usd)\w+)"', text)))
files = sorted(path.name for path in folder.rglob("*.mtlx"))
print(bpy.app.version_string, ended, nodes, files)
assert ended == {"FINISHED"}
assert not files, "a .mtlx is written now"
has = any(name.startswith("ND_") for name in nodes)
assert has == (bpy.app.version >= (5, 0, 0)), "4.2 writes it too, or newer ones don't"
PYTHON
done
