# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels out of Blender: read on the main thread, one image at a time, into one reused buffer."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import bpy

from ..imaging.snapshot import Encoding, PendingPixels, PixelsSnapshot
from ..phrases import phrase
from .borrowed import Stored, opened
from .errors import SourceUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass
class _Desk:
    """What `read_next` works on. Promises are held weakly: one that nobody waits for any more is dropped."""

    queue: deque[tuple[int | Stored, weakref.ref[PendingPixels]]] = field(default_factory=deque)
    """`session_uid` of the image, or what is to be decoded for it, and the promise. No name: in another file
    it would be another image."""
    holder: weakref.ref[PendingPixels] | None = None
    """Whose pixels lie in the buffer."""
    buffer: NDArray[np.float32] | None = None


_desk = _Desk()


def read_pixels(image: bpy.types.Image, buffer: NDArray[np.float32] | None = None) -> PixelsSnapshot:
    """Read an image's pixels now: into `buffer` if it is large enough, else into a new one.

    Main thread. 4K: about 50 ms if Blender has the image decoded, else its decode on top.

    Raises:
        SourceUnusable: the image has no pixels.
    """
    import numpy as np  # here, because enabling the extension needs no numpy

    width, height = image.size
    channels = image.channels
    count = width * height * channels
    if not count:
        raise SourceUnusable(
            phrase("“{image}” has no pixels: its file is damaged or in an unknown format.", image=image.name)
        )
    if buffer is None or buffer.size < count:
        buffer = np.empty(count, np.float32)
    pixels = buffer[:count]
    image.pixels.foreach_get(pixels)
    return PixelsSnapshot(
        pixels=pixels,
        width=width,
        height=height,
        channels=channels,
        encoding=_encoding(image),
        is_float=image.is_float,
        alpha_is_data=image.alpha_mode == "NONE",
    )


def promise(wanted: bpy.types.Image | Stored) -> PendingPixels:
    """Queue an image, or what is to be decoded as one, for `read_next`."""
    pending = PendingPixels()
    key = wanted if isinstance(wanted, Stored) else wanted.session_uid
    _desk.queue.append((key, weakref.ref(pending)))
    return pending


def read_next() -> bool:
    """Read at most one queued image, if the shared buffer is free; True while there is more to do.

    The pump calls it once a tick. A failure goes to the image's `PendingPixels`, never out of here.
    """
    if not _is_over(_desk.holder):
        return True
    _desk.holder = None
    while _desk.queue:
        wanted, promised = _desk.queue.popleft()
        pending = promised()
        if pending is None or pending.released.is_set():
            continue
        _fulfil(wanted, pending)
        return True
    _desk.buffer = None
    return False


def _fulfil(wanted: int | Stored, pending: PendingPixels) -> None:
    try:
        with _image_of(wanted) as image:
            snapshot = read_pixels(image, _desk.buffer)
    except (SourceUnusable, RuntimeError) as error:  # RuntimeError: Blender's own
        pending.fail(str(error))
        return
    except MemoryError:
        pending.fail(phrase("There is not enough memory to read the pixels of a source."))
        return
    base = snapshot.pixels.base  # of the view that was filled
    _desk.buffer = snapshot.pixels if base is None else base
    _desk.holder = weakref.ref(pending)
    pending.fulfil(snapshot)


@contextmanager
def _image_of(wanted: int | Stored) -> Iterator[bpy.types.Image]:
    if isinstance(wanted, Stored):
        with opened(wanted) as image:
            yield image
        return
    image = next((image for image in bpy.data.images if image.session_uid == wanted), None)
    if image is None:
        raise SourceUnusable(
            phrase("A source image was removed before its pixels were read. Nothing was sent.")
        )
    yield image


def _is_over(promised: weakref.ref[PendingPixels] | None) -> bool:
    pending = promised() if promised is not None else None
    return pending is None or pending.released.is_set()


def _encoding(image: bpy.types.Image) -> Encoding:
    if image.colorspace_settings.is_data:
        return Encoding.RAW
    if not image.is_float:
        return Encoding.SRGB_BYTES
    return Encoding.LINEAR_PACKED if image.alpha_mode == "CHANNEL_PACKED" else Encoding.LINEAR
