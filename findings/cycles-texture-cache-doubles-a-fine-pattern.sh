#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.2.3 and 5.3.0, Cycles, 256 samples: a PNG (sRGB, 1024 px, black and white in turn) from so far that each pixel of the
# render sees 64 × 64 of it. Its light is 0.5 in the mean. Rendered plainly it is 0.25: eight-bit sRGB texels are filtered as
# they are encoded. With a texture cache (new in 5.2, described as saving memory) it is 0.50, so the same scene is twice as
# bright. As Non-Color, where code and light are the same, both ways give 0.50.
for version in 5.2.3 5.3.0; do
  "$(dirname "$0")/python-with" 3.13 "bpy==$version" numpy==2.5.5 <<'PYTHON' || exit 1
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

SIZE = 1024
folder = Path(tempfile.mkdtemp())
scene = bpy.context.scene
for thing in list(bpy.data.objects):
    bpy.data.objects.remove(thing)
bpy.ops.mesh.primitive_plane_add(size=10)
material = bpy.data.materials.new("Weave")
tree = material.node_tree
tree.nodes.clear()
texture, light, output = (
    tree.nodes.new(name) for name in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
)
tree.links.new(texture.outputs["Color"], light.inputs["Color"])
tree.links.new(light.outputs[0], output.inputs["Surface"])
bpy.context.object.data.materials.append(material)
camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.data.type, camera.data.ortho_scale, camera.location = "ORTHO", 2, (0, 0, 5)
scene.collection.objects.link(camera)
scene.camera = camera
scene.world = None
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 256, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.image_settings.file_format = "OPEN_EXR"

pixels = np.ones((SIZE, SIZE, 4), np.float32)
pixels[..., :3] = (np.indices((SIZE, SIZE)).sum(0) % 2)[..., None]
drawn = bpy.data.images.new("weave", SIZE, SIZE)
drawn.pixels.foreach_set(pixels.ravel())
drawn.filepath_raw, drawn.file_format = str(folder / "weave.png"), "PNG"
drawn.save()
texture.image = bpy.data.images.load(drawn.filepath_raw)


def brightness(space, cached):
    texture.image.colorspace_settings.name = space
    scene.render.use_texture_cache = scene.render.use_auto_generate_texture_cache = cached
    scene.render.filepath = str(folder / f"{space}-{cached}.exr")
    bpy.ops.render.render(write_still=True)
    shot = bpy.data.images.load(scene.render.filepath)
    seen = np.empty(16 * 16 * 4, np.float32)
    shot.pixels.foreach_get(seen)
    return round(float(seen.reshape(-1, 4)[:, :3].mean()), 2)


seen = {(space, cached): brightness(space, cached) for space in ("sRGB", "Non-Color") for cached in (False, True)}
print(bpy.app.version_string, seen, file=sys.stderr)
assert seen["sRGB", False] <= 0.27, "eight-bit sRGB is filtered as light now"
assert seen["sRGB", True] >= 0.47, "the cache filters as the file is encoded now"
assert min(seen["Non-Color", False], seen["Non-Color", True]) >= 0.47
assert any(folder.rglob("*.tx")), "no cache was made"
PYTHON
done
