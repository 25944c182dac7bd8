# SPDX-License-Identifier: GPL-3.0-or-later
"""A returned mesh is recognised, even turned, scaled, reordered or unwrapped anew."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from model_files import body, cut_short, textured, write_glb

from easel.imaging.surface.glb_mesh import CameMesh, NotComparable, OwnMesh, read_glb_mesh
from easel.imaging.surface.matches import Kind
from easel.imaging.surface.matching import TURNS, compare


def lumpy(seed: int, *, quads: bool) -> OwnMesh:
    """Make a body without symmetry, with UV seams, from triangles or from quads and n-gons."""
    random = np.random.default_rng(seed)
    around, up = 7, 5
    height, angle = np.mgrid[0:up, 0:around]
    radius = 0.5 + 0.3 * random.random((up, around))
    turn = angle / around * 2 * np.pi
    points = np.stack([radius * np.cos(turn) * 1.3, radius * np.sin(turn), height / 3], -1).reshape(-1, 3)
    faces: list[list[int]] = []
    uvs: list[list[float]] = []
    for row in range(up - 1):
        for column in range(around):
            right = (column + 1) % around
            corners = [row * around + column, row * around + right,
                       (row + 1) * around + right, (row + 1) * around + column]  # fmt: skip
            places = [[column / around, row / up], [(column + 1) / around, row / up],
                      [(column + 1) / around, (row + 1) / up], [column / around, (row + 1) / up]]  # fmt: skip
            parts = [[0, 1, 2, 3]] if quads else [[0, 1, 2], [0, 2, 3]]
            faces += [[corners[index] for index in part] for part in parts]
            uvs += [places[index] for part in parts for index in part]
    top = [(up - 1) * around + column for column in range(around)]
    if quads:
        faces.append(top)
        uvs += [[0.5 + np.cos(number) / 10, 0.9 + np.sin(number) / 20] for number in range(around)]
    sizes = [len(face) for face in faces]
    return OwnMesh(
        points=points.astype(np.float32),
        corners=np.concatenate(faces).astype(np.int32),
        starts=np.cumsum([0, *sizes[:-1]]).astype(np.int32),
        uvs=np.asarray(uvs, np.float32),
    )


def sent(own: OwnMesh) -> CameMesh:
    """Return the mesh as a service gets it: triangles, each with its own vertices."""
    ends = np.append(own.starts[1:], len(own.corners))
    triangles = [[start, start + number, start + number + 1]
                 for start, end in zip(own.starts.tolist(), ends.tolist(), strict=True)
                 for number in range(1, end - start - 1)]  # fmt: skip
    return CameMesh(points=own.points[own.corners], uvs=own.uvs, triangles=np.asarray(triangles, np.int32))


def moved(came: CameMesh, turn: int, scale: float, seed: int) -> CameMesh:
    """Turn a mesh so that `Match.turn` undoes it; also scale, move and reorder it, with small errors."""
    random = np.random.default_rng(seed)
    angle = -np.radians(turn)
    matrix = np.asarray([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    order = random.permutation(len(came.points))
    points = came.points @ matrix.T * scale + random.normal(size=3) * scale
    points = points * (1 + random.uniform(-1e-6, 1e-6, points.shape))
    uvs = None if came.uvs is None else came.uvs[order] + random.uniform(-2e-5, 2e-5, came.uvs.shape)
    place = np.argsort(order).astype(np.int32)
    triangles = place[came.triangles][random.permutation(len(came.triangles))]
    return CameMesh(
        points=points[order].astype(np.float32),
        uvs=None if uvs is None else uvs.astype(np.float32),
        triangles=np.roll(triangles, int(random.integers(3)), axis=1),
    )


def unwrapped(own: OwnMesh, seed: int) -> OwnMesh:
    """Return the mesh with other UVs, which have a seam along every edge."""
    assert own.uvs is not None
    random = np.random.default_rng(seed)
    return replace(own, uvs=random.random(own.uvs.shape).astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31), turn=st.sampled_from(TURNS), scale=st.floats(0.01, 100), quads=st.booleans()
)
def test_the_same_mesh_is_known_however_it_comes(seed: int, turn: int, scale: float, quads: bool) -> None:
    own = lumpy(seed, quads=quads)
    found = compare(own, moved(sent(own), turn, scale, seed))
    assert (found.kind, found.turn) == (Kind.UVS, turn)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), turn=st.sampled_from(TURNS), quads=st.booleans())
def test_new_uvs_come_to_the_corners_that_they_are_of(seed: int, turn: int, quads: bool) -> None:
    own = lumpy(seed, quads=quads)
    other = unwrapped(own, seed)
    found = compare(own, moved(sent(other), turn, 0.5, seed))
    assert (found.kind, found.turn) == (Kind.SHAPE, turn)
    assert found.uvs is not None
    np.testing.assert_allclose(found.uvs, other.uvs, atol=1e-4)
    from_modifiers = compare(replace(own, may_change=False), moved(sent(other), turn, 0.5, seed))
    assert from_modifiers.kind is Kind.NOTHING


@pytest.mark.parametrize("quads", [True, False])
def test_what_differs_is_another_mesh(quads: bool) -> None:
    own = lumpy(3, quads=quads)
    came = sent(own)
    beyond = (came.points[:, :1] > 0.6) * np.asarray([[0.05, 0, 0]], np.float32)
    for other in (
        replace(came, triangles=came.triangles[:-1]),
        replace(came, points=came.points + beyond),
        replace(came, uvs=None),
        sent(lumpy(4, quads=quads)),
    ):
        assert compare(own, moved(other, 0, 1.0, 1)).kind is Kind.NOTHING
    assert compare(own, moved(sent(lumpy(3, quads=quads)), 180, 1.0, 1)).turn == 180


def test_a_mesh_without_faces_is_another_mesh() -> None:
    own = lumpy(3, quads=False)
    came = sent(own)
    nothing, no_faces = np.zeros(0, np.int32), np.zeros((0, 3), np.int32)
    for empty in (
        replace(own, corners=nothing, starts=nothing),
        replace(own, points=own.points[:0], corners=nothing),
    ):
        assert compare(empty, came).kind is Kind.NOTHING
    assert compare(own, replace(came, triangles=no_faces)).kind is Kind.NOTHING


def test_a_seam_through_a_face_can_not_be_taken_over() -> None:
    own = lumpy(5, quads=True)
    came = sent(own)
    split = CameMesh(
        points=came.points[came.triangles].reshape(-1, 3),
        uvs=np.random.default_rng(1).random((came.triangles.size, 2)).astype(np.float32),
        triangles=np.arange(came.triangles.size, dtype=np.int32).reshape(-1, 3),
    )
    assert compare(own, split).kind is Kind.NOTHING


def test_a_glb_is_read_as_others_read_it(tmp_path: Path) -> None:
    import trimesh

    turn = trimesh.transformations.rotation_matrix(0.4, (1, 2, 3), (0.1, 0, 0)) @ np.diag((2, 2, 2, 1))
    path = write_glb(tmp_path / "body.glb", textured(body()), turn)
    came = read_glb_mesh(path)
    expected = trimesh.load(path, force="mesh", process=False)
    up = expected.vertices @ np.asarray([[1, 0, 0], [0, 0, 1], [0, -1, 0]], float)
    np.testing.assert_allclose(came.points, up, atol=1e-5)
    np.testing.assert_allclose(came.uvs, expected.visual.uv, atol=1e-5)
    np.testing.assert_array_equal(came.triangles, expected.faces)
    with pytest.raises(NotComparable):
        read_glb_mesh(cut_short(path))
