#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: `wm.usd_import` of a UsdPreviewSurface with `useSpecularWorkflow`, which tells gold without "metallic":
# a black diffuse colour and a specular colour of (1, 0.77, 0.34), which is how much of the light it reflects. Blender makes that
# the tint of a plastic's reflection: Cycles shows 0.04 of it, so the gold is black. As diffuse colour of a metal it is right.
# And a material that says nothing of its colour, which is 0.18 in the table of defaults of usd-core 26.11, comes in with
# Blender's own default, 0.8. Nothing is reported.
"$(dirname "$0")/python-with" 3.13 usd-core==26.11 <<'PYTHON' || exit 1
from pxr import Sdr, Usd

table = Sdr.Registry().GetShaderNodeByIdentifier("UsdPreviewSurface")
default = table.GetShaderInput("diffuseColor").GetDefaultValue()
print(f"USD {Usd.GetVersion()}, diffuseColor by default: {default}")
assert tuple(round(part, 3) for part in default) == (0.18, 0.18, 0.18)
PYTHON
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
from pathlib import Path

import bpy
import numpy as np

GOLD = (1, 0.77, 0.34)
USDA = """#usda 1.0
(
    defaultPrim = "Ring"
    upAxis = "Z"
    metersPerUnit = 1
)
def Mesh "Ring" ( prepend apiSchemas = ["MaterialBindingAPI"] )
{
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    uniform token subdivisionScheme = "none"
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
    rel material:binding = </Ring/Gold>
    def Material "Gold"
    {
        token outputs:surface.connect = </Ring/Gold/Surface.outputs:surface>
        def Shader "Surface"
        {
            uniform token info:id = "UsdPreviewSurface"
            token outputs:surface
            float inputs:roughness = 0.2
            INPUTS
        }
    }
}
"""


def reflected(*inputs):
    """Return what an imported material reflects of white light around it, seen from the front, and its base colour."""
    Path("ring.usda").write_text(USDA.replace("INPUTS", "\n            ".join(inputs)))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert bpy.ops.wm.usd_import(filepath=str(Path("ring.usda").resolve())) == {"FINISHED"}
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale, camera.location = "ORTHO", 0.1, (0.2, 0.2, 1)
    scene.collection.objects.link(camera)
    scene.camera, scene.world = camera, bpy.data.worlds.new("White")
    if bpy.app.version < (5, 0):
        scene.world.use_nodes = True
    next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND").inputs["Color"].default_value = (1, 1, 1, 1)
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 64, False
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.filepath = str(Path("shot.exr").resolve())
    bpy.ops.render.render(write_still=True)
    shot = bpy.data.images.load(scene.render.filepath)
    light = np.array(shot.pixels[:]).reshape(-1, 4)[:, :3].mean(0)
    (node,) = (it for it in bpy.data.materials["Gold"].node_tree.nodes if it.type == "BSDF_PRINCIPLED")
    base = node.inputs["Base Color"].default_value[0]
    return tuple(light.round(2).tolist()), round(base, 2)


specular = reflected(
    "int inputs:useSpecularWorkflow = 1",
    "color3f inputs:diffuseColor = (0, 0, 0)",
    f"color3f inputs:specularColor = {GOLD}",
)
metal = reflected(f"color3f inputs:diffuseColor = {GOLD}", "float inputs:metallic = 1")
plain = reflected()
print(f"Blender {bpy.app.version_string}, reflected, and base colour: gold as specular {specular}, as metal {metal}")
print("  no colour told:", plain)
assert max(specular[0]) < 0.08
assert np.allclose(metal[0], GOLD, atol=0.08)
assert plain[1] == 0.8
PYTHON
done
