# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources from Blender, 4096 x 4096 RGBA: time on the main thread, against the obvious implementation."""

from __future__ import annotations

import gc
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
import PIL.Image
from dev_extension import DevExtension

from bench import pictures
from bench.table import Row

SIZE = 4096
TINY = {"size": 64}

Make = Callable[[], bpy.types.Image]


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure each state of an image once, like the first click after opening a file."""
    extension = DevExtension()
    extension.install()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield from _rows(size, Path(folder))
    finally:
        extension.remove()


def _rows(size: int, folder: Path) -> Iterator[Row]:
    values = pictures.painted(size)
    buffer = pictures.as_buffer(values)
    path = folder / "source.png"
    PIL.Image.fromarray(values).save(path, compress_level=1)

    def clean() -> bpy.types.Image:
        return bpy.data.images.load(str(path))

    def packed() -> bpy.types.Image:
        image = clean()
        image.pack()
        return image

    def painted() -> bpy.types.Image:
        image = clean()
        image.pixels.foreach_set(buffer)
        return image

    def generated() -> bpy.types.Image:
        return bpy.data.images.new("Generated", size, size, alpha=True)

    def floating() -> bpy.types.Image:
        image = bpy.data.images.new("Float", size, size, alpha=True, float_buffer=True)
        image.pixels.foreach_set(buffer)
        return image

    def save_render(image: bpy.types.Image) -> None:
        image.save_render(str(folder / "naive.png"))

    yield _row("clean file", clean, save_render, "naive: save_render")
    yield _row("packed", packed, save_render, "naive: save_render")
    for what, make in (("painted", painted), ("generated", generated), ("float", floating)):
        yield _row(what, make, lambda image: image.pixels[:], "naive: pixels[:]; limit: memcpy", buffer)
    yield _describing(clean)


def _row(
    what: str,
    make: Make,
    naive: Callable[[bpy.types.Image], object],
    note: str,
    copied: np.ndarray | None = None,
) -> Row:
    ours_ms = min(_timed(_take, make) for _ in range(3))
    naive_ms = _timed(naive, make)
    limit_ms = None if copied is None else min(_copy_ms(copied) for _ in range(3))
    return Row(what=what, naive=naive_ms, ours=ours_ms, limit=limit_ms, unit="ms", note=note)


def _describing(make: Make) -> Row:
    from easel.scene.listing.describe import describe

    def naive(image: bpy.types.Image) -> object:
        return image.size[0]

    ours_ms = min(_timed(describe, make) for _ in range(3))
    return Row(
        what="size of a file, for a panel",
        naive=_timed(naive, make),
        ours=ours_ms,
        unit="ms",
        note="naive: image.size, which decodes",
    )


def _take(image: bpy.types.Image) -> None:
    """Do the work of the click and of the pump's next tick."""
    from easel.imaging.snapshot import PendingPixels
    from easel.scene.sources import pixels
    from easel.scene.sources.snapshots import snapshot

    taken = snapshot(image)
    if isinstance(taken, PendingPixels):
        while pixels.read_next() and not taken.is_settled:
            time.sleep(0.002)  # a thread makes the buffer
        assert taken.wait(threading.Event(), timeout_s=0) is not None
        taken.released.set()


def _timed(run: Callable[[bpy.types.Image], object], make: Make) -> float:
    image = make()
    gc.collect()
    begin = time.thread_time()
    run(image)
    spent_ms = (time.thread_time() - begin) * 1000
    bpy.data.images.remove(image)
    return spent_ms


def _copy_ms(buffer: np.ndarray) -> float:
    to = np.empty_like(buffer)
    to.fill(0)  # maps its pages
    begin = time.perf_counter()
    np.copyto(to, buffer)
    return (time.perf_counter() - begin) * 1000
