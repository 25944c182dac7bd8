# SPDX-License-Identifier: GPL-3.0-or-later
"""Views draw a mesh, and their pictures are projected back onto its texture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest
import surface_meshes
from hypothesis import given, settings, strategies as some
from surface_meshes import atlas, patch, pattern

from easel.imaging.errors import SurfaceUnusable
from easel.imaging.resample import Box, resample
from easel.imaging.surface.aligned import _agreed, _box, _Place, views_off
from easel.imaging.surface.cameras import cameras_around
from easel.imaging.surface.coverage import coverage, next_cameras, samples_of
from easel.imaging.surface.draw import Look, draw
from easel.imaging.surface.filling import bleed, fill_unseen
from easel.imaging.surface.layout import compose, grid_of, is_fine_enough
from easel.imaging.surface.mesh import Mesh, mesh_of, on_texture, tiles_of
from easel.imaging.surface.project import Kind, Projection, ViewPicture, project
from easel.imaging.surface.texels import Texels
from easel.imaging.surface.viewpoints import AROUND
from easel.imaging.surface.views import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MAGENTA = (255, 0, 255)
SIDE = 160  # pixels of each side of a view or a texture
PITCH = 0.6  # the pattern's pitch in space: some 40 pixels

SMALL: dict[str, Callable[[], Mesh]] = {
    "sphere": lambda: surface_meshes.sphere(16),
    "torus": lambda: surface_meshes.torus(20),
    "head": lambda: surface_meshes.head(16),
    "cube of tiles": lambda: surface_meshes.tiled_cube(2),
    "scan": lambda: surface_meshes.scan(48),
    "chair": lambda: surface_meshes.chair(2),
}


def texels_of(mesh: Mesh, tile: int | None = None, side: int = SIDE) -> Texels:
    return Texels(mesh, on_texture(mesh, 0, tile), (side, side))


def known_texture(texels: Texels) -> NDArray[np.uint8]:
    """Return a texture with the pattern of the space that its mesh lies in."""
    pixels = np.zeros((texels.height, texels.width, 3), np.uint8)
    for rows in texels.bands():
        for points in texels.points(rows):
            pixels.reshape(-1, 3)[points.texel] = pattern(points.place, PITCH) + 0.5
    bleed(pixels, texels.triangles >= 0, 4)
    return pixels


def seen_pictures(
    mesh: Mesh, views: list[View], textures: dict[tuple[int, int | None], NDArray[np.uint8]]
) -> list[ViewPicture]:
    """Draw the textured mesh for each view, before magenta."""
    return [
        ViewPicture(view=view, pixels=draw(mesh, view.camera, Look.TEXTURE, textures, MAGENTA))
        for view in views
    ]


def magenta(pixels: NDArray[Any], where: NDArray[np.bool_]) -> int:
    red, green, blue = np.moveaxis(pixels[where].astype(int), -1, 0)
    return int(((red - green > 100) & (blue - green > 100)).sum())


def painted(mesh: Mesh, count: int = 6, side: int = SIDE) -> tuple[Projection, NDArray[np.uint8]]:
    """Return the pattern that cameras saw and projected back, and the known texture."""
    texels = texels_of(mesh, side=side)
    known = known_texture(texels)
    views = [View(mesh, camera) for camera in cameras_around(mesh, count, (side, side))]
    return project(texels, seen_pictures(mesh, views, {(0, None): known})), known


# Triangles to pixels --------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    seed=some.integers(0, 2**32 - 1),
    count=some.sampled_from(list(AROUND)),
    is_perspective=some.booleans(),
    width=some.integers(16, 400),
    height=some.integers(16, 400),
)
def test_cameras_have_the_whole_mesh_in_their_views(
    seed: int, count: int, is_perspective: bool, width: int, height: int
) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.normal(0, 1, (5, 3, 3)) * rng.uniform(0.01, 100) + rng.uniform(-50, 50, 3)
    mesh = mesh_of(corners, np.zeros((5, 3, 2)))
    cameras = cameras_around(mesh, count, (width, height), is_perspective=is_perspective)
    assert len(cameras) == count
    tightest = 1.0
    for camera in cameras:
        seen = camera.project(mesh.corners.reshape(-1, 3))
        free = np.concatenate(
            (seen.x / width, 1 - seen.x / width, seen.y / height, 1 - seen.y / height)
        ).min()
        tightest = min(tightest, float(free))
        back = camera.unproject(*seen)
        reach = np.ptp(mesh.corners.reshape(-1, 3), 0).max() + np.abs(mesh.corners).max()
        np.testing.assert_allclose(back, mesh.corners.reshape(-1, 3), atol=2e-4 * reach)
    assert tightest == pytest.approx(0.06, abs=0.002), "as large as they may be, with the margin free"


def test_the_front_is_what_looks_along_minus_y_and_views_are_upright() -> None:
    mesh = mesh_of([[(0, -1, 1), (0.1, -1, 1), (0, -1, 1.1)], [(1, 1, -1)] * 3], np.zeros((2, 3, 2)))
    front, left = cameras_around(mesh, 4, (100, 100))[:2]
    up = front.project(np.array([(0, 0, 1), (0, 0, -1), (1, 0, 0), (-1, 0, 0)], np.float32))
    assert up.y[0] < up.y[1]
    assert up.x[2] > up.x[3]
    assert np.allclose(front.towards, (0, -1, 0))
    assert np.allclose(left.towards, (1, 0, 0)), "what is to the mesh's left"


# There and back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(SMALL))
def test_what_was_drawn_comes_back(name: str) -> None:
    mesh = SMALL[name]()
    tiles: list[int | None] = list(tiles_of(mesh, 0)) if "tiles" in name else [None]
    texels = {tile: texels_of(mesh, tile) for tile in tiles}
    known = {(0, tile): known_texture(texels[tile]) for tile in tiles}
    views = [View(mesh, camera) for camera in cameras_around(mesh, 6, (SIDE, SIDE))]
    pictures = seen_pictures(mesh, views, known)
    seen, whole = 0.0, 0
    for tile in tiles:
        result = project(texels[tile], pictures)
        is_seen = result.kinds == Kind.SEEN
        error = np.abs(result.pixels.astype(int) - known[0, tile])[is_seen]
        assert error.mean() < 4
        assert (error > 40).mean() < 0.02
        fill_unseen(texels[tile], result.pixels, result.kinds)
        assert magenta(result.pixels, result.kinds != Kind.EMPTY) == 0, "none of the backdrop"
        assert ((result.kinds != Kind.EMPTY) == (texels[tile].triangles >= 0)).all()
        seen += result.coverage
        whole += 1
    assert seen / whole == pytest.approx(coverage(views, samples_of(mesh)), abs=0.02), "as was foretold"
    assert seen / whole > 0.7


def test_flipped_faces_and_odd_ones_change_nothing() -> None:
    mesh = SMALL["head"]()
    turned = np.arange(len(mesh)) < len(mesh) // 2  # this happens to flip whole parts
    corners, uvs, normals = (
        np.where(turned[:, None, None], values[:, ::-1], values)
        for values in (mesh.corners, mesh.uvs, mesh.normals)
    )
    odd = np.zeros((4, 3, 3)), np.full((4, 3, 2), 0.5)
    odd[0][1] = np.nan
    odd[0][2] = corners[0]  # a face without an area in UV space
    odd[0][3, 1] = (0, 0, 1e-30)
    strange = mesh_of(
        np.concatenate((corners, odd[0])),
        np.concatenate((uvs, odd[1])),
        normals=np.concatenate((-normals, np.zeros((4, 3, 3)))),
    )
    assert len(strange) == len(mesh) + 3
    (wanted, _), (found, _) = painted(mesh), painted(strange)
    assert found.coverage == pytest.approx(wanted.coverage, abs=0.04)
    both = (found.kinds == Kind.SEEN) & (wanted.kinds == Kind.SEEN)
    apart = np.abs(found.pixels.astype(int) - wanted.pixels).max(2)[both]
    assert (apart > 8).mean() < 0.01


@pytest.mark.parametrize("moved", [(3, 0), (-2, 5), (0.25, 0)])
def test_uvs_outside_the_texture_repeat(moved: tuple[float, float]) -> None:
    mesh = SMALL["sphere"]()
    shifted = mesh_of(mesh.corners, mesh.uvs + np.array(moved), normals=mesh.normals)
    wanted, found = texels_of(mesh).triangles >= 0, texels_of(shifted).triangles >= 0
    turned = np.roll(wanted, (-round(moved[1] * SIDE), round(moved[0] * SIDE)), (0, 1))
    assert (found == turned).mean() > 0.995


def test_of_two_that_share_their_texels_the_seen_one_tells() -> None:
    def at(y: float, x: float) -> Any:
        return patch(lambda u, v: np.stack((x + u, 0 * u + y, v), -1), 1, 1)

    front, behind, aside = at(0.0, 0.0), at(0.5, 0.0), at(0.5, 1.5)
    for first, second in ((behind, front), (behind, aside), (aside, behind)):
        parts = [first, second, front]
        uvs = [parts[0][2] * 0.5, parts[1][2] * (-0.5, 0.5) + (0.5, 0), parts[2][2] * 0.4 + 0.55]
        mesh = mesh_of(np.concatenate([one[0] for one in parts]), np.concatenate(uvs))
        texels = texels_of(mesh)
        assert texels.is_overlapping
        (camera,) = cameras_around(mesh, 1, (SIDE, SIDE))
        picture = np.full((SIDE, SIDE, 3), 90, np.uint8)
        result = project(texels, [ViewPicture(view=View(mesh, camera), pixels=picture)])
        lower = result.kinds[SIDE // 2 + 4 : -4, 4 : SIDE // 2 - 4]
        assert (lower == Kind.SEEN).all()


def test_seams_of_views_of_another_tint_are_gone_and_detail_stays() -> None:
    mesh = SMALL["sphere"]()
    texels = texels_of(mesh, side=256)
    views = [View(mesh, camera) for camera in cameras_around(mesh, 6, (256, 256))]
    known = known_texture(texels)
    pictures = seen_pictures(mesh, views, {(0, None): known})
    tints = np.array([(12, 0, -9), (-10, 6, 0), (0, -12, 9), (9, 9, -12), (-6, 0, 12), (0, 8, -6)])
    tinted = [
        ViewPicture(view=one.view, pixels=np.clip(one.pixels + tint, 0, 255).astype(np.uint8))
        for one, tint in zip(pictures, tints, strict=True)
    ]
    found = project(texels, tinted)
    is_seen = found.kinds == Kind.SEEN
    both = is_seen[:, 1:] & is_seen[:, :-1]

    def steepest(pixels: NDArray[Any]) -> float:
        apart = pixels.astype(int) - known
        return float(np.percentile(np.abs(np.diff(apart, axis=1)).max(2)[both], 99.5))

    (best,) = (one for one in [project(texels, tinted[:1])])
    assert best.coverage < 0.6
    assert steepest(found.pixels) < 7, "no step where one view ends: the tints are up to 24 apart"
    fine = known.astype(int)[:, 2:] - known[:, :-2]
    kept = found.pixels.astype(int)[:, 2:] - found.pixels[:, :-2]
    where = is_seen[:, 2:] & is_seen[:, :-2]
    share = float((fine[where] * kept[where]).sum() / (fine[where] ** 2).sum())
    assert share == pytest.approx(1, abs=0.06), "as sharp as it was"


def test_16_bits_are_finer_than_8() -> None:
    mesh = SMALL["sphere"]()
    texels = texels_of(mesh)
    views = [View(mesh, camera) for camera in cameras_around(mesh, 4, (SIDE, SIDE))]
    pictures = seen_pictures(mesh, views, {(0, None): known_texture(texels)})
    deep, plain = project(texels, pictures, is_deep=True), project(texels, pictures)
    assert deep.pixels.dtype == np.uint16
    np.testing.assert_allclose(deep.pixels / 257, plain.pixels, atol=0.51)


# What is not seen -----------------------------------------------------------------------------------------


def test_the_unseen_gets_colours_from_beside_it_in_space() -> None:
    """The islands of a red and a blue wall lie mixed, but each unseen part gets its own wall's colour."""

    def wall(y: float, low: float) -> Any:
        return patch(lambda u, v: np.stack((u, 0 * u + y, low + 0.5 * v), -1), 1, 1)

    red, more_red, blue, more_blue = wall(0.0, 0), wall(0.0, 0.5), wall(1.0, 0), wall(1.0, 0.5)
    texels = texels_of(atlas([red, more_blue, blue, more_red], 2))
    half = SIDE // 2
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    kinds = np.where(texels.triangles >= 0, Kind.UNSEEN, Kind.EMPTY).astype(np.uint8)
    for place, colour in (((slice(half, None), slice(0, half)), 0), ((slice(0, half), slice(0, half)), 2)):
        pixels[(*place, colour)] = 200
        kinds[place][kinds[place] == Kind.UNSEEN] = Kind.SEEN
    fill_unseen(texels, pixels, kinds)
    for place, colour in (
        ((slice(half, None), slice(half, None)), 2),
        ((slice(0, half), slice(half, None)), 0),
    ):
        filled = pixels[place][kinds[place] == Kind.UNSEEN]
        assert len(filled)
        assert (filled[:, colour] > 150).all()
        assert (filled[:, 2 - colour] < 50).all()


@settings(max_examples=25, deadline=None)
@given(seed=some.integers(0, 2**32 - 1), margin=some.integers(0, 6))
def test_islands_bleed_as_far_as_chosen(seed: int, margin: int) -> None:
    rng = np.random.default_rng(seed)
    known = rng.random((24, 31)) < 0.02
    pixels = np.where(known[..., None], rng.integers(50, 200, (24, 31, 3)), 0).astype(np.uint8)
    before = pixels.copy()
    there = bleed(pixels, known, margin)
    assert (pixels[known] == before[known]).all()
    assert (pixels[~there] == 0).all()
    wanted = np.zeros_like(known)
    for y, x in zip(*np.nonzero(known), strict=True):
        wanted[max(0, y - margin) : y + margin + 1, max(0, x - margin) : x + margin + 1] = True
    assert (there == wanted).all()
    if known.any():
        assert pixels[there].min() >= before[known].min()
        assert pixels[there].max() <= before[known].max()


def test_colours_of_16_bits_bleed_as_exactly() -> None:
    rng = np.random.default_rng(6)
    pixels = np.zeros((5, 5, 3), np.uint16)
    known = np.ones((5, 5), np.bool_)
    known[2, 2] = False
    pixels[known] = around = rng.integers(60_000, 65_536, (24, 3))
    beside = np.flatnonzero(np.pad(np.ones((3, 3), np.bool_), 1)[known])
    bleed(pixels, known, 1)
    assert pixels[2, 2].tolist() == np.floor(around[beside].mean(0) + 0.5).tolist()


def test_tall_textures_bleed_as_wide_ones_do() -> None:
    """A tall texture is processed in bands of rows."""
    rng = np.random.default_rng(8)
    known = rng.random((700, 40)) < 0.004
    tall = np.where(known[..., None], rng.integers(50, 200, (700, 40, 3)), 0).astype(np.uint8)
    wide = np.ascontiguousarray(np.swapaxes(tall, 0, 1))
    there = bleed(tall, known, 9)
    assert (there == bleed(wide, np.ascontiguousarray(known.T), 9).T).all()
    assert (tall == np.swapaxes(wide, 0, 1)).all()


def test_one_more_view_sees_what_none_has_seen() -> None:
    mesh = SMALL["torus"]()
    views = [View(mesh, camera) for camera in cameras_around(mesh, 1, (SIDE, SIDE))]
    samples = samples_of(mesh)
    before = coverage(views, samples)
    camera, promised = next(next_cameras(mesh, views, (SIDE, SIDE)))
    added = coverage([*views, View(mesh, camera)], samples) - before
    assert added == pytest.approx(promised, abs=0.05)
    assert added > 0.3
    sheet = mesh_of([[(0, 0, 0), (1, 0, 0), (0, 0, 1)]], np.zeros((1, 3, 2)))
    (front,) = cameras_around(sheet, 1, (SIDE, SIDE))
    assert not list(next_cameras(sheet, [View(sheet, front)], (SIDE, SIDE))), "all is seen"


# The sheet ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    count=some.integers(1, 12),
    width=some.integers(256, 5000),
    height=some.integers(256, 5000),
    proportion=some.floats(0.5, 2),
)
def test_views_lie_apart_on_the_sheet(count: int, width: int, height: int, proportion: float) -> None:
    layout = grid_of(count, (width, height), proportion)
    taken = np.zeros((height, width), np.bool_)
    assert len(layout.cells) == count
    for cell in layout.cells:
        place = slice(cell.top, cell.top + cell.height), slice(cell.left, cell.left + cell.width)
        assert taken[place].shape == (cell.height, cell.width)
        assert not taken[place].any()
        taken[
            max(0, cell.top - 2) : cell.top + cell.height + 2,
            max(0, cell.left - 2) : cell.left + cell.width + 2,
        ] = True
        assert cell.width / cell.height == pytest.approx(proportion, rel=0.06)
    assert len({(cell.width, cell.height) for cell in layout.cells}) == 1


def test_it_is_told_where_a_view_is_coarser_than_the_texture() -> None:
    mesh = SMALL["sphere"]()
    on, cameras = on_texture(mesh, 0), cameras_around(mesh, 6, (500, 500))
    found = is_fine_enough(mesh, on, (4096, 4096), cameras)
    assert not found.is_enough
    assert is_fine_enough(mesh, on, (found.side, found.side), cameras).share == pytest.approx(1, abs=0.01)
    assert is_fine_enough(mesh, on, (256, 256), cameras).is_enough


def test_views_come_off_an_answer_that_has_drifted_and_a_reframed_one_is_told() -> None:
    mesh = SMALL["head"]()
    texels = texels_of(mesh, side=512)
    known = {(0, None): known_texture(texels)}
    layout = grid_of(4, (800, 800))
    cell = layout.cells[0]
    cameras = cameras_around(mesh, 4, (cell.width, cell.height))
    views = [draw(mesh, camera, Look.LIT, known) for camera in cameras]
    sent = compose(views, layout)
    changed = list(views)
    zoomed = resample(views[2], Box(90, 70, 270, 250), (cell.width, cell.height), is_data=False)
    changed[2] = zoomed
    scale, dx, dy = 1.012, 5.3, -6.4
    box = Box(*(400 - d / scale - side * 400 / scale for d, side in ((dx, 1), (dy, 1), (dx, -1), (dy, -1))))
    answer = resample(compose(changed, layout), box, (800, 800), is_data=False)
    file = io.BytesIO()
    PIL.Image.fromarray(answer).save(file, "JPEG", quality=90)
    found = views_off(np.asarray(PIL.Image.open(file)), sent, layout)
    assert [view.is_found for view in found] == [True, True, False, True]
    for number in (0, 1, 3):
        at = layout.cells[number]
        middle = at.left + at.width / 2 - 400, at.top + at.height / 2 - 400
        right, down, grown = found[number].drift
        assert right == pytest.approx(dx + middle[0] * (scale - 1), abs=0.6)
        assert down == pytest.approx(dy + middle[1] * (scale - 1), abs=0.6)
        assert grown == pytest.approx(scale, abs=0.002)
        assert np.abs(found[number].pixels.astype(int) - views[number]).mean() < 2.5


@pytest.mark.parametrize(
    ("is_own", "there", "here", "is_moved"),
    [
        (True, 0.9, 0.6, True),  # a repeating pattern was found beside its place
        (True, 0.6, 0.9, False),  # the model moved only this view
        (False, 0.8, 0.0, True),  # a plain view was not found
        (False, 0.2, 0.0, False),  # the view was re-framed
    ],
)
def test_a_view_apart_from_the_others_lies_where_it_looks_more_alike(
    is_own: bool, there: float, here: float, is_moved: bool
) -> None:
    cells = grid_of(6, (768, 512)).cells
    common = [Box(*(value * 1.01 + 3 for value in _box(cell))) for cell in cells]
    places = [_Place(box, True, 1.0, True) for box in common]
    beside = Box(*(value + 2.5 for value in common[3]))
    places[3] = _Place(beside, is_own, 0.4, is_own)

    def likeness(number: int, box: Box) -> float:
        if number != 3:
            return 1.0
        return here if box == beside else there

    found = _agreed(places, cells, likeness)
    assert found[3].box == pytest.approx(common[3] if is_moved else beside)
    assert found[3].is_found == (is_own or is_moved)
    assert all(place.is_found for number, place in enumerate(found) if number != 3)


@pytest.mark.parametrize("look", list(Look))
def test_every_look_shows_the_mesh_before_its_backdrop(look: Look) -> None:
    mesh = SMALL["torus"]()
    camera = cameras_around(mesh, 6, (96, 96), is_perspective=True)[4]
    picture = draw(mesh, camera, look, {})
    view = View(mesh, camera)
    there = np.abs(view.steps) > 1
    backdrop = picture[1, 1]
    assert (np.abs(picture[there].astype(int) - backdrop).max(1) > 0).mean() > 0.9
    assert (picture[48, 48] == backdrop).all(), "through the hole"


@pytest.mark.parametrize("tile", [None, 1012])
@pytest.mark.parametrize("is_perspective", [True, False])
def test_pictures_show_what_corners_have_blended_between_them(is_perspective: bool, tile: int | None) -> None:
    """A texture's gradient and normals are linear on each triangle, also in perspective."""
    side, checked = 48, 0
    ramp = np.arange(256, dtype=np.uint8)
    texture = np.stack([*np.meshgrid(ramp, ramp), np.full((256, 256), 90, np.uint8)], 2)
    centre_y, centre_x = np.mgrid[:side, :side] + 0.5
    for seed in range(8):
        rng = np.random.default_rng(seed)
        uvs = rng.uniform(0.1, 0.9, (1, 3, 2)) + (0 if tile is None else 1)
        normals = rng.normal(0, 0.3, (1, 3, 3)) + np.array((0, -1, 1))
        mesh = mesh_of(rng.uniform(-1, 1, (1, 3, 3)), uvs, normals=normals)
        camera = cameras_around(mesh, 6, (side, side), is_perspective=is_perspective)[seed % 6]
        (x, y, depth) = (each[0].astype(np.float64) for each in camera.project(mesh.corners))
        area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])
        second = ((centre_x - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (centre_y - y[0])) / area
        third = ((x[1] - x[0]) * (centre_y - y[0]) - (centre_x - x[0]) * (y[1] - y[0])) / area
        flat = np.stack((1 - second - third, second, third), 2)
        inside = flat.min(2) * abs(area) > 2 * side  # all samples of these pixels are on the triangle
        weights = flat * -depth if is_perspective else flat
        weights = weights[inside] / weights[inside].sum(1, keepdims=True)
        u, v = (weights @ mesh.uvs[0]).T % 1
        normal = weights @ mesh.normals[0] @ camera.turn.T
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) * np.where(normal[:, 2:] < 0, -1, 1)
        shown = draw(mesh, camera, Look.TEXTURE, {(0, tile): texture})[inside]
        known = np.stack((256 * u - 0.5, 256 * (1 - v) - 0.5, np.full_like(u, 90)), 1)
        assert np.abs(shown - known).max(initial=0) < 3
        turned = np.abs(draw(mesh, camera, Look.NORMALS)[inside] - (normal + 1) * 127.5)
        assert turned[normal[:, 2] > 0.1].max(initial=0) < 4, "edge-on, samples of a pixel may be flipped"
        checked += int(inside.sum())
    assert checked > 200


# Refused --------------------------------------------------------------------------------------------------


def test_a_mesh_without_faces_is_refused() -> None:
    for corners in (np.zeros((0, 3, 3)), np.full((2, 3, 3), np.nan)):
        with pytest.raises(SurfaceUnusable, match="no faces"):
            mesh_of(corners, np.zeros((len(corners), 3, 2)))


def test_a_mesh_of_too_many_triangles_is_refused_before_any_work() -> None:
    many = np.broadcast_to(np.float32(0), (5_000_001, 3, 3))
    with pytest.raises(SurfaceUnusable, match="5,000,001"):
        mesh_of(many, np.broadcast_to(np.float32(0), (5_000_001, 3, 2)))
