# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps estimated from a picture repeat as it does, and the normals agree with the heights."""

from dataclasses import replace

import numpy as np
import pytest
import tiling_textures as textures
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from easel.imaging.errors import ImagingError
from easel.imaging.tiling.maps import Map, MapSettings, make_maps, normals, occlusion
from easel.imaging.tiling.seams import VISIBLE, measure_seams
from easel.imaging.tiling.settings import HeightFrom
from easel.imaging.tiling.smooth import Smooth, Wraps

SIZE = 128
ROUND = Wraps(across=True, down=True)
ENDS = Wraps(across=False, down=False)
ALL = frozenset(Map)


def vectors(encoded: NDArray[np.uint8]) -> NDArray[np.float64]:
    values = encoded / 127.5 - 1
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def bumps(size: int, count: int, depth: float, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return round bumps on a torus, 0 to 1, and normals for a depth in pixels, right and up positive."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] + 0.5
    height, slope_x, slope_y = (np.zeros((size, size)) for _ in range(3))
    for middle_x, middle_y, radius in rng.uniform((0, 0, size / 16), (size, size, size / 6), (count, 3)):
        dx = (x - middle_x + size / 2) % size - size / 2
        dy = (y - middle_y + size / 2) % size - size / 2
        value = np.exp(-(dx**2 + dy**2) / (2 * (radius / 2) ** 2))
        height += value
        slope_x -= value * dx / (radius / 2) ** 2
        slope_y -= value * dy / (radius / 2) ** 2
    low, high = height.min(), height.max()
    factor = depth / (high - low)
    normal = np.stack((-slope_x * factor, slope_y * factor, np.ones_like(height)), axis=-1)
    heights = ((height - low) / (high - low)).astype(np.float32)
    return heights, normal / np.linalg.norm(normal, axis=-1, keepdims=True)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 12), st.floats(1, 12), st.integers(0, 99))
def test_normals_are_those_of_bumps(count: int, depth: float, seed: int) -> None:
    heights, wanted = bumps(SIZE, count, depth, seed)
    found = vectors(normals(heights, depth, ROUND))
    angles = np.degrees(np.arccos(np.clip((found * wanted).sum(-1), -1, 1)))
    assert angles.mean() < 3
    assert angles.mean() < 1, "what is promised is 3"


def test_green_points_up_or_down() -> None:
    """In Blender and OpenGL, a slope that faces up is light green; in DirectX, it is dark green."""
    heights, _ = bumps(SIZE, 5, 6, 1)
    up, down = (normals(heights, 6, ROUND, is_directx=is_directx) for is_directx in (False, True))
    np.testing.assert_array_equal(up[..., (0, 2)], down[..., (0, 2)])
    np.testing.assert_allclose(up[..., 1].astype(int) + down[..., 1], 255, atol=1)
    top = heights.argmax()
    row, column = np.unravel_index(top, heights.shape)
    assert up[(row - 4) % SIZE, column, 1] > 128, "above its top a bump faces up"
    assert up[row, (column + 4) % SIZE, 0] > 128, "right of its top it faces right"


@pytest.mark.parametrize("name", ["bricks", "stone", "cobbles", "plain weave", "rust"])
def test_maps_repeat_if_the_picture_does(name: str) -> None:
    for which, result in make_maps(textures.tiling(name, SIZE), ALL).items():
        assert result.shape[:2] == (SIZE, SIZE)
        assert measure_seams(result).worst < VISIBLE, which
        values = result.astype(np.float32)
        for axis in (0, 1):
            steps = np.abs(values - np.roll(values, 1, axis)).mean(
                1 - axis if values.ndim == 2 else (1 - axis, 2)
            )
            assert steps[0] <= steps[1:].max() * 1.05, which


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 7), st.integers(0, 7))
def test_a_rolled_picture_has_rolled_maps(across: int, down: int) -> None:
    chosen = MapSettings(coarsest=0.65 * 16 / SIZE)  # blocks of 16 pixels
    some = {Map.HEIGHT, Map.NORMAL, Map.ROUGHNESS, Map.METALLIC}
    offset = 16 * down, 16 * across
    picture = textures.tiling("cobbles", SIZE)
    once = make_maps(picture, some, chosen, ROUND)
    rolled = make_maps(np.roll(picture, offset, (0, 1)), some, chosen, ROUND)
    for which in some:
        apart = np.abs(np.roll(once[which], offset, (0, 1)).astype(int) - rolled[which])
        assert apart.max() <= (16 if which is Map.HEIGHT else 1), which


def test_where_it_does_not_repeat_the_other_end_is_not_looked_at() -> None:
    ramp = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    assert np.ptp(normals(ramp, 20, ENDS)[:, 1:-1, 0].astype(int)) <= 1
    assert abs(int(normals(ramp, 20, ENDS)[5, 0, 0]) - 128) < 20
    assert abs(int(normals(ramp, 20, ROUND)[5, 0, 0]) - 128) > 100
    cut = textures.cut("stone", SIZE)
    assert measure_seams(cut).worst > VISIBLE
    changed = cut.copy()
    changed[:, SIZE // 2 :] = 255 - changed[:, SIZE // 2 :]
    chosen = MapSettings(coarsest=0.05)
    ours, other = (make_maps(one, {Map.ROUGHNESS}, chosen, ENDS)[Map.ROUGHNESS] for one in (cut, changed))
    np.testing.assert_array_equal(ours[:, :10], other[:, :10])


def test_height_has_16_bits() -> None:
    height = make_maps(textures.tiling("stone", SIZE), {Map.HEIGHT})[Map.HEIGHT]
    assert height.dtype == np.uint16
    assert len(np.unique(height & 255)) > 200
    assert height.min() == 0
    assert height.max() == 65535


def test_only_what_was_asked_for_is_made() -> None:
    assert set(make_maps(textures.tiling("stone", SIZE), {Map.NORMAL, Map.METALLIC})) == {
        Map.NORMAL,
        Map.METALLIC,
    }


def test_light_is_no_height() -> None:
    picture = textures.tiling("plaster", SIZE)
    plain, lit = (
        make_maps(one, {Map.HEIGHT}, wraps=ENDS)[Map.HEIGHT].astype(float)
        for one in (picture, textures.lit(picture, across=0.3, down=0.1))
    )
    assert np.corrcoef(plain.ravel(), lit.ravel())[0, 1] > 0.9
    blocks = lit.reshape(4, 32, 4, 32).mean((1, 3))
    assert np.ptp(blocks) < 0.25 * 65535


def test_what_is_dark_is_low_unless_inverted() -> None:
    picture = textures.tiling("holes", SIZE)
    height = make_maps(picture, {Map.HEIGHT})[Map.HEIGHT].astype(int)
    dark = picture[..., 1] < np.percentile(picture[..., 1], 10)
    assert height[dark].mean() < height[~dark].mean() - 20000
    inverted = make_maps(picture, {Map.HEIGHT}, MapSettings(is_inverted=True))[Map.HEIGHT].astype(int)
    np.testing.assert_allclose(height + inverted, 65535, atol=40)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(
    ("channels", "height_from", "index"),
    [(3, "RED", 0), (4, "GREEN", 1), (3, "BLUE", 2), (4, "ALPHA", 3), (2, "ALPHA", 1), (1, "BLUE", 0)],
)
def test_a_chosen_channel_is_the_height_as_it_is_stored(
    dtype: type, channels: int, height_from: str, index: int
) -> None:
    values = np.random.default_rng(1).random((32, 48, channels))
    full = 1 if dtype is np.float32 else np.iinfo(dtype).max
    picture = (values * full).astype(dtype)
    picture = picture[..., 0] if channels == 1 else picture
    wanted = {Map.HEIGHT, Map.NORMAL, Map.OCCLUSION}
    chosen = MapSettings(height_from=HeightFrom(height_from))
    made = make_maps(picture, wanted, chosen, ROUND)
    np.testing.assert_allclose(
        made[Map.HEIGHT], values[..., index] * 65535, atol=65535 / min(full, 65535) + 1
    )
    facing = normals((made[Map.HEIGHT] / 65535).astype(np.float32), 0.02 * 48, ROUND)
    np.testing.assert_allclose(made[Map.NORMAL].astype(int), facing, atol=1)
    inverted = make_maps(picture, {Map.HEIGHT}, replace(chosen, is_inverted=True), ROUND)[Map.HEIGHT]
    np.testing.assert_allclose(made[Map.HEIGHT].astype(int) + inverted, 65535, atol=1)


def test_roughness_does_not_depend_on_where_the_height_is_from() -> None:
    picture = textures.tiling("stone", SIZE)
    ours, other = (
        make_maps(picture, {Map.ROUGHNESS, Map.HEIGHT}, MapSettings(height_from=one))[Map.ROUGHNESS]
        for one in (HeightFrom.SHADING, HeightFrom.RED)
    )
    np.testing.assert_array_equal(ours, other)


def test_without_alpha_it_is_no_height() -> None:
    with pytest.raises(ImagingError, match="no alpha"):
        make_maps(textures.tiling("stone", SIZE), {Map.HEIGHT}, MapSettings(height_from=HeightFrom.ALPHA))


def test_holes_are_occluded() -> None:
    heights = np.ones((SIZE, SIZE), np.float32)
    heights[60:66, :] = 0
    seen = occlusion(heights, 1, ROUND)
    assert seen[62].max() < 160
    assert seen[10].min() > 240
    assert (occlusion(heights, 0, ROUND) == 255).all()


def test_rust_on_metal_is_no_metal() -> None:
    picture = np.full((SIZE, SIZE, 3), (150, 152, 156), np.uint8)
    picture[20:50, 20:50] = (160, 80, 40)
    metal = make_maps(picture, {Map.METALLIC})[Map.METALLIC]
    assert (metal[20:50, 20:50] == 0).all()
    assert (metal[60:] == 255).all()


def test_depth_and_channels_do_not_count() -> None:
    picture = textures.tiling("stone", SIZE)
    wanted = make_maps(picture, ALL, wraps=ROUND)
    linear = np.where(picture < 11, picture / 255 / 12.92, ((picture / 255 + 0.055) / 1.055) ** 2.4)
    for other in (
        picture.astype(np.uint16) * np.uint16(257),
        linear.astype(np.float32),
        np.dstack((picture, np.full((SIZE, SIZE), 255, np.uint8))),
    ):
        for which, result in make_maps(other, ALL, wraps=ROUND).items():
            assert np.abs(result.astype(int) - wanted[which]).max() <= (64 if which is Map.HEIGHT else 2), (
                which
            )
    grey = make_maps(picture[..., 1], ALL, wraps=ROUND)
    assert {which: one.shape for which, one in grey.items()} == {
        which: one.shape for which, one in wanted.items()
    }


def test_one_colour_is_flat() -> None:
    flat = make_maps(np.full((64, 80, 3), 90, np.uint8), ALL)
    np.testing.assert_allclose(flat[Map.HEIGHT], 32768, atol=1)
    assert (flat[Map.NORMAL] == (128, 128, 255)).all()
    assert (flat[Map.OCCLUSION] == 255).all()
    assert (flat[Map.METALLIC] == 255).all()
    assert np.ptp(flat[Map.ROUGHNESS]) <= 1


@pytest.mark.parametrize("shape", [(1, 64, 3), (64, 1), (5, 5, 4)])
def test_what_is_too_small_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImagingError, match="too small"):
        make_maps(np.zeros(shape, np.uint8), ALL)


@pytest.mark.parametrize("shape", [(64, 64), (97, 211), (300, 33)])
def test_any_shape(shape: tuple[int, int]) -> None:
    height, width = shape
    for result in make_maps(textures.tiling("stone", 300)[:height, :width], ALL).values():
        assert result.shape[:2] == shape


@settings(max_examples=15, deadline=None)
@given(st.integers(40, 200), st.integers(2, 5), st.floats(3, 12))
def test_what_is_coarse_is_what_a_gaussian_leaves(width: int, waves: int, reach: float) -> None:
    turn = 2 * np.pi * waves * (np.arange(width) + 0.5) / width
    plane = np.tile(np.sin(turn).astype(np.float32), (24, 1))
    left = Smooth(plane, reach, ROUND).rows(slice(0, 24))
    wanted = np.exp(-2 * (np.pi * reach * waves / width) ** 2)
    share = 2 * (left * plane).mean()
    assert share == pytest.approx(wanted, abs=0.2)


@given(st.floats(0, 1), st.integers(16, 90), st.integers(16, 90), st.floats(1, 20), st.booleans())
@settings(max_examples=15, deadline=None)
def test_what_is_even_stays(value: float, height: int, width: int, reach: float, is_round: bool) -> None:
    plane = np.full((height, width), value, np.float32)
    left = Smooth(plane, reach, ROUND if is_round else ENDS).rows(slice(0, height))
    np.testing.assert_allclose(left, plane, atol=1e-5)
