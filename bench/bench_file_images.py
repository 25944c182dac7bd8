# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of a large .blend: the time to open it, and the longest step of searching it."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
from dev_extension import DevExtension

from bench.table import Row

COUNT = 25_000
OPENED = 500
TINY = {"count": 40, "opened": 4}
_TIMES = 9
_MATERIALS = 10
"""One material per this number of images."""


def rows(count: int = COUNT, opened: int = OPENED) -> Iterator[Row]:
    """Measure in one file with `count` images, and materials and objects for some."""
    extension = DevExtension()
    extension.install()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield _opening(extension, opened, Path(folder))
            _fill(count, Path(folder))
            gc.disable()  # with so many objects it takes 70 ms at any moment, whoever made them
            yield from _looked_at(count)
    finally:
        gc.enable()
        extension.remove()


def _opening(extension: DevExtension, count: int, folder: Path) -> Row:
    """Open a file with Easel (and its first turn), and with Easel disabled, alternately."""
    from easel.scene.session import pump

    _fill(count, folder)
    file = str(folder / "opened.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    ours, alone = [], []
    for _ in range(_TIMES):
        begun = time.thread_time()
        bpy.ops.wm.open_mainfile(filepath=file)
        pump.tick()
        ours.append(time.thread_time() - begun)
        extension.disable()
        begun = time.thread_time()
        bpy.ops.wm.open_mainfile(filepath=file)
        alone.append(time.thread_time() - begun)
        extension.enable()
    return Row(
        what=f"opening a .blend with {count} images, beside Blender's own",
        naive=None,
        ours=1e3 * (statistics.median(ours) - statistics.median(alone)),
        promised=5.0,
        unit="ms",
        note=f"Blender's own {1e3 * min(alone):.0f} to {1e3 * max(alone):.0f} ms",
    )


def _looked_at(count: int) -> Iterator[Row]:
    from easel.jobs.file_report import HeldImage
    from easel.scene.history.image_users import Users
    from easel.scene.session import audit

    at_once = _ms(_naive)
    for what, users in (("the panel", None), ("the report, with what uses them", Users())):
        audit.touch()
        images: list[HeldImage] = []
        longest = whole = 0.0
        step = iter(audit.look(images, users))
        while True:
            begun = time.thread_time()
            is_waiting = next(step, None)
            taken = time.thread_time() - begun
            if is_waiting is None:
                break
            if is_waiting:
                time.sleep(0.001)
                continue
            longest, whole = max(longest, taken), whole + taken
        assert len(images) == count
        yield Row(
            what=f"{count:,} images: one step of {what}",
            naive=at_once,
            ours=longest * 1e3,
            promised=16.0 if count == COUNT else None,
            unit="ms",
            note=f"all steps {whole * 1e3:,.0f} ms, no garbage collection; naive: user_map and each file",
        )


def _fill(count: int, folder: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    material = None
    for number in range(count):
        image = bpy.data.images.new(f"image {number:06}", 1, 1)
        image.source = "FILE"
        image.filepath_raw = str(folder / f"{number % 500}.png")
        image["easel_job"], image["easel_index"] = f"{number:032x}", 0
        if number % _MATERIALS == 0:
            material = bpy.data.materials.new(f"material {number:06}")
            if bpy.app.version < (5, 0):
                material.use_nodes = True
            mesh = bpy.data.meshes.new(f"mesh {number:06}")
            mesh.materials.append(material)
            bpy.data.objects.new(f"object {number:06}", mesh)
        material.node_tree.nodes.new("ShaderNodeTexImage").image = image
    for number in range(min(count, 500)):
        (folder / f"{number}.png").touch()


def _naive() -> None:
    bpy.data.user_map()
    for image in bpy.data.images:
        if image.get("easel_job"):
            Path(bpy.path.abspath(image.filepath)).exists()


def _ms(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1e3
