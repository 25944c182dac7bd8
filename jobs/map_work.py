# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a map that a model has drawn into data of its texture's size. Worker only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .taken import read_all

if TYPE_CHECKING:
    from pathlib import Path

    from ..imaging.resample import Pixels
    from ..imaging.snapshot import PendingPixels, Snapshot
    from ..imaging.tiling.settings import Map
    from ..threads.pace import Pace


def map_of_answer(answer: Path, taken: Snapshot | PendingPixels, part: Map, pace: Pace) -> tuple[Pixels, str]:
    """Return the map from an answer aligned with its texture (`taken`), and a text about it.

    Raises:
        Refusal: the texture has another size by now.
    """
    from ..imaging.depth import read_deep
    from ..imaging.tiling.drawn_maps import map_of_drawing
    from ..imaging.tiling.seams import can_be_measured, measure_seams
    from ..imaging.tiling.smooth import Wraps

    (texture,) = read_all([taken], pace)
    drawing = read_deep(answer)
    if drawing.shape[:2] != texture.shape[:2]:
        raise Refusal(phrase("The texture's size changed after it was sent. The drawing is in the library."))
    wraps = Wraps(across=False, down=False)
    if can_be_measured(texture):  # else it has no pattern that could repeat
        seams = measure_seams(texture)
        wraps = Wraps(across=not seams.across.is_visible, down=not seams.down.is_visible)
    return map_of_drawing(drawing, part, wraps), phrase("Drawn by a model, lined up with the picture")
