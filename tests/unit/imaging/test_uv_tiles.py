# SPDX-License-Identifier: GPL-3.0-or-later
"""An area in UV space lies on a UDIM tile if it covers pixels of it."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from easel.imaging.masks import rasterise_polygons, rasterise_triangles
from easel.imaging.uv_tiles import as_on_first_tile, is_on_first_tile

Points = tuple[tuple[float, float], ...]

corners = st.tuples(st.floats(-1.5, 2.5), st.floats(-1.5, 2.5))


def is_on(points: Points, number: int = 1001) -> bool:
    return is_on_first_tile(as_on_first_tile(np.array(points), number))


def around(*, has_gap: bool) -> Points:
    """Return a ring with a slit around the first tile, or the square inside its outer line."""
    outer = ((-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5), (-0.5, 0.5))
    inner = ((-0.2, 0.5), (-0.2, 1.2), (1.2, 1.2), (1.2, -0.2), (-0.2, -0.2), (-0.2, 0.4), (-0.5, 0.4))
    return (*outer, *inner) if has_gap else outer


@pytest.mark.parametrize(
    ("points", "tiles"),
    [
        (((0.6, 0.6), (1.2, 0.6), (0.6, 1.2)), {1001, 1002, 1011}),  # 1012 lies beyond the sloping side
        (((0.6, 0.6), (1.6, 0.6), (0.6, 1.6)), {1001, 1002, 1011, 1012}),
        (((0.6, 0.6), (1.2, 1.5), (0.6, 0.9)), {1001, 1011, 1012}),
        (((0, 0), (1, 0), (1, 1), (0, 1)), {1001}),
        (((0.5, 0.2), (1.00005, 0.2), (1.00005, 0.8), (0.5, 0.8)), {1001}),
        (((0.5, 0.2), (1.001, 0.2), (1.001, 0.8), (0.5, 0.8)), {1001, 1002}),
        (((1.2, 0.2), (1.7, 0.2), (1.2, 0.7)), {1002}),
        (((-5, -5), (9, -5), (-5, 9)), {1001, 1002, 1011, 1012}),
        (((-5, -5), (7, -5), (-5, 7)), {1001, 1002, 1011}),  # it ends where 1012 begins
        (around(has_gap=False), {1001, 1002, 1011, 1012}),
        (around(has_gap=True), {1002, 1011, 1012}),
        (((-1, -1), (4, -1), (4, 4), (-1, 4)) * 2, set()),  # an area that winds twice is empty
    ],
)
def test_an_area_is_on_the_tiles_that_it_covers(points: Points, tiles: set[int]) -> None:
    numbers = (1001, 1002, 1011, 1012)
    assert {number for number in numbers if is_on(points, number)} == tiles
    assert {number for number in numbers if is_on(points[::-1], number)} == tiles


def test_a_point_on_a_border_is_on_the_tile_that_begins_there() -> None:
    assert is_on(((0.0, 0.0),))
    assert is_on(((0.99, 0.5),))
    assert not is_on(((1.0, 0.5),))
    assert is_on(((1.0, 0.5),), 1002)
    assert not is_on(((1.5, -0.1),), 1002)


@given(st.lists(corners, min_size=3, max_size=7))
def test_what_covers_a_pixel_is_on_the_tile(points: list[tuple[float, float]]) -> None:
    if rasterise_polygons((points,), (32, 32)).any():
        assert is_on(tuple(points))


@given(st.tuples(corners, corners, corners))
def test_a_triangle_that_is_on_the_tile_covers_a_pixel(points: Points) -> None:
    (u1, v1), (u2, v2), (u3, v3) = points
    if abs((u2 - u1) * (v3 - v1) - (u3 - u1) * (v2 - v1)) > 0.01 and is_on(points):
        assert rasterise_triangles(np.array([points]), (2048, 2048), bleed=0, repeats=False).any()
