#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An even slope (0, 1, 2 … as floats) enlarged eight times. By the name of cubic it stays even in Pillow and scikit-image. In
# OpenCV 5.0.0 and 4.14.0 (INTER_CUBIC) its steepness swings between 0.75 and 1.41, and in OpenImageIO 3.2.2 ("cubic") between
# 0.18 and 1.49, once for each old pixel, so a normal map made of it is striped. OpenImageIO's own choice for enlarging gives
# 0.68 to 1.34. A shift by 0.1 pixel with OpenCV's `warpAffine` moves the slope by 0.13 if it is cubic. The cheaper linear
# ways are exact in both, and so are "catmull-rom" and "mitchell" in OpenImageIO.
for version in 5.0.0.93 4.14.0.94; do
  "$(dirname "$0")/python-with" 3.13 opencv-python-headless==$version numpy==2.5.5 pillow==13.0.0 scikit-image==0.26.0 \
    OpenImageIO==3.2.2.0 <<'PYTHON' || exit 1
import cv2
import numpy as np
import OpenImageIO as oiio
from PIL import Image
from skimage.transform import resize

SIDE, TIMES = 64, 8
slope = np.tile(np.arange(SIDE, dtype=np.float32), (SIDE, 1))
size = SIDE * TIMES, SIDE * TIMES


def by_oiio(name):
    buffer = oiio.ImageBuf(oiio.ImageSpec(SIDE, SIDE, 1, oiio.FLOAT))
    buffer.set_pixels(oiio.ROI.All, slope[..., None])
    return oiio.ImageBufAlgo.resize(buffer, filtername=name, roi=oiio.ROI(0, size[0], 0, size[1])).get_pixels()[..., 0]


enlarged = {
    "OpenCV cubic": cv2.resize(slope, size, interpolation=cv2.INTER_CUBIC),
    "OpenImageIO cubic": by_oiio("cubic"),
    "OpenImageIO by itself": by_oiio(""),
    "OpenCV linear": cv2.resize(slope, size, interpolation=cv2.INTER_LINEAR),
    "OpenImageIO triangle": by_oiio("triangle"),
    "OpenImageIO catmull-rom": by_oiio("catmull-rom"),
    "OpenImageIO mitchell": by_oiio("mitchell"),
    "Pillow cubic": np.asarray(Image.fromarray(slope).resize(size, Image.Resampling.BICUBIC)),
    "scikit-image cubic": resize(slope, size, order=3, mode="edge"),
}
seen = {}
for name, picture in enlarged.items():
    steps = np.diff(picture[256, 200:300]) * TIMES
    seen[name] = float(steps.min()), float(steps.max())
    print(f"OpenCV {cv2.__version__}, OpenImageIO {oiio.VERSION_STRING}, {name}: {steps.min():.2f} to {steps.max():.2f}")
shift = np.float32([[1, 0, 0.1], [0, 1, 0]])
moved = float(32 - cv2.warpAffine(slope, shift, (SIDE, SIDE), flags=cv2.INTER_CUBIC)[32, 32])
print(f"moved by {moved:.3f} of 0.1 pixels")
for name, wanted in (("OpenCV cubic", (0.75, 1.41)), ("OpenImageIO cubic", (0.18, 1.49)), ("OpenImageIO by itself", (0.68, 1.34))):
    assert np.allclose(seen.pop(name), wanted, atol=0.03)
assert all(np.allclose(steepness, 1, atol=0.01) for steepness in seen.values())
assert moved > 0.12
PYTHON
done
