# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is found in every kind of edit, and none is found in an edit without drift.

`python -m bench registration` measures more of the same, at 2K.
"""

from typing import Any

import numpy as np
import pytest
import synthetic_edits as synthetic
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from quiet_textures import PATTERNS, QUIET, visible_error
from synthetic_edits import EDITS, TEXTURES, Drift

from easel.imaging.lineup.registration import MIN_CONFIDENCE, Registration, register

SIZE = 768
HARD = ("brick", "leather", "fabric", "weave", "tiles", "running_bond", "islands", "lines")

drifts = st.builds(Drift, dx=st.floats(-16, 16), dy=st.floats(-16, 16), scale=st.floats(0.97, 1.03))


def correction(found: Registration) -> dict[str, float]:
    return {"dx": found.dx, "dy": found.dy, "scale_x": found.scale_x, "scale_y": found.scale_y}


def error_of(found: Registration, drift: Drift, size: int = SIZE) -> float:
    return synthetic.corner_error(drift, size=size, **correction(found))


@pytest.fixture(scope="module")
def textures() -> dict[str, NDArray[np.uint8]]:
    return {name: synthetic.texture(name, SIZE) for name in HARD}


def test_the_textures_really_differ() -> None:
    """The 20 textures must test 20 different cases, not the same one 20 times."""
    greys = [Image.fromarray(synthetic.texture(name, 256)).convert("L") for name in TEXTURES]
    alike = np.corrcoef([np.asarray(grey).ravel() for grey in greys]) - np.eye(len(greys))
    assert len(greys) == 20
    assert np.abs(alike).max() < 0.5


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", HARD)
def test_drift_is_found_through_edits(name: str, edit: str, textures: dict[str, NDArray[np.uint8]]) -> None:
    source, drift = textures[name], Drift(dx=17.4, dy=-9.8, scale=1.017)
    found = register(source, synthetic.drifted(synthetic.edited(source, edit, 7), drift))
    assert found.is_trusted
    assert error_of(found, drift) < 1
    assert abs(found.scale - drift.scale) < 0.002


@settings(max_examples=15)
@given(drift=drifts)
def test_any_drift_is_found(drift: Drift) -> None:
    source = synthetic.clouds(512, 1)
    found = register(source, synthetic.drifted(source, drift))
    assert found.confidence > 0.9
    assert error_of(found, drift, 512) < 0.3
    assert found.corner_error < 0.5


@pytest.mark.parametrize("name", HARD)
def test_without_drift_none_is_found(name: str, textures: dict[str, NDArray[np.uint8]]) -> None:
    found = register(textures[name], textures[name])
    assert found.confidence > 0.9
    assert error_of(found, Drift()) < 0.05


def test_of_equal_matches_the_smallest_drift_is_taken() -> None:
    y, x = np.indices((SIZE, SIZE))
    exact = np.where((x % 48 < 4) | (y % 48 < 4), 40, 200).astype(np.uint8)
    moved = np.roll(exact, (3, 5), (0, 1))
    found = register(exact, moved)
    assert error_of(found, Drift(dx=5, dy=3)) < 0.3


@pytest.mark.parametrize("name", ["brick", "islands", "lines"])
@pytest.mark.parametrize(
    "reframe",
    [
        lambda image: synthetic.drifted(image, Drift(dx=75, dy=-60, scale=1.3)),
        lambda image: synthetic.drifted(image, Drift(scale=0.7)),
        lambda image: image.transpose(1, 0, 2),
        lambda _: synthetic.clouds(SIZE, 9),
        lambda image: np.full_like(image, 128),
        lambda image: np.random.default_rng(0).integers(0, 256, image.shape, np.uint8),
    ],
    ids=["zoomed in", "zoomed out", "turned", "another picture", "blank", "noise"],
)
def test_a_reframed_picture_is_not_trusted(
    name: str, reframe: Any, textures: dict[str, NDArray[np.uint8]]
) -> None:
    found = register(textures[name], np.ascontiguousarray(reframe(textures[name])))
    assert found.confidence < MIN_CONFIDENCE / 1.5
    assert not found.is_trusted


@pytest.mark.parametrize(
    "shape", [(1, 1, 3), (16, 16, 3), (40, 500, 4), (300, 2000), (63, 63, 1), (64, 512, 3)]
)
def test_every_shape_is_taken(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = register(image, image)
    assert np.isfinite([found.dx, found.dy, found.scale_x, found.scale_y, found.corner_error]).all()
    if found.is_trusted:
        assert error_of(found, Drift(), max(shape)) < 0.1


def test_a_blank_source_is_not_trusted() -> None:
    blank = np.full((512, 512, 3), 90, np.uint8)
    assert not register(blank, blank).is_trusted


@pytest.mark.parametrize(
    ("name", "edit", "blind"),
    [
        ("stripes", "objects", (1.0, 0.0)),
        ("stripes", "all", (1.0, 0.0)),
        ("slanting_plank", "recolour", None),
        ("plaster", "objects", None),
    ],
)
def test_a_shift_that_cant_be_seen_is_not_made_up(
    name: str, edit: str, blind: tuple[float, float] | None
) -> None:
    """Along stripes any shift matches, so none is reported. The rest of the drift is found."""
    source, drift = QUIET[name](SIZE, 3), Drift(dx=17.4, dy=-9.8, scale=1.017)
    found = register(source, synthetic.drifted(synthetic.edited(source, edit, 7), drift))
    assert found.is_trusted
    assert visible_error(drift, blind=found.blind, size=SIZE, **correction(found)) < 1
    if blind is None:
        assert found.blind is None
    else:
        assert found.blind is not None
        assert abs(np.dot(found.blind, blind)) > 0.995
        assert abs(np.dot(found.blind, (found.dx, found.dy))) < 1e-6


@pytest.mark.parametrize(
    ("name", "edit", "seed"),
    [
        ("bars", "objects", 6),
        ("bars", "all", 7),
        ("bars", "all", 8),
        ("waves", "objects", 9),
        ("planks", "all", 3),
        ("planks", "all", 9),
        ("checks", "blur", 1),
        ("checks", "objects", 2),
        ("dots", "objects", 3),
        ("dots", "all", 1),
    ],
)
def test_a_pattern_is_found_or_said_to_be_unsure(name: str, edit: str, seed: int) -> None:
    """A pattern fits as well one period away, but a trusted result is never a period off."""
    rng = np.random.default_rng((seed, list(PATTERNS).index(name), len(edit)))
    period, turn, roughness = rng.uniform(14, 70), rng.choice((0, np.pi / 2, 0.4)), rng.choice((0, 0.15))
    source = PATTERNS[name](512, seed, period=period, turn=turn, roughness=roughness)
    angle = rng.uniform(0, 2 * np.pi)
    drift = Drift(dx=15 * np.cos(angle), dy=15 * np.sin(angle), scale=rng.uniform(0.975, 1.025))
    found = register(source, synthetic.drifted(synthetic.edited(source, edit, seed), drift))
    if found.is_trusted:
        assert visible_error(drift, blind=found.blind, size=512, **correction(found)) < 1.5


def test_where_a_pattern_lies_still_it_is_said_to() -> None:
    """Other places fit as well, but no drift at all is by far the likeliest."""
    source = PATTERNS["checks"](512, 0, period=40.0, turn=0.0, roughness=0.0)
    found = register(source, synthetic.edited(source, "recolour", 2))
    assert found.is_trusted
    assert error_of(found, Drift(), 512) < 0.3


@pytest.mark.parametrize("roughness", [0.15, 0.3])
def test_dirt_tells_a_period_from_the_next(roughness: float) -> None:
    source = PATTERNS["checks"](512, 0, period=24.0, turn=0.4, roughness=roughness)
    drift = Drift(dx=13, dy=-9, scale=1.01)
    found = register(source, synthetic.drifted(synthetic.edited(source, "recolour", 2), drift))
    assert found.is_trusted
    assert error_of(found, drift, 512) < 1


@pytest.mark.parametrize("name", ["gradient", "vignette"])
@pytest.mark.parametrize("edit", ["recolour", "blur"])
def test_steps_of_soft_shades_are_not_followed(name: str, edit: str) -> None:
    """Steps between 8-bit levels move as soon as the tones change, so they say nothing about drift."""
    source, drift = QUIET[name](SIZE, 3), Drift(dx=17.4, dy=-9.8, scale=1.017)
    found = register(source, synthetic.drifted(synthetic.edited(source, edit, 7), drift))
    assert not found.is_trusted
    assert found.is_plain


def test_too_little_texture_is_told_from_another_frame() -> None:
    source = QUIET["plaster"](SIZE, 3)
    found = register(source, synthetic.drifted(synthetic.edited(source, "noise", 7), Drift(dx=17)))
    assert not found.is_trusted
    assert found.is_plain
    brick = synthetic.texture("brick", SIZE)
    assert not register(brick, np.ascontiguousarray(brick.transpose(1, 0, 2))).is_plain


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_deep_and_transparent_sources(kind: type) -> None:
    source = synthetic.clouds(512, 1)
    drift = Drift(dx=8, dy=5, scale=0.98)
    result = synthetic.drifted(source, drift)
    alpha = np.ones((512, 512, 1), np.float32)
    deep = np.dstack((source / np.float32(255), alpha)) * (1 if kind is np.float32 else 65535)
    assert error_of(register(deep.astype(kind), result), drift, 512) < 0.3


@pytest.mark.parametrize("side", [512, 1024, 1400])
def test_the_answer_may_have_any_size(side: int) -> None:
    source = synthetic.clouds(1024, 1)
    drift = Drift(dx=20, dy=-12, scale=1.01)
    result = Image.fromarray(synthetic.drifted(source, drift)).resize((side, side), Image.Resampling.LANCZOS)
    assert error_of(register(source, np.asarray(result)), drift, 1024) < 0.5


@pytest.mark.parametrize("is_cut", [False, True])
def test_an_answer_of_another_aspect_was_stretched_or_cut(is_cut: bool) -> None:
    """Models round their sizes: an answer for "16:9" has 1344 × 768 pixels, 1.6 % narrower."""
    source = synthetic.clouds(1024, 1)[:576]
    image = Image.fromarray(source)
    # 1024 × 576 cut to the proportions of 1344 × 768 is 1008 × 576.
    result = image.crop((8, 0, 1016, 576)) if is_cut else image
    found = register(source, np.asarray(result.resize((1344, 768), Image.Resampling.LANCZOS)))
    assert found.is_trusted
    assert abs(found.scale_x - (1024 / 1008 if is_cut else 1)) < 0.001
    assert abs(found.scale_y - 1) < 0.001


# -- alpha ----------------------------------------------------------------------------------------------


def cut_out(colours: NDArray[np.uint8], shape: str) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return a picture that is white under clear alpha, and its soft alpha from 0 to 1."""
    down, across = np.mgrid[: len(colours), : len(colours)]
    middle = len(colours) / 2
    inside = {
        "disc": np.hypot(across - middle, down - middle) < len(colours) / 3,
        "letters": ((across // 25) % 3 == 0) & ((down // 60) % 2 == 0),
    }[shape]
    soft = Image.fromarray(inside.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(1.5))
    return np.where(inside[..., None], colours, 255).astype(np.uint8), np.asarray(soft)[..., None] / 255


@pytest.mark.parametrize("shown", ["what lies under", "on white", "on black", "on grey"])
@pytest.mark.parametrize(("name", "shape"), [("islands", "disc"), ("brick", "letters"), ("wood", "disc")])
def test_white_under_alpha_makes_no_drift_up(name: str, shape: str, shown: str) -> None:
    """A model may get the colours under alpha, or the picture on a plain ground."""
    colours, alpha = cut_out(synthetic.texture(name, 512), shape)
    source = np.dstack((colours, np.round(alpha * 255).astype(np.uint8)))
    ground = {"on white": 255, "on black": 0, "on grey": 128}.get(shown)
    seen = colours if ground is None else (colours * alpha + ground * (1 - alpha)).astype(np.uint8)
    for drift in (Drift(), Drift(dx=6.3, dy=-4.6)):
        answer = synthetic.drifted(synthetic.edited(seen, "recolour", 3), drift)
        found = register(source, answer)
        assert found.is_trusted
        assert error_of(found, drift, 512) < 1
