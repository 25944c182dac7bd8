#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# imageio 2.38.1 beside OpenCV 5.0.0 and tifffile 2026.11.8, which it finds by itself. `imread` of a Radiance HDR gives 8 bits:
# light of 12 becomes 255, like light of 1. `imread` of a PFM gives 8 bits of another scale: 12 becomes 12, and all from 0 to 1
# becomes 0 or 1. With `flags=cv2.IMREAD_UNCHANGED` both are floats. `imwrite` of floats to a name in .exr or .jxl writes a TIFF
# of that name, which OpenEXR can't read. There is no warning in any of these.
exec "$(dirname "$0")/python-with" 3.13 imageio==2.38.1 opencv-python-headless==5.0.0.93 tifffile==2026.11.8 openexr==3.5.3 \
  numpy==2.5.5 <<'PYTHON'
import warnings

import cv2
import imageio
import imageio.v3 as iio
import numpy as np
import OpenEXR

warnings.simplefilter("error")
light = np.empty((16, 16, 3), np.float32)
light[:4], light[4:8], light[8:12], light[12:] = 0.25, 0.75, 1, 12
seen = {}
for ending in ("hdr", "pfm"):
    iio.imwrite(f"sky.{ending}", light)
    plain = iio.imread(f"sky.{ending}")
    asked = iio.imread(f"sky.{ending}", flags=cv2.IMREAD_UNCHANGED)
    seen[ending] = (plain.dtype.name, plain[::4, 0, 0].tolist())
    print(f"imageio {imageio.__version__}, .{ending}: {light[::4, 0, 0].tolist()} is {seen[ending]}, unchanged {asked.dtype}")
    assert np.allclose(asked, light, rtol=0.01)
assert seen["hdr"] == ("uint8", [64, 191, 255, 255])
assert seen["pfm"] == ("uint8", [0, 1, 1, 12])

for ending in ("exr", "jxl", "tif"):
    iio.imwrite(f"out.{ending}", light)
    with open(f"out.{ending}", "rb") as file:
        begins = file.read(4)
    print(f".{ending} begins with {begins}")
    assert begins == b"II*\0"
OpenEXR.File({}, {"RGB": light}).write("true.exr")
assert np.array_equal(OpenEXR.File("true.exr").channels()["RGB"].pixels, light)
try:
    OpenEXR.File("out.exr")
except Exception as error:
    print("OpenEXR:", type(error).__name__)
else:
    raise AssertionError("it is an OpenEXR now")
PYTHON
