#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: a Radiance HDR whose header says EXPOSURE=4, as Radiance's own filters write it: the light is what
# is stored, divided by 4. Blender loads what is stored. A header of "+Y 4 +X 9" (the bottom row comes first) loads upside
# down, and "-Y 4 -X 9" (from right to left) mirrored, without a warning.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
from pathlib import Path

import bpy
import numpy as np

WIDTH, HEIGHT = 9, 4
light = np.full((HEIGHT, WIDTH), 1.0, np.float32)
light[0], light[:, 0] = 2, 8  # the top row, and the column on the left


def load(name, size, stored, lines=""):
    """Write grey light, not compressed, and return what Blender makes of it, the top row first."""
    exponent = np.log2(stored).astype(np.int32) + 129
    pixels = np.full((*stored.shape, 4), 128, np.uint8)  # 128 / 256 × 2^(exponent - 128)
    pixels[..., 3] = exponent
    head = f"#?RADIANCE\n{lines}FORMAT=32-bit_rle_rgbe\n\n{size}\n"
    Path(name).write_bytes(head.encode() + pixels.tobytes())
    image = bpy.data.images.load(str(Path(name).resolve()))
    values = np.array(image.pixels[:]).reshape(image.size[1], image.size[0], 4)
    return values[::-1, :, 0].astype(np.float32)


plain = load("plain.hdr", "-Y 4 +X 9", light)
exposed = load("exposed.hdr", "-Y 4 +X 9", light * 4, "EXPOSURE=4\n")
from_below = load("below.hdr", "+Y 4 +X 9", light[::-1])
from_right = load("right.hdr", "-Y 4 -X 9", light[:, ::-1])
print(f"Blender {bpy.app.version_string}: plain {plain[:, 4].tolist()}, with an exposure {exposed[:, 4].tolist()}")
print("bottom row first:", from_below[:, 4].tolist(), "from right to left:", from_right[2].tolist())
assert np.array_equal(plain, light)
assert np.array_equal(exposed, light * 4)
assert np.array_equal(from_below, light[::-1])
assert np.array_equal(from_right, light[:, ::-1])
PYTHON
done
