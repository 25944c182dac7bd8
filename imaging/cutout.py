# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a view drawn without its background as the source of an edit that will be projected back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY: Final = 128
"""The grey behind the objects, for models that only look at the colours."""


def cut_out(drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a view's colours on grey, with an alpha that excludes the mixed pixels of edges.

    Otherwise a projection paints a rim in the background's colour along every silhouette.

    Args:
        drawn: height × width × RGBA, colours multiplied by alpha, as GPUs draw.
    """
    alpha = drawn[..., 3]
    behind = (255 - alpha.astype(np.uint16)) * np.uint16(GREY) // np.uint16(255)
    cut = np.empty_like(drawn)
    cut[..., :3] = np.minimum(drawn[..., :3] + behind[..., None], 255)
    cut[..., 3] = _shrunk(alpha)
    return cut


def _shrunk(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the least alpha of each pixel and its eight neighbours.

    Pixels outside the picture don't count.
    """
    rows = alpha.copy()
    np.minimum(rows[1:], alpha[:-1], out=rows[1:])
    np.minimum(rows[:-1], alpha[1:], out=rows[:-1])
    least = rows.copy()
    np.minimum(least[:, 1:], rows[:, :-1], out=least[:, 1:])
    np.minimum(least[:, :-1], rows[:, 1:], out=least[:, :-1])
    return least
