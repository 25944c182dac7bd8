# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sheet for an edit of several textures, while its job waits. Worker only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from .taken import keep_promise, read_all

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.sheets import Layout
    from ..imaging.snapshot import PendingPixels, Snapshot
    from ..threads.pace import Pace
    from .chores import Outcome


def fulfil_sheet(
    sheet: PendingPixels, taken: Sequence[Snapshot | PendingPixels], side: int, pace: Pace
) -> Outcome:
    """Make the sheet and pass it on, as `keep_promise`."""
    return keep_promise(
        sheet, lambda: sheet_of(read_all(taken, pace), side)[0], phrase("The sheet could not be made.")
    )


def sheet_of(pictures: Sequence[Pixels], side: int) -> tuple[NDArray[np.uint8], Layout]:
    """Put pictures on a sheet whose longer side has this many pixels."""
    from ..imaging.sheets import compose, layout_of

    layout = layout_of([(picture.shape[1], picture.shape[0]) for picture in pictures], side)
    return compose([_eight_bit(picture) for picture in pictures], layout), layout


def _eight_bit(pixels: Pixels) -> Pixels:
    import numpy as np

    from ..imaging.restore import storable_in_png

    return storable_in_png(pixels, is_data=False) if pixels.dtype == np.float32 else pixels
