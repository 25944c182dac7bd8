#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trimesh 5.2.0: two textured planes joined by `trimesh.util.concatenate`, which packs their pictures on one. The UVs of a
# plane whose texture repeats twice or three times (0 to 2, 0 to 3) all become one point of the joined picture: the plane has
# one colour. At 1.5 repeats half a picture is stretched over it. No warning. With UVs from 0 to 1 all is right.
"$(dirname "$0")/python-with" 3.13 trimesh==5.2.0 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
import numpy as np
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial
from trimesh.visual.texture import TextureVisuals

CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
ramp = Image.fromarray(np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))).convert("RGB")


def plane(x, repeats, picture):
    made = trimesh.Trimesh(np.pad(CORNERS, ((0, 0), (0, 1))) + [x, 0, 0], [[0, 1, 2], [0, 2, 3]], process=False)
    made.visual = TextureVisuals(uv=CORNERS * repeats, material=PBRMaterial(baseColorTexture=picture))
    return made


def pixels_across(repeats):
    joined = trimesh.util.concatenate([plane(0, repeats, ramp), plane(3, 1, Image.new("RGB", (64, 64), "green"))])
    width = joined.visual.material.baseColorTexture.size[0]
    return round(float(np.ptp(joined.visual.uv[:4, 0])) * width)


seen = {repeats: pixels_across(repeats) for repeats in (1, 1.5, 2, 3)}
print(trimesh.__version__, "pixels of the picture across the plane, by repeats:", seen)
assert seen[1] > 55
assert seen[2] == seen[3] == 0
assert 25 < seen[1.5] < 35
PYTHON
