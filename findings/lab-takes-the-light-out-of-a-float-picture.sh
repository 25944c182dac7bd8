#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Floats brighter than 1, as in an HDR, through Lab and back. OpenCV 5.0.0 and 4.14.0 cut them to 1 on the way in: 2, 4 and 16
# all have a lightness of 100 exactly. scikit-image 0.26.0 gives 182, 325 and 1008, and cuts them on the way back. Whoever
# sharpens or corrects the lightness of an HDR this way gets a flat white. Through HSV and XYZ OpenCV keeps all; scikit-image
# keeps them through HSV and cuts them through XYZ. Neither warns.
for version in 5.0.0.93 4.14.0.94; do
  "$(dirname "$0")/python-with" 3.13 opencv-python-headless==$version scikit-image==0.26.0 numpy==2.5.5 <<'PYTHON' || exit 1
import warnings

import cv2
import numpy as np
import skimage
from skimage import color

warnings.simplefilter("error")
LIGHTS = (0.5, 2, 4, 16)
OPENCV = {
    "Lab": (cv2.COLOR_RGB2Lab, cv2.COLOR_Lab2RGB),
    "linear Lab": (cv2.COLOR_LRGB2Lab, cv2.COLOR_Lab2LRGB),
    "HSV": (cv2.COLOR_RGB2HSV, cv2.COLOR_HSV2RGB),
    "XYZ": (cv2.COLOR_RGB2XYZ, cv2.COLOR_XYZ2RGB),
}
OTHER = {
    "Lab": (color.rgb2lab, color.lab2rgb),
    "HSV": (color.rgb2hsv, color.hsv2rgb),
    "XYZ": (color.rgb2xyz, color.xyz2rgb),
}
picture = np.repeat(np.float32(LIGHTS)[None, :, None], 3, axis=2)
shown, back = {}, {}
for name, (there, again) in OPENCV.items():
    converted = cv2.cvtColor(picture, there)
    shown["OpenCV", name], back["OpenCV", name] = converted[0, :, 0], cv2.cvtColor(converted, again)[0, :, 0]
for name, (there, again) in OTHER.items():
    converted = there(picture)
    shown["scikit-image", name], back["scikit-image", name] = converted[0, :, 0], again(converted)[0, :, 0]
print(f"OpenCV {cv2.__version__}, scikit-image {skimage.__version__}, grey of {LIGHTS}")
for name, values in back.items():
    print(f"{' '.join(name)}: first channel {shown[name].round(0).tolist()}, back {values.round(2).tolist()}")
cut = np.minimum(LIGHTS, 1)
assert np.allclose(shown["OpenCV", "Lab"][1:], 100, atol=0.01)
assert np.allclose(shown["scikit-image", "Lab"][1:], (182, 325, 1008), atol=1)
for name in (("OpenCV", "Lab"), ("OpenCV", "linear Lab"), ("scikit-image", "Lab"), ("scikit-image", "XYZ")):
    assert np.allclose(back[name], cut, atol=0.01), name
for name in (("OpenCV", "HSV"), ("OpenCV", "XYZ"), ("scikit-image", "HSV")):
    assert np.allclose(back[name], LIGHTS, atol=0.01), name
PYTHON
done
