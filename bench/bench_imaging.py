# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding, checking and memory of images, each against the obvious implementation."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np
import PIL.Image

from bench import pictures
from bench.table import Row
from easel.imaging import check, pixels, png
from easel.imaging.snapshot import Encoding, PixelsSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Encoder = Callable[[BinaryIO, NDArray[np.float32], int], None]

Result = TypeVar("Result")

SIZE = 4096
TINY = {"size": 64}
CONTENTS = (pictures.photograph, pictures.noise, pictures.flat, pictures.painted)


def rows(size: int = SIZE) -> Iterator[Row]:
    """Measure, and yield a row as soon as it is known."""
    for content in CONTENTS:
        yield from _encoding(content.__name__, pictures.as_buffer(content(size)), size)
    painted = pictures.as_buffer(pictures.painted(size))
    yield from _conversion(painted, size)
    yield from _footprint(painted, size)
    yield from _checking(size)


def _encoding(name: str, buffer: NDArray[np.float32], size: int) -> Iterator[Row]:
    naive_ms, naive_mb = _timed(lambda: _encoded_mb(_naive_png, buffer, size))
    ours_ms, ours_mb = min(_timed(lambda: _encoded_mb(_our_png, buffer, size)) for _ in range(3))
    yield Row(
        what=f"{name}: pixels to PNG",
        naive=naive_ms,
        ours=ours_ms,
        promised=naive_ms / 6,
        unit="ms",
    )
    yield Row(
        what=f"{name}: bytes of the PNG",
        naive=naive_mb,
        ours=ours_mb,
        promised=naive_mb * 1.15,
        unit="MB",
    )


def _conversion(buffer: NDArray[np.float32], size: int) -> Iterator[Row]:
    copy_ms = _best_ms(lambda: buffer.reshape(size, -1).astype(np.uint8), 3)
    for encoding, naive in ((Encoding.SRGB_BYTES, _naive_bytes), (Encoding.LINEAR, _naive_srgb)):
        reader = pixels.PixelRows(_snapshot(buffer, size, encoding))
        ours_ms = _best_ms(lambda: reader.read(0, size), 3)  # noqa: B023 - called at once
        naive_ms = _best_ms(lambda: naive(buffer, size), 1)  # noqa: B023
        what = (
            "float to 8 bits, flipped"
            if encoding is Encoding.SRGB_BYTES
            else "linear to sRGB, un-premultiplied"
        )
        yield Row(
            what=what, naive=naive_ms, ours=ours_ms, limit=copy_ms, unit="ms", note="limit: a plain cast"
        )


def _footprint(buffer: NDArray[np.float32], size: int) -> Iterator[Row]:
    # In separate processes: else the next run would reuse freed memory unnoticed.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        naive_mib, ours_mib = pool.map(_extra_mib, (_naive_png, _our_png), (size, size))
        elsewhere = pool.submit(_extra_mib, _our_png, size)
        elsewhere_ms = _longest_freeze_ms(elsewhere.result, 1)
    if naive_mib is not None and ours_mib is not None:
        yield Row(what="pixels to PNG: extra memory", naive=naive_mib, ours=ours_mib, unit="MiB")
    yield Row(
        what="pixels to PNG: longest freeze",
        naive=_longest_freeze_ms(lambda: _encoded_mb(_naive_png, buffer, size), 1),
        ours=_longest_freeze_ms(lambda: _encoded_mb(_our_png, buffer, size), 3),
        limit=elsewhere_ms,
        unit="ms",
        note="of a thread that ticks each ms; limit: encoding in another process",
    )


def _checking(size: int) -> Iterator[Row]:
    image = PIL.Image.fromarray(pictures.photograph(size)[..., :3])
    with tempfile.TemporaryDirectory() as folder:
        for kind in check.Format:
            path = Path(folder, "image")
            image.save(path, kind.value, quality=90)
            small = Path(folder, "small.png")
            naive_ms = _best_ms(lambda: _naive_check(path, small), 1)  # noqa: B023
            ours_ms = _best_ms(lambda: check.check_image(path, thumbnail=small), 2)  # noqa: B023
            header_ms = _best_ms(lambda: check.read_header(path), 3)  # noqa: B023
            freeze_ms = _longest_freeze_ms(lambda: check.check_image(path, thumbnail=small), 2)  # noqa: B023
            yield Row(
                what=f"{kind.value} result: check and thumbnail",
                naive=naive_ms,
                ours=ours_ms,
                unit="ms",
                note=f"header alone {header_ms:.1f} ms; longest freeze {freeze_ms:.0f} ms",
            )


def _snapshot(buffer: NDArray[np.float32], size: int, encoding: Encoding) -> PixelsSnapshot:
    return PixelsSnapshot(pixels=buffer, width=size, height=size, channels=4, encoding=encoding)


def _encoded_mb(encode: Encoder, buffer: NDArray[np.float32], size: int) -> float:
    with tempfile.TemporaryFile() as file:
        encode(file, buffer, size)
        return file.tell() / 1e6


def _our_png(file: BinaryIO, buffer: NDArray[np.float32], size: int) -> None:
    png.write_png(file, pixels.PixelRows(_snapshot(buffer, size, Encoding.SRGB_BYTES)))


def _naive_png(file: BinaryIO, buffer: NDArray[np.float32], size: int) -> None:
    PIL.Image.fromarray(_naive_bytes(buffer, size)).save(file, "PNG")


def _naive_bytes(buffer: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    return np.flipud((buffer.reshape(size, size, 4).astype(np.float64) * 255).round().astype(np.uint8))


def _naive_srgb(buffer: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    values = np.flipud(buffer.reshape(size, size, 4)).copy()
    colours = values[..., :3] / np.maximum(values[..., 3:], 1e-6)
    low, high = colours * 12.92, 1.055 * np.power(np.clip(colours, 0, 1), 1 / 2.4) - 0.055
    values[..., :3] = np.where(colours <= 0.0031308, low, high)
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def _naive_check(path: Path, small: Path) -> None:
    with PIL.Image.open(path) as image:
        image.load()
    with PIL.Image.open(path) as image:
        image.resize((256, 256), PIL.Image.Resampling.LANCZOS).save(small, "PNG")


def _best_ms(call: Callable[[], object], repeats: int) -> float:
    return min(_timed(call)[0] for _ in range(repeats))


def _timed(call: Callable[[], Result]) -> tuple[float, Result]:
    """Return milliseconds and the result."""
    started = time.perf_counter()
    result = call()
    return (time.perf_counter() - started) * 1e3, result


def _longest_freeze_ms(call: Callable[[], object], repeats: int) -> float:
    """Return the longest gap between ticks of another thread while `call` runs; the best of some runs."""
    return min(_watched(call)[1] for _ in range(repeats)) * 1e3


def _extra_mib(encode: Encoder, size: int) -> float | None:
    """Return the memory of encoding beyond pixel buffer and file (Linux), in a fresh process."""
    _encoded_mb(encode, pictures.as_buffer(pictures.flat(64)), 64)  # imports, threads
    buffer = pictures.as_buffer(pictures.flat(size))
    before = _resident_mib()
    peak, _ = _watched(lambda: _encoded_mb(encode, buffer, size))
    return None if before is None or peak is None else peak - before


def _watched(call: Callable[[], object]) -> tuple[float | None, float]:
    """Run `call`. Returns the peak of resident MiB, and the longest gap (s) in another thread's ticks."""
    done = threading.Event()
    peak, longest = _resident_mib(), 0.0

    def tick() -> None:
        nonlocal peak, longest
        last = time.perf_counter()
        while not done.wait(0.001):
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            resident = _resident_mib()
            peak = None if resident is None or peak is None else max(peak, resident)

    ticker = threading.Thread(target=tick)
    ticker.start()
    call()
    done.set()
    ticker.join()
    return peak, longest


def _resident_mib() -> float | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
