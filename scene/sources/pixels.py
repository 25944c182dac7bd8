# SPDX-License-Identifier: GPL-3.0-or-later
"""Read pixels from Blender on the main thread, one image at a time, into one reused buffer."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import bpy

from ...imaging.snapshot import Encoding, PendingPixels, PixelsSnapshot
from ...texts.phrases import phrase
from ...threads.task import Task
from .. import live
from ..errors import SOURCE_REMOVED, UNREAD, SourceUnusable
from . import painted_tiles
from .borrowed import Stored, opened
from .layers import LayerFile
from .linear_spaces import working_space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_LARGE: Final = 1 << 22
"""From this number of values on (16 MB), a thread makes the buffer."""


@dataclass(kw_only=True)
class _Desk:
    """The state of `read_next`. It holds promises weakly: one that nobody waits for is dropped."""

    queue: deque[tuple[int | Stored, weakref.ref[PendingPixels]]] = field(default_factory=deque)
    """`session_uid` of the image, or content to decode, and the promise. Not the name, which would be another
    image in another file."""
    holder: weakref.ref[PendingPixels] | None = None
    """The promise whose pixels are in the buffer."""
    buffer: NDArray[np.float32] | None = None
    wanted: int = 0
    """Number of values of the largest queued image, as far as it is known without decoding."""
    making: _Making | None = None
    layer_file: LayerFile | None = None
    """The layer file of the first entry, if it is a layer."""


class _Making:
    """Makes a buffer on a thread, which touches its memory first.

    Fresh memory is mapped page by page when it is written. On a virtual machine this takes 1 s for a 4K
    image: twenty times as long as reading its pixels.
    """

    def __init__(self, count: int) -> None:
        self.buffer: NDArray[np.float32] | None = None
        self._count = count
        self.task = Task("buffer", self._run)

    def _run(self, _stop: threading.Event) -> None:
        import numpy as np

        with contextlib.suppress(MemoryError):  # reported when the image is read
            buffer = np.empty(self._count, np.float32)
            buffer.fill(0)
            self.buffer = buffer


def _desk() -> _Desk:
    return live.part(_Desk)


def read_pixels(
    image: bpy.types.Image, buffer: NDArray[np.float32] | None = None, *, name: str = ""
) -> PixelsSnapshot:
    """Read an image's pixels now: into `buffer` if it is large enough, else into a new one.

    Main thread. A 4K image takes about 50 ms, plus Blender's decoding if needed.

    Args:
        name: the artist's name of it, if that is another image.

    Raises:
        SourceUnusable: the image has no pixels.
    """
    import numpy as np  # here, because enabling the extension needs no numpy

    width, height = image.size
    channels = image.channels
    count = width * height * channels
    if not count:
        raise SourceUnusable(
            phrase(
                "“{image}” has no pixels: its file is damaged or in an unknown format.",
                image=name or image.name,
            )
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
        space=working_space(),
        alpha_is_data=image.alpha_mode == "NONE",
    )


def promise(wanted: bpy.types.Image | Stored) -> PendingPixels:
    """Queue an image, or content to decode, for `read_next`."""
    pending = PendingPixels()
    key = wanted if isinstance(wanted, Stored) else wanted.session_uid
    if isinstance(wanted, bpy.types.Image):
        _desk().wanted = max(_desk().wanted, _value_count(wanted))
    _desk().queue.append((key, weakref.ref(pending)))
    return pending


def read_next() -> bool:
    """Read one queued image at most, if the shared buffer is free, or write the tiles of one.

    True while there is more to do.

    The pump calls it once a tick. An error goes to the image's `PendingPixels` and is not raised here.
    """
    if painted_tiles.write_next() or not _is_over(_desk().holder):
        return True
    _desk().holder = None
    if _desk().queue and not _is_buffer_there():
        return True
    while _desk().queue:
        wanted, promised = _desk().queue[0]
        pending = promised()
        if pending is None or pending.released.is_set():
            _desk().queue.popleft()
            _desk().layer_file = None
            continue
        if isinstance(wanted, Stored) and wanted.layer is not None:
            made = _desk().layer_file = _desk().layer_file or LayerFile(wanted, wanted.layer)
            if not made.is_done.is_set():
                return True
            _desk().layer_file = None
            if made.stored is None:
                _desk().queue.popleft()
                pending.fail(made.failure)
                return True
            wanted = made.stored
        _desk().queue.popleft()
        _fulfil(wanted, pending)
        return True
    _desk().buffer, _desk().wanted = None, 0
    return False


def give_up() -> None:
    """Fail all promises, because of an unforeseen error."""
    painted_tiles.give_up(UNREAD)
    while _desk().queue:
        pending = _desk().queue.popleft()[1]()
        if pending is not None and not pending.is_settled:
            pending.fail(UNREAD)


def _is_buffer_there() -> bool:
    """Let a thread make a large buffer if needed. False while it does."""
    if _desk().making is not None:
        if not _desk().making.task.is_over:
            return False
        if _desk().making.buffer is None:  # too little memory: reading reports it
            _desk().wanted = 0
        else:
            _desk().buffer = _desk().making.buffer
        _desk().making = None
    size = 0 if _desk().buffer is None else _desk().buffer.size
    if max(size, _LARGE) >= _desk().wanted:
        return True
    _desk().buffer = None  # memory for two would be too much
    _desk().making = _Making(_desk().wanted)
    return False


def _value_count(image: bpy.types.Image) -> int:
    """Return the number of an image's values; 0 if only decoding shows it."""
    if image.has_data:
        width, height = image.size
        return width * height * image.channels
    return image.generated_width * image.generated_height * 4 if image.source == "GENERATED" else 0


def _fulfil(wanted: int | Stored, pending: PendingPixels) -> None:
    try:
        with _image_of(wanted) as image:
            snapshot = read_pixels(
                image, _desk().buffer, name=wanted.name if isinstance(wanted, Stored) else ""
            )
    except (SourceUnusable, RuntimeError) as error:  # RuntimeError: Blender's own
        pending.fail(str(error))
        return
    except MemoryError:
        pending.fail(phrase("There is not enough memory to read the pixels of a source."))
        return
    except Exception:
        pending.fail(UNREAD)
        raise
    base = snapshot.pixels.base  # of the view that was filled
    _desk().buffer = snapshot.pixels if base is None else base
    _desk().holder = weakref.ref(pending)
    pending.fulfil(snapshot)


@contextmanager
def _image_of(wanted: int | Stored) -> Iterator[bpy.types.Image]:
    if isinstance(wanted, Stored):
        with opened(wanted) as image:
            yield image
        return
    image = next((image for image in bpy.data.images if image.session_uid == wanted), None)
    if image is None:
        raise SourceUnusable(SOURCE_REMOVED)
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
