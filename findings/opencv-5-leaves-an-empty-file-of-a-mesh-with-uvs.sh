#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenCV 5.0.0 can read and write meshes. `saveMesh` of the very arrays that `loadMesh` gave for a textured OBJ returns as it
# always does, and leaves a file of 0 bytes, also where the model was; the reason goes to the log only. Texture coordinates
# must be of shape 1 × n × 3, though the docs allow two numbers and `loadMesh` gives n × 2. The OBJ that is written then has
# `vt` lines but no face that refers to them, so trimesh finds no UVs. It also rounds to six digits: points 4 mm apart, 1 km
# from the origin, become one. A PLY keeps both.
exec "$(dirname "$0")/python-with" 3.13 opencv-python-headless==5.0.0.93 trimesh==5.2.0 numpy==2.5.5 pillow==13.0.0 <<'PYTHON'
from pathlib import Path

import cv2
import numpy as np
import trimesh

OBJ = """v 0 0 0
v 1 0 0
v 1 1 0
vt 0 0
vt 0.5 0
vt 0.5 1
vn 0 0 1
f 1/1/1 2/2/1 3/3/1
"""


def has_uvs(path):
    return getattr(trimesh.load_mesh(path, process=False).visual, "uv", None) is not None


Path("model.obj").write_text(OBJ)
assert has_uvs("model.obj")
points, faces, normals, _, uvs = cv2.loadMesh("model.obj")
print(f"OpenCV {cv2.__version__} loads points {points.shape}, normals {normals.shape}, UVs {uvs.shape}")
sizes = {}
for name in ("model.obj", "model.ply"):
    assert cv2.saveMesh(name, points, faces, normals=normals, texCoords=uvs) is None
    sizes[name] = Path(name).stat().st_size
print("saved as they were loaded, bytes:", sizes)
assert set(sizes.values()) == {0}

wide = np.pad(uvs, ((0, 0), (0, 1)))[None]
cv2.saveMesh("wide.obj", points, faces, normals=normals, texCoords=wide)
lines = Path("wide.obj").read_text().splitlines()
used = [line.strip() for line in lines if line.startswith("f ")]
print("with three numbers each:", used, "UVs in trimesh", has_uvs("wide.obj"))
assert sum(line.startswith("vt ") for line in lines) == 3
assert used == ["f 1 2 3"]
assert not has_uvs("wide.obj")

far = (points * 0.004 + 1000).astype(np.float32)
apart = {}
for name in ("far.obj", "far.ply"):
    cv2.saveMesh(name, far, faces)
    apart[name] = round(float(np.ptp(cv2.loadMesh(name)[0][0, :, 0])), 4)
print("points that are 0.004 apart, 1000 from the origin:", apart)
assert apart == {"far.obj": 0.0, "far.ply": 0.004}
PYTHON
