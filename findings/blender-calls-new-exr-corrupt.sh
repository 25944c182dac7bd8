#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenEXR 3.5.3 and Blender 5.3.0 (its bpy): a picture in one of the compressions that are new in OpenEXR 3.5, ZSTD and LJ2K,
# loads with size (0, 0), and the console speaks of a corrupt file, not of an unknown compression. The other twelve load.
exec "$(dirname "$0")/python-with" 3.13 openexr==3.5.3 bpy==5.3.0 <<'PYTHON'
from pathlib import Path

import bpy
import numpy as np
import OpenEXR

pixels = np.random.default_rng(3).random((64, 64, 4), np.float32)
unread = set()
names = [name for name in dir(OpenEXR) if name.endswith("_COMPRESSION")]
for name in names:
    path = Path(f"{name}.exr").resolve()
    header = {"compression": getattr(OpenEXR, name), "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"RGBA": pixels}).write(str(path))
    read = OpenEXR.File(str(path)).channels()["RGBA"].pixels
    assert np.abs(read - pixels).max() < 0.05, name  # the library that wrote it reads it
    image = bpy.data.images.load(str(path))
    if tuple(image.size) != (64, 64):
        unread.add(name)
print(f"Blender {bpy.app.version_string}: of {len(names)} compressions it can't read {sorted(unread)}")
assert len(names) == 14
assert unread == {"ZSTD_COMPRESSION", "LJ2K_COMPRESSION"}
PYTHON
