# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit stays inside its mask: no bit changes beyond the mask and its feather."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from easel.imaging.compositing import composite
from easel.imaging.errors import ImagingError
from easel.imaging.masks import _add_triangle, feathered, grown, mark, rasterise_polygons, rasterise_triangles

kinds = st.sampled_from([np.uint8, np.uint16, np.float32])
sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))


def bits(shape: tuple[int, ...], kind: type, seed: int) -> NDArray[Any]:
    """Make random bit patterns as values; floats include infinities and NaN."""
    rng = np.random.default_rng(seed)
    wide = {np.uint8: np.uint8, np.uint16: np.uint16, np.float32: np.uint32}[kind]
    return rng.integers(0, np.iinfo(wide).max, shape, wide, endpoint=True).view(kind)


def same_bits(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which pixels have the same bits, as (height, width)."""
    wide = {1: np.uint8, 2: np.uint16, 4: np.uint32}[first.dtype.itemsize]
    equal = first.view(wide) == second.view(wide)
    return equal if equal.ndim == 2 else equal.all(2)


def distance_to(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each pixel's distance to the mask along rows and columns, computed one by one."""
    ys, xs = np.nonzero(mask)
    y, x = np.indices(mask.shape)
    if not len(ys):
        return np.full(mask.shape, np.inf)
    apart = np.maximum(np.abs(y[..., None] - ys), np.abs(x[..., None] - xs))
    return apart.min(2).astype(np.float64)


@settings(max_examples=200)
@given(
    st.data(),
    sizes,
    st.integers(1, 4),
    kinds,
    st.floats(0, 12),
    st.sampled_from([np.bool_, np.uint8, np.uint16, np.float32]),
    st.integers(0, 1000),
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # the test adds infinities on purpose
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_beyond_mask_and_feather_not_a_bit_changes(
    data: st.DataObject,
    size: tuple[int, int],
    count: int,
    kind: type,
    feather: float,
    mask_kind: type,
    seed: int,
) -> None:
    shape = (*size, count)
    source, edited = bits(shape, kind, seed), bits(shape, kind, seed + 1)
    area = data.draw(npst.arrays(np.bool_, size))
    white = 1 if mask_kind in (np.bool_, np.float32) else np.iinfo(mask_kind).max
    mask = area.astype(mask_kind) * mask_kind(white)
    before = source.copy()
    result = composite(source, edited, mask, feather, keep_alpha=False)
    assert same_bits(source, before).all()  # the source itself stays unchanged
    assert same_bits(result, source)[distance_to(area) > feather].all()
    assert same_bits(result, edited)[area].all()


@given(sizes, st.sampled_from([2, 4]), kinds, st.floats(0, 5))
def test_the_source_keeps_its_alpha(size: tuple[int, int], count: int, kind: type, feather: float) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2, *size, count)) * (1 if kind is np.float32 else np.iinfo(kind).max)
    source, edited = values.astype(kind)
    mask = np.ones(size, np.bool_)
    kept = composite(source, edited, mask, feather)
    np.testing.assert_array_equal(kept[..., -1], source[..., -1])
    np.testing.assert_array_equal(kept[..., :-1], edited[..., :-1])
    opaque = composite(source, np.ascontiguousarray(edited[..., :-1]), mask, feather)
    np.testing.assert_array_equal(opaque, kept)


def test_the_feather_falls_from_one_to_nothing() -> None:
    mask = np.zeros((101, 101), np.bool_)
    mask[40:61, 40:61] = True
    for feather in range(1, 30):
        slope = feathered(mask, feather)[50, 60:].astype(int)
        assert slope[0] == 65535
        assert (np.diff(slope) <= 0).all()
        assert 0 < slope[feather] < 65535 / 2 or feather == 1
        assert (slope[feather + 1 :] == 0).all()
        assert abs(slope[(feather + 1) // 2] / 65535 - 0.5) < 0.26


def test_a_soft_mask_mixes() -> None:
    source, edited = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 200, np.uint8)
    mask = np.full((4, 4), 0.25, np.float32)
    assert (composite(source, edited, mask) == 50).all()


def test_a_grey_edit_goes_into_all_colours_but_colours_into_no_grey() -> None:
    mask = np.ones((2, 2), np.bool_)
    grey, colours = np.full((2, 2), 7, np.uint8), np.zeros((2, 2, 3), np.uint8)
    assert (composite(colours, grey, mask) == 7).all()
    with pytest.raises(ImagingError, match="grey"):
        composite(grey, colours, mask)


def test_what_does_not_fit_is_refused() -> None:
    source = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ImagingError, match="fit"):
        composite(source, np.zeros((4, 5, 3), np.uint8), np.ones((4, 4), np.bool_))
    with pytest.raises(ImagingError, match="fit"):
        composite(source, source.astype(np.float32), np.ones((4, 4), np.bool_))
    with pytest.raises(ImagingError, match="fit"):
        composite(source, source, np.ones((5, 4), np.bool_))


@given(sizes.flatmap(lambda size: npst.arrays(np.bool_, size)), st.integers(0, 50))
def test_growing_reaches_exactly_so_far(mask: NDArray[np.bool_], pixels: int) -> None:
    np.testing.assert_array_equal(grown(mask, pixels), distance_to(mask) <= pixels)


# UV triangles ----------------------------------------------------------------------------------------------

corner = st.tuples(st.floats(-1.5, 2.5), st.floats(-1.5, 2.5))


def covered(triangle: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels whose centre is in the triangle or one of its repetitions, each tested alone."""
    width, height = size
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, 1 - (np.arange(height) + 0.5) / height)
    inside = np.zeros((height, width), np.bool_)
    for tile_x in range(-3, 4):
        for tile_y in range(-3, 4):
            sides = []
            for first, second in zip(triangle, np.roll(triangle, -1, 0), strict=True):
                along = second - first
                sides.append((x + tile_x - first[0]) * along[1] - (y + tile_y - first[1]) * along[0])
            inside |= (np.min(sides, 0) > 1e-9) | (np.max(sides, 0) < -1e-9)
    return inside


@given(st.tuples(corner, corner, corner), st.tuples(st.integers(4, 50), st.integers(4, 50)))
def test_triangles_cover_their_pixels_and_hardly_more(
    corners: tuple[tuple[float, float], ...], size: tuple[int, int]
) -> None:
    triangle = np.array(corners)
    exact = covered(triangle, size)
    mask = rasterise_triangles(triangle[None], size, bleed=0)
    assert mask[exact].all()
    around = np.hypot(*((np.roll(triangle, -1, 0) - triangle) * size).T).sum()
    assert mask.sum() <= exact.sum() + 2 * around + 12


def test_v_points_up() -> None:
    mask = rasterise_triangles(np.array([[[0, 1], [0.5, 1], [0, 0.5]]]), (40, 20), bleed=0)
    assert mask[:9, :5].any()
    assert not mask[11:].any()
    assert not mask[:, 22:].any()


def test_bleed_goes_beyond_the_border_of_the_triangle() -> None:
    square = np.array(
        [[[0.25, 0.25], [0.75, 0.25], [0.75, 0.75]], [[0.25, 0.25], [0.75, 0.75], [0.25, 0.75]]]
    )
    mask = rasterise_triangles(square, (64, 64), bleed=4)
    assert mask[12:52, 12:52].all()
    assert not mask[:10].any()
    assert not mask[:, 54:].any()


def test_no_triangles_and_broken_ones_cover_nothing() -> None:
    assert not rasterise_triangles(np.zeros((0, 3, 2)), (8, 8)).any()
    assert not rasterise_triangles(np.full((1, 3, 2), np.nan), (8, 8)).any()


# The marked copy -------------------------------------------------------------------------------------------


@given(sizes, st.integers(1, 4), kinds)
def test_marking_shows_the_area_and_leaves_the_rest(size: tuple[int, int], count: int, kind: type) -> None:
    source = np.zeros((*size, count), kind)
    mask = np.zeros(size, np.bool_)
    mask[: size[0] // 2] = True
    marked = mark(source, mask)
    assert marked.shape == (*size, 3)
    assert marked.dtype == np.uint8
    assert (marked[mask] == (102, 0, 64)).all()
    outline = grown(mask, 1) & ~mask
    assert (marked[outline] == (255, 0, 160)).all()
    assert (marked[~grown(mask, 1)] == 0).all()


@pytest.mark.parametrize("size", [0.01, 0.05, 0.2])
def test_many_triangles_are_drawn_as_one_is(size: float) -> None:
    chance = np.random.default_rng(7)
    triangles = chance.uniform(0.3, 0.7, (80, 1, 2)) + chance.uniform(-size, size, (80, 3, 2))
    width, height = 90, 60
    expected = np.zeros((height, width), np.bool_)
    for u, v in triangles.transpose(0, 2, 1):
        _add_triangle(expected, (u * width).tolist(), ((1 - v) * height).tolist())
    assert expected.any()
    np.testing.assert_array_equal(rasterise_triangles(triangles, (width, height), bleed=0), expected)


def test_a_polygon_has_the_pixels_whose_middle_is_inside() -> None:
    box = ((0.25, 0.25), (0.75, 0.25), (0.75, 1.0), (0.25, 1.0))
    mask = rasterise_polygons((box,), (8, 8))
    assert mask[:6, 2:6].all()
    assert mask.sum() == 24
    # In the opposite direction, and partly outside.
    outside = tuple((u - 0.5, v + 0.5) for u, v in reversed(box))
    np.testing.assert_array_equal(
        np.argwhere(rasterise_polygons((outside,), (8, 8))), [[r, c] for r in (0, 1) for c in (0, 1)]
    )
    bow_tie = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
    crossed = rasterise_polygons((bow_tie,), (8, 8))
    assert crossed[3:5, 0].all()
    assert crossed[3:5, 7].all()
    assert not crossed[0, 2:6].any()
    both = rasterise_polygons((box, bow_tie), (8, 8))
    np.testing.assert_array_equal(both, mask | crossed)
    assert not rasterise_polygons((), (8, 8)).any()


def test_what_reaches_over_a_tile_is_cut_off_where_nothing_repeats() -> None:
    small, large = (np.array([[[1 - w, 0.5], [1 + w, 0.5], [1, 0.5 + w]]]) for w in (0.1, 0.5))
    for triangle in (small, large):
        whole = rasterise_triangles(triangle / (2, 1), (128, 64), bleed=0)
        for column in (0, 1):
            part = rasterise_triangles(triangle - (column, 0), (64, 64), bleed=0, repeats=False)
            np.testing.assert_array_equal(part, whole[:, column * 64 :][:, :64])
