# SPDX-License-Identifier: GPL-3.0-or-later
"""Views may stand anywhere and leave parts unseen; later rounds paint these or repaint what they see."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import surface_meshes

from easel.imaging.errors import SurfaceUnusable
from easel.imaging.surface.cameras import cameras_from
from easel.imaging.surface.coverage import coverage, samples_of
from easel.imaging.surface.draw import Look, draw
from easel.imaging.surface.mesh import Mesh, mesh_of, on_texture, tiles_of
from easel.imaging.surface.painted import paint_texture
from easel.imaging.surface.pieces import Piece, tiles_used
from easel.imaging.surface.project import Kind, ViewPicture, project
from easel.imaging.surface.rounds import evened, paint_over
from easel.imaging.surface.texels import Texels
from easel.imaging.surface.unseen import foresee
from easel.imaging.surface.viewpoints import MOST_VIEWS, SheetPlan, Viewpoint, around, shape_of
from easel.imaging.surface.views import View

SIDE = 160


def look_from(place: tuple[float, float, float], frame: tuple[float, ...]) -> Viewpoint:
    """Return a camera that looks along +Y, as Blender's front view does."""
    pose = np.eye(4)
    pose[:3, :3] = np.stack(((1, 0, 0), (0, 0, 1), (0, -1, 0)), 1)
    pose[:3, 3] = place
    values = tuple(float(value) for value in pose.reshape(-1))
    return Viewpoint(towards=(0, -1, 0), pose=values, frame=frame, is_perspective=True)


def test_a_camera_as_it_stands_is_cut_to_what_it_sees() -> None:
    mesh = surface_meshes.sphere(16)
    moved = mesh_of(mesh.corners, mesh.uvs, origin=(10.0, 5.0, 2.0))
    whole = look_from((10.0, -15.0, 2.0), (-0.5, 0.5, -0.3, 0.3))
    (camera,) = cameras_from(moved, [whole], (200, 100))
    depth = View(moved, camera).depth
    rows, columns = np.nonzero(np.isfinite(depth))
    assert 85 <= np.ptp(rows) <= 92, "it fills the height but for the margin"
    assert abs(columns.mean() - 99.5) < 1
    assert abs(rows.mean() - 49.5) < 1
    half = look_from((10.0, -15.0, 2.0), (0.0, 0.5, -0.3, 0.3))  # its frame ends in the middle of the ball
    (cut,) = cameras_from(moved, [half], (100, 100))
    assert cut.scale == pytest.approx(camera.scale, rel=0.02)
    assert cut.project(np.zeros((1, 3), np.float32)).x[0] == pytest.approx(27.0, abs=2.0)
    away = look_from((10.0, 15.0, 2.0), (-0.5, 0.5, -0.3, 0.3))
    with pytest.raises(SurfaceUnusable, match="does not see"):
        cameras_from(moved, [away], (100, 100))


def test_sheets_have_room_for_all_views() -> None:
    for count in range(1, MOST_VIEWS + 1):
        across, down = shape_of(count)
        assert across >= down
    assert SheetPlan(viewpoints=around(6), side=900).size == (900, 600)


def test_what_is_unseen_is_foretold_with_the_view_that_sees_it() -> None:
    mesh = surface_meshes.sphere(24)
    plan = SheetPlan(viewpoints=around(1), side=256)
    found = foresee(mesh, plan, {0: 64}, (), 1, {}, threading.Event())
    assert found is not None
    assert 0.38 < found.share < 0.5, "one view sees less than half of a ball"
    assert len(found.unseen) == round((1 - found.share) * (1 << 16))
    assert (found.unseen.mean(1)[:, 1] > -0.35 * np.abs(mesh.corners).max()).all(), "not what lies in front"
    (back,) = found.more
    assert back.towards[1] > 0.8
    assert found.more_shares[0] > 0.75
    views = [View(mesh, camera) for camera in cameras_from(mesh, (*around(1), back), (256, 256))]
    assert coverage(views, samples_of(mesh)) == pytest.approx(found.more_shares[0], abs=0.01)
    stopped = threading.Event()
    stopped.set()
    assert foresee(mesh, plan, {0: 64}, (), 1, {}, stopped) is None


def painted_ball() -> tuple[Mesh, View, View, np.ndarray, np.ndarray]:
    """Return a ball, its views, its green paint from the front, and a red picture for a second round."""
    mesh = surface_meshes.sphere(24)
    (front, back) = (
        View(mesh, camera) for camera in cameras_from(mesh, (around(4)[0], around(4)[2]), (SIDE, SIDE))
    )
    green = np.full((SIDE, SIDE, 3), (40, 160, 60), np.uint8)
    base = paint_texture(mesh, 0, None, (SIDE, SIDE), [ViewPicture(view=front, pixels=green)]).pixels
    red = np.full((SIDE, SIDE, 3), (200, 50, 40), np.uint8)
    return mesh, front, back, base, red


def seen_by(mesh: Mesh, view: View) -> np.ndarray:
    texels = Texels(mesh, on_texture(mesh, 0), (SIDE, SIDE))
    black = np.zeros((SIDE, SIDE, 3), np.uint8)
    return project(texels, [ViewPicture(view=view, pixels=black)]).kinds == Kind.SEEN


def test_what_was_seen_before_stays_bit_by_bit() -> None:
    mesh, front, back, base, red = painted_ball()
    made = paint_over(mesh, 0, None, base, [ViewPicture(view=back, pixels=red)], [front])
    before, now = seen_by(mesh, front), seen_by(mesh, back)
    assert (made.pixels[before] == base[before]).all()
    new = now & ~before
    assert new.sum() > 500
    assert (np.abs(made.pixels[new].astype(int) - (200, 50, 40)) <= 1).all()
    texels = Texels(mesh, on_texture(mesh, 0), (SIDE, SIDE)).triangles >= 0
    neither = texels & ~before & ~now
    assert (made.pixels[neither] == base[neither]).all(), "filled before, and left as it was"
    assert 0.8 < made.coverage < 1


def test_a_view_repaints_what_it_sees_well_and_fades_out() -> None:
    mesh, _front, back, base, red = painted_ball()
    deep = base.astype(np.uint16) * 257
    made = paint_over(mesh, 0, None, deep, [ViewPicture(view=back, pixels=red)], None)
    assert made.pixels.dtype == np.uint16
    now = seen_by(mesh, back)
    shares = (made.pixels[..., 0].astype(float) / 257 - 40) / 160
    assert (shares[now] > 0.99).mean() > 0.4
    assert ((shares > 0.1) & (shares < 0.9)).sum() > 100, "softly"
    texels = Texels(mesh, on_texture(mesh, 0), (SIDE, SIDE)).triangles >= 0
    assert (made.pixels[texels & ~now] == deep[texels & ~now]).all()


def test_an_answer_takes_the_tint_of_what_was_there() -> None:
    mesh = surface_meshes.sphere(24)
    views = [View(mesh, camera) for camera in cameras_from(mesh, around(8), (SIDE, SIDE))]
    texture = np.full((64, 64, 3), (90, 120, 60), np.uint8)
    sent = draw(mesh, views[4].camera, Look.TEXTURE, {(0, None): texture})
    answer = np.clip(sent.astype(int) + np.array((25, -10, 5)), 0, 255).astype(np.uint8)
    there = views[4].steps == views[4].ramp
    found = evened(answer, sent, views[4], views[:4])
    assert np.abs(found[there].astype(int) - sent[there]).max() <= 2
    assert (evened(answer, sent, views[4], []) == answer).all(), "nothing was seen before: as it came"


def test_tiles_are_those_that_the_mesh_lies_on() -> None:
    uvs = np.array(((0.1, 0.1), (0.2, 0.1), (0.1, 0.2), (1.1, 1.1), (1.2, 1.1), (1.1, 1.2)), np.float32)
    piece = Piece(
        positions=np.zeros((6, 3), np.float32),
        normals=np.zeros((6, 3), np.float32),
        corner_vertices=np.arange(6, dtype=np.int32),
        uvs=uvs,
        triangles=np.arange(6, dtype=np.int32).reshape(2, 3),
        triangle_faces=np.arange(2, dtype=np.int32),
        slots=np.array((0, 1), np.int32),
        parts=(3, 5),
        matrix=np.eye(4),
    )
    assert tiles_used([piece], 3) == [1001]
    assert tiles_used([piece], 5) == [1012]
    assert tiles_used([piece], 4) == []
    collapsed = replace(piece, uvs=np.where(np.arange(6)[:, np.newaxis] < 3, np.float32(0), uvs))
    assert tiles_used([collapsed], 3) == [], "faces that were never unwrapped cover nothing of a tile"
    assert tiles_used([collapsed], 5) == [1012]


def test_faces_that_share_their_place_are_told_before() -> None:
    def is_told(mesh: Mesh, tiles: dict[int, list[int]]) -> bool:
        plan = SheetPlan(viewpoints=around(1), side=SIDE)
        found = foresee(mesh, plan, {0: SIDE}, (), 0, tiles, threading.Event())
        assert found is not None
        return found.is_overlapping

    cube = surface_meshes.tiled_cube(2)
    assert not is_told(cube, {0: tiles_of(cube, 0)})
    assert is_told(cube, {}), "all tiles in one place"
    torus = surface_meshes.torus(8)
    assert not is_told(torus, {})
    uvs = torus.uvs.copy()
    uvs[..., 0] = np.abs(uvs[..., 0] - 0.5)
    assert is_told(mesh_of(torus.corners, uvs), {}), "mirrored halves"


def test_a_texture_that_no_view_sees_is_not_black() -> None:
    mesh = surface_meshes.tiled_cube(2)
    (front,) = (View(mesh, camera) for camera in cameras_from(mesh, around(1), (SIDE, SIDE)))
    pixels = np.full((SIDE, SIDE, 3), (40, 160, 60), np.uint8)
    pixels[front.steps == 0] = (255, 0, 255)
    made = {
        (tile, is_deep): paint_texture(
            mesh, 0, tile, (32, 32), [ViewPicture(view=front, pixels=pixels)], is_deep=is_deep
        )
        for tile in (1001, 1003)
        for is_deep in (False, True)
    }
    assert made[1001, False].coverage > 0.9
    assert made[1003, False].coverage == 0
    for (_tile, is_deep), one in made.items():
        inside = one.pixels[10:20, 10:20].astype(float) / (257 if is_deep else 1)
        assert np.abs(inside - (40, 160, 60)).max() <= 2
