# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn depth buffers of a GPU into pictures. Arrays in, arrays out; the order of rows does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING: Final = 1.0
"""The value of a depth buffer where nothing was drawn."""
_FARTHEST_GREY: Final = 26 / 255  # for the farthest object, visible against the black of nothing


def distances(buffer: NDArray[np.float32], projection: NDArray[Any]) -> NDArray[np.float64]:
    """Turn a depth buffer (0-1) into distances from the eye, along the view, in Blender units.

    Args:
        projection: the 4×4 matrix it was drawn with, perspective or orthographic, as rows.
    """
    depth = buffer.astype(np.float64) * 2 - 1
    if projection[3][3] == 1.0:
        return (projection[2][3] - depth) / projection[2][2]
    return projection[2][3] / (depth + projection[2][2])


def depth_picture(buffer: NDArray[np.float32], projection: NDArray[Any]) -> NDArray[np.uint8]:
    """Turn a depth buffer into the picture that depth models expect: near is white, far is dark.

    Equal steps of distance become equal steps of grey. Empty pixels are black, the farthest ones dark grey.
    If all are at one distance, they are white.

    Returns:
        a grey picture, height × width.
    """
    is_there = buffer < NOTHING
    picture = np.zeros(buffer.shape, np.uint8)
    if not is_there.any():
        return picture
    away = distances(buffer[is_there], projection)
    span = away.max() - away.min()
    nearness = (away.max() - away) / span if span > 0 else np.ones_like(away)
    grey = _FARTHEST_GREY + (1 - _FARTHEST_GREY) * nearness
    picture[is_there] = np.rint(grey * 255).astype(np.uint8)
    return picture


def with_background(
    picture: NDArray[np.uint8], buffer: NDArray[np.float32], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Give empty pixels of a picture (height × width × 3) one colour."""
    return np.where((buffer < NOTHING)[..., None], picture, np.array(colour, np.uint8))
