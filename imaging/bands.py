# SPDX-License-Identifier: GPL-3.0-or-later
"""Process large pictures piece by piece, with short turns for the interpreter lock, on all cores.

Worker threads only.
Pillow keeps the lock while it copies pixels from or to bytes, and while it allocates their memory, which is
slow on virtual machines. With a whole 4K picture, Blender's window stands still for 20 to 40 ms.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

_Thing = TypeVar("_Thing")
_Made = TypeVar("_Made")

MAX_THREADS = 4
_BAND_BYTES = 2 << 20
_COPY_BYTES = 1 << 19  # of what is copied with the lock held


def rows_of(height: int, row_bytes: int, band_bytes: int = _BAND_BYTES) -> list[slice]:
    """Divide a number of rows into bands."""
    step = max(1, band_bytes // max(1, row_bytes))
    return [slice(start, min(start + step, height)) for start in range(0, height, step)]


def in_bands(work: Callable[[slice], object], bands: list[slice]) -> None:
    """Process each band, several at a time. Exceptions are passed on."""
    at_once(work, bands)


def at_once(work: Callable[[_Thing], _Made], things: Sequence[_Thing]) -> list[_Made]:
    """Process each item, several at a time, and return the results in order. Exceptions are passed on.

    Nested calls process one item after the other: more threads than cores would only delay each other and
    Blender's own thread.
    """
    free = (os.cpu_count() or 1) - _here.others
    threads = 1 if _here.is_at_work else min(MAX_THREADS, free, len(things))
    if threads < 2:
        return [work(thing) for thing in things]
    with ThreadPoolExecutor(threads, thread_name_prefix="easel-bands", initializer=_here.begin) as pool:
        return list(pool.map(work, things))


class _Here(threading.local):
    """State of this thread."""

    is_at_work = False
    others = 0
    """Threads that work beside it."""

    def begin(self) -> None:
        self.is_at_work = True

    def begin_beside(self) -> None:
        self.others = 1


_here = _Here()


def begin_beside() -> None:
    """Have this thread's nested work leave a core to what another thread does."""
    _here.begin_beside()


def both(first: Callable[[], _Thing], second: Callable[[], _Made]) -> tuple[_Thing, _Made]:
    """Do two things at the same time. Exceptions are passed on, the first one's first.

    The second's own nested work leaves a core to the first.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="easel-bands", initializer=_here.begin_beside) as pool:
        other = pool.submit(second)
        return first(), other.result()


def in_three(grey: NDArray[Any]) -> NDArray[Any]:
    """Return a plane (height, width) as three equal channels.

    `np.repeat` takes three times as long, and keeps the interpreter lock: 150 ms at 4K.
    """
    return np.dstack((grey, grey, grey))


def as_array(image: Image) -> NDArray[Any]:
    """Return an image's pixels, decoded if needed; like `np.asarray`."""
    image.load()
    width, height = image.size  # before Pillow 11 a TIFF is rotated only now
    first = np.asarray(image.crop((0, 0, width, min(1, height))))
    pixels = np.empty((height, *first.shape[1:]), first.dtype)
    for rows in rows_of(height, pixels.nbytes // max(1, height), _COPY_BYTES):
        pixels[rows] = np.asarray(image.crop((0, rows.start, width, rows.stop)))
    return pixels


def as_image(pixels: NDArray[Any]) -> Image:
    """Return pixels as an image; like `PIL.Image.fromarray`."""
    import PIL.Image

    height = len(pixels)
    bands = rows_of(height, pixels.nbytes // max(1, height), _COPY_BYTES)
    first = PIL.Image.fromarray(np.ascontiguousarray(pixels[bands[0]]) if bands else pixels)
    if len(bands) < 2:
        return first
    image = PIL.Image.new(first.mode, (first.width, height), None)  # to be filled: no colour at first
    for rows in bands:
        image.paste(PIL.Image.fromarray(np.ascontiguousarray(pixels[rows])), (0, rows.start))
    return image
