# SPDX-License-Identifier: GPL-3.0-or-later
"""A blot that the eye finds in each repetition is told from the usual variation of a texture."""

import numpy as np
import pytest
import tiling_textures as textures
from drawn_blots import KINDS, blotted
from hypothesis import given, settings, strategies as st

from easel.imaging.errors import ImagingError
from easel.imaging.tiling.blots import Blot, find_blot
from easel.imaging.tiling.settings import VISIBLE

NAMES = st.sampled_from(sorted(textures.TEXTURES))


def apart(first: float, second: float) -> float:
    """Return the distance between two places in a direction that goes round."""
    return abs((first - second + 0.5) % 1 - 0.5)


def is_near(blot: Blot, place: tuple[float, float]) -> bool:
    return apart(blot.across, place[1]) < 0.1 and apart(1 - blot.up, place[0]) < 0.1


def test_textures_with_a_blot_are_told_from_those_without() -> None:
    """This uses a quarter of the thirty textures; `bench/bench_tiling.py` uses all."""
    rng = np.random.default_rng(3)
    names = list(textures.TEXTURES)[::4]
    plain = np.array([find_blot(textures.tiling(name)).visibility for name in names])
    spoilt: list[Blot] = []
    places: list[tuple[float, float]] = []
    for name in names:
        for kind in KINDS:
            picture, place = blotted(textures.tiling(name), kind, rng)
            spoilt.append(find_blot(picture))
            places.append(place)
    seen = np.array([blot.visibility for blot in spoilt])
    area = (seen[:, np.newaxis] > plain).mean() + (seen[:, np.newaxis] == plain).mean() / 2
    assert area >= 0.93
    assert plain.max() < VISIBLE
    found = [is_near(blot, place) for blot, place in zip(spoilt, places, strict=True) if blot.is_visible]
    assert np.mean(found) > 0.97
    assert len(found) > 0.7 * len(spoilt)


@settings(max_examples=5, deadline=None)
@given(NAMES, st.sampled_from(KINDS), st.integers(0, 500), st.integers(0, 500), st.sampled_from([256, 500]))
def test_it_is_the_same_wherever_the_borders_lie(
    name: str, kind: str, down: int, across: int, size: int
) -> None:
    picture, _place = blotted(textures.tiling(name, size), kind, np.random.default_rng(down))
    rolled = find_blot(np.roll(picture, (down, across), (0, 1)))
    assert rolled.visibility == pytest.approx(find_blot(picture).visibility, rel=0.01)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((64, 64, 3), 90, np.uint8),
        np.full((16, 300), 0.5, np.float32),
        np.full((40, 32, 4), (1, 2, 3, 0), np.uint16),
    ],
    ids=["bytes", "long grey floats", "clear"],
)
def test_one_colour_has_none(picture: np.ndarray) -> None:
    assert find_blot(picture).visibility == 1


def test_depth_grey_and_an_opaque_alpha_do_not_count() -> None:
    picture, _place = blotted(textures.tiling("grain"), "dark", np.random.default_rng(5))
    wanted = find_blot(picture).visibility
    opaque = np.dstack((picture, np.full(picture.shape[:2], 255, np.uint8)))
    assert find_blot(opaque).visibility == pytest.approx(wanted)
    assert find_blot(picture.astype(np.uint16) * 257).visibility == pytest.approx(wanted, rel=0.01)
    grey = np.rint(picture @ np.array((0.2126, 0.7152, 0.0722))).astype(np.uint8)
    assert find_blot(grey).is_visible


def test_what_is_too_small_is_refused() -> None:
    with pytest.raises(ImagingError, match="too small"):
        find_blot(np.zeros((400, 1, 3), np.uint8))
