#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenImageIO 3.2.2 writes a PFM (floats, bottom row first) as OpenCV 5.0.0 and Pillow 13.0.0 do, and reads each of them
# upside down, its own too. Its page on PFM says that reading flips by default; it does so only if it is handed a
# configuration, and an empty one is enough. Of the scale in the header the three think differently: where it says 2,
# OpenImageIO doubles the values, OpenCV halves them, and Pillow leaves them.
exec "$(dirname "$0")/python-with" 3.13 openimageio==3.2.2.0 opencv-python-headless==5.0.0.93 pillow==13.0.0 numpy==2.5.5 <<'PYTHON'
import cv2
import numpy as np
import OpenImageIO as oiio
from PIL import Image

height = np.array([[1, 2], [3, 4], [5, 6]], np.float32)  # the first row is the top
oiio.ImageBuf(height[..., None].copy()).write("OpenImageIO.pfm")
cv2.imwrite("OpenCV.pfm", height)
Image.fromarray(height).save("Pillow.pfm")


def by_oiio(path, *config):
    return oiio.ImageInput.open(path, *config).read_image()[..., 0]


for writer in ("OpenImageIO", "OpenCV", "Pillow"):
    path = f"{writer}.pfm"
    with open(path, "rb") as file:
        stored = np.frombuffer(file.read()[-height.nbytes :], "<f4").reshape(height.shape)
    plain, configured = by_oiio(path), by_oiio(path, oiio.ImageSpec())
    print(f"OpenImageIO {oiio.__version__}, a file of {writer}: {plain.tolist()}, configured {configured.tolist()}")
    assert np.array_equal(stored, height[::-1])
    assert np.array_equal(plain, height[::-1])
    assert np.array_equal(configured, height)
    assert np.array_equal(oiio.ImageBuf(path).get_pixels(oiio.FLOAT)[..., 0], height[::-1])
    assert np.array_equal(cv2.imread(path, cv2.IMREAD_UNCHANGED), height)
    assert np.array_equal(np.asarray(Image.open(path)), height)

with open("two.pfm", "wb") as file:
    file.write(b"Pf\n2 3\n-2.0\n" + height[::-1].tobytes())
top_left = {
    "OpenImageIO": float(by_oiio("two.pfm", oiio.ImageSpec())[0, 0]),
    "OpenCV": float(cv2.imread("two.pfm", cv2.IMREAD_UNCHANGED)[0, 0]),
    "Pillow": float(np.asarray(Image.open("two.pfm"))[0, 0]),
}
print("1 with a scale of 2 is", top_left)
assert top_left == {"OpenImageIO": 2.0, "OpenCV": 0.5, "Pillow": 1.0}
PYTHON
