# SPDX-License-Identifier: GPL-3.0-or-later
"""Fourteen 4K sources from Blender at once, and a 4K result into it: the main thread's time, and memory."""

from __future__ import annotations

import gc
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import PIL.Image
from dev_extension import DevExtension

from bench import pictures
from bench.table import Row

if TYPE_CHECKING:
    from easel.jobs.job import Job

SIZE = 4096
COUNT = 14  # the most sources that a model takes
SEVERAL = 24
TINY = {"size": 64}
STATM = Path("/proc/self/statm")
PAGE = 4096  # bytes


class Memory:
    """The peak of memory during a `with` block, above the initial memory."""

    def __init__(self) -> None:
        self._first = self._most = self._now()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def megabytes(self) -> float:
        return (self._most - self._first) * PAGE / 1e6

    def _watch(self) -> None:
        while not self._is_over.wait(0.005):
            self._most = max(self._most, self._now())

    @staticmethod
    def _now() -> int:
        return int(STATM.read_text().split()[1]) if STATM.exists() else 0  # only Linux reports it easily


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    extension = DevExtension()
    extension.install()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "source.png"
            values = pictures.painted(size)
            PIL.Image.fromarray(values).save(path, compress_level=1)
            yield from _painted(path, pictures.as_buffer(values), Path(folder))
            yield from _clean(path, Path(folder))
            yield from _placing(path, Path(folder))
            yield from _several(path, Path(folder))
    finally:
        extension.remove()


def _painted(path: Path, buffer: np.ndarray, folder: Path) -> Iterator[Row]:
    images = []
    for _ in range(COUNT):
        image = bpy.data.images.load(str(path))
        image.pixels.foreach_set(buffer)
        images.append(image)
    naive_s = time.perf_counter()
    images[0].pixels[:]
    naive_s = time.perf_counter() - naive_s
    gc.collect()
    turns, memory = _send(images, folder)
    alone = _read_alone(images)
    yield Row(
        what=f"{COUNT} painted, all in all",
        naive=naive_s * COUNT,
        ours=sum(turns),
        promised=0.6,
        unit="s",
        note="naive: pixels[:] of one, times 14",
    )
    yield Row(
        what="- the same against foreach_get alone",
        naive=None,
        ours=sum(turns) / sum(alone),
        promised=1.5,
        unit="×",
        note=f"which takes {sum(alone):.2f} s",
    )
    yield Row(
        what="- longest turn, beyond the longest foreach_get alone",
        naive=None,
        ours=1000 * (max(turns) - max(alone)),
        promised=5,
        unit="ms",
        note=f"which takes {1000 * max(alone):.0f} ms",
    )
    yield Row(what="- at a time", naive=None, ours=1000 * max(turns), promised=60, unit="ms")
    yield Row(what="- more memory", naive=None, ours=memory, promised=450, unit="MB")
    for image in images:
        bpy.data.images.remove(image)


def _read_alone(images: list[bpy.types.Image]) -> list[float]:
    """Return the seconds in which Blender copies each image's pixels into mapped memory."""
    buffer = np.ones(max(len(image.pixels) for image in images), np.float32)
    spent = []
    for image in images:
        begun = time.thread_time()
        image.pixels.foreach_get(buffer[: len(image.pixels)])
        spent.append(time.thread_time() - begun)
    return spent


def _clean(path: Path, folder: Path) -> Iterator[Row]:
    images = [bpy.data.images.load(str(path), check_existing=False) for _ in range(COUNT)]
    gc.collect()
    turns, memory = _send(images, folder)
    yield Row(
        what=f"{COUNT} clean files, all in all",
        naive=None,
        ours=1000 * sum(turns),
        limit=1000 * COUNT * BLENDERS_DECODE_S,
        unit="ms",
        note="limit: Blender's decode, which never happens",
    )
    yield Row(what="- more memory", naive=None, ours=memory, promised=16, unit="MB")
    for image in images:
        bpy.data.images.remove(image)


BLENDERS_DECODE_S = 0.3  # about, for one 4K PNG


def _send(images: list[bpy.types.Image], folder: Path) -> tuple[list[float], float]:
    """Take and encode sources like a job. Returns the main thread's seconds per turn, and MB."""
    import easel.imaging.pixels  # noqa: F401  imports at first use are not the sources' memory
    from easel.imaging.snapshot import PendingPixels
    from easel.imaging.upload import prepare_upload
    from easel.scene.sources import pixels
    from easel.scene.sources.snapshots import snapshot

    turns = []
    with Memory() as memory:
        begun = time.thread_time()
        taken = [snapshot(image) for image in images]
        turns.append(time.thread_time() - begun)

        def encode() -> None:
            for number, source in enumerate(taken):
                ready = source.wait(threading.Event()) if isinstance(source, PendingPixels) else source
                assert ready is not None
                prepare_upload(ready, folder, f"sent-{number}")
                if isinstance(source, PendingPixels):
                    source.released.set()

        worker = threading.Thread(target=encode)
        worker.start()
        while worker.is_alive():
            begun = time.thread_time()
            pixels.read_next()
            turns.append(time.thread_time() - begun)
            time.sleep(0.02)
    return turns, memory.megabytes


def _placing(path: Path, folder: Path) -> Iterator[Row]:
    from easel.scene.placement.place import PlacementSettings, place

    library = folder / "library"
    library.mkdir()
    result = library / "result.png"
    result.write_bytes(path.read_bytes())
    blenders, ours = [], []
    for _ in range(5):
        begun = time.perf_counter()
        image = bpy.data.images.load(str(result), check_existing=False)
        image.pack()
        blenders.append(time.perf_counter() - begun)
        bpy.data.images.remove(image)
        job = _job(result)
        begun = time.perf_counter()
        placed = place(job, PlacementSettings())
        ours.append(time.perf_counter() - begun)
        bpy.data.images.remove(bpy.data.images[placed.images[0]])
    yield Row(
        what="a 4K result becomes a packed image",
        naive=None,
        ours=1000 * (min(ours) - min(blenders)),
        promised=5,
        unit="ms",
        note=f"beside Blender's own {1000 * min(blenders):.0f} ms of reading it",
    )


def _several(path: Path, folder: Path) -> Iterator[Row]:
    """Measure placing as `scene.session.placing` does it, against placing all at once."""
    from easel.scene.placement.delivery import names_of
    from easel.scene.placement.kept_files import make_ready
    from easel.scene.placement.place import PlacementSettings, place
    from easel.threads.ahead import Ahead

    library = folder / "several"
    library.mkdir()
    jobs: list[Job] = []
    for number in range(SEVERAL):
        file = library / f"{number}.png"
        file.write_bytes(path.read_bytes())
        jobs.append(replace(_job(file), id=f"{number:032x}"))
    names = []
    begun = time.perf_counter()
    for job in jobs:
        names += place(job, PlacementSettings()).images
    at_once = time.perf_counter() - begun
    _remove(names)
    ahead = Ahead("several", range(SEVERAL), lambda number: make_ready(names_of(jobs[number]), None), most=3)
    turns, names = [], []
    while not ahead.is_over:
        if (taken := ahead.take()) is None:
            time.sleep(0.001)
            continue
        number, ready = taken
        begun = time.thread_time()
        names += place(jobs[number], PlacementSettings(contents=ready.contents)).images
        turns.append(time.thread_time() - begun)
    _remove(names)
    yield Row(
        what=f"{SEVERAL} images of the library placed at a click: the longest turn",
        naive=1000 * at_once,
        ours=1000 * max(turns),
        promised=None,
        unit="ms",
        note=f"{path.stat().st_size / 1e6:.0f} MB each; naive: all in one turn",
    )


def _remove(names: list[str]) -> None:
    for name in names:
        bpy.data.images.remove(bpy.data.images[name])


def _job(path: Path) -> Job:
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest
    from easel.jobs.job import Job, JobState, Result
    from easel.jobs.placement import Placement

    result: dict[str, Any] = {"sha256": "", "byte_count": path.stat().st_size}
    with PIL.Image.open(path) as image:
        result["width"], result["height"] = image.size
    return Job(
        id="0" * 32,
        state=JobState.DONE,
        request=GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt="Old copper"),
        placement=Placement(),
        server="simulator",
        price=15,
        created_at=1.0,
        updated_at=1.0,
        results=(Result(index=0, path=path, **result),),
    )
