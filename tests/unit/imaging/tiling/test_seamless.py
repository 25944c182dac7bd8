# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures made to tile have no seam, are mostly unchanged, and have continuous courses."""

import numpy as np
import pytest
import tiling_textures as textures
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from synthetic_edits import Pixels

from easel.imaging.errors import ImagingError
from easel.imaging.tiling.coherence import strangeness
from easel.imaging.tiling.seamless import Seamless, Size, Way, make_seamless
from easel.imaging.tiling.seams import VISIBLE, measure_seams
from easel.imaging.tiling.views import seen

SIZE = 128
TAKEN = SIZE // 5  # at most this much of each end


def cross_fade(picture: Pixels, taken: int) -> Pixels:
    """Fade each end into the picture rolled by half, as tutorials do."""
    width = picture.shape[1]
    place = np.minimum(np.arange(width) + 0.5, width - np.arange(width) - 0.5) / taken
    share = np.clip(place, 0, 1)[np.newaxis, :, np.newaxis]
    return np.rint(picture * share + np.roll(picture, width // 2, 1) * (1 - share)).astype(np.uint8)


def strange(result: Pixels, original: Pixels, taken: int) -> float:
    """Return how much content at both ends appears nowhere in the original."""
    changed = np.zeros(result.shape[1], np.bool_)
    changed[:taken] = changed[-taken:] = True
    return strangeness(seen(result), seen(original), changed)


@pytest.fixture(scope="module")
def made() -> dict[str, Seamless]:
    return {name: make_seamless(textures.cut(name, SIZE), flatten=0) for name in textures.TEXTURES}


def test_hardly_any_seam_is_left(made: dict[str, Seamless]) -> None:
    assert len(made) == 30
    assert sum(one.before.worst >= VISIBLE for one in made.values()) >= 28
    assert sum(one.after.worst < VISIBLE for one in made.values()) >= 28


def test_the_size_stays_and_what_is_told_is_so(made: dict[str, Seamless]) -> None:
    for one in made.values():
        assert one.pixels.shape == (SIZE, SIZE, 3)
        assert one.pixels.dtype == np.uint8
        assert one.after == measure_seams(one.pixels)


def test_beyond_the_overlap_nothing_changes(made: dict[str, Seamless]) -> None:
    inner = slice(TAKEN, SIZE - TAKEN)
    compared = 0
    for name, one in made.items():
        if Way.PERIODS in (one.across.way, one.down.way):
            continue
        np.testing.assert_array_equal(one.pixels[inner, inner], textures.cut(name, SIZE)[inner, inner])
        compared += 1
    assert compared >= 15


def test_less_is_strange_than_a_third_of_what_a_cross_fade_leaves(made: dict[str, Seamless]) -> None:
    ours, fade = [], []
    for name, one in made.items():
        picture = textures.cut(name, SIZE)
        if one.across.way is not Way.NONE:
            ours.append(one.across.strange)
            fade.append(strange(cross_fade(picture, SIZE // 8), picture, SIZE // 8))
    assert np.mean(ours) <= np.mean(fade) / 3


@pytest.mark.parametrize(
    ("name", "axis"), [("tiles", "across"), ("bricks", "down"), ("upright planks", "across")]
)
def test_courses_are_whole(name: str, axis: str) -> None:
    """The source is cut through its courses. The result holds a whole number of periods."""
    one = make_seamless(textures.cut(name, 256, across=axis == "across", down=axis == "down"), flatten=0)
    assert getattr(one, axis).way is Way.PERIODS
    period = getattr(one.after, axis).period
    assert period is not None
    count = 256 / period.length
    assert count == pytest.approx(round(count), abs=0.06)
    assert abs(getattr(one, axis).stretch - 1) <= 0.12


@pytest.mark.parametrize("name", ["stone", "bricks", "cobbles", "planks"])
def test_what_tiles_stays_bit_by_bit(name: str) -> None:
    picture = textures.tiling(name, SIZE)
    one = make_seamless(picture, flatten=0)
    np.testing.assert_array_equal(one.pixels, picture)
    assert one.across.way is one.down.way is Way.NONE


def test_only_the_border_that_shows_is_touched() -> None:
    picture = textures.cut("stone", SIZE, down=False)
    one = make_seamless(picture, flatten=0)
    assert one.down.way is Way.NONE
    inner = slice(TAKEN, SIZE - TAKEN)
    np.testing.assert_array_equal(one.pixels[:, inner], picture[:, inner])
    assert not one.after.down.is_visible


@pytest.mark.parametrize("name", ["stone", "bricks", "cobbles"])
def test_the_overlap_can_be_cut_off(name: str) -> None:
    picture = textures.cut(name, SIZE)
    one = make_seamless(picture, size=Size.CUT_OFF, flatten=0)
    assert one.after.worst < VISIBLE
    for hidden, side in ((one.across, one.pixels.shape[1]), (one.down, one.pixels.shape[0])):
        assert hidden.way is Way.OVERLAP
        assert SIZE / 2 < side < SIZE
        assert hidden.stretch == 1


@pytest.mark.parametrize(
    "convert",
    [
        lambda picture: picture[..., 1],
        lambda picture: picture.astype(np.uint16) * np.uint16(257),
        lambda picture: (picture / np.float32(255)) ** np.float32(2.2) * np.float32(3),
        lambda picture: np.dstack((picture, np.full(picture.shape[:2], 255, np.uint8))),
    ],
    ids=["grey", "16 bits", "float", "alpha"],
)
def test_every_kind_of_picture(convert: object) -> None:
    assert callable(convert)
    picture: NDArray[np.generic] = convert(textures.cut("rust", 96))
    one = make_seamless(picture, flatten=0)
    assert one.after.worst < VISIBLE
    assert one.pixels.dtype == picture.dtype
    assert one.pixels.shape == picture.shape
    inner = slice(20, 76)
    np.testing.assert_array_equal(one.pixels[inner, inner], picture[inner, inner])
    if picture.ndim == 3 and picture.shape[2] == 4:
        assert (np.asarray(one.pixels[..., 3]) == 255).all()


def test_no_colour_comes_out_of_holes() -> None:
    picture = np.dstack((textures.cut("stone", SIZE), np.full((SIZE, SIZE), 255, np.uint8)))
    holes = textures.cut("spots", SIZE)[..., 1] < 100
    picture[holes] = (0, 255, 0, 0)
    result = make_seamless(picture, flatten=0).pixels
    seen_green = (result[..., 3] > 8) & (result[..., 1].astype(int) > result[..., 0].astype(int) + 24)
    assert not seen_green.any()
    assert 0.5 < (result[..., 3] == 0).mean() / holes.mean() < 2


def test_infinities_stay_where_they_are() -> None:
    picture = textures.cut("stone", SIZE).astype(np.float32) / 255
    picture[40, 2] = np.inf
    picture[90, 64] = np.nan
    result = make_seamless(picture, flatten=0).pixels
    assert (~np.isfinite(result)).any(-1).sum() <= 2


@pytest.mark.parametrize("shape", [(64, 64), (100, 237), (300, 70)])
def test_any_shape(shape: tuple[int, int]) -> None:
    height, width = shape
    one = make_seamless(textures.cut("stone", 300)[:height, :width], flatten=0)
    assert one.pixels.shape == (height, width, 3)
    assert one.after.worst < VISIBLE


def test_one_colour_stays() -> None:
    picture = np.full((64, 80, 3), 77, np.uint8)
    np.testing.assert_array_equal(make_seamless(picture).pixels, picture)


@pytest.mark.parametrize("shape", [(1, 256, 3), (256, 1, 3), (8, 8)])
def test_what_is_too_small_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImagingError, match="too small"):
        make_seamless(np.zeros(shape, np.uint8))


def test_mirrored_where_it_is_asked_for() -> None:
    picture = textures.cut("stone", SIZE)
    one = make_seamless(picture, flatten=0, is_mirrored=True)
    assert one.across.way is one.down.way is Way.MIRROR
    assert one.after.worst < VISIBLE
    np.testing.assert_allclose(one.pixels[:, 0].astype(int), one.pixels[:, -1], atol=1)
    assert make_seamless(picture, flatten=0).across.way is not Way.MIRROR


@pytest.mark.parametrize("name", ["plaster", "bricks", "plain weave"])
def test_light_is_evened_out(name: str) -> None:
    picture = textures.tiling(name, SIZE)
    one = make_seamless(textures.lit(picture))
    assert one.flattened > 0.7
    assert one.after.worst < VISIBLE
    even = one.pixels.astype(float) / one.pixels.mean()
    blocks = (even / (picture / picture.mean())).reshape(4, SIZE // 4, 4, SIZE // 4, 3).mean((1, 3, 4))
    assert np.ptp(blocks) < 0.3, "it was 0.8"


def test_a_faint_light_is_told_from_tones_of_bricks() -> None:
    picture = textures.cut("bricks", SIZE)
    assert make_seamless(textures.lit(picture, 0.25, 0.1)).flattened > 0.7
    assert make_seamless(picture).flattened == 0


def test_light_that_is_none_stays() -> None:
    for name in ("upright planks", "planks"):  # a slope of light could explain their few tones
        assert make_seamless(textures.cut(name, SIZE)).flattened == 0
    for name in ("stone", "bricks", "tiles", "cobbles", "spots"):
        assert make_seamless(textures.tiling(name, SIZE)).flattened == 0
    assert make_seamless(textures.lit(textures.tiling("tiles", SIZE)), flatten=0).flattened == 0


@settings(max_examples=2, deadline=None)
@given(st.sampled_from(["stone", "rust", "soil", "cobbles"]), st.integers(0, SIZE - 1))
def test_once_is_enough(name: str, offset: int) -> None:
    once = make_seamless(textures.cut(name, SIZE), flatten=0)
    rolled = np.roll(once.pixels, (offset, offset), (0, 1))
    np.testing.assert_array_equal(make_seamless(rolled, flatten=0).pixels, rolled)
