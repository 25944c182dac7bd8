# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a model: cut a 4K turnaround sheet into its views, bring in a model with a million faces.

The naive way to find views reads all pixels in float64; the naive way to stand a model up reads each vertex.
The limit is Blender's importer: ours is the additional time, in one turn of the pump.
"""

from __future__ import annotations

import io
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
from concept_pictures import pictures
from mathutils import Matrix, Vector
from model_files import write_large_glb
from PIL import Image
from turnaround_sheets import draw_sheet

from bench.holds import watched
from bench.table import Row
from easel.imaging.eight_bit import eight_bit
from easel.imaging.model_advice import advice_for
from easel.imaging.opening import open_picture
from easel.imaging.turnaround.cutting import cut_sheet
from easel.imaging.turnaround.gutters import find_views
from easel.scene.models import importing
from easel.scene.models.bring import bring_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

FACES = 1_000_000
SHEET = (5504, 3072)  # pixels: 4K at 16:9, like the models' sheets
TEXTURE = 4096  # pixels a side of each of three, a JPEG of about 14 MB
TINY = {"sheet": (344, 192), "faces": 200, "texture": 32}
PROMISED_MS = 500.0
PROMISED_ADVICE_MS = 100.0
PROMISED_HOLD_MS = 20.0
PROMISED_OURS_MS = 50.0
PROMISED_MIB = 16.0


def rows(sheet: tuple[int, int] = SHEET, faces: int = FACES, texture: int = TEXTURE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    yield from _sheets(sheet)
    yield _advice()
    yield from _models(faces, texture)


def _sheets(sheet: tuple[int, int]) -> Iterator[Row]:
    drawn = draw_sheet(4, size=sheet, shadow=True, noise=True, bent=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.jpg"
        Image.fromarray(drawn.pixels).save(path, quality=95)
        yield Row(
            what="views of a sheet found",
            naive=_best_ms(lambda: _naive(drawn.pixels), 1),
            ours=_best_ms(lambda: find_views(drawn.pixels)),
            unit="ms",
        )
        held = [watched(lambda: cut_sheet(path, Path(folder), "view"))[1] for _ in range(3)]
        yield Row(
            what="sheet read, found, cut and written",
            naive=None,
            ours=min(it.seconds for it in held) * 1000,
            promised=PROMISED_MS,
            unit="ms",
            note=f"{sheet[0]} × {sheet[1]} pixels, JPEG",
        )
        yield Row(
            what="longest hold of the interpreter lock meanwhile",
            naive=None,
            ours=min(it.longest_s for it in held) * 1000,
            promised=PROMISED_HOLD_MS,
            unit="ms",
        )


def _advice() -> Row:
    """Measure a worker's advice on a picture before its model is paid for."""
    data = io.BytesIO()
    next(one for one in pictures(("tree",)) if one.faults == {"text"}).picture.save(data, "PNG")

    def look() -> None:
        with open_picture(data.getvalue()) as image:
            image.thumbnail((512, 512))
            advice_for(eight_bit(image))

    return Row(
        what="advice on a picture of 1024 pixels",
        naive=None,
        ours=_best_ms(look),
        promised=PROMISED_ADVICE_MS,
        unit="ms",
    )


def _models(faces: int, side: int) -> Iterator[Row]:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with tempfile.TemporaryDirectory() as folder:
        path = write_large_glb(Path(folder) / "model.glb", faces, [_noise(side, seed) for seed in range(3)])
        byte_count = path.stat().st_size
        runs = [_bring(path, watches=number == 0) for number in range(3)]
        naive_ms = _best_ms(_stand_naively, 1)
    size = f"{faces:,} faces, {byte_count / 1e6:.0f} MB"
    yield Row(
        what="model brought in, beside Blender's importer",
        naive=naive_ms,
        ours=min(ours for ours, _importer, _mib in runs),
        limit=min(importer for _ours, importer, _mib in runs),
        promised=PROMISED_OURS_MS,
        unit="ms",
        note=f"{size}; processor time; limit: Blender's importer",
    )
    yield Row(
        what="memory of ours at its peak meanwhile",
        naive=None,
        ours=max(mib for _ours, _importer, mib in runs),
        promised=PROMISED_MIB,
        unit="MiB",
    )


def _noise(side: int, seed: int) -> bytes:
    """Return a JPEG texture as large as those of the engines."""
    drawn = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(drawn).save(data, "JPEG", quality=80)
    return data.getvalue()


def _bring(path: Path, *, watches: bool) -> tuple[float, float, float]:
    """Bring in a model. Returns our milliseconds, those of Blender's importer, and our MiB in Python.

    Processor time of all of Blender's threads, because the machine may be busy.
    """
    _empty()
    importer_s = peak = 0.0
    imports = importing.run_importer

    def timed(path: Path, scene: bpy.types.Scene) -> None:
        nonlocal importer_s
        start = time.process_time()
        imports(path, scene)
        importer_s = time.process_time() - start
        if watches:  # slow
            tracemalloc.start()  # without the memory of Blender's importer

    importing.run_importer = timed
    try:
        start = time.process_time()
        bring_model(path, scene=bpy.context.scene, name="Model", height=1.8)
        whole_s = time.process_time() - start
        peak = tracemalloc.get_traced_memory()[1] / 2**20  # 0 if nobody watches
    finally:
        tracemalloc.stop()
        importing.run_importer = imports
    return (whole_s - importer_s) * 1000, importer_s * 1000, peak


def _stand_naively() -> None:
    """Turn, scale and put on the floor, in the obvious way."""
    mesh = bpy.data.objects["Model"].data
    turned = [Matrix.Rotation(0.0, 3, "Z") @ vertex.co for vertex in mesh.vertices]
    low, high = min(point.z for point in turned), max(point.z for point in turned)
    for vertex, point in zip(mesh.vertices, turned, strict=True):
        vertex.co = (point - Vector((0.0, 0.0, low))) * (1.8 / (high - low))
    for polygon in mesh.polygons:
        polygon.use_smooth = True


def _empty() -> None:
    for obj in bpy.data.objects:
        bpy.data.objects.remove(obj)
    bpy.data.orphans_purge()


def _naive(pixels: NDArray[np.uint8]) -> list[int]:
    """Return the borders of runs of columns that are empty: of the corner's colour."""
    difference = np.abs(pixels.astype(np.float64) - pixels[0, 0]).max(axis=2)
    empty = (difference > 20).sum(axis=0) == 0
    return np.flatnonzero(np.diff(empty.astype(int))).tolist()


def _best_ms(call: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * 1000
