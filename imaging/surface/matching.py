# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether a returned mesh is the one that was sent, by its arrays in any order.

A service may rotate the model, scale it, reorder vertices, split or weld them, unwrap it anew, or make
another mesh altogether. Worker thread.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .glb_mesh import CameMesh, Floats, OwnMesh, Whole
from .matches import Kind, Match

TURNS: Final = (0, 270, 90, 180)
"""Degrees about +Z by which the returned mesh may have to be turned; the first of equally good ones counts.
Tripo's own models face +X: theirs is 270."""
_PLACE: Final = 2e-4
"""How far two places may differ, as a fraction of the model's diagonal, because files have rounded
numbers."""
_UV: Final = 2e-4
_SIZE: Final = 0.01
"""How much the shape of the bounding box may differ."""
_CELLS: Final = 16
_ALIKE: Final = 0.03
"""The least fraction of the space that both fill: with less, a turn can't be determined."""
_ROWS: Final = 1 << 18
_PRIMES: Final = np.asarray([73856093, 19349663, 83492791, 49979687, 86028121], np.int64)


def compare(own: OwnMesh, came: CameMesh) -> Match:
    """Return how a returned mesh fits the own one. A mesh without faces fits none."""
    if not len(own.corners) or not len(came.triangles):
        return Match(kind=Kind.NOTHING, turn=0)
    used = _used(came.triangles, len(came.points))
    sent = own.points @ np.asarray(own.matrix, np.float32).reshape(3, 3).T
    points, center, diagonal = _within(sent[_used(own.corners, len(sent))])
    whole = ((sent - center) / np.float32(diagonal)).astype(np.float32)
    others = _within(_rows(came.points, used))[0]
    own_size, size = np.ptp(points, axis=0), np.ptp(others, axis=0)
    across = {0: size, 90: size[[1, 0, 2]], 180: size, 270: size[[1, 0, 2]]}
    fitting = [turn for turn in TURNS if bool((np.abs(across[turn] - own_size) < _SIZE).all())]
    if own.triangle_count == len(came.triangles) and came.uvs is not None:
        if own.uvs is not None:
            distinct = _distinct(own.corners, own.uvs)
            mine = np.concatenate([whole[own.corners[distinct]] / _PLACE, own.uvs[distinct] / _UV], 1)
            came_uvs = _rows(came.uvs, used) / _UV
            for turn in fitting:
                theirs = np.concatenate([_turned(others, turn) / _PLACE, came_uvs], 1)
                if _are_covered(mine, theirs) and _are_covered(theirs, mine):  # all found, both ways
                    return Match(kind=Kind.UVS, turn=turn)
        for turn in fitting if own.may_change else ():
            uvs = _uvs_of_corners(own, whole, came, came.uvs, _turned(others, turn), used)
            if uvs is not None:
                return Match(kind=Kind.SHAPE, turn=turn, uvs=uvs)
    return Match(kind=Kind.NOTHING, turn=_best_turn(points, others, fitting or list(TURNS)))


def _used(numbers: Whole, count: int) -> Whole:
    """Return which of so many vertices are used, in their order."""
    is_used = np.zeros(count, bool)
    is_used[numbers.reshape(-1)] = True
    return np.flatnonzero(is_used).astype(np.int32)


def _rows(values: Floats, numbers: NDArray[np.integer]) -> Floats:
    """Return rows by their numbers, in pieces, because numpy holds the interpreter's lock meanwhile."""
    made = np.empty((len(numbers), values.shape[1]), values.dtype)
    for start in range(0, len(numbers), _ROWS):
        made[start : start + _ROWS] = values[numbers[start : start + _ROWS]]
    return made


def _distinct(corners: Whole, uvs: Floats) -> NDArray[np.integer]:
    """Return one corner of each group that has the same vertex and exactly the same UV."""
    keys = np.empty(len(corners), np.int64)
    for start in range(0, len(corners), _ROWS):
        part = np.ascontiguousarray(uvs[start : start + _ROWS], np.float32).view(np.int32).astype(np.int64)
        keys[start : start + _ROWS] = (
            corners[start : start + _ROWS] * _PRIMES[0] + part[:, 0] * _PRIMES[1] + part[:, 1] * _PRIMES[2]
        )
    return np.unique(keys, return_index=True)[1]


def _turned(points: Floats, turn: int) -> Floats:
    x, y, z = points.T
    across, along = {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[turn]
    return np.stack([across, along, z], 1)


def _within(points: Floats) -> tuple[Floats, Floats, float]:
    """Return points centred in their box, scaled to a diagonal of 1; and the old middle and diagonal."""
    low, high = points.min(0), points.max(0)
    center = (low + high) / np.float32(2)
    diagonal = max(float(np.linalg.norm(high - low)), 1e-12)
    return ((points - center) / np.float32(diagonal)).astype(np.float32), center, diagonal


def _are_covered(points: NDArray[np.floating], by: NDArray[np.floating]) -> bool:
    """Return whether each point has one of the others within 1 along each axis; at 7 away none is found.

    It uses as many grids as there are axes, and one more, each shifted by a part of a cell. Two near points
    are in the same cell of at least one grid, because along each axis only one grid can separate them.
    """
    left = np.arange(len(points))
    grids = points.shape[1] + 1
    for shift in range(grids):
        known = np.sort(_cells(by, shift, grids))
        here = _cells(points if len(left) == len(points) else points[left], shift, grids)
        left = left[known[np.searchsorted(known, here).clip(0, len(known) - 1)] != here]
        if not len(left):
            return True
    return False


def _nearest(points: Floats, among: Floats) -> NDArray[np.int64] | None:
    """Return for each point the index of another within `_PLACE`; None if one has none."""
    found = np.full(len(points), -1, np.int64)
    for shift in range(4):
        left = np.flatnonzero(found < 0)
        if not len(left):
            break
        cells = _cells(among / _PLACE, shift, 4)
        order = np.argsort(cells, kind="stable")
        ordered = cells[order]
        there = _cells(points[left] / _PLACE, shift, 4)
        at = np.searchsorted(ordered, there).clip(0, len(order) - 1)
        is_same = ordered[at] == there
        near = np.abs(among[order[at]] - points[left]).max(1) < 5 * _PLACE
        found[left[is_same & near]] = order[at[is_same & near]]
    return found if bool((found >= 0).all()) else None


def _cells(points: NDArray[np.floating], shift: int, grids: int) -> NDArray[np.int64]:
    """Return a number for each point's cell, in a grid with cells of `grids` + 1."""
    size = grids + 1
    made = np.empty(len(points), np.int64)
    for start in range(0, len(points), _ROWS):
        part = np.asarray(points[start : start + _ROWS], np.float64)
        whole = np.floor(part / size + shift / grids).astype(np.int64)
        made[start : start + _ROWS] = (whole * _PRIMES[: points.shape[1]]).sum(1)
    return made


def _uvs_of_corners(
    own: OwnMesh, whole: Floats, came: CameMesh, came_uvs: Floats, here: Floats, used: Whole
) -> Floats | None:
    """Return the UV of each corner of the own mesh, from the triangle in its face.

    None if a corner has none, or has two because a seam crosses a face.
    """
    welded, to_own = _nearest(whole, whole), _nearest(here, whole)
    if to_own is None or welded is None:
        return None
    corner_at = welded[own.corners]
    vertex = np.zeros(len(came.points), np.int64)
    vertex[used] = welded[to_own]
    mine = vertex[came.triangles]  # their corners, as vertices of the own mesh
    uvs = np.full((len(own.corners), 2), np.nan, np.float32)
    sizes = np.diff(np.append(own.starts, len(own.corners)))
    keys = _keys(mine)
    order = np.argsort(keys, kind="stable")
    taken = np.zeros(len(mine), bool)
    is_one = True
    for size, choices in ((3, ((0, 1, 2),)), (4, ((0, 1, 2), (0, 2, 3), (0, 1, 3), (1, 2, 3)))):
        starts = own.starts[sizes == size]
        for choice in choices if len(starts) else ():
            corners = starts[:, None] + np.asarray(choice)
            wanted = _keys(corner_at[corners])
            at = np.searchsorted(keys[order], wanted).clip(0, len(order) - 1)
            hits = np.flatnonzero(keys[order[at]] == wanted)
            triangles = order[at[hits]]
            taken[triangles] = True
            is_one &= _take(
                uvs, corner_at, corners[hits], mine[triangles], came_uvs[came.triangles[triangles]]
            )
    if bool((sizes > 4).any()):
        is_one &= _take_large(
            uvs, own, corner_at, sizes, mine, came_uvs[came.triangles], np.flatnonzero(~taken)
        )
    return uvs if is_one and not bool(np.isnan(uvs).any()) else None


def _keys(triples: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return a number for three vertices in any order."""
    ordered = np.sort(np.asarray(triples, np.int64), axis=1)
    return (ordered[:, 0] * _PRIMES[0] + ordered[:, 1]) * _PRIMES[1] + ordered[:, 2]


def _take(
    uvs: Floats,
    vertices: NDArray[np.integer],
    corners: NDArray[np.integer],
    mine: NDArray[np.int64],
    theirs: Floats,
) -> bool:
    """Give each corner of faces the UV of the triangle's corner at the same vertex.

    Returns False if one already has another.
    """
    is_one = True
    for own_corner in range(3):
        for other in range(3):
            same = vertices[corners[:, own_corner]] == mine[:, other]
            at = corners[same, own_corner]
            is_one &= not bool((np.abs(uvs[at] - theirs[same, other]) > _UV).any())  # NaN: it has no UV yet
            uvs[at] = theirs[same, other]
    return is_one


def _take_large(
    uvs: Floats,
    own: OwnMesh,
    corner_at: NDArray[np.int64],
    sizes: NDArray[np.integer],
    mine: NDArray[np.int64],
    theirs: Floats,
    left: NDArray[np.int64],
) -> bool:
    """Do the same for faces with more than four corners. A triangle's three vertices identify its face."""
    is_one = True
    faces: dict[int, set[int]] = {}
    corner_of: dict[tuple[int, int], int] = {}
    for face in np.flatnonzero(sizes > 4).tolist():
        for corner in range(int(own.starts[face]), int(own.starts[face] + sizes[face])):
            vertex = int(corner_at[corner])
            faces.setdefault(vertex, set()).add(face)
            corner_of[face, vertex] = corner
    for triangle in left.tolist():
        a, b, c = mine[triangle].tolist()
        for face in faces.get(a, set()) & faces.get(b, set()) & faces.get(c, set()):
            for number, vertex in enumerate((a, b, c)):
                corner, uv = corner_of[face, vertex], theirs[triangle, number]
                is_one &= not bool((np.abs(uvs[corner] - uv) > _UV).any())
                uvs[corner] = uv
    return is_one


def _best_turn(own: Floats, came: Floats, among: list[int]) -> int:
    """Return the turn in which the returned mesh fills most of the same space."""
    mine = _filled(own)

    def share(turn: int) -> float:
        other = _filled(_turned(came, turn))
        return float((mine & other).sum() / max((mine | other).sum(), 1))

    shares = {turn: share(turn) for turn in among}
    return next(turn for turn in among if shares[turn] > max(shares.values()) - _ALIKE)


def _filled(points: Floats) -> NDArray[np.bool_]:
    cells = np.zeros((_CELLS,) * 3, bool)
    places = ((points + 0.5) * _CELLS).astype(np.int64).clip(0, _CELLS - 1)
    cells[tuple(places.T)] = True
    return cells
