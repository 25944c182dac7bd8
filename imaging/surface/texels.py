# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the point of the surface that each texel shows. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import at_once, in_bands
from .mesh import areas
from .raster import NOBODY, TRIANGLES, Outlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .mesh import Mesh, OnTexture

MOST_LAYERS: Final = 8
"""The most overlapping surfaces on a texture that are searched for a visible one."""
_FEW: Final = 0.01
"""A smaller share of shared texels means that islands only touch."""
CHUNK: Final = 1 << 16
"""Texels at a time, for few and short calls of numpy."""


class Points(NamedTuple):
    """Points of the surface, one for each texel."""

    texel: NDArray[np.intp]
    """Counted in rows from the texture's first."""
    place: NDArray[np.float32]
    """(count, 3)."""
    triangle: NDArray[np.intp]
    """Numbers in the mesh."""
    area: NDArray[np.float32]
    """The surface area that a texel of that triangle covers, square units."""


class Texels:
    """A texture's texels that show a surface. Bytes a texel: 4."""

    def __init__(self, mesh: Mesh, on: OnTexture, size: tuple[int, int]) -> None:
        """Draw the triangles that are on a texture of (width, height)."""
        self.width, self.height = size
        x, y = on.uvs[..., 0].astype(np.float64) * size[0], (1 - on.uvs[..., 1].astype(np.float64)) * size[1]
        self._mesh_triangles = on.triangles.astype(np.intp)
        self.faces = mesh.faces
        """Of the whole mesh, as `Mesh.faces`."""
        self._planes = np.empty((len(x), 11), np.float32)
        self._areas = np.empty(len(x), np.float32)

        def prepare(start: int) -> None:
            part = slice(start, start + TRIANGLES)
            corners = mesh.corners[on.triangles[part]]
            self._planes[part], texels = _planes(x[part], y[part], corners)
            with np.errstate(divide="ignore", invalid="ignore"):
                found = areas(corners) / texels
            self._areas[part] = np.where(np.isfinite(found), found, 0)

        at_once(prepare, range(0, len(x), TRIANGLES))
        self._outlines = Outlines(lambda some: (x[some], y[some], None), len(x), size)
        self.triangles = np.full((self.height, self.width), NOBODY, np.int32)
        """The number of the first triangle on each texel, among those on the texture."""
        self._overlaps: dict[int, int] = {}
        in_bands(self._draw, self.bands())

    def bands(self, step: int = 1) -> list[slice]:
        """Return bands of rows that may be worked on at once; with a step as for `points`."""
        bands, times = self._outlines.bands(), step * step
        return [slice(bands[at].start, bands[at : at + times][-1].stop) for at in range(0, len(bands), times)]

    @property
    def is_overlapping(self) -> bool:
        """Whether many texels show more than one place: mirrored halves, repeating textures."""
        shared = sum(self._overlaps.values())
        return shared > _FEW * int(np.count_nonzero(self.triangles >= 0))

    def points(self, rows: slice, chosen: NDArray[np.bool_] | None = None, step: int = 1) -> Iterator[Points]:
        """Yield the points of a band, some at a time.

        Args:
            rows: the band.
            chosen: the texels to yield, (height, width); None: all that show a surface.
            step: only each so many-th row and column.
        """
        ids = self.triangles[rows].reshape(-1)
        wanted = self.triangles[rows] >= 0
        if chosen is not None:
            wanted &= chosen[rows]
        if step > 1:
            some = np.zeros_like(wanted)
            some[-rows.start % step :: step, step // 2 :: step] = True
            wanted &= some
        texels = np.flatnonzero(wanted)
        for start in range(0, len(texels), CHUNK):
            part = texels[start : start + CHUNK]
            yield self._at(rows, part, ids[part])

    def layers(self, rows: slice, wanted: NDArray[np.bool_]) -> Iterator[Points]:
        """Yield what is below the first triangle, layer by layer, on texels that are still wanted.

        `wanted` (height, width) is read again for each layer, because the caller clears finished texels.
        """
        if rows.start not in self._overlaps:
            return
        pixel, triangle, _ = self._outlines.fragments(rows)
        ids = self.triangles[rows].reshape(-1).copy()
        flat = wanted[rows].reshape(-1)
        for _layer in range(MOST_LAYERS):
            below = np.flatnonzero((triangle > ids[pixel]) & flat[pixel])
            pixel, triangle = pixel[below], triangle[below]
            if not len(pixel):
                return
            _write_lowest(ids, pixel, triangle)
            is_below = np.zeros(len(ids), np.bool_)  # `np.unique` keeps the lock on numpy 2
            is_below[pixel] = True
            texels = np.flatnonzero(is_below)
            for start in range(0, len(texels), CHUNK):
                part = texels[start : start + CHUNK]
                yield self._at(rows, part, ids[part])

    def _at(self, rows: slice, texels: NDArray[np.intp], triangles: NDArray[Any]) -> Points:
        y = texels // self.width  # with the rest below, a third of the time of `divmod`
        x = texels - y * self.width
        triangles = triangles.astype(np.intp)  # once, instead of in each look-up
        planes = self._planes.take(triangles, 0).T
        right = x.astype(np.float32) + np.float32(0.5) - planes[9]
        down = y.astype(np.float32) + np.float32(rows.start + 0.5) - planes[10]
        place = np.empty((len(texels), 3), np.float32)
        for axis in range(3):
            place[:, axis] = planes[axis] + planes[3 + axis] * right + planes[6 + axis] * down
        return Points(
            texels + rows.start * self.width,
            place,
            self._mesh_triangles[triangles],
            self._areas[triangles],
        )

    def _draw(self, rows: slice) -> None:
        pixel, triangle, _ = self._outlines.fragments(rows)
        ids = self.triangles[rows].reshape(-1)
        ids[pixel] = triangle
        shared = int(np.count_nonzero(ids[pixel] != triangle))
        if shared:
            _write_lowest(ids, pixel, triangle)
            self._overlaps[rows.start] = shared


def _write_lowest(ids: NDArray[np.int32], pixel: NDArray[np.intp], triangle: NDArray[np.int32]) -> None:
    """Write the lowest of the triangles' numbers on each pixel."""
    while len(pixel):
        ids[pixel] = triangle
        lower = np.flatnonzero(triangle < ids[pixel])
        pixel, triangle = pixel[lower], triangle[lower]


def _planes(
    x: NDArray[np.float64], y: NDArray[np.float64], corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return positions as linear functions of texels (count, 11), and the triangles' areas in texels.

    These are the position of the first corner, its change for a texel to the right and down, and the first
    corner's place on the texture.
    """
    x, y, rows = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T), corners.transpose(1, 2, 0)
    dx, dy = x[1:] - x[0], y[1:] - y[0]
    turn = dx[0] * dy[1] - dx[1] * dy[0]
    first, second = (np.subtract(rows[at], rows[0], dtype=np.float64) for at in (1, 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        right = (first * dy[1] - second * dy[0]) / turn
        down = (second * dx[0] - first * dx[1]) / turn
    is_flat = ~(np.isfinite(right).all(0) & np.isfinite(down).all(0))
    right[:, is_flat] = down[:, is_flat] = 0
    planes = np.concatenate((rows[0], right, down, x[:1], y[:1]))
    return planes.T.astype(np.float32), np.abs(turn) / 2
