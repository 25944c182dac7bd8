#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23 and 5.3.0: an image whose `alpha_mode` is CHANNEL_PACKED (alpha is a fourth map, not transparency), saved as WebP
# with `quality=100`, which Blender writes without loss. Where the fourth map is 0, red, green and blue are gone; elsewhere
# every value is kept. PNG, TIFF, Targa and JPEG 2000 keep them all.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import tempfile
from pathlib import Path

import bpy
import numpy as np

SIZE = 64
folder = Path(tempfile.mkdtemp())
maps = (np.random.default_rng(1).integers(0, 256, (SIZE, SIZE, 4)) / 255).astype(np.float32)
maps[: SIZE // 2, :, 3] = 0
maps[SIZE // 2 :, :, 3] = 1


def kept(file_format):
    packed = bpy.data.images.new(file_format, SIZE, SIZE, alpha=True)
    packed.alpha_mode = "CHANNEL_PACKED"
    packed.pixels.foreach_set(maps.ravel())
    packed.filepath_raw, packed.file_format = str(folder / file_format), file_format
    packed.save(quality=100)
    loaded = bpy.data.images.load(packed.filepath_raw)
    loaded.alpha_mode = "CHANNEL_PACKED"
    pixels = np.empty(maps.size, np.float32)
    loaded.pixels.foreach_get(pixels)
    same = (np.abs(pixels.reshape(maps.shape) - maps) < 1 / 512).all(-1)
    return round(float(same[: SIZE // 2].mean()), 2), float(same[SIZE // 2 :].mean())


seen = {file_format: kept(file_format) for file_format in ("WEBP", "PNG", "TIFF", "TARGA", "JPEG2000")}
print(bpy.app.version_string, seen)
assert seen.pop("WEBP") == (0.0, 1.0), "WebP keeps them now, or is not without loss"
assert set(seen.values()) == {(1.0, 1.0)}
PYTHON
done
