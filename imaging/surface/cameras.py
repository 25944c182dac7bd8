# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras around a mesh, framed with a margin. Any thread.

As in Blender, Z is up, a camera looks along its own -Z, and the front of an object faces -Y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ...texts.phrases import phrase
from ..errors import SurfaceUnusable
from .viewpoints import AROUND, direction_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .mesh import Mesh
    from .viewpoints import Viewpoint

MARGIN: Final = 0.06
"""The free margin around the mesh, as a fraction of a view's side."""
_FIELD: Final = math.radians(30)
"""The field of view of a perspective camera: narrow enough for natural proportions."""


class Projected(NamedTuple):
    """Points in a view."""

    x: NDArray[np.float32]
    """Pixels from the left edge."""
    y: NDArray[np.float32]
    """Pixels from the upper edge."""
    depth: NDArray[np.float32]
    """Grows with the distance, and is linear in x and y on each plane: the distance itself, or in perspective
    -1/distance. Infinite behind the camera."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Camera:
    """A view of the mesh."""

    turn: NDArray[np.float64]
    """Right, up and back as rows, (3, 3): turns a world vector into the camera's space."""
    place: NDArray[np.float64]
    """Its position, (3,)."""
    scale: float
    """Orthographic: pixels a unit. Perspective: pixels a unit at distance 1."""
    width: int
    height: int
    middle: tuple[float, float] = (0.5, 0.5)
    """Where the camera's axis is in the picture, as fractions of width and height."""
    is_perspective: bool = False

    @property
    def towards(self) -> NDArray[np.float64]:
        """The unit vector from the mesh to the camera, along its axis."""
        return self.turn[2]

    def project(self, points: NDArray[Any]) -> Projected:
        """Return the places of points (…, 3) in the view."""
        scale = 1.0 if self.is_perspective else self.scale
        matrix = self.turn * np.array((scale, -scale, -1.0))[:, np.newaxis]
        left, top = self.middle[0] * self.width, self.middle[1] * self.height
        start = -matrix @ self.place
        if not self.is_perspective:
            start += (left, top, 0)
        found = matrix.astype(np.float32) @ np.asarray(points, np.float32).reshape(-1, 3).T
        found += start.astype(np.float32)[:, np.newaxis]
        x, y, z = found.reshape(3, *points.shape[:-1])
        if not self.is_perspective:
            return Projected(x, y, z)
        is_behind = z <= np.float32(1e-6)
        closeness = 1 / np.where(is_behind, np.float32(1), z)
        depth = np.where(is_behind, np.float32(np.inf), -closeness)
        scale_there = closeness * np.float32(self.scale)
        return Projected(x * scale_there + np.float32(left), y * scale_there + np.float32(top), depth)

    def unproject(
        self, x: NDArray[np.float32], y: NDArray[np.float32], depth: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the points (count, 3) at places of the view, in pixels, at a depth."""
        along = -1 / depth if self.is_perspective else depth
        unit = along / np.float32(self.scale) if self.is_perspective else np.float32(1 / self.scale)
        right = (x - np.float32(self.middle[0] * self.width)) * unit
        up = (np.float32(self.middle[1] * self.height) - y) * unit
        found = np.stack((right, up, -along), -1) @ self.turn.astype(np.float32)
        return found + self.place.astype(np.float32)

    def directions(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit vectors from points (count, 3) to the camera; (1, 3) if they are all the same."""
        if not self.is_perspective:
            return self.towards.astype(np.float32)[np.newaxis]
        apart = self.place.astype(np.float32) - points
        length = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        return apart / np.maximum(length, np.float32(1e-12))[:, np.newaxis]

    def depth_of(self, pixels: float, distance: float) -> float:
        """Return how much the depth changes over a distance along the axis that is this many pixels long."""
        if not self.is_perspective:
            return pixels / self.scale
        return pixels / (self.scale * max(distance, 1e-12))

    def resized(self, width: int, height: int) -> Camera:
        """Return the same view in other pixels, of the same proportions."""
        return Camera(
            turn=self.turn,
            place=self.place,
            scale=self.scale * width / self.width,
            width=width,
            height=height,
            middle=self.middle,
            is_perspective=self.is_perspective,
        )


def cameras_around(
    mesh: Mesh, count: int, size: tuple[int, int], *, is_perspective: bool = False, margin: float = MARGIN
) -> list[Camera]:
    """Return 1, 4, 6 or 8 cameras around a mesh, all at one scale, in the sheet's order."""
    return framed(
        mesh,
        [np.array(direction_of(*angles)) for angles in AROUND[count]],
        size,
        is_perspective=is_perspective,
        margin=margin,
    )


def framed(
    mesh: Mesh,
    directions: list[NDArray[np.float64]],
    size: tuple[int, int],
    *,
    is_perspective: bool = False,
    margin: float = MARGIN,
) -> list[Camera]:
    """Return a camera in each direction (unit vectors to it), with the whole mesh in view."""
    points = mesh.corners.reshape(-1, 3)
    low, high = points.min(0).astype(np.float64), points.max(0).astype(np.float64)
    middle = (low + high) / 2
    radius = max(float(np.linalg.norm(high - low)) / 2, 1e-6)
    distance = radius / math.sin(_FIELD / 2) if is_perspective else 2 * radius
    cameras: list[Camera] = []
    for towards in directions:
        turn = _turn(towards)
        cameras.append(
            Camera(
                turn=turn,
                place=middle + towards * distance,
                scale=1.0,
                width=size[0],
                height=size[1],
                is_perspective=is_perspective,
            )
        )
    room = size[0] * (1 - 2 * margin) / 2, size[1] * (1 - 2 * margin) / 2
    scale = np.inf
    for camera in cameras:
        seen = camera.project(points)
        for place, half, side in ((seen.x, room[0], size[0] / 2), (seen.y, room[1], size[1] / 2)):
            reach = float(np.abs(place - np.float32(side)).max())
            scale = min(scale, half / max(reach, 1e-9))
    return [
        Camera(
            turn=camera.turn,
            place=camera.place,
            scale=scale,
            width=size[0],
            height=size[1],
            is_perspective=is_perspective,
        )
        for camera in cameras
    ]


def cameras_from(
    mesh: Mesh, viewpoints: Sequence[Viewpoint], size: tuple[int, int], *, margin: float = MARGIN
) -> list[Camera]:
    """Return the camera of each viewpoint. Those that frame the whole mesh share one scale for each kind.

    Raises:
        SurfaceUnusable: a camera at a fixed place sees nothing of the mesh.
    """
    found: dict[int, Camera] = {}
    for is_perspective in (False, True):
        numbers = [
            number
            for number, one in enumerate(viewpoints)
            if not one.pose and one.is_perspective == is_perspective
        ]
        directions = [np.array(viewpoints[number].towards) for number in numbers]
        if directions:
            cameras = framed(mesh, directions, size, is_perspective=is_perspective, margin=margin)
            found.update(zip(numbers, cameras, strict=True))
    for number, one in enumerate(viewpoints):
        if one.pose:
            found[number] = _as_it_stands(mesh, one, size, margin)
    return [found[number] for number in range(len(viewpoints))]


def _as_it_stands(mesh: Mesh, viewpoint: Viewpoint, size: tuple[int, int], margin: float) -> Camera:
    """Return a camera at its own place, with its picture cropped to the visible part of the mesh."""
    pose = np.array(viewpoint.pose).reshape(4, 4)
    turn = pose[:3, :3].T / np.maximum(np.linalg.norm(pose[:3, :3], axis=0), 1e-12)[:, np.newaxis]
    camera = Camera(
        turn=turn,
        place=pose[:3, 3] - np.array(mesh.origin),
        scale=1.0,
        width=1,
        height=1,
        middle=(0.0, 0.0),
        is_perspective=viewpoint.is_perspective,
    )
    seen = camera.project(mesh.corners.reshape(-1, 3))
    there = np.isfinite(seen.depth)
    left, right, bottom, top = viewpoint.frame or (-1e9, 1e9, -1e9, 1e9)
    x, y = seen.x[there].astype(np.float64), -seen.y[there].astype(np.float64)
    if len(x):
        left, right = max(left, float(x.min())), min(right, float(x.max()))
        bottom, top = max(bottom, float(y.min())), min(top, float(y.max()))
    if not len(x) or right <= left or top <= bottom:
        raise SurfaceUnusable(phrase("One of the views does not see the model: choose other ones."))
    room = size[0] * (1 - 2 * margin) / (right - left), size[1] * (1 - 2 * margin) / (top - bottom)
    scale = min(room)
    middle = 0.5 - scale * (left + right) / 2 / size[0], 0.5 + scale * (bottom + top) / 2 / size[1]
    return replace(camera, scale=scale, width=size[0], height=size[1], middle=middle)


def spread_directions(count: int) -> list[NDArray[np.float64]]:
    """Return unit vectors that are spread evenly over the sphere (a Fibonacci spiral)."""
    number = np.arange(count) + 0.5
    z = 1 - 2 * number / count
    turn = np.pi * (1 + math.sqrt(5)) * number
    flat = np.sqrt(1 - z**2)
    return list(np.stack((np.cos(turn) * flat, np.sin(turn) * flat, z), 1))


def _turn(towards: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return right, up and back of a camera that is upright, or has the front at its bottom."""
    if abs(towards[2]) > 1 - 1e-9:
        up = np.array((0.0, math.copysign(1, towards[2]), 0.0))
    else:
        up = np.array((0.0, 0.0, 1.0))
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    return np.stack((right, np.cross(towards, right), towards))
