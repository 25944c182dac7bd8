#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenImageIO 3.2.2: write() says True for a JPEG 2000 (.jp2) of under 32 pixels, and the file is a header of 77 bytes with
# no picture in it: neither OpenImageIO nor Pillow can read it. From 32 pixels on it is lossless. Of .jph (HTJ2K), write()
# says True too, at every size, and leaves a file of 0 bytes. Whoever goes by the return value loses icons and swatches.
exec "$(dirname "$0")/python-with" 3.13 openimageio==3.2.2.0 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from PIL import Image


def written(size, name):
    pixels = np.random.default_rng(1).integers(0, 256, (size, size, 3), np.uint8)
    says = oiio.ImageBuf(pixels).write(name)
    try:
        is_kept = bool(np.array_equal(np.asarray(Image.open(name)), pixels))
    except OSError:
        is_kept = False
    return says, is_kept, Path(name).stat().st_size


seen = {(size, ending): written(size, f"{size}.{ending}") for size in (16, 31, 32, 64) for ending in ("jp2", "jph")}
for (size, ending), (says, is_kept, byte_count) in seen.items():
    print(f"OpenImageIO {oiio.__version__}, {size} px, .{ending}: write() {says}, kept {is_kept}, {byte_count} bytes")
assert all(says for says, _, _ in seen.values())
assert [seen[size, "jp2"][1] for size in (16, 31, 32, 64)] == [False, False, True, True]
assert {seen[size, "jp2"][2] for size in (16, 31)} == {77}
assert {seen[size, "jph"][1:] for size in (16, 31, 32, 64)} == {(False, 0)}
PYTHON
