# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of images, which the main thread hands to a worker.

The main thread only does what no other thread can (name a file, copy packed bytes, read a pixel buffer).
Workers open, convert and encode. See `upload.prepare_upload`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from ..texts.phrases import phrase
from .errors import SnapshotFailed
from .spaces import REC709, LinearSpace

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from .files import HeldFile, HeldFolder

_STOP_CHECK_S = 0.05  # how late a worker may notice that it must stop


@dataclass(frozen=True, kw_only=True)
class FileSnapshot:
    """An unchanged image with a file, whose bytes are used."""

    path: Path
    folder: HeldFolder | None = field(default=None, compare=False, repr=False)
    """Keeps the file as long as this snapshot exists, if Blender wrote it for a request."""
    as_viewed: bool = False
    """It never was in Blender, so the artist knows it as viewers show it, rotated by its Exif orientation."""


@dataclass(frozen=True, kw_only=True)
class BytesSnapshot:
    """An unchanged packed image: the bytes of its file."""

    data: bytes


class Encoding(Enum):
    """How the float values of a pixel buffer become 8-bit values."""

    SRGB_BYTES = auto()
    """A byte image: the floats are its stored bytes / 255, which come back exactly."""

    LINEAR = auto()
    """A float image: scene-linear with premultiplied alpha, to be un-premultiplied and made sRGB."""

    LINEAR_PACKED = auto()
    """Likewise, but the fourth channel is not transparency: it is kept, and colours are not divided by it."""

    RAW = auto()
    """Non-Color data: clipped to 0–1 and rounded, no conversion."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelsSnapshot:
    """The pixels of an image without a file: generated, or painted and unsaved."""

    pixels: NDArray[np.float32]
    """Flat, `width * height * channels` values, bottom row first, as `foreach_get` gives them."""

    width: int  # pixels
    height: int  # pixels
    channels: int
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""

    encoding: Encoding

    is_float: bool = False
    """The image holds floats, so the 8 bits that are sent lose information."""

    space: LinearSpace = REC709
    """The space of linear colours."""

    alpha_is_data: bool = False
    """The artist ignores the last channel: it is not sent, and colours are not divided by it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelSnapshot:
    """A mesh that Blender has written as a GLB for a request."""

    file: HeldFile


Snapshot: TypeAlias = FileSnapshot | BytesSnapshot | PixelsSnapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class UVShapes:
    """An area in UV space (from the lower left corner), which a worker draws at the size of the source."""

    triangles: NDArray[np.float32] | None = None
    """(count, 3, 2)."""
    repeats: bool = True
    """Triangles beyond the image are wrapped, like a repeating texture; else (a UDIM tile) cut off."""
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Each is closed; where one crosses itself, doubly enclosed parts are outside."""


KEPT_FLOATS = "original.npy"
"""The name of the file in which a worker keeps a source's floats (`depth.keep_floats`)."""

MASK_INDEX = -1
"""The index of the mask's snapshot among a click's snapshots; from 0 on, they are its sources."""


class PendingPixels:
    """Pixels that the main thread will read in a later tick: one image a tick, however many there are.

    It may also hand over a file that Blender wrote.

    The main thread calls `fulfil` or `fail`, once. The worker calls `wait`, and sets `released` when it has
    finished with the buffer *or has given up waiting*. If the main thread finds `released` set before its
    turn, it need not read at all. After `fulfil` it may reuse the buffer only once `released` is set.
    """

    def __init__(self, *, is_srgb: bool = False) -> None:
        self.is_srgb = is_srgb
        """Except for data, they will be sRGB, whatever the colour space of the image."""
        self.released = threading.Event()
        self._settled = threading.Event()
        self._snapshot: Snapshot | None = None
        self._failure = ""

    def fulfil(self, snapshot: Snapshot) -> None:
        """Hand over the pixels. Main thread; the buffer is the worker's until `released` is set."""
        self._snapshot = snapshot
        self._settled.set()

    def fail(self, text: str) -> None:
        """Give the artist the reason why there will be no pixels (the image was removed, …). Main thread."""
        self._failure = text
        self._settled.set()

    @property
    def is_settled(self) -> bool:
        """Whether the main thread has handed over the pixels, or the reason why not."""
        return self._settled.is_set()

    def wait(self, stop: threading.Event, timeout_s: float | None = None) -> Snapshot | None:
        """Wait for the pixels; None if `stop` was set first. Worker thread.

        Raises SnapshotFailed after `fail`, or if nothing came within `timeout_s`.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._settled.wait(_STOP_CHECK_S):
            if stop.is_set():
                return None
            if deadline is not None and time.monotonic() > deadline:
                raise SnapshotFailed(
                    phrase("Blender did not hand over the image's pixels in time. Try again.")
                )
        if self._snapshot is None:
            raise SnapshotFailed(self._failure)
        return self._snapshot


Taken: TypeAlias = Snapshot | PendingPixels | UVShapes | ModelSnapshot
"""What a click may hand to a worker."""


def release(taken: Iterable[Taken]) -> None:
    """Release promised pixels, because they were read or nobody needs them. Any thread."""
    for one in taken:
        if isinstance(one, PendingPixels):
            one.released.set()


@contextlib.contextmanager
def released_on_failure(taken: Iterable[Taken]) -> Generator[None]:
    """Release promised pixels if the work that needs them does not begin.

    Args:
        taken: may grow inside the block.
    """
    try:
        yield
    except BaseException:
        release(taken)
        raise
