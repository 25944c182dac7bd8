# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixel buffers become 8-bit rows that agree with the plain formulas."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from easel.imaging.errors import ImageEmpty, ImagingError
from easel.imaging.pixels import PixelRows, linear_to_srgb
from easel.imaging.snapshot import Encoding, PixelsSnapshot

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))  # height, width, channels


def rows_of(values: NDArray[np.float32], encoding: Encoding) -> PixelRows:
    """Make the rows of a (height, width, channels) array whose first row is the bottom one."""
    height, width, channels = values.shape
    return PixelRows(
        PixelsSnapshot(
            pixels=values.astype(np.float32).ravel(),
            width=width,
            height=height,
            channels=channels,
            encoding=encoding,
        )
    )


def without_opaque_alpha(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    has_alpha = pixels.shape[2] in (2, 4)
    return pixels[..., :-1] if has_alpha and (pixels[..., -1] == 255).all() else pixels


@given(
    sizes.flatmap(lambda shape: npst.arrays(np.uint8, shape)),
    st.sampled_from([Encoding.SRGB_BYTES, Encoding.RAW]),
)
def test_stored_bytes_come_back_exactly_and_top_row_first(
    stored: NDArray[np.uint8], encoding: Encoding
) -> None:
    rows = rows_of(stored / np.float32(255), encoding)
    np.testing.assert_array_equal(rows.read(0, rows.height), without_opaque_alpha(stored[::-1]))


@given(
    sizes.flatmap(lambda shape: npst.arrays(np.float32, shape, elements=st.floats(-1, 2, width=32))),
)
def test_data_are_clipped_and_rounded(values: NDArray[np.float32]) -> None:
    rows = rows_of(values, Encoding.RAW)
    plain = np.floor(np.clip(values * np.float32(255) + np.float32(0.5), 0, 255)).astype(np.uint8)
    np.testing.assert_array_equal(rows.read(0, rows.height), without_opaque_alpha(plain[::-1]))


def test_every_linear_value_becomes_srgb() -> None:
    values = np.linspace(-0.1, 1.1, 300_000, dtype=np.float32).reshape(300, 1000, 1)
    rows = rows_of(values, Encoding.LINEAR).read(0, 300)[::-1]
    exact = linear_to_srgb(values.astype(np.float64)) * 255
    # Rounding costs half a step; the table costs half a 16-bit step, taken where sRGB is steepest.
    assert np.abs(rows - exact).max() <= 0.5 + 12.92 * 255 / 65535 / 2 + 1e-4


def test_bytes_that_were_made_linear_come_back() -> None:
    stored = np.arange(256) / 255
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    rows = rows_of(linear.reshape(1, 256, 1), Encoding.LINEAR)
    np.testing.assert_array_equal(rows.read(0, 1).ravel(), np.arange(256))


@given(st.floats(1 / 128, 1, width=32), st.floats(0, 1, width=32))
def test_colours_are_unpremultiplied_first(alpha: float, colour: float) -> None:
    pixel = np.array([colour * alpha, 0, 0, alpha], np.float32)
    clear = np.array([0, 0, 0, 0], np.float32)  # keeps the alpha channel
    red, _, _, opacity = rows_of(np.stack([pixel, clear]).reshape(1, 2, 4), Encoding.LINEAR).read(0, 1)[0, 0]
    straight = np.float64(np.float32(colour * alpha)) / np.float64(np.float32(alpha))
    assert abs(red - linear_to_srgb(np.array(straight)) * 255) <= 0.54
    assert abs(opacity - alpha * 255) <= 0.51


def test_glow_without_alpha_keeps_its_colour() -> None:
    rows = rows_of(np.array([[[1, 0.5, 0, 0]]]), Encoding.LINEAR)
    assert rows.read(0, 1).tolist() == [[[255, 188, 0, 0]]]


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(
    ("value", "expected"), [(np.nan, 0), (np.inf, 255), (-np.inf, 0), (1e38, 255), (-1e38, 0), (1, 255)]
)
def test_no_value_breaks_the_conversion(encoding: Encoding, value: float, expected: int) -> None:
    rows = rows_of(np.full((2, 3, 3), value, np.float32), encoding)
    assert (rows.read(0, 2) == expected).all()


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("alpha", [np.nan, np.inf, -1.0, 0.0, 1e-38])
def test_no_alpha_breaks_the_conversion(encoding: Encoding, alpha: float) -> None:
    rows = rows_of(np.array([[[0.5, 0.5, 0.5, alpha], [0.5, 0.5, 0.5, 0.5]]]), encoding)
    assert rows.read(0, 1).shape == (1, 2, rows.channels)


@pytest.mark.parametrize(("alpha", "channels"), [(1.0, 3), (1.5, 3), (254 / 255, 4), (np.nan, 4)])
@pytest.mark.parametrize("encoding", Encoding)
def test_only_opaque_alpha_is_dropped(encoding: Encoding, alpha: float, channels: int) -> None:
    values = np.ones((50, 60, 4), np.float32)
    values[33, 44, 3] = alpha
    assert rows_of(values, encoding).channels == channels


@given(st.data())
def test_rows_can_be_read_in_any_order(data: st.DataObject) -> None:
    values = np.random.default_rng(0).random((900, 200, 4), np.float32)  # several chunks
    rows = rows_of(values, Encoding.SRGB_BYTES)
    first = data.draw(st.integers(0, 899))
    stop = data.draw(st.integers(first + 1, 900))
    plain = np.trunc(values * np.float32(255.5)).astype(np.uint8)[::-1]
    np.testing.assert_array_equal(rows.read(first, stop), plain[first:stop])


@pytest.mark.parametrize(("width", "height"), [(0, 4), (4, 0)])
def test_an_image_without_pixels_says_so(width: int, height: int) -> None:
    snapshot = PixelsSnapshot(
        pixels=np.zeros(0, np.float32), width=width, height=height, channels=4, encoding=Encoding.SRGB_BYTES
    )
    with pytest.raises(ImageEmpty, match="no pixels"):
        PixelRows(snapshot)


@pytest.mark.parametrize(("count", "channels"), [(15, 4), (16, 5)])
def test_a_buffer_of_another_size_is_refused(count: int, channels: int) -> None:
    snapshot = PixelsSnapshot(
        pixels=np.zeros(count, np.float32), width=2, height=2, channels=channels, encoding=Encoding.RAW
    )
    with pytest.raises(ImagingError, match="do not fit"):
        PixelRows(snapshot)
