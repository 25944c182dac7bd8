# SPDX-License-Identifier: GPL-3.0-or-later
"""Work done area by area has the same result as work on the whole picture."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from easel.imaging.compositing import composite, put_into
from easel.imaging.mask_areas import SoftMask
from easel.imaging.masks import FULL, feathered

SIZE = (530, 1050)  # more than one area in each direction
WHITE = {np.bool_: 1, np.uint8: 255, np.uint16: 65535, np.float32: 1}


@st.composite
def masks(draw: st.DrawFn) -> NDArray[Any]:
    """Draw a mask of rectangles of any weight, also at the borders and as small as a pixel."""
    kind = draw(st.sampled_from(list(WHITE)))
    mask = np.zeros(SIZE, kind)
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
        height, width = draw(st.integers(1, SIZE[0])), draw(st.integers(1, SIZE[1]))
        share = 1 if kind is np.bool_ else draw(st.sampled_from([1, 0.5, 0.25]))
        mask[top : top + height, left : left + width] = kind(WHITE[kind] * share)
    return mask


feathers = st.sampled_from([0, 1, 2.5, 7, 32, 300])


@given(masks(), feathers)
@settings(max_examples=25)
def test_areas_have_the_weights_of_the_whole(mask: NDArray[Any], feather: float) -> None:
    weights = np.zeros(SIZE, np.uint16)
    soft = SoftMask(mask, feather)
    for area in soft.areas:
        if area.is_whole:
            assert not weights[area.part].any()
            weights[area.part] = FULL
        else:
            part, touched = soft.touched(area)
            assert not weights[part].any()
            weights[part] = touched
    np.testing.assert_array_equal(weights, feathered(mask, feather))


@given(masks(), feathers, st.booleans())
@settings(max_examples=10)
def test_an_edit_is_laid_in_as_plain_arithmetic_has_it(
    mask: NDArray[Any], feather: float, keep_alpha: bool
) -> None:
    old, new = np.random.default_rng(1).integers(0, 256, (2, *SIZE, 4), np.uint8)
    share = (feathered(mask, feather) * np.float32(1 / FULL))[..., np.newaxis]
    expected = np.rint(old + (new.astype(np.float32) - old) * share).astype(np.uint8)
    if keep_alpha:
        expected[..., 3] = old[..., 3]
    np.testing.assert_array_equal(composite(old, new, mask, feather, keep_alpha=keep_alpha), expected)


@given(masks(), feathers)
@settings(max_examples=10)
def test_rows_that_are_not_new_are_the_old_ones(mask: NDArray[Any], feather: float) -> None:
    old = np.zeros((*SIZE, 3), np.uint8)
    laid = old.copy()
    is_new = put_into(laid, lambda part: old[part] + np.uint8(255), mask, feather)
    assert not laid[~is_new].any()
    assert is_new[feathered(mask, feather).any(1)].all()


def test_where_the_mask_is_not_no_part_is_asked_for() -> None:
    mask = np.zeros(SIZE, np.bool_)
    mask[300:310, 600:620] = True
    asked: list[tuple[slice, slice]] = []

    def made(part: tuple[slice, slice]) -> NDArray[np.uint8]:
        asked.append(part)
        return np.zeros(SIZE, np.uint8)[part]

    put_into(np.zeros(SIZE, np.uint8), made, mask, 5)
    [(rows, columns)] = asked
    assert rows.start >= 295
    assert rows.stop <= 315
    assert columns.start >= 595
    assert columns.stop <= 625


@pytest.mark.parametrize("feather", [0, 40])
def test_an_empty_mask_has_no_areas(feather: float) -> None:
    assert not SoftMask(np.zeros(SIZE, np.uint8), feather).areas
