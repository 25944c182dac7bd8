#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 5.2.3 and 5.3.0: two TIFFs of one half transparent picture, whose straight colour is (200, 100, 50). In one the
# colours are multiplied by alpha, and its ExtraSamples tag says so: OpenImageIO writes such files by default. Blender loads
# both with the alpha mode Straight and takes the stored numbers for straight colours, so the first one is half as bright.
# Pillow and OpenImageIO see the same picture in both. An OpenEXR is multiplied by definition, and Blender knows it.
for version in 5.2.3 5.3.0; do
  "$(dirname "$0")/python-with" 3.13 bpy==$version openimageio==3.2.2.0 pillow==13.0.0 numpy==2.5.5 <<'PYTHON' || exit 1
from pathlib import Path

import bpy
import numpy as np
import OpenImageIO as oiio
from PIL import Image

straight = np.full((8, 8, 4), (200, 100, 50, 128), np.float32) / 255
multiplied = straight * [*[128 / 255] * 3, 1]


def write(name, is_straight):
    picture = oiio.ImageBuf(np.ascontiguousarray(straight if is_straight else multiplied, np.float32))
    if is_straight:
        picture.specmod().attribute("oiio:UnassociatedAlpha", 1)
    assert picture.write(name, "half" if name.endswith("exr") else "uint8")


def in_blender(name):
    image = bpy.data.images.load(str(Path(name).resolve()))
    image.colorspace_settings.name = "Non-Color"
    return image.alpha_mode, [round(value * 255) for value in image.pixels[:4]]


write("straight.tif", True)
write("multiplied.tif", False)
write("multiplied.exr", False)
seen = {name: in_blender(name) for name in ("straight.tif", "multiplied.tif", "multiplied.exr")}
pillow = {name: np.asarray(Image.open(name))[0, 0].tolist() for name in ("straight.tif", "multiplied.tif")}
other = {name: (oiio.ImageBuf(name).get_pixels(oiio.FLOAT)[0, 0] * 255).round().tolist() for name in pillow}
print(f"Blender {bpy.app.version_string}: {seen}")
print("Pillow:", pillow, "OpenImageIO, multiplied:", other)
assert seen["straight.tif"] == ("STRAIGHT", [200, 100, 50, 128])
assert seen["multiplied.tif"] == ("STRAIGHT", [100, 50, 25, 128])
assert seen["multiplied.exr"][0] == "PREMUL"
assert all(np.allclose(found, (200, 100, 50, 128), atol=2) for found in pillow.values())
assert all(np.allclose(found, (100, 50, 25, 128), atol=1) for found in other.values())
PYTHON
done
