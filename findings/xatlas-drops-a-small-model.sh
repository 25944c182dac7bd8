#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# xatlas 0.0.11: a sphere of 6 mm (in metres, 5,120 faces) gets no chart at all and UVs that are NaN, without an error; at
# 2 cm it is unwrapped. The faces' areas are compared with a fixed size, whatever the model's: scale it up before the
# unwrap, and check the UVs after it.
exec "$(dirname "$0")/python-with" 3.13 xatlas==0.0.11 numpy==2.5.5 trimesh==5.2.0 <<'PYTHON'
import numpy as np
import trimesh
import xatlas

sphere = trimesh.creation.icosphere(subdivisions=4)
faces = sphere.faces.astype(np.uint32)
seen = {}
for radius in (1.0, 0.01, 0.003):
    points = (sphere.vertices * radius).astype(np.float32)
    atlas = xatlas.Atlas()
    atlas.add_mesh(points, faces)
    atlas.generate()
    _, _, uvs = xatlas.parametrize(points, faces)
    seen[radius] = (atlas.chart_count > 0, bool(np.isfinite(uvs).all()))
    print(f"radius {radius} m: {atlas.chart_count} charts, UVs finite: {seen[radius][1]}")
assert seen == {1.0: (True, True), 0.01: (True, True), 0.003: (False, False)}
PYTHON
