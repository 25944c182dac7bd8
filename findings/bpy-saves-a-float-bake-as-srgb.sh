#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: light of 4, 1 and 0.5 is baked into a new 32-bit float image (Linear Rec.709, the default), and
# `Image.save()` writes it. The Radiance HDR contains 1.82, 1 and 0.73: the sRGB curve of it, though HDR is light by
# definition, and Blender loads it as light. The OpenEXR contains the same; 4.2 loads it as light too, and from 5.2 on a
# colorInteropID of sRGB in the file, which most other software ignores, makes it right again. `save_render` (view transform
# Standard), a Non-Color image, and an image that was loaded from an OpenEXR are all saved as 4, 1 and 0.5.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender openexr==3.5.3 <<'PYTHON' || exit 1
import tempfile
from pathlib import Path

import bpy
import numpy as np
import OpenEXR

folder = Path(tempfile.mkdtemp())
is_new = bpy.app.version >= (5, 0)
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.view_settings.view_transform = "CYCLES", 1, "Standard"
bpy.ops.mesh.primitive_plane_add()
material = bpy.data.materials.new("Lamp")
if not is_new:
    material.use_nodes = True
tree = material.node_tree
tree.nodes.clear()
light, output, target = (
    tree.nodes.new(f"ShaderNode{name}") for name in ("Emission", "OutputMaterial", "TexImage")
)
light.inputs["Color"].default_value, light.inputs["Strength"].default_value = (1, 0.25, 0.125, 1), 4
tree.links.new(light.outputs[0], output.inputs["Surface"])
tree.nodes.active = target
bpy.context.object.data.materials.append(material)


def values(image):
    return tuple(round(value, 2) for value in image.pixels[:3])


def baked(name, is_data=False):
    target.image = bpy.data.images.new(name, 8, 8, float_buffer=True, is_data=is_data)
    bpy.ops.object.bake(type="EMIT", margin=0)
    assert values(target.image) == (4, 1, 0.5)
    return target.image


def saved(name, file_format, image):
    image.filepath_raw, image.file_format = str(folder / name), file_format
    image.save()
    return values(bpy.data.images.load(image.filepath_raw))


hdr = saved("bake.hdr", "HDR", baked("hdr"))
exr = saved("bake.exr", "OPEN_EXR", baked("exr"))
stored = OpenEXR.File(str(folder / "bake.exr")).channels()
(stored,) = (tuple(np.round(channel.pixels[0, 0, :3], 2).tolist()) for channel in stored.values())
data = saved("data.hdr", "HDR", baked("data", is_data=True))
scene.render.image_settings.file_format = "HDR"
baked("render").save_render(str(folder / "render.hdr"))
rendered = values(bpy.data.images.load(str(folder / "render.hdr")))
OpenEXR.File({}, {"RGB": np.tile(np.float32([4, 1, 0.5]), (8, 8, 1))}).write(str(folder / "other.exr"))
loaded = bpy.data.images.load(str(folder / "other.exr"))
assert values(loaded) == (4, 1, 0.5)
again = saved("again.hdr", "HDR", loaded)
print(f"Blender {bpy.app.version_string}: HDR {hdr}, OpenEXR {exr}, in which is {stored}")
print("Non-Color", data, "save_render", rendered, "loaded and saved", again)
assert hdr == (1.82, 1, 0.73)
assert np.allclose(stored, (1.825, 1, 0.735), atol=0.01)
assert np.allclose(exr, (4, 1, 0.5) if is_new else stored, atol=0.01)
assert data == rendered == again == (4, 1, 0.5)
PYTHON
done
