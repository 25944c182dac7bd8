#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# PyOpenColorIO 2.6.0: applyRGB and applyRGBA convert numpy arrays in place, also those that are marked as read-only: a
# cached picture changes, and so does a view that numpy refuses to write to. numpy and OpenImageIO respect the mark.
"$(dirname "$0")/python-with" 3.13 opencolorio==2.6.0 openimageio==3.2.2.0 numpy==2.5.5 <<'PYTHON'
import numpy as np
import OpenImageIO as oiio
import PyOpenColorIO as ocio

DOUBLE = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
raw = ocio.Config.CreateRaw()
doubling = raw.getProcessor(ocio.MatrixTransform(DOUBLE, [0] * 4)).getDefaultCPUProcessor()


def read_only(channels):
    cached = np.full((4, 4, channels), 0.25, np.float32)
    view = cached.view()
    view.flags.writeable = False
    return cached, view


for name, channels in (("applyRGB", 3), ("applyRGBA", 4)):
    cached, view = read_only(channels)
    try:
        view += 1
        raise AssertionError
    except ValueError:
        pass  # numpy refuses
    getattr(doubling, name)(view)
    print(f"PyOpenColorIO {ocio.__version__}, {name}: 0.25 in a read-only array is {view[0, 0, 0]} now")
    assert not view.flags.writeable
    assert view[0, 0, 0] == cached[0, 0, 0] == 0.5
cached, view = read_only(3)
oiio.ImageBufAlgo.mul(oiio.ImageBuf(view), 2.0)
assert (cached == 0.25).all()
PYTHON
