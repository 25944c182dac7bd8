# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that this computer's work reads, and files that it has promised to a job. Worker only."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..imaging.snapshot import BytesSnapshot, PendingPixels, release
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .chores import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.snapshot import Snapshot
    from ..threads.pace import Pace

_LOOK_S: Final = 0.05
"""Seconds between two checks whether work that waits for pixels should stop."""


def settled(taken: Snapshot | PendingPixels, pace: Pace) -> Snapshot:
    """Wait for a picture. Raises Refusal: it was stopped, or Blender could not read it."""
    if not isinstance(taken, PendingPixels):
        return taken
    pause = threading.Event()
    while not taken.is_settled:
        if pace.stop.is_set():
            raise Refusal(phrase("It was stopped."))
        pause.wait(_LOOK_S)
    snapshot = taken.wait(pause)
    if snapshot is None:
        raise Refusal(phrase("It was stopped."))
    return snapshot


def read_all(taken: Sequence[Snapshot | PendingPixels], pace: Pace) -> list[Pixels]:
    """Read pictures at their full depth, and release their buffers. Raises Refusal, OSError."""
    from ..imaging.whole import whole_of

    pictures: list[Pixels] = []
    try:
        for one in taken:
            pictures.append(whole_of(settled(one, pace)).pixels)
            release([one])  # others wait for the buffer
    finally:
        release(taken)
    return pictures


def keep_promise(promise: PendingPixels, make: Callable[[], NDArray[Any]], failure: str) -> Outcome:
    """Make a picture and pass it on as a PNG; if that fails, give the waiting job the reason.

    Args:
        failure: the text for a defect of ours.
    """
    try:
        from ..imaging.png import ArrayRows, write_png

        file = io.BytesIO()
        write_png(file, ArrayRows(make()))
        promise.fulfil(BytesSnapshot(data=file.getvalue()))
    except (Refusal, OSError) as error:
        promise.fail(str(error))
    except MemoryError:
        promise.fail(phrase("There is too little memory for the picture."))
    except Exception:
        promise.fail(failure)
        raise
    return Outcome(text="")
