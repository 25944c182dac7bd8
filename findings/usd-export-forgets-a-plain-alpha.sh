#!/usr/bin/env bash
# bpy 4.2.23, 5.2.3 and 5.3.0: `wm.usd_export` of a Principled BSDF whose Alpha is 0.4, a plain number.
# 4.2 writes `opacity = 0.4`, and imports it again. 5.2 and 5.3 write 1 minus Transmission Weight in its place: a pane with
# an Alpha of 0.4 is opaque in every viewer, and when it is imported again. An Alpha that a texture gives is still written.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import re
import tempfile
from pathlib import Path

import bpy

path = Path(tempfile.mkdtemp()) / "pane.usda"
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.mesh.primitive_plane_add()
material = bpy.data.materials.new("Pane")
if bpy.app.version < (5, 0):
    material.use_nodes = True
surface = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
bpy.context.object.data.materials.append(material)


def written_and_read(alpha, transmission):
    surface.inputs["Alpha"].default_value = alpha
    surface.inputs["Transmission Weight"].default_value = transmission
    bpy.ops.wm.usd_export(filepath=str(path))
    written = float(re.search(r"inputs:opacity = (\S+)", path.read_text())[1])
    known = set(bpy.data.objects)
    bpy.ops.wm.usd_import(filepath=str(path), mtl_name_collision_mode="MAKE_UNIQUE")
    brought = set(bpy.data.objects) - known
    (again,) = (node for obj in brought if obj.data for node in obj.active_material.node_tree.nodes if "Alpha" in node.inputs)
    imported = round(again.inputs["Alpha"].default_value, 3)
    for obj in brought:
        bpy.data.objects.remove(obj)
    return written, imported


plain, with_transmission = written_and_read(0.4, 0.0), written_and_read(0.4, 0.5)
print(bpy.app.version_string, plain, with_transmission)
if bpy.app.version < (5, 0):
    assert (plain, with_transmission[0]) == ((0.4, 0.4), 0.4)
else:
    assert (plain, with_transmission[0]) == ((1.0, 1.0), 0.5)
PYTHON
done
