#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# potpourri3d 1.4.0: distances along a surface by the heat method, in a mesh of two unit balls that touch nowhere. The
# distance to the other ball should be infinite. It is 1.56 at each of its points, as far as a quarter round the first ball,
# whose far pole is 3.11 away: whoever selects by distance takes all of the other before that. It is 1.56 whether the balls are 3 or
# 10,000 apart, also for a cloud of points. `heat_geodesics_solve` of libigl 2.6.3 says 1.77, and its `exact_geodesic`, which
# is right on the first ball (3.14), says 0. None of them warns.
exec "$(dirname "$0")/python-with" 3.13 potpourri3d==1.4.0 libigl==2.6.3 trimesh==5.2.0 numpy==2.5.5 scipy==1.18.1 <<'PYTHON'
import igl
import numpy as np
import potpourri3d
import trimesh

ball = trimesh.creation.icosphere(subdivisions=4)
count = len(ball.vertices)


def both(gap):
    points = np.vstack([ball.vertices, ball.vertices + [gap, 0, 0]])
    return points, np.vstack([ball.faces, ball.faces + count]).astype(np.int64)


def measured(distances):
    return tuple(round(float(value), 2) for value in (distances[:count].max(), distances[count:].min(), distances[count:].max()))


seen = {}
for gap in (3, 50, 10_000):
    points, faces = both(gap)
    seen["mesh", gap] = measured(potpourri3d.MeshHeatMethodDistanceSolver(points, faces).compute_distance(0))
    seen["cloud", gap] = measured(potpourri3d.PointCloudHeatSolver(points).compute_distance(0))
points, faces = both(3)
vertices = np.arange(2 * count)
data = igl.HeatGeodesicsData()
igl.heat_geodesics_precompute(points, faces, data)
by_heat = measured(igl.heat_geodesics_solve(data, np.array([0])))
nothing = np.empty(0, np.int64)
exact = measured(igl.exact_geodesic(points, faces, np.array([0]), nothing, vertices, nothing))
print(f"libigl: by heat {by_heat}, exact {exact}")
for name, found in seen.items():
    print(f"{name}: farthest on the ball itself, nearest and farthest on the other: {found}")
assert by_heat == (3.11, 1.77, 1.77)
assert exact == (3.14, 0, 0)
assert all(found == (3.11, 1.56, 1.56) for found in seen.values())
PYTHON
