#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: `Image.save()` of an eight-bit image as OpenEXR, and loading the file again.
# An sRGB one (0.502, which is 0.216 of light) is written as light. 4.2 loads it as Linear Rec.709, 0.216, as it must be. From
# 5.2 on the file says `colorInteropID = srgb_rec709_display` of the same light: loaded, it is decoded again, to 0.038.
# A Non-Color one (a roughness of 0.502) is changed to 0.216 in all three; from 5.2 on the file names it `data`.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import tempfile
from pathlib import Path

import bpy
import numpy as np

folder = Path(tempfile.mkdtemp())
is_new = bpy.app.version >= (5, 0, 0)


def saved_and_loaded(space):
    drawn = bpy.data.images.new(space, 8, 8)
    drawn.colorspace_settings.name = space
    drawn.pixels.foreach_set(np.tile(np.float32([0.5, 0.5, 0.5, 1]), 64))
    drawn.filepath_raw, drawn.file_format = str(folder / f"{space}.exr"), "OPEN_EXR"
    drawn.save()
    loaded = bpy.data.images.load(drawn.filepath_raw)
    return round(drawn.pixels[0], 3), loaded.colorspace_settings.name, round(loaded.pixels[0], 3)


color, data = saved_and_loaded("sRGB"), saved_and_loaded("Non-Color")
print(bpy.app.version_string, color, data)
assert color == ((0.502, "sRGB", 0.038) if is_new else (0.502, "Linear Rec.709", 0.216))
assert data == (0.502, "Non-Color" if is_new else "Linear Rec.709", 0.216)
named = b"srgb_rec709_display" in (folder / "sRGB.exr").read_bytes()
assert named == is_new
PYTHON
done
