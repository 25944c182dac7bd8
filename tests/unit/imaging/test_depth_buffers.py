# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth buffers of known distances become pictures of known greys."""

import numpy as np
import pytest

from easel.imaging.cutout import GREY, cut_out
from easel.imaging.depth_buffers import NOTHING, depth_picture, distances, with_background

NEAR, FAR = 0.1, 100.0
PERSPECTIVE = np.array(
    [
        [1.4, 0, 0, 0],
        [0, 2.1, 0, 0],
        [0, 0, -(FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)],
        [0, 0, -1, 0],
    ]
)
DEPTH = FAR - NEAR
ORTHOGRAPHIC = np.array(
    [[0.1, 0, 0, 0], [0, 0.1, 0, 0], [0, 0, -2 / DEPTH, -(FAR + NEAR) / DEPTH], [0, 0, 0, 1]]
)
PROJECTIONS = pytest.mark.parametrize(
    "projection", [PERSPECTIVE, ORTHOGRAPHIC], ids=["perspective", "orthographic"]
)


def buffer_of(away: list[list[float]], projection: np.ndarray) -> np.ndarray:
    """Return the depths that a GPU writes for points at these distances; infinity stands for no point."""
    buffer = np.full(np.shape(away), NOTHING, np.float32)
    for place, distance in np.ndenumerate(np.array(away)):
        if np.isfinite(distance):
            clip = projection @ (0, 0, -distance, 1)
            buffer[place] = (clip[2] / clip[3] + 1) / 2
    return buffer


@PROJECTIONS
def test_distances_come_back(projection: np.ndarray) -> None:
    away = [[0.5, 2.0], [7.0, 30.0]]
    assert distances(buffer_of(away, projection), projection) == pytest.approx(np.array(away), rel=1e-3)


@PROJECTIONS
def test_the_nearest_is_white_and_nothing_is_black(projection: np.ndarray) -> None:
    picture = depth_picture(buffer_of([[2.0, 3.0], [4.0, np.inf]], projection), projection)
    assert picture.dtype == np.uint8
    assert picture[0, 0] == 255
    assert picture[1, 1] == 0
    assert picture[1, 0] == 26
    assert abs(int(picture[0, 1]) - (255 + 26) // 2) <= 1  # halfway between near and far


def test_a_wall_that_faces_the_view_is_white() -> None:
    assert (depth_picture(buffer_of([[5.0, 5.0]], PERSPECTIVE), PERSPECTIVE) == 255).all()


def test_an_empty_view_is_black() -> None:
    assert not depth_picture(np.full((3, 4), NOTHING, np.float32), PERSPECTIVE).any()


def test_only_where_nothing_is_the_background_shows() -> None:
    picture = np.full((1, 2, 3), 7, np.uint8)
    made = with_background(picture, np.array([[0.5, NOTHING]], np.float32), (128, 128, 255))
    assert made.tolist() == [[[7, 7, 7], [128, 128, 255]]]
    assert made.dtype == np.uint8


def test_a_cut_out_lies_over_grey_and_leaves_its_edge_out() -> None:
    drawn = np.zeros((5, 7, 4), np.uint8)
    drawn[:, 3:] = (200, 100, 50, 255)
    drawn[:, 2] = (100, 50, 25, 128)  # half covered, with premultiplied colours
    before = drawn.copy()
    cut = cut_out(drawn)
    assert np.array_equal(drawn, before)
    assert cut[2, 5].tolist() == [200, 100, 50, 255]
    assert cut[2, 0].tolist() == [GREY, GREY, GREY, 0]
    assert cut[2, 2, :3].tolist() == [163, 113, 88]
    assert cut[:, :, 3].tolist() == [[0, 0, 0, 128, 255, 255, 255]] * 5  # up to the picture's border


def test_a_view_that_is_filled_is_opaque() -> None:
    assert (cut_out(np.full((4, 4, 4), 255, np.uint8)) == 255).all()
