# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what a camera sees of a mesh: each pixel's depth, its distance from a silhouette, hidden parts.

Worker threads only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import at_once, in_bands
from .raster import NOBODY, Outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .cameras import Camera
    from .mesh import Mesh

RAMP_PART: Final = 1 / 64
"""Within this fraction of a view's longer side from a silhouette, a view counts for less."""
MOST_STEPS: Final = 127
"""The largest distance from a silhouette that is measured, in pixels."""
_JUMP: Final = 2.0
"""A step in depth is a silhouette if it is this many times larger than those beside it …"""
_LEAST_JUMP: Final = 4.0  # … and than this many pixels
_LEEWAY: Final = 1.0
"""Pixels. A surface nearer by this much may be the same one, because depth is only known at pixels'
centres."""
LEAST_FACING: Final = 0.17
"""Cosine between a surface's normal and the direction to the camera; below, it counts as unseen (80°)."""


class Looks(NamedTuple):
    """How points of a surface are seen in a view."""

    x: NDArray[np.float32]  # pixels
    y: NDArray[np.float32]
    facing: NDArray[np.float32]
    """Cosine between normal and direction to the camera, at least `LEAST_FACING`."""
    inside: NDArray[np.float32]
    """0–1: the distance from silhouettes and borders; 1 from the ramp's end on."""


def views_of(mesh: Mesh, cameras: Sequence[Camera]) -> list[View]:
    """Return the views of cameras, made on all cores."""
    _ = mesh.faces  # once, for all of them
    return at_once(lambda camera: View(mesh, camera), cameras)


class View:
    """A camera's depth buffer. Bytes a pixel: 9."""

    def __init__(self, mesh: Mesh, camera: Camera, *, with_steps: bool = True) -> None:
        """Draw a mesh. Without steps to silhouettes nothing can be looked up."""
        self.camera = camera
        size = camera.width, camera.height
        outlines = Outlines(lambda some: camera.project(mesh.corners[some]), len(mesh), size)
        self.slope = outlines.slope
        """Of each triangle, as `Outlines.slope`."""
        self._faces = mesh.faces
        shape = camera.height, camera.width
        self.triangles = np.full(shape, NOBODY, np.int32)
        self.depth = np.full(shape, np.inf, np.float32)
        outlines.draw(self.triangles, self.depth)
        if with_steps:
            self._widen()
        near = float(self.depth.min(initial=np.inf)) if camera.is_perspective else np.inf
        self._pixel = camera.depth_of(1, -1 / near if np.isfinite(near) else 1.0)
        self.steps = self._steps() if with_steps else np.zeros((0, 0), np.int8)
        """Pixels to the nearest silhouette or border, up to the ramp's end, int8; 0 if a pixel shows nothing.
        Negative if it shows the surface from behind."""
        self._has_backs = bool((self.steps < 0).any())
        self._is_shown = self.slope != 0 if self._has_backs else self.slope > 0
        self._leeway = np.abs(self.slope) + np.float32(_LEEWAY * self._pixel)
        self._facing = np.zeros(0, np.float32)
        if not camera.is_perspective:
            self._facing = np.abs(mesh.faces @ camera.towards.astype(np.float32))
            self._facing[(self._facing < np.float32(LEAST_FACING)) | ~self._is_shown] = 0

    @property
    def ramp(self) -> int:
        """The distance from a silhouette, in pixels, up to which a view counts for less."""
        return min(MOST_STEPS, max(3, round(max(self.camera.width, self.camera.height) * RAMP_PART)))

    def facing(self, points: NDArray[np.float32], triangles: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Return the cosine between the surface's normal at points and the direction to the camera.

        0 if looking is pointless: the surface is too steep, or faces away in a view that shows no back sides.
        """
        if not self.camera.is_perspective:
            return self._facing[triangles]
        directions = self.camera.directions(points)
        facing = np.abs(np.einsum("ij,ij->i", self._faces[triangles], directions))
        facing[(facing < np.float32(LEAST_FACING)) | ~self._is_shown[triangles]] = 0
        return facing

    def look(
        self,
        points: NDArray[np.float32],
        triangles: NDArray[np.integer[Any]],
        facing: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.intp], Looks]:
        """Return which points (count, 3) on triangles of the mesh (count,) are seen, as indices, and how.

        The result of `facing` may be passed in; points with 0 are skipped.
        """
        facing = self.facing(points, triangles) if facing is None else facing
        some = np.flatnonzero(facing > 0)  # numpy finds what is not 0 ten times as fast in booleans
        x, y, inside = self.glance(points.take(some, 0), triangles[some])
        kept = np.flatnonzero(inside > 0)
        some = some[kept]
        return some, Looks(x[kept], y[kept], facing[some], inside[kept])

    def glance(
        self, points: NDArray[np.float32], triangles: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return X, Y and `Looks.inside` of points (count, 3) on triangles; inside is 0 for unseen ones."""
        x, y, depth = self.camera.project(points)
        width, height = self.camera.width, self.camera.height
        is_seen = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        pixel = y.astype(np.int32)
        pixel *= width
        pixel += x.astype(np.int32)
        if not is_seen.all():
            pixel = np.where(is_seen, pixel, 0)
        pixel = pixel.astype(np.intp)
        steps = self.steps.reshape(-1)[pixel]
        if self._has_backs:
            steps = np.where(self.slope[triangles] > 0, steps, -steps)
        depth -= self.depth.reshape(-1)[pixel]
        is_seen &= depth <= self._leeway[triangles]
        inside = steps.astype(np.float32)
        inside *= np.float32(1 / self.ramp)
        np.minimum(inside, np.float32(1), out=inside)
        np.maximum(inside, np.float32(0), out=inside)
        inside *= is_seen
        return x, y, inside

    def _widen(self) -> None:
        """Copy depths to the pixels beside the mesh, because edge pixels only partly show it."""
        width = self.camera.width
        there = self.triangles >= 0
        around = np.zeros_like(there)
        around[:, 1:] |= there[:, :-1]
        around[:, :-1] |= there[:, 1:]
        around[1:] |= there[:-1]
        around[:-1] |= there[1:]
        pixels = np.flatnonzero(around & ~there)
        column, flat = pixels % width, there.reshape(-1)
        triangles, depth = self.triangles.reshape(-1), self.depth.reshape(-1)
        for step, is_in in (
            (-1, column > 0),
            (1, column < width - 1),
            (-width, pixels >= width),
            (width, pixels < len(flat) - width),
        ):
            beside = np.where(is_in, pixels + step, pixels)
            some = np.flatnonzero(flat[beside])
            triangles[pixels[some]] = triangles[beside[some]]
            depth[pixels[some]] = depth[beside[some]]

    def _steps(self) -> NDArray[np.int8]:
        """Return the pixels' distances to silhouettes, as the erosions that they survive."""
        steps = (self.triangles >= 0).astype(np.int8)
        near = np.zeros(steps.shape, np.bool_)
        is_back = self.slope < 0
        in_bands(lambda rows: self._leave_out_jumps(near, rows), _bands_of(64, near))
        near[0] = near[-1] = False
        near[:, 0] = near[:, -1] = False

        def count(rows: slice) -> None:
            _eroded(near, steps, rows, self.ramp)
            np.negative(steps[rows], out=steps[rows], where=is_back[self.triangles[rows]])

        in_bands(count, _bands_of(256, near))
        return steps

    def _leave_out_jumps(self, near: NDArray[np.bool_], rows: slice) -> None:
        """Mark the pixels in a band that show the mesh, except those beside a jump in depth."""
        outer = slice(max(0, rows.start - 2), rows.stop + 2)  # with the steps beside those at its border
        found = self.triangles[outer] >= 0
        least = np.float32(_LEAST_JUMP * self._pixel)
        for depth, kept in ((self.depth[outer], found), (self.depth[outer].T, found.T)):
            with np.errstate(invalid="ignore"):
                step = np.abs(np.diff(depth, axis=1))
            np.copyto(step, np.inf, where=np.isnan(step))
            beside = np.zeros_like(step)
            beside[:, 1:] = step[:, :-1]
            np.maximum(beside[:, :-1], step[:, 1:], out=beside[:, :-1])
            np.copyto(beside, 0, where=np.isinf(beside))
            is_even = step <= np.float32(_JUMP) * beside + least
            kept[:, 1:] &= is_even
            kept[:, :-1] &= is_even
        near[rows] = found[rows.start - outer.start : rows.stop - outer.start]


def _bands_of(step: int, picture: NDArray[Any]) -> list[slice]:
    return [slice(top, min(top + step, len(picture))) for top in range(0, len(picture), step)]


def _eroded(near: NDArray[np.bool_], steps: NDArray[np.int8], rows: slice, most: int) -> None:
    """Add to `steps` how many erosions each pixel of a band survives. The border of `near` is False."""
    top, stop = max(0, rows.start - most), min(len(near), rows.stop + most)
    left = near[top:stop].copy()
    inner = slice(rows.start - top, rows.stop - top)
    found = steps[rows]
    for step in range(most - 1):
        found += left[inner]
        smaller = left.copy()
        # Take all rows as one, which is three times as fast. The border follows each row's end.
        smaller.reshape(-1)[1:] &= left.reshape(-1)[:-1]
        smaller.reshape(-1)[:-1] &= left.reshape(-1)[1:]
        if step % 2:  # alternate a diamond and a square: an octagon, nearly a circle
            wide = smaller.copy()
        else:
            wide = left
        smaller[1:] &= wide[:-1]
        smaller[:-1] &= wide[1:]
        left = smaller
