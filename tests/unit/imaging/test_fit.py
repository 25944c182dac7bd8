# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources come back from a model's canvas at their own size and in their own place."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from easel.client.models import ASPECT_RATIOS, WIDE_ASPECT_RATIOS
from easel.imaging.errors import ImageEmpty
from easel.imaging.fit import Fit, apply_fit, plan_fit, reduced_canvas, unfit
from easel.imaging.resample import Border, Box, halved, light_of, resample, srgb_from_linear

# From 16 × 16 to 8192 × 8192, in shapes up to 1:8.
sizes = st.tuples(st.integers(16, 8192), st.integers(16, 8192)).filter(
    lambda size: max(size) <= 8 * min(size)
)
small_sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))
ratios = st.sampled_from([ASPECT_RATIOS, WIDE_ASPECT_RATIOS, ("auto",), ("1:1",)])
borders = st.sampled_from(Border)
kinds = st.sampled_from([np.uint8, np.uint16, np.float32])
channels = st.integers(1, 4)


@dataclass(frozen=True)
class Drift:
    dx: float
    dy: float
    scale_x: float = 1.0
    scale_y: float = 1.0


def picture(size: tuple[int, int], count: int, kind: type, *, smooth: bool = False) -> NDArray[Any]:
    """Make a picture of random values or a few waves. Its alpha has holes."""
    width, height = size
    rng = np.random.default_rng(width * 10007 + height)
    if smooth:
        y, x = np.mgrid[:height, :width, :1][:2] * 2 * np.pi  # periodic, so that it may be wrapped
        phases = rng.uniform(0, 6, count)
        values = 0.5 + 0.4 * np.sin(x / width + phases) * np.cos(y / height + phases)
    else:
        values = rng.random((height, width, count))
        if count in (2, 4):
            values[..., -1] *= rng.random((height, width)) > 0.3
    if kind is np.float32:
        return values.astype(np.float32)
    return (values * np.iinfo(kind).max + 0.5).astype(kind)


@given(sizes, ratios, borders)
def test_a_plan_pads_and_never_crops(size: tuple[int, int], known: tuple[str, ...], border: Border) -> None:
    fit = plan_fit(size, known, border=border)
    assert fit.source == size
    assert 512 <= max(fit.canvas) <= 4096
    for axis in (0, 1):
        assert 0 <= fit.offset[axis] <= fit.canvas[axis] - fit.content[axis]
    assert fit.content[0] == fit.canvas[0] or fit.content[1] == fit.canvas[1]
    # It is never stretched by more than the rounding to whole pixels.
    across, down = fit.content[0] / size[0], fit.content[1] / size[1]
    assert abs(across - down) * min(size) <= 1
    if fit.ratio:
        wide, high = map(int, fit.ratio.split(":"))
        assert abs(fit.canvas[0] - fit.canvas[1] * wide / high) <= max(1, wide / high)
    else:
        assert fit.canvas == fit.content


@given(sizes, ratios)
def test_the_ratio_chosen_needs_the_least_padding(size: tuple[int, int], known: tuple[str, ...]) -> None:
    def padded_area(ratio: str) -> float:
        wide, high = map(int, ratio.split(":"))
        return max(size[0], size[1] * wide / high) * max(size[1], size[0] * high / wide)

    fit = plan_fit(size, known)
    others = [ratio for ratio in known if ratio != "auto"]
    if others:
        assert padded_area(fit.ratio) <= min(map(padded_area, others)) * 1.000001
    else:
        assert fit.ratio == ""


@pytest.mark.parametrize(
    ("size", "ratio", "canvas"),
    [
        ((1024, 1024), "1:1", (1024, 1024)),
        ((1920, 1080), "16:9", (1920, 1080)),
        ((2048, 1024), "16:9", (2048, 1152)),
        ((1000, 2000), "9:16", (1125, 2000)),
        ((8192, 1024), "8:1", (4096, 512)),
        ((16, 16), "1:1", (512, 512)),
        ((8192, 8192), "1:1", (4096, 4096)),
    ],
)
def test_known_plans(size: tuple[int, int], ratio: str, canvas: tuple[int, int]) -> None:
    fit = plan_fit(size, WIDE_ASPECT_RATIOS)
    assert (fit.ratio, fit.canvas) == (ratio, canvas)


@given(sizes, ratios, borders)
def test_a_plan_survives_json(size: tuple[int, int], known: tuple[str, ...], border: Border) -> None:
    fit = plan_fit(size, known, border=border)
    assert Fit.from_dict(json.loads(json.dumps(fit.to_dict()))) == fit


@given(small_sizes, ratios, borders, channels, kinds)
def test_without_resampling_every_pixel_comes_back(
    size: tuple[int, int], known: tuple[str, ...], border: Border, count: int, kind: type
) -> None:
    source = picture(size, count, kind)
    fit = plan_fit(size, known, border=border, min_side=1)
    canvas = apply_fit(source, fit)
    assert canvas.shape[:2] == fit.canvas[::-1]
    np.testing.assert_array_equal(unfit(canvas, fit), source)


@settings(max_examples=40)
@given(st.tuples(st.integers(16, 200), st.integers(16, 200)), borders, channels, kinds, st.booleans())
def test_enlarged_sources_come_back_closely(
    size: tuple[int, int], border: Border, count: int, kind: type, is_data: bool
) -> None:
    source = picture(size, count, kind, smooth=True)
    fit = plan_fit(size, WIDE_ASPECT_RATIOS, border=border)
    back = unfit(apply_fit(source, fit, is_data=is_data), fit, is_data=is_data)
    assert_close(back, source, 0.08)


@settings(max_examples=40)
@given(st.tuples(st.integers(100, 200), st.integers(100, 200)), channels, kinds, st.booleans())
def test_reduced_sources_come_back_closely(
    size: tuple[int, int], count: int, kind: type, is_data: bool
) -> None:
    source = picture(size, count, kind, smooth=True)
    fit = plan_fit(size, ("1:1", "4:3", "3:4"), min_side=1, max_side=100)
    back = unfit(apply_fit(source, fit, is_data=is_data), fit, is_data=is_data)
    assert_close(back, source, 0.1)


@settings(max_examples=60)
@given(
    small_sizes,
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.builds(Drift, st.floats(-40, 40), st.floats(-40, 40), st.floats(0.9, 1.1), st.floats(0.9, 1.1)),
    channels,
    kinds,
    borders,
)
def test_whatever_comes_back_gets_the_source_size(
    size: tuple[int, int],
    answered: tuple[int, int],
    drift: Drift,
    count: int,
    kind: type,
    border: Border,
) -> None:
    fit = plan_fit(size, ASPECT_RATIOS, border=border, min_side=1)
    back = unfit(picture(answered, count, kind), fit, drift)
    assert back.shape == (size[1], size[0], count)
    assert back.dtype == kind
    assert np.isfinite(back).all()


def test_a_whole_number_of_pixels_of_drift_is_undone_exactly() -> None:
    source = picture((300, 200), 3, np.uint8)
    fit = plan_fit((300, 200), ("1:1",), border=Border.WRAP, min_side=1)
    moved = np.roll(apply_fit(source, fit), (-4, 7), (0, 1))
    back = unfit(moved, fit, Drift(dx=7, dy=-4))
    np.testing.assert_array_equal(back[:, :-7], source[:, :-7])


def test_a_tiling_texture_goes_on_at_its_other_side() -> None:
    source = picture((64, 64), 3, np.uint8)
    fit = plan_fit((64, 64), ("1:1",), border=Border.WRAP, min_side=1)
    moved = np.roll(source, (-4, 7), (0, 1))
    np.testing.assert_array_equal(unfit(moved, fit, Drift(dx=7, dy=-4)), source)


@pytest.mark.parametrize("border", Border)
def test_the_padding_is_what_it_is_called(border: Border) -> None:
    source = np.arange(1, 13, dtype=np.uint8).reshape(2, 6)
    fit = plan_fit((6, 2), ("1:1",), border=border, min_side=1)
    assert (
        apply_fit(source, fit)[:, 0].tolist()
        == {
            Border.EDGE: [1, 1, 1, 7, 7, 7],
            Border.MIRROR: [7, 1, 1, 7, 7, 1],
            Border.WRAP: [1, 7, 1, 7, 1, 7],
        }[border]
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_transparent_colours_do_not_bleed(kind: type) -> None:
    white = 1.0 if kind is np.float32 else np.iinfo(kind).max
    source = np.zeros((40, 40, 4), kind)
    source[:, :20] = (white, 0, 0, white)
    source[:, 20:] = (0, white, 0, 0)  # green but transparent
    fit = plan_fit((40, 40), ("1:1",), min_side=100, max_side=100)
    canvas = apply_fit(source, fit)
    visible = canvas[..., 3] > white * 0.02
    assert canvas[visible][:, 1].max() <= white * 0.1
    assert canvas[visible][:, 0].min() >= white * 0.95
    assert canvas[5, -5].tolist() == [0, white, 0, 0]  # but it is kept under the clear alpha


def test_light_is_averaged_not_its_encoding() -> None:
    checks = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    fit = plan_fit((64, 64), ("1:1",), min_side=1, max_side=16)
    assert abs(int(apply_fit(checks, fit)[8, 8]) - 188) <= 1
    assert abs(int(apply_fit(checks, fit, is_data=True)[8, 8]) - 128) <= 1


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 200), st.integers(1, 200), st.floats(0, 5))
def test_the_filter_is_that_of_pillow(height: int, width: int, rows: int, columns: int, left: float) -> None:
    plane = np.random.default_rng(height * width).random((height, width), np.float32)
    padded = PIL.Image.fromarray(np.pad(plane, 300, mode="wrap"))
    box = Box(left, 1.5, left + width, 1.5 + height)
    wanted = padded.resize((columns, rows), PIL.Image.Resampling.LANCZOS, tuple(side + 300 for side in box))
    found = resample(plane, box, (columns, rows), is_data=True, border=Border.WRAP)
    np.testing.assert_allclose(found, np.clip(wanted, plane.min(), plane.max()), atol=1e-4)


def test_one_bad_value_spoils_only_what_is_near() -> None:
    plane = np.full((200, 200), 0.5, np.float32)
    plane[100, 100], plane[20, 20] = np.inf, np.nan
    found = resample(plane, Box(0, 0, 200, 200), (190, 190), is_data=True)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[120:], 0.5, atol=1e-3)


def test_high_dynamic_range_is_kept() -> None:
    source = np.full((100, 100, 3), 0.25, np.float32)
    source[40:60, 40:60] = 50.0
    fit = plan_fit((100, 100), ("1:1",), min_side=300, max_side=400)
    canvas = apply_fit(source, fit)
    assert canvas.max() == 50.0
    assert canvas.min() == 0.25


def test_a_source_without_pixels_is_refused() -> None:
    with pytest.raises(ImageEmpty):
        plan_fit((0, 16), ASPECT_RATIOS)


def assert_close(back: NDArray[Any], source: NDArray[Any], tolerance: float) -> None:
    """Check that the differences are small, as shares of white."""
    assert back.shape == source.shape
    white = 1.0 if source.dtype == np.float32 else float(np.iinfo(source.dtype).max)
    difference = np.abs(back.astype(np.float64) - source) / white
    assert difference.max() <= tolerance
    assert difference.mean() <= tolerance / 5


@pytest.mark.parametrize("is_data", [False, True])
def test_halving_takes_the_mean_light_of_four(is_data: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (38, 90, 3), np.uint8)
    light = light_of(pixels, is_data).reshape(19, 2, 45, 2, 3).mean((1, 3))
    expected = 255 * (light if is_data else srgb_from_linear(light))
    assert np.abs(halved(pixels, is_data=is_data) - expected).max() < 0.51


def test_halving_leaves_every_even_colour_as_it_is() -> None:
    pixels = np.arange(256, dtype=np.uint8).repeat(2)[np.newaxis].repeat(2, 0)
    for is_data in (False, True):
        np.testing.assert_array_equal(halved(pixels, is_data=is_data)[0], np.arange(256))


@given(small_sizes, ratios, borders, st.integers(1, 3))
@settings(max_examples=30)
def test_a_reduced_canvas_shows_what_the_canvas_does(
    half: tuple[int, int], ratio: tuple[str, ...], border: Border, folds: int
) -> None:
    size = half[0] * 2 + 60, half[1] * 2 + 60
    fit = plan_fit(size, ratio, border=border, min_side=16)
    source = picture(size, 3, np.uint8, smooth=True)
    canvas = apply_fit(source, fit)
    longest = max(4, max(fit.canvas) // folds)
    small = reduced_canvas(source, fit, longest)
    assert max(small.shape[:2]) == longest
    whole = Box(0, 0, *fit.canvas)
    expected = resample(canvas, whole, (small.shape[1], small.shape[0]), is_data=False, border=border)
    assert np.abs(small.astype(int) - expected).mean() < 4


@given(small_sizes, small_sizes, kinds, channels, st.data())
@settings(max_examples=30)
def test_a_part_of_an_answer_is_that_part_of_all(
    size: tuple[int, int], answered: tuple[int, int], kind: type, count: int, data: st.DataObject
) -> None:
    fit = plan_fit(size, ("1:1",))
    drift = Drift(dx=1.5, dy=-0.75, scale_x=1.01, scale_y=0.99)
    answer = picture(answered, count, kind)
    top, left = data.draw(st.integers(0, size[1] - 1)), data.draw(st.integers(0, size[0] - 1))
    bottom, right = data.draw(st.integers(top + 1, size[1])), data.draw(st.integers(left + 1, size[0]))
    part = slice(top, bottom), slice(left, right)
    found = unfit(answer, fit, drift, part=part).astype(np.float64)
    scale = 1 if kind is np.float32 else np.iinfo(kind).max
    assert np.abs(found - unfit(answer, fit, drift)[part]).max() <= 0.005 * scale
