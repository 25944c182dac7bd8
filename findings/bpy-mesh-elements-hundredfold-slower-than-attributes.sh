#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23 and 5.3.0: foreach_get and foreach_set, the way that is known to be fast, are 10 to 250 times slower on a
# mesh's elements (vertices.co, uv_layers.data.uv, loops.vertex_index, edges.vertices) than on the attributes that hold
# the very same numbers, although both move whole arrays: each element is looked up by itself. And uv_layers.data.uv has
# become about five times slower from 4.2 to 5.3 (20 to 110 ms for a million corners), where the attribute takes 0.6 ms.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import time

import bpy
import numpy as np

SIDE = 500
bpy.ops.mesh.primitive_grid_add(x_subdivisions=SIDE, y_subdivisions=SIDE)
mesh = bpy.context.object.data
corners, points, edges = len(mesh.loops), len(mesh.vertices), len(mesh.edges)
layer = mesh.uv_layers.active


def fastest(act) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


print(bpy.app.version_string, f"{corners} corners, {points} points, {edges} edges; ms by elements, by attribute")
for what, elements, name, attribute, value, numbers in (
    ("positions", mesh.vertices, "co", "position", "vector", np.empty(points * 3, np.float32)),
    ("UVs", layer.data, "uv", layer.name, "vector", np.empty(corners * 2, np.float32)),
    ("corners' points", mesh.loops, "vertex_index", ".corner_vert", "value", np.empty(corners, np.int32)),
    ("edges' points", mesh.edges, "vertices", ".edge_verts", "value", np.empty(edges * 2, np.int32)),
):
    same = numbers.copy()
    held = mesh.attributes[attribute].data
    slow = fastest(lambda: elements.foreach_get(name, numbers))
    quick = fastest(lambda: held.foreach_get(value, same))
    slow_set = fastest(lambda: elements.foreach_set(name, numbers))
    quick_set = fastest(lambda: held.foreach_set(value, numbers))
    print(f"  {what}: get {slow:.1f}, {quick:.2f}; set {slow_set:.1f}, {quick_set:.2f}")
    assert np.array_equal(numbers, same)
    assert slow > 5 * quick and slow_set > 5 * quick_set, "the elements are as quick as the attribute now"
PYTHON
done
