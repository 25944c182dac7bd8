# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's numpy code agrees with independent implementations in scipy and scikit-image.

These two libraries never ship (`test_rooms.py`). They load a part when a test first uses it. The tests avoid
`scipy.stats` and `scipy.signal`, which would take longer to load than all tests here.
"""

import numpy as np
import pytest
import scipy
import skimage
import synthetic_edits as synthetic
import tiling_textures as textures
from numpy.typing import NDArray

from easel.imaging.lineup.registration import register
from easel.imaging.tiling import blots
from easel.imaging.tiling.cuts import differences, least_cuts, open_cut_errors
from easel.imaging.tiling.maps import lightness_of, normals
from easel.imaging.tiling.periods import flattened
from easel.imaging.tiling.seams import Axis, measure_seams
from easel.imaging.tiling.shading import find_light
from easel.imaging.tiling.smooth import Smooth, Wraps
from easel.imaging.tiling.views import seen

SIZE = 128
ROUND, ENDS = Wraps(across=True, down=True), Wraps(across=False, down=False)


# Cuts of least error ---------------------------------------------------------------------------------------


def overlap_errors(name: str) -> NDArray[np.float32]:
    """Return how the two ends of a texture that does not tile differ, as (lines, places)."""
    picture = seen(textures.cut(name, SIZE))
    return differences(picture[:, -24:], picture[:, :24])


def cheapest(errors: NDArray[np.float32], ends: range) -> tuple[float, list[tuple[int, ...]]]:
    """Return the least sum and its way from the first line to the last; both ends lie in `ends`."""
    ways = skimage.graph.MCP(errors.astype(np.float64), offsets=[(1, -1), (1, 0), (1, 1)])
    last = len(errors) - 1
    sums, _ = ways.find_costs([(0, place) for place in ends], [(last, place) for place in ends])
    end = min(ends, key=lambda place: float(sums[last, place]))
    return float(sums[last, end]), ways.traceback((last, end))


@pytest.mark.parametrize("name", ["stone", "bricks", "cobbles", "planks"])
def test_no_way_through_an_overlap_is_cheaper(name: str) -> None:
    errors = overlap_errors(name)
    lines, places = errors.shape
    least, way = cheapest(errors, range(places))
    assert open_cut_errors(errors[np.newaxis])[0] * lines == pytest.approx(least, rel=1e-4)
    middle = lines // 2
    through = way[middle][1]
    around = np.roll(errors, -middle, axis=0)
    closed, _ = cheapest(np.concatenate((around, around[:1])), range(through, through + 1))
    closed -= float(around[0, through])  # its first and last place are the same
    paths, means = least_cuts(errors[np.newaxis])
    ours = float(means[0]) * lines
    assert paths[0, middle] == through
    assert closed * (1 - 1e-4) <= ours <= closed * 1.02, "ours is at that place one line earlier, too"


# Low-pass filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wraps", "mode"), [(ROUND, "wrap"), (ENDS, "reflect")])
@pytest.mark.parametrize("name", ["stone", "cobbles", "bricks", "planks"])
def test_what_is_coarse_is_nearly_what_a_gaussian_leaves(name: str, wraps: Wraps, mode: str) -> None:
    plane = lightness_of(textures.tiling(name, SIZE))
    for reach in (3.0, 8.0, 20.0):
        ours = Smooth(plane, reach, wraps).rows(slice(0, SIZE))
        apart = ours - scipy.ndimage.gaussian_filter(plane, reach, mode=mode)
        assert apart.std() < 0.1 * plane.std()


@pytest.mark.parametrize(("wraps", "mode"), [(True, "wrap"), (False, "reflect")])
@pytest.mark.parametrize("length", [96, 109, SIZE])
def test_what_is_flattened_lacks_its_moving_mean(length: int, wraps: bool, mode: str) -> None:
    plane = lightness_of(textures.cut("stone", SIZE))[:, :length]
    around = 2 * (length // 24) + 1
    means = scipy.ndimage.uniform_filter1d(plane, around, axis=1, mode=mode)
    np.testing.assert_allclose(flattened(plane, wraps=wraps), plane - means, atol=1e-5)


def test_the_light_is_what_least_squares_find() -> None:
    picture = seen(textures.lit(textures.tiling("stone", 64)))
    found = find_light(picture)
    place = (np.arange(64) + 0.5) / 32 - 1
    powers = [(i, j) for i in range(4) for j in range(4 - i)]
    basis = np.stack([np.outer(place**i, place**j).ravel() for i, j in powers], axis=1)
    weights = scipy.linalg.lstsq(basis, np.log(picture.mean(2) + 4 / 255).ravel())[0]
    light = (basis @ weights).reshape(64, 64)
    cubic = np.vander(place, 4, increasing=True)
    np.testing.assert_allclose(cubic @ found.weights @ cubic.T, light - light.mean(), atol=1e-3)
    assert found.depth == pytest.approx(light.std(), rel=1e-3)


def test_what_chance_makes_is_as_large_as_blots_take_it_for() -> None:
    rest = 1 - blots._USUAL
    assert pytest.approx(scipy.special.ndtri(1 - rest / 2), rel=1e-3) == blots._OF_GRAIN
    assert pytest.approx(scipy.special.chdtri(3, rest), rel=1e-3) == blots._OF_COLOURS


# Periods and seams -----------------------------------------------------------------------------------------


def period_by_peaks(plane: NDArray[np.float32]) -> int | None:
    """Return the shift at which lines are most like themselves again, which is the first high peak."""
    length = plane.shape[1]
    lines = plane - scipy.ndimage.uniform_filter1d(plane, length // 12, axis=1)
    power = np.abs(scipy.fft.rfft(lines, 2 * length, axis=1)) ** 2
    sums = scipy.fft.irfft(power.sum(0))[: length // 2 + 1] / np.arange(length, length // 2 - 1, -1)
    likeness = sums / sums[0]
    is_peak = likeness == scipy.ndimage.maximum_filter1d(likeness, 9, mode="nearest")
    peaks = [lag for lag in np.flatnonzero(is_peak)[1:] if likeness[lag] - likeness[:lag].min() > 0.5]
    most = max((likeness[lag] for lag in peaks), default=0)
    return next((int(lag) for lag in peaks if likeness[lag] > 0.8 * most), None)


@pytest.mark.parametrize(
    "name", ["small bricks", "mosaic", "narrow planks", "twill", "holes", "stone", "rust"]
)
def test_a_period_is_where_peaks_are_found(name: str) -> None:
    picture = textures.tiling(name)
    grey = seen(picture).mean(2)
    seams = measure_seams(picture)
    for period, plane in ((seams.across.period, grey), (seams.down.period, grey.T)):
        wanted = period_by_peaks(plane)
        if wanted is None:
            assert period is None
        else:
            assert period is not None
            assert period.length == pytest.approx(wanted, abs=0.6)


def steps_over_border(picture: NDArray[np.uint8], axis: int) -> float:
    """Return the mean step over the border, divided by the usual step."""
    steps = scipy.ndimage.correlate1d(picture.astype(np.float64), (-1, 1, 0), axis=axis, mode="wrap")
    along = np.abs(steps).mean((1 - axis, 2))
    return float(along[0] / np.median(along))


def test_the_meter_puts_borders_in_the_order_of_their_steps() -> None:
    names = sorted(textures.TEXTURES)[::3]
    pictures = [draw(name, SIZE) for name in names for draw in (textures.tiling, textures.cut)]
    ours = [seams.of(axis).visibility for seams in map(measure_seams, pictures) for axis in Axis]
    plain = [steps_over_border(picture, axis) for picture in pictures for axis in (1, 0)]
    ranks = np.argsort(np.argsort((ours, plain), axis=1, kind="stable"), axis=1)
    assert np.corrcoef(ranks)[0, 1] > 0.7


@pytest.mark.parametrize("name", ["stone", "bricks", "cobbles", "rust", "grain"])
@pytest.mark.parametrize("axis", Axis)
def test_the_border_with_larger_steps_is_the_worse_one(name: str, axis: Axis) -> None:
    is_across = axis is Axis.ACROSS
    picture = textures.cut(name, SIZE, across=is_across, down=not is_across)
    seams = measure_seams(picture)
    assert (steps_over_border(picture, 1) > steps_over_border(picture, 0)) is is_across
    assert (seams.across.visibility > seams.down.visibility) is is_across


# Normals ---------------------------------------------------------------------------------------------------


def angle_apart(heights: NDArray[np.float32], wraps: Wraps, slopes: list[NDArray[np.float32]]) -> float:
    """Return the mean angle, in degrees, between normals of heights, 6 pixels deep, and of slopes (x, y)."""
    across, down = slopes
    wanted = np.stack((-across, down, np.ones_like(across)), axis=-1)
    wanted /= np.linalg.norm(wanted, axis=-1, keepdims=True)
    found = normals(heights, 6, wraps) / 127.5 - 1
    found /= np.linalg.norm(found, axis=-1, keepdims=True)
    return float(np.degrees(np.arccos(np.clip((found * wanted).sum(-1), -1, 1))).mean())


@pytest.mark.parametrize(("wraps", "mode"), [(ROUND, "wrap"), (ENDS, "nearest")])
@pytest.mark.parametrize("name", ["stone", "cobbles", "bricks"])
def test_normals_stand_on_the_slopes(name: str, wraps: Wraps, mode: str) -> None:
    """Slopes come from differences, or from Sobel's filter on three lines if the picture has no grain."""
    rough = lightness_of(textures.cut(name, SIZE))
    slopes = [scipy.ndimage.correlate1d(6 * rough, (-0.5, 0, 0.5), axis, mode=mode) for axis in (1, 0)]
    assert angle_apart(rough, wraps, slopes) < 0.25, "eight bits make 0.18"
    soft = scipy.ndimage.gaussian_filter(rough, 3, mode=mode)
    slopes = [scipy.ndimage.sobel(6 * soft, axis, mode=mode) / 8 for axis in (1, 0)]
    assert angle_apart(soft, wraps, slopes) < 0.25


# Registration ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["brick", "leather", "clouds"])
def test_a_shift_is_what_phase_correlation_finds(name: str) -> None:
    source = synthetic.texture(name, 256)
    moved = synthetic.drifted(source, synthetic.Drift(dx=3.4, dy=-6.3))
    window = np.outer(*(np.hanning(256),) * 2)
    way_back, *_ = skimage.registration.phase_cross_correlation(
        source.mean(2) * window, moved.mean(2) * window, upsample_factor=20
    )
    found = register(source, moved)
    np.testing.assert_allclose((found.dy, found.dx), -way_back, atol=0.15)
