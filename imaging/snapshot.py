# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of images: what the main thread hands to a worker.

The main thread does only what it alone can do (name a file, copy packed bytes, read a pixel buffer); opening,
converting and encoding are the worker's. See `upload.prepare_upload`.
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

_STOP_CHECK_S = 0.05  # how late a worker may notice that it is to stop


@dataclass(frozen=True, kw_only=True)
class FileSnapshot:
    """A clean image with a file: the file's own bytes are the truth."""

    path: Path
    folder: HeldFolder | None = field(default=None, compare=False, repr=False)
    """Keeps the file there as long as this is, where Blender has written it for a request."""
    as_viewed: bool = False
    """It never was in Blender: the artist knows it as viewers show it, turned by its Exif orientation."""


@dataclass(frozen=True, kw_only=True)
class BytesSnapshot:
    """A clean packed image: the bytes of its file."""

    data: bytes


class Encoding(Enum):
    """How the float values of a pixel buffer become 8-bit values."""

    SRGB_BYTES = auto()
    """A byte image: the floats are its stored bytes / 255, which come back exactly."""

    LINEAR = auto()
    """A float image: scene-linear with premultiplied alpha, to be un-premultiplied and made sRGB."""

    LINEAR_PACKED = auto()
    """The same, but the fourth channel is no transparency: it is kept, and colours are not divided by it."""

    RAW = auto()
    """Non-Color data: clipped to 0–1 and rounded, no conversion."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelsSnapshot:
    """The pixels of an image that no file holds: generated, or painted and unsaved."""

    pixels: NDArray[np.float32]
    """Flat, `width * height * channels` values, bottom row first, as `foreach_get` gives them."""

    width: int  # pixels
    height: int  # pixels
    channels: int
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""

    encoding: Encoding

    is_float: bool = False
    """The image holds floats: what is sent of it in 8 bits is not all of it."""

    space: LinearSpace = REC709
    """The space of linear colours."""

    alpha_is_data: bool = False
    """The last channel is one that the artist has ignored: it is not sent, nor are colours divided by it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelSnapshot:
    """A mesh that Blender has written for a request, as a GLB."""

    file: HeldFile


Snapshot: TypeAlias = FileSnapshot | BytesSnapshot | PixelsSnapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class UVShapes:
    """An area in UV space (from the lower left corner), to be drawn by a worker at the size of the source."""

    triangles: NDArray[np.float32] | None = None
    """(count, 3, 2)."""
    repeats: bool = True
    """Triangles beyond the image are where a repeating texture shows them; else (a UDIM tile) cut off."""
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Each closed; where one crosses itself, what it goes around twice is outside."""


KEPT_FLOATS = "original.npy"
"""What the file is called in which a worker keeps a source's floats (`depth.keep_floats`)."""

MASK_INDEX = -1
"""Where a click's snapshots have what an edit's mask is made of; from 0 on, they are its sources."""


class PendingPixels:
    """Pixels that the main thread will read in a later tick: one image a tick, however many there are.

    What it hands over may also be a file that it had Blender write.

    The main thread calls `fulfil` or `fail`, once. The worker calls `wait`, and sets `released` when it has
    finished with the buffer *or has given up waiting*: a main thread that finds `released` set before its
    turn need not read at all, and after `fulfil` it may use the buffer again only once `released` is set.
    """

    def __init__(self, *, is_srgb: bool = False) -> None:
        self.is_srgb = is_srgb
        """Aside from data, they will be sRGB, whatever the colour space of the image."""
        self.released = threading.Event()
        self._settled = threading.Event()
        self._snapshot: Snapshot | None = None
        self._failure = ""

    def fulfil(self, snapshot: Snapshot) -> None:
        """Hand over the pixels. Main thread; the buffer is the worker's until `released` is set."""
        self._snapshot = snapshot
        self._settled.set()

    def fail(self, text: str) -> None:
        """Say in words for the artist why there will be no pixels (the image was removed, …). Main thread."""
        self._failure = text
        self._settled.set()

    @property
    def is_settled(self) -> bool:
        """The main thread has handed over the pixels, or said why not."""
        return self._settled.is_set()

    def wait(self, stop: threading.Event, timeout_s: float | None = None) -> Snapshot | None:
        """Wait for the pixels; None when `stop` was set first. Worker thread.

        Raises SnapshotFailed after `fail`, or when nothing came within `timeout_s`.
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
    """Give promised pixels back: they are read, or promised to nobody after all. Any thread."""
    for one in taken:
        if isinstance(one, PendingPixels):
            one.released.set()


@contextlib.contextmanager
def released_on_failure(taken: Iterable[Taken]) -> Generator[None]:
    """Give promised pixels back where what they were promised to does not begin.

    Args:
        taken: may grow inside the block.
    """
    try:
        yield
    except BaseException:
        release(taken)
        raise
