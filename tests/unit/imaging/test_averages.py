# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture is averaged over squares as Pillow does it, with or without a regard for alpha."""

import numpy as np
import PIL.Image
import pytest

from easel.imaging.lineup.features import averaged

SIZE = (1500, 701)  # several bands


def picture(*channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (*SIZE, *channels), np.uint8)


@pytest.mark.parametrize("factor", [2, 8])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_bands_make_pillows_picture(channels: tuple[int, ...], factor: int) -> None:
    pixels = picture(*channels)
    expected = PIL.Image.fromarray(pixels).reduce(factor)
    np.testing.assert_array_equal(averaged(pixels, factor), np.asarray(expected))


def test_hidden_colours_count_like_others_without_a_regard_for_alpha() -> None:
    pixels = picture(4)
    planes = [averaged(pixels[..., channel], 2) for channel in range(4)]
    np.testing.assert_array_equal(averaged(pixels, 2, by_alpha=False), np.dstack(planes))


def test_sixteen_bits_are_averaged_by_their_high_bytes() -> None:
    deep = picture(3).astype(np.uint16) * np.uint16(256) + np.uint16(200)
    np.testing.assert_array_equal(averaged(deep, 2), averaged(picture(3), 2))
