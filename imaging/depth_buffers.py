# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth buffers of a GPU to pictures. Arrays in, arrays out; top row first or last, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING: Final = 1.0
"""What a depth buffer holds where nothing was drawn."""
_FARTHEST_GREY: Final = 26 / 255  # of what is there, so that it stands out against the black of nothing


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
    """Turn a depth buffer into the picture that depth models know: the nearest white, farther darker.

    Even steps of distance become even steps of grey. Nothing is black; what is farthest is dark grey; all at
    one distance is white.

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
    """Give the pixels of a picture (height × width × 3) where nothing was drawn one colour."""
    return np.where((buffer < NOTHING)[..., None], picture, np.array(colour, np.uint8))
