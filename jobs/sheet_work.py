# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet of an edit of several textures: made while its job waits. Worker only."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..imaging.snapshot import BytesSnapshot, PendingPixels
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .chores import Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.sheets import Layout
    from ..imaging.snapshot import Snapshot
    from ..threads.pace import Pace

_LOOK_S: Final = 0.05


def fulfil_sheet(
    sheet: PendingPixels, taken: Sequence[Snapshot | PendingPixels], side: int, pace: Pace
) -> Outcome:
    """Make the sheet and hand it over as a file's bytes; where that fails, say why to who waits for it."""
    try:
        from ..imaging.png import ArrayRows, write_png

        file = io.BytesIO()
        write_png(file, ArrayRows(sheet_of(read_all(taken, pace), side)[0]))
        sheet.fulfil(BytesSnapshot(data=file.getvalue()))
    except (Refusal, OSError) as error:
        sheet.fail(str(error))
    except MemoryError:
        sheet.fail(phrase("There is too little memory for the picture."))
    except Exception:
        sheet.fail(phrase("The sheet could not be made."))
        raise
    return Outcome(text="")


def read_all(taken: Sequence[Snapshot | PendingPixels], pace: Pace) -> list[Pixels]:
    """Read the pictures at their full depth, and give their buffers back. Raises Refusal, OSError."""
    from ..imaging.whole import whole_of

    pictures: list[Pixels] = []
    pause = threading.Event()
    try:
        for one in taken:
            snapshot = one
            if isinstance(one, PendingPixels):
                while not one.is_settled:
                    if pace.stop.is_set():
                        raise Refusal(phrase("It was stopped."))
                    pause.wait(_LOOK_S)
                snapshot = one.wait(pause)
            if isinstance(snapshot, PendingPixels) or snapshot is None:
                raise Refusal(phrase("It was stopped."))
            pictures.append(whole_of(snapshot).pixels)
            if isinstance(one, PendingPixels):
                one.released.set()
    finally:
        for one in taken:
            if isinstance(one, PendingPixels):
                one.released.set()
    return pictures


def sheet_of(pictures: Sequence[Pixels], side: int) -> tuple[NDArray[np.uint8], Layout]:
    """Put pictures on a sheet whose longer side has so many pixels."""
    from ..imaging.sheets import compose, layout_of

    layout = layout_of([(picture.shape[1], picture.shape[0]) for picture in pictures], side)
    return compose([_eight_bit(picture) for picture in pictures], layout), layout


def _eight_bit(pixels: Pixels) -> Pixels:
    import numpy as np

    from ..imaging.restore import storable_in_png

    return storable_in_png(pixels, is_data=False) if pixels.dtype == np.float32 else pixels
