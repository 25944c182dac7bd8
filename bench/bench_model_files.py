# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's files: checking a GLB and a ZIP of 64 MB, and preparing the picture to send.

No file is in memory as a whole, and nothing blocks the window.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw

from bench.holds import watched
from bench.table import Row
from easel.imaging.model_files import look_at_model, unpack
from easel.imaging.model_input import InputRule, make_model_input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEBIBYTE: Final = 1 << 20
TINY: Final = {"megabytes": 1, "side": 256}
MOST_MEMORY: Final = 16.0  # MiB
MOST_HELD_MS: Final = 10.0


def rows(megabytes: int = 64, side: int = 4096) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        glb, archive = folder / "robot.glb", folder / "robot.zip"
        _write_glb(glb, megabytes * MEBIBYTE)
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("robot.obj", b"v 0 0 0\n" * 1000)
            packed.writestr("texture.png", os.urandom(megabytes * MEBIBYTE))
        yield _row("look at a GLB", lambda: look_at_model(glb), lambda: _read_whole(glb))
        unpacked = folder / "unpacked"
        yield _row("unpack a ZIP", lambda: unpack(archive, unpacked), lambda: _read_all(archive))
        yield Row(
            what="unpack a ZIP: memory",
            naive=_memory_mib(lambda: _read_all(archive)),
            ours=_memory_mib(lambda: unpack(archive, unpacked)),
            unit="MiB",
            promised=MOST_MEMORY,
        )
        picture = Image.new("RGB", (side, side), "white")
        ImageDraw.Draw(picture).ellipse((side // 4, side // 8, side * 3 // 4, side * 7 // 8), fill="brown")
        picture.save(folder / "picture.png")
        rule = InputRule(cuts=True, max_side=2048, max_bytes=6_000_000)
        make_model_input(folder / "picture.png", folder, "warm", rule)  # for the imports, once
        _sent, held = watched(lambda: make_model_input(folder / "picture.png", folder, "sent", rule))
        yield Row(what="cut the object of a picture out", naive=None, ours=1000 * held.seconds, unit="ms")
        yield Row(
            what="… the lock held at a time",
            naive=None,
            ours=1000 * held.longest_s,
            unit="ms",
            promised=MOST_HELD_MS,
        )


def _write_glb(path: Path, size: int) -> None:
    document = {
        "accessors": [{"count": 3_000_000}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 0}]}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + size, len(text), b"JSON")
    with path.open("wb") as file:
        file.write(head + text + struct.pack("<I4s", size, b"BIN\0"))
        file.write(np.zeros(size, np.uint8).tobytes())


def _row(what: str, ours: Callable[[], object], naive: Callable[[], object]) -> Row:
    return Row(what=what, naive=_ms(naive), ours=_ms(ours), unit="ms")


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _memory_mib(work: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MEBIBYTE
    finally:
        tracemalloc.stop()


def _read_whole(path: Path) -> int:
    return len(path.read_bytes())


def _read_all(path: Path) -> list[int]:
    with zipfile.ZipFile(path) as archive:
        whole = [archive.read(name) for name in archive.namelist()]
    return [len(data) for data in whole]
