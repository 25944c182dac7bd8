#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# imagecodecs 2026.10.10: `exr_decode` gives red, green, blue of an OpenEXR that has just these, and alpha as the fourth. One
# channel more, such as a render's depth, and all come in alphabetical order: `[..., :3]` is then alpha, blue and green, and
# without alpha the array of four channels is blue, green, red, depth. The colours of a named layer ("view.R") are turned
# round too. No names come with the array. OpenImageIO gives red, green, blue first in each of these files.
exec "$(dirname "$0")/python-with" 3.13 imagecodecs==2026.10.10 openexr==3.5.3 openimageio==3.2.2.0 numpy==2.5.5 <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

import imagecodecs
import numpy as np
import OpenEXR
import OpenImageIO as oiio

VALUES = {"R": 1, "G": 2, "B": 3, "A": 4, "Z": 5}


def read(names):
    """Write a file of flat channels, and return how each of the two gives a pixel of it."""
    flat = {name: np.full((4, 4), VALUES[name[-1]], np.float32) for name in names}
    OpenEXR.File({"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}, flat).write("shot.exr")
    other = oiio.ImageBuf("shot.exr").get_pixels(oiio.FLOAT)
    return imagecodecs.exr_decode(Path("shot.exr").read_bytes())[0, 0].tolist(), other[0, 0].tolist()


FILES = {
    "RGB": "RGB",
    "RGBA": "RGBA",
    "RGB and depth": "RGBZ",
    "RGBA and depth": "RGBAZ",
    "a layer": ("view.R", "view.G", "view.B"),
}
seen = {}
for name, channels in FILES.items():
    seen[name], other = read(channels)
    print(f"imagecodecs {version('imagecodecs')}, {name}: {seen[name]}; OpenImageIO: {other}")
    assert other == [VALUES[channel[-1]] for channel in channels]
assert seen == {
    "RGB": [1, 2, 3],
    "RGBA": [1, 2, 3, 4],
    "RGB and depth": [3, 2, 1, 5],
    "RGBA and depth": [4, 3, 2, 1, 5],
    "a layer": [3, 2, 1],
}
PYTHON
