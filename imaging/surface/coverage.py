# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how much of a surface views see, and where one more would see most. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..bands import at_once
from .cameras import MARGIN, framed, spread_directions
from .mesh import areas
from .texels import CHUNK
from .views import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from .cameras import Camera
    from .mesh import Mesh

_SAMPLES: Final = 1 << 16
"""Places that represent the surface: spread evenly, so that the share is exact to a few thousandths."""
_DIRECTIONS: Final = 48
"""The number of directions that are tried for one more view: 25° apart."""
_TRIED_SIDE: Final = 192  # pixels of a view that is only tried
_TRIED_SAMPLES: Final = 1 << 13


class Samples(NamedTuple):
    """Places on a surface, each representing the same area."""

    place: NDArray[np.float32]
    triangle: NDArray[np.int32]


def samples_of(mesh: Mesh, count: int = _SAMPLES) -> Samples:
    """Spread places over a mesh by area, always the same for the same mesh."""
    sizes = areas(mesh.corners)
    sums = np.cumsum(sizes)
    whole = float(sums[-1])
    number = np.arange(count) + 0.5
    triangle = np.searchsorted(sums, number * (whole / count)) if whole else np.zeros(count, np.intp)
    triangle = np.minimum(triangle, len(mesh) - 1).astype(np.int32)
    # The additive sequence with the plastic number (Roberts): even in the square, folded into the triangle.
    first, second = number * 0.7548776662466927 % 1, number * 0.5698402909980532 % 1
    over = first + second > 1
    first, second = np.where(over, 1 - first, first), np.where(over, 1 - second, second)
    corners = mesh.corners[triangle]
    start = corners[:, 0]
    place = (
        start
        + (corners[:, 1] - start) * first[:, np.newaxis]
        + (corners[:, 2] - start) * second[:, np.newaxis]
    )
    return Samples(place.astype(np.float32), triangle)


def seen_by(views: Iterable[View], samples: Samples) -> NDArray[np.bool_]:
    """Return which places at least one of the views sees."""
    seen = np.zeros(len(samples.place), np.bool_)
    for view in views:
        for start in range(0, len(seen), CHUNK):
            part = slice(start, start + CHUNK)
            some, _looks = view.look(samples.place[part], samples.triangle[part])
            seen[start + some] = True
    return seen


def coverage(views: Iterable[View], samples: Samples) -> float:
    """Return the share of the surface, by area, that the views see: 0–1."""
    return float(seen_by(views, samples).mean()) if len(samples.place) else 0.0


def next_cameras(
    mesh: Mesh,
    views: Sequence[View],
    size: tuple[int, int],
    *,
    is_perspective: bool = False,
    margin: float = MARGIN,
) -> Iterator[tuple[Camera, float]]:
    """Yield the camera that sees most of the unseen surface, then the next one, until all is seen.

    Each comes with the share of the surface that it adds. If two see the same, the one that faces the surface
    more directly comes first.
    """
    samples = samples_of(mesh, _TRIED_SAMPLES)
    unseen = np.flatnonzero(~seen_by(views, samples))
    if not len(unseen):
        return
    left = Samples(samples.place[unseen], samples.triangle[unseen])
    side = (_TRIED_SIDE, _TRIED_SIDE)
    tried = framed(mesh, spread_directions(_DIRECTIONS), side, is_perspective=is_perspective, margin=margin)
    _ = mesh.faces  # once for all of them
    facing = np.stack(at_once(lambda camera: _facing(View(mesh, camera), left), tried))
    while True:
        worth = facing.sum(1)
        best = int(worth.argmax())
        if not worth[best]:
            return
        is_new = facing[best] > 0
        (camera,) = framed(mesh, [tried[best].towards], size, is_perspective=is_perspective, margin=margin)
        yield camera, float(np.count_nonzero(is_new)) / len(samples.place)
        facing[:, is_new] = 0


def _facing(view: View, samples: Samples) -> NDArray[np.float32]:
    """Return how directly a view faces places, 0–1; 0 if it does not see them."""
    found = np.zeros(len(samples.place), np.float32)
    some, looks = view.look(*samples)
    found[some] = looks.facing
    return found
