# SPDX-License-Identifier: GPL-3.0-or-later
"""A view drawn without its background, as the source of an edit that is to be projected back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY: Final = 128
"""What lies behind the objects, for whoever looks at the colours alone."""


def cut_out(drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a view with the colours laid over grey, and an alpha that leaves the mixed pixels of edges out.

    Without that, a projection paints a rim in the background's colour along every silhouette.

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
    """Return the least alpha of each pixel and its eight neighbours; none is less beyond the picture."""
    rows = alpha.copy()
    np.minimum(rows[1:], alpha[:-1], out=rows[1:])
    np.minimum(rows[:-1], alpha[1:], out=rows[:-1])
    least = rows.copy()
    np.minimum(least[:, 1:], rows[:, :-1], out=least[:, 1:])
    np.minimum(least[:, :-1], rows[:, 1:], out=least[:, :-1])
    return least
