# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts have the least error, pictures join along them, and plans fit small pictures too."""

import numpy as np
import pytest
import tiling_textures as textures
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as npst

from easel.imaging.tiling.cuts import Softness, joined, least_cuts, open_cut_errors
from easel.imaging.tiling.patches import Plan, carried_out, plan_with_patch
from easel.imaging.tiling.seamless import Size, make_seamless
from easel.imaging.tiling.views import seen

ERRORS = npst.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(2, 14), st.integers(1, 9)),
    elements=st.floats(0, 1, width=32),
)


@settings(max_examples=60, deadline=None)
@given(ERRORS)
def test_a_cut_is_closed_and_moves_one_place_a_line(errors: np.ndarray) -> None:
    paths, means = least_cuts(errors)
    assert paths.shape == errors.shape[:2]
    assert paths.min() >= 0
    assert paths.max() < errors.shape[2]
    assert np.abs(paths - np.roll(paths, 1, axis=1)).max() <= 1
    sums = np.take_along_axis(errors, paths[..., np.newaxis], 2)[..., 0].mean(1)
    np.testing.assert_allclose(means, sums, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(ERRORS)
def test_no_cut_is_better_than_the_best_open_one(errors: np.ndarray) -> None:
    """A plain loop over the lines finds the error of the best open cut."""
    best = errors[:, 0].copy()
    for line in range(1, errors.shape[1]):
        around = np.pad(best, ((0, 0), (1, 1)), constant_values=np.inf)
        best = errors[:, line] + np.stack([around[:, :-2], around[:, 1:-1], around[:, 2:]]).min(0)
    found = open_cut_errors(errors)
    np.testing.assert_allclose(found, best.min(1) / errors.shape[1], rtol=1e-5)
    assert (least_cuts(errors)[1] >= found - 1e-6).all()


def test_a_cut_goes_where_both_are_alike() -> None:
    errors = np.ones((1, 20, 15), np.float32)
    lines = np.arange(20)
    alike = np.rint(7 + 2 * np.sin(2 * np.pi * lines / 20)).astype(int)
    errors[0, lines, alike] = 0
    paths, means = least_cuts(errors)
    assert means[0] <= 0.1
    assert (paths[0] == alike).mean() >= 0.8


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_far_from_the_cut_each_picture_is_its_own(dtype: type) -> None:
    rng = np.random.default_rng(3)
    first, second = ((rng.random((150, 40, 3)) * 200).astype(dtype) for _ in range(2))
    cut = np.rint(20 + 6 * np.sin(np.arange(150) / 150 * 2 * np.pi)).astype(np.intp)
    result = joined(first, second, cut, Softness(fine=1.0, coarse=2))
    place = np.arange(40)[np.newaxis] - cut[:, np.newaxis]
    np.testing.assert_array_equal(result[place < -5], first[place < -5])
    np.testing.assert_array_equal(result[place > 5], second[place > 5])
    assert result.dtype == dtype


def test_a_plan_is_carried_out_the_same_whichever_way_the_picture_lies() -> None:
    picture = textures.cut("cobbles", 96)
    plan = plan_with_patch(seen(picture), 96, 12)
    assert isinstance(plan, Plan)
    turned = np.ascontiguousarray(picture.swapaxes(0, 1)).swapaxes(0, 1)
    np.testing.assert_array_equal(carried_out(plan, picture), carried_out(plan, turned))


def test_a_patch_that_leaves_no_room_is_none() -> None:
    picture = seen(textures.cut("grain", 64)[:, :28])
    assert plan_with_patch(picture, 22, 5) is None
    assert plan_with_patch(picture, 28, 5) is not None


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(sorted(textures.TEXTURES)),
    st.integers(16, 60),
    st.integers(16, 60),
    st.sampled_from(Size),
)
def test_small_pictures_are_made_to_tile(name: str, height: int, width: int, size: Size) -> None:
    picture = textures.cut(name, 128)[:height, :width]
    result = make_seamless(picture, size=size).pixels
    if size is Size.KEEP:
        assert result.shape == picture.shape
    assert result.shape[2] == 3
    assert min(result.shape[:2]) >= 8
