# SPDX-License-Identifier: GPL-3.0-or-later
"""Triangles are drawn: each pixel gets the nearest one, and hidden ones are left out without a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings, strategies as some

from easel.imaging.surface.raster import NOBODY, Outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray


@settings(max_examples=40, deadline=None)
@given(seed=some.integers(0, 2**32 - 1), cells=some.integers(1, 7), size=some.integers(1, 40))
def test_a_pixel_of_a_mesh_without_gaps_has_exactly_one_triangle(seed: int, cells: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, size + 1, cells + 1), np.linspace(-1, size + 1, cells + 1))
    x[:, 1:-1] += rng.uniform(-0.4, 0.4, x[:, 1:-1].shape) * (size + 2) / cells
    y[1:-1] += rng.uniform(-0.2, 0.2, y[1:-1].shape) * (size + 2) / cells
    row, column = (values.ravel() for values in np.mgrid[:cells, :cells])
    corner = row * (cells + 1) + column
    both = np.concatenate(
        [
            np.stack(three, 1)
            for three in (
                (corner, corner + 1, corner + cells + 2),
                (corner, corner + cells + 2, corner + cells + 1),
            )
        ]
    )
    turned = (
        (x.ravel()[both][:, 1] - x.ravel()[both][:, 0]) * (y.ravel()[both][:, 2] - y.ravel()[both][:, 0])
        - (x.ravel()[both][:, 2] - x.ravel()[both][:, 0]) * (y.ravel()[both][:, 1] - y.ravel()[both][:, 0])
    ) < 0
    across, up = x.ravel()[both], y.ravel()[both]
    outlines = Outlines(lambda some: (across[some], up[some], None), len(both), (size, size))
    times = np.zeros(size * size, int)
    for rows in outlines.bands():
        pixel = outlines.fragments(rows).pixel + rows.start * size
        np.add.at(times, pixel, 1)
    assert (times >= 1).all(), "no gap"
    assert turned.any() or (times == 1).all(), "no pixel twice, unless triangles lie over each other"


@settings(max_examples=40, deadline=None)
@given(seed=some.integers(0, 2**32 - 1), count=some.integers(1, 12))
def test_the_nearest_triangle_is_drawn(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, depth = [*rng.uniform(-4, 24, (2, count, 3)).tolist(), rng.uniform(0, 1, (count, 3)).tolist()]
    x, y, depth = np.array(x), np.array(y), np.array(depth)
    outlines = Outlines(lambda some: (x[some], y[some], depth[some]), count, (20, 20))
    ids, found = np.full((20, 20), NOBODY, np.int32), np.full((20, 20), np.inf, np.float32)
    outlines.draw(ids, found)
    wanted = np.full((20, 20), np.inf)
    sure = np.ones((20, 20), np.bool_)
    at_y, at_x = np.mgrid[:20, :20] + 0.5
    for one in range(count):
        (x0, x1, x2), (y0, y1, y2) = x[one], y[one]
        whole = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        second = ((at_x - x0) * (y2 - y0) - (x2 - x0) * (at_y - y0)) / whole
        third = ((x1 - x0) * (at_y - y0) - (at_x - x0) * (y1 - y0)) / whole
        first = 1 - second - third
        least = np.minimum(np.minimum(first, second), third)
        sure &= np.abs(least) > 1e-4  # places are 32-bit floats
        here = first * depth[one, 0] + second * depth[one, 1] + third * depth[one, 2]
        wanted = np.where(least > 0, np.minimum(wanted, here), wanted)
    assert (np.isfinite(found) == np.isfinite(wanted))[sure].all()
    both = sure & np.isfinite(wanted)
    np.testing.assert_allclose(found[both], wanted[both], atol=1e-4)
    assert ((ids >= 0) == np.isfinite(found)).all()


def test_hidden_triangles_are_left_out_and_no_others() -> None:
    """Triangles that face away are drawn only where they may be visible."""
    rng = np.random.default_rng(5)
    count, side = 6_000, 60
    middle = rng.uniform(0, side, (count, 1, 2))
    x, y = np.moveaxis(middle + rng.uniform(-2, 2, (count, 3, 2)), -1, 0)
    depth = rng.uniform(0, 1, (count, 1)) + rng.uniform(0, 0.01, (count, 3))
    x[: count // 2] -= side / 4  # none of these lie on the right, and some leave at the left
    outlines = Outlines(lambda some: (x[some], y[some], depth[some]), count, (side, side))
    ids, found = np.full((side, side), NOBODY, np.int32), np.full((side, side), np.inf, np.float32)
    outlines.draw(ids, found)
    wanted = np.full((side, side), np.inf, np.float32)
    pixel, _triangle, every = outlines.fragments(slice(0, side))
    np.minimum.at(wanted.reshape(-1), pixel, every)
    assert (found == wanted).all()
    is_back = outlines.slope[ids[ids != NOBODY]] < 0
    assert 0.3 < is_back.mean() < 0.7


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 2**32 - 1), width=some.integers(1, 90), height=some.integers(1, 90))
def test_a_triangle_has_the_same_pixels_alone_and_among_others(seed: int, width: int, height: int) -> None:
    """Flat, tall and tiny ones, seen from both sides, in one band or across two."""
    rng = np.random.default_rng(seed)
    count = 12
    reach = 10.0 ** rng.uniform(-1, 2, (count, 1, 2))
    x, y = np.moveaxis(rng.uniform(0, 90, (count, 1, 2)) + rng.uniform(-1, 1, (count, 3, 2)) * reach, -1, 0)
    depth = rng.uniform(0, 1, x.shape)

    def drawn(chosen: slice) -> list[tuple[int, int, float]]:
        outlines = Outlines(
            lambda some: (x[chosen][some], y[chosen][some], depth[chosen][some]),
            len(x[chosen]),
            (width, height),
        )
        return [
            (rows.start * width + pixel, chosen.start + triangle, found)
            for rows in (slice(0, height // 2), slice(height // 2, height))
            for pixel, triangle, found in zip(
                *(each.tolist() for each in outlines.fragments(rows)), strict=True
            )
        ]

    together = drawn(slice(0, count))
    assert len(set(together)) == len(together)
    assert sorted(together) == sorted(each for one in range(count) for each in drawn(slice(one, one + 1)))


def test_many_triangles_are_drawn_as_few_are() -> None:
    """Many triangles are prepared in parts."""
    rng = np.random.default_rng(4)
    middle = rng.uniform(0, 60, (40_000, 1, 2))
    x, y = np.moveaxis(middle + rng.uniform(-2, 2, (40_000, 3, 2)), -1, 0)
    depth = rng.uniform(0, 1, x.shape)

    def drawn(some: slice) -> set[tuple[int, int, float]]:
        def places(part: slice) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
            return x[some][part], y[some][part], depth[some][part]

        outlines = Outlines(places, len(x[some]), (60, 60))
        pixel, triangle, found = outlines.fragments(slice(0, 60))
        return set(zip(pixel.tolist(), (triangle + some.start).tolist(), found.tolist(), strict=True))

    parts = [drawn(slice(start, start + 10_000)) for start in range(0, 40_000, 10_000)]
    assert drawn(slice(0, 40_000)) == set.union(*parts)


# Cameras --------------------------------------------------------------------------------------------------
