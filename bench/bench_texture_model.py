# SPDX-License-Identifier: GPL-3.0-or-later
"""An object with a million faces: sending it, and recognising it when it returns.

The naive way to recognise it looks up each corner of Blender's mesh by its rounded place and UV.
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from bench.holds import watched
from bench.table import Row
from easel.imaging.surface.glb_mesh import read_glb_mesh
from easel.imaging.surface.matches import Kind
from easel.imaging.surface.matching import compare
from easel.scene.models import surfaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from easel.imaging.surface.glb_mesh import OwnMesh

FACES = 1_000_000
TINY = {"faces": 200}
PROMISED_MAIN_MS = 50.0
PROMISED_HOLD_MS = 20.0
UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def rows(faces: int = FACES) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    side = round((faces / 2) ** 0.5)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=side, y_subdivisions=side)
    obj: Any = bpy.context.object
    layer = bpy.context.view_layer
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.glb"
        start = time.perf_counter()
        tracemalloc.start()
        surfaces.export(obj, path, layer.depsgraph, has_modifiers=True, uv_map="UVMap", has_materials=False)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        yield Row(
            what="object written by Blender's exporter",
            naive=None,
            ours=(time.perf_counter() - start) * 1000,
            unit="ms",
            note=f"{2 * side * side:,} faces, {path.stat().st_size / 1e6:.1f} MB, {peak:.0f} MiB in Python",
        )
        times: list[float] = []
        for _ in range(3):
            start = time.perf_counter()
            own = surfaces.read_own(obj, layer.depsgraph, matrix=UPRIGHT, has_modifiers=True, uv_map="UVMap")
            times.append((time.perf_counter() - start) * 1000)
        yield Row(
            what="its arrays read on the main thread",
            naive=None,
            ours=min(times),
            promised=PROMISED_MAIN_MS,
            unit="ms",
        )
        yield from _compared(own, path, obj)


def _compared(own: OwnMesh, path: Path, obj: Any) -> Iterator[Row]:
    def know() -> None:
        if compare(own, read_glb_mesh(path)).kind is not Kind.UVS:
            raise AssertionError("it was not known again")

    start = time.perf_counter()
    _naively(obj)
    naive_ms = (time.perf_counter() - start) * 1000
    held = [watched(know)[1] for _ in range(3)]
    yield Row(
        what="read, and known to be the same, on a thread",
        naive=naive_ms,
        ours=min(it.seconds for it in held) * 1000,
        unit="ms",
        note="naive: each corner of Blender's mesh by its rounded place and UV",
    )
    yield Row(
        what="longest hold of the interpreter lock meanwhile",
        naive=None,
        ours=min(it.longest_s for it in held) * 1000,
        promised=PROMISED_HOLD_MS,
        unit="ms",
    )


def _naively(obj: Any) -> int:
    """Collect the corners of a mesh in the obvious way."""
    mesh, uvs = obj.data, obj.data.uv_layers.active.uv
    known = {
        (*(round(value, 3) for value in mesh.vertices[loop.vertex_index].co),
         *(round(value, 3) for value in uvs[loop.index].vector))
        for loop in mesh.loops
    }  # fmt: skip
    return len(known)
