#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# scikit-image 0.26.0: `marching_cubes` gives triangles and normals that contradict each other. Of a ball that is denser inside
# the normals point outward, and the triangles are wound inward (volume -4164): a renderer that hides back faces shows its
# far side, lit from without. Of a signed distance, which is less inside, it is the other way round. The
# choice `gradient_direction="ascent"` turns the triangles only, so that both agree: outward for the first, inward for the second.
exec "$(dirname "$0")/python-with" 3.13 scikit-image==0.26.0 numpy==2.5.5 trimesh==5.2.0 <<'PYTHON'
import numpy as np
import skimage
import trimesh
from skimage.measure import marching_cubes

MIDDLE, RADIUS = 16, 10
density = RADIUS - np.linalg.norm(np.indices((33, 33, 33)) - MIDDLE, axis=0)


def directions(field, **options):
    """Return whether the triangles, and the normals, look outward."""
    points, faces, normals, _ = marching_cubes(field, 0, **options)
    volume = trimesh.Trimesh(points, faces, process=False).volume
    outward = ((points - MIDDLE) * normals).sum(axis=1)
    assert abs(abs(volume) / (4 / 3 * np.pi * RADIUS**3) - 1) < 0.02
    assert (outward > 9).all() or (outward < -9).all()
    return bool(volume > 0), bool(outward[0] > 0)


seen = {
    (name, way): directions(field, gradient_direction=way)
    for name, field in (("density", density), ("signed distance", -density))
    for way in ("descent", "ascent")
}
for (name, way), (faces, normals) in seen.items():
    print(f"scikit-image {skimage.__version__}, {name}, {way}: faces outward {faces}, normals outward {normals}")
assert seen["density", "ascent"] == (True, True)
assert seen["signed distance", "ascent"] == (False, False)
assert directions(density) == seen["density", "descent"] == (False, True)
assert directions(-density) == seen["signed distance", "descent"] == (True, False)
PYTHON
