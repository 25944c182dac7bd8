#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenEXR 3.5.3 for Python: an array that is a view of a larger one (a cut-out, one channel, every second row, a transposed
# picture) is written as the memory that follows its first value, without a warning. The file is valid and has the right
# size, but other pixels. A copy (np.ascontiguousarray) is written rightly; OpenImageIO takes all of these views.
"$(dirname "$0")/python-with" 3.13 openexr==3.5.3 openimageio==3.2.2.0 numpy==2.5.5 <<'PYTHON'
import numpy as np
import OpenEXR
import OpenImageIO as oiio

picture = np.random.default_rng(1).random((12, 10, 3), np.float32)
VIEWS = {
    "cut-out": picture[2:8, 1:6],
    "every second": picture[::2, ::2],
    "transposed": picture.transpose(1, 0, 2),
}


def exr(pixels):
    OpenEXR.File({}, {"RGB": pixels}).write("seen.exr")
    return OpenEXR.File("seen.exr").channels()["RGB"].pixels


def channel(pixels):
    OpenEXR.File({}, {"Z": pixels}).write("seen.exr")
    return OpenEXR.File("seen.exr").channels()["Z"].pixels


for name, view in VIEWS.items():
    back, copied = exr(view), exr(np.ascontiguousarray(view))
    follows = picture.ravel()[(view.ctypes.data - picture.ctypes.data) // 4 :][: view.size]
    is_kept, is_memory = np.array_equal(back, view), np.array_equal(back.ravel(), follows)
    other = oiio.ImageBuf(view).get_pixels(oiio.FLOAT)
    print(f"OpenEXR {OpenEXR.__version__}, {name}: kept {is_kept}, the memory that follows {is_memory}")
    assert back.shape == view.shape
    assert not is_kept
    assert is_memory
    assert np.array_equal(copied, view)
    assert np.array_equal(other, view)
depth = picture[..., 0]
print("one channel of a picture: kept", np.array_equal(channel(depth), depth))
assert np.array_equal(channel(depth).ravel(), picture.ravel()[: depth.size])
PYTHON
