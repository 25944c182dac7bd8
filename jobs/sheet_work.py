# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the sheet for an edit of several textures, while its job waits. Worker only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
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


@dataclass(frozen=True, kw_only=True)
class EditedSheet:
    """An edited sheet, of which textures are taken off."""

    path: Path
    side: int
    """Pixels of the longer side of the sheet that was sent."""
    count: int
    """Textures on it."""
    numbers: tuple[int, ...]
    """The places, from 0, of those that are taken off."""


def textures_of(
    sheet: EditedSheet, taken: Sequence[Snapshot | PendingPixels], pace: Pace
) -> Iterator[tuple[int, Pixels, str]]:
    """Yield the textures of an edited sheet: their numbers among `taken`, pixels, and no note.

    A texture's place depends only on how many others there are, so any picture may stand for those left out.

    Args:
        taken: the textures as they were, in the order of `EditedSheet.numbers`.

    Raises:
        Refusal: one can't be read, or it was stopped.
    """
    import numpy as np

    from ..imaging.depth import read_shallow
    from ..imaging.sheets import taken_off

    pictures = read_all(taken, pace)
    every: list[Pixels] = [np.zeros((1, 1, 3), np.uint8)] * sheet.count
    for place, picture in zip(sheet.numbers, pictures, strict=True):
        every[place] = picture
    sent, layout = sheet_of(every, sheet.side)
    answer = read_shallow(sheet.path)
    for number, (place, picture) in enumerate(zip(sheet.numbers, pictures, strict=True)):
        if pace.stop.is_set():
            raise Refusal(phrase("It was stopped."))
        yield number, taken_off(answer, sent, layout, place, picture), ""


def sheet_of(pictures: Sequence[Pixels], side: int) -> tuple[NDArray[np.uint8], Layout]:
    """Put pictures on a sheet whose longer side has this many pixels."""
    from ..imaging.sheets import compose, layout_of

    layout = layout_of([(picture.shape[1], picture.shape[0]) for picture in pictures], side)
    return compose([_eight_bit(picture) for picture in pictures], layout), layout


def _eight_bit(pixels: Pixels) -> Pixels:
    import numpy as np

    from ..imaging.restore import storable_in_png

    return storable_in_png(pixels, is_data=False) if pixels.dtype == np.float32 else pixels
