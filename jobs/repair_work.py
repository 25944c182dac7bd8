# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair a texture's seam with a model: roll it by half before it is sent, and roll the answer back.

Worker only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..texts.seam_words import seam_text
from .taken import keep_promise, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.snapshot import PendingPixels, Snapshot
    from ..threads.pace import Pace
    from .chores import Outcome

_BETTER: Final = 0.7
"""The largest part of the seam that may remain. Redrawing also makes the seam softer."""


def fulfil_rolled(promise: PendingPixels, taken: Snapshot | PendingPixels, pace: Pace) -> Outcome:
    """Roll a picture by half, and pass it on, as `keep_promise`."""

    def make() -> NDArray[Any]:
        import numpy as np

        from ..imaging.restore import storable_in_png
        from ..imaging.tiling.cross import rolled
        from ..imaging.tiling.seams import require_size

        (pixels,) = read_all([taken], pace)
        require_size(pixels)
        return np.ascontiguousarray(storable_in_png(rolled(pixels), is_data=False))

    return keep_promise(promise, make, phrase("The picture could not be prepared."))


def repaired(
    answer: Path, taken: Snapshot | PendingPixels, left: list[float], pace: Pace
) -> tuple[Pixels, str]:
    """Return the repaired picture, rolled back, and a text about its seam.

    Args:
        left: gets how visible the seam of the texture is now, whether it was repaired or not.

    Raises:
        Refusal: the seam is not better than before.
    """
    from ..imaging.depth import read_deep
    from ..imaging.tiling.cross import rolled_back
    from ..imaging.tiling.seams import measure_seams

    (before,) = read_all([taken], pace)
    after = rolled_back(read_deep(answer))
    was, now = measure_seams(before).worst, measure_seams(after).worst
    texts = {"before": seam_text(was), "after": seam_text(now)}
    is_better = now - 1 <= _BETTER * (was - 1)
    left.append(now if is_better else was)
    if not is_better:
        raise Refusal(
            phrase(
                "The repair is no better ({before} → {after}): the texture stays as it is. "
                "The image is in the library.",
                **texts,
            )
        )
    return after, phrase("Seam {before} → {after}", **texts)
