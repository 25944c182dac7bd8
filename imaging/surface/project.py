# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of views onto a texture. Worker threads only.

Views are blended in two bands. What is fine comes from the view that sees a place best, so that it stays
sharp. What is coarse (tint, light) comes from all of them: each view is compared with the mean of all where
they see the same, and what differs over a large area is taken off it. Views that agree are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import in_bands
from .sampling import colours_at, take_off, without_backdrop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .texels import Points, Texels
    from .views import Looks, View

SOFT: Final = 2
"""The power of a view's score by which views are averaged, and …"""
SHARP: Final = 10
"""… by which the best one is chosen: of two that see a place alike, one that scores 10 % more has 70 %."""
EVEN: Final = 2
"""… by which all that see a place have their part: softer, and without a change from one to the other."""
_CELLS: Final = 32
"""Parts of a view's side, over which a difference is coarse."""
_COARSE_STEP: Final = 4
"""Each so many-th texel each way tells how views differ."""


class Kind:
    """What a texel is, in a map of bytes."""

    EMPTY: Final = 0
    UNSEEN: Final = 1
    SEEN: Final = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewPicture:
    """What a view looks like now."""

    view: View
    pixels: NDArray[np.uint8]
    """(height, width, 3), lined up with the view's depth."""
    confidence: float = 1.0
    """0–1: how sure it is that it lies right."""


class Projection(NamedTuple):
    """A texture as far as it is seen."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    """(height, width, 3); black where nothing is seen."""
    kinds: NDArray[np.uint8]
    """Of `Kind`, (height, width)."""
    coverage: float
    """The share of the surface that is seen, by its area, 0–1."""


class _Source(NamedTuple):
    view: View
    packed: NDArray[np.uint32]
    confidence: float

    def seen(self, points: Points) -> tuple[NDArray[np.intp], Looks, NDArray[np.float32]]:
        """Return which points are seen, how, and the view's score 0–1 for each."""
        some, looks = self.view.look(points.place, points.triangle)
        inside = looks.inside * looks.inside * (np.float32(3) - np.float32(2) * looks.inside)
        score = looks.facing * inside * np.float32(self.confidence)
        return some, looks, score.astype(np.float32, copy=False)

    def colours(self, looks: Looks) -> NDArray[np.float32]:
        """Return the colours (count, 4), of which the last is 255."""
        return colours_at(self.packed, looks.x, looks.y)


def project(
    texels: Texels, pictures: Sequence[ViewPicture], *, is_deep: bool = False, power: int = SHARP
) -> Projection:
    """Return the texture that views show together.

    Args:
        texels: of the texture.
        pictures: of at least one view.
        is_deep: 16 bits instead of 8.
        power: of the views' scores by which what is fine is blended: `SHARP` or `EVEN`.
    """
    sources = [
        _Source(one.view, without_backdrop(one.pixels, one.view.steps), one.confidence)
        for one in pictures
        if one.confidence > 0
    ]
    if len(sources) > 1:
        for source, shift in zip(sources, _shifts(texels, sources), strict=True):
            take_off(source.packed, shift)
    shape = texels.height, texels.width
    pixels: NDArray[Any] = np.zeros((*shape, 3), np.uint16 if is_deep else np.uint8)
    kinds = np.zeros(shape, np.uint8)
    is_open = np.zeros(shape, np.bool_)
    flat_pixels, flat_kinds, flat_open = pixels.reshape(-1, 3), kinds.reshape(-1), is_open.reshape(-1)
    bands = texels.bands()
    sums = np.zeros((len(bands), 2))
    numbers = {rows.start: number for number, rows in enumerate(bands)}
    most = np.float32(65535 if is_deep else 255)

    def take(points: Points) -> NDArray[np.bool_]:
        """Write what is seen of some points; tell which are."""
        total = np.zeros((len(points.texel), 4), np.float32)
        for source in sources:
            some, looks, score = source.seen(points)
            if not len(some):
                continue
            colours = source.colours(looks)
            colours *= _powered(score, power)[:, np.newaxis]
            total[some] += colours
        is_seen = total[:, 3] > 0
        found = np.flatnonzero(is_seen)
        colours = total[found]
        colours *= (most / colours[:, 3])[:, np.newaxis]
        colours += np.float32(0.5)
        np.minimum(colours, most, out=colours)
        flat_pixels[points.texel[found]] = colours[:, :3].astype(pixels.dtype)
        flat_kinds[points.texel] = Kind.UNSEEN + is_seen
        return is_seen

    def fill(rows: slice) -> None:
        number = numbers[rows.start]
        for points in texels.points(rows):
            is_seen = take(points)
            flat_open[points.texel] = ~is_seen
            sums[number] += points.area.sum(dtype=np.float64), points.area[is_seen].sum(dtype=np.float64)
        for points in texels.layers(rows, is_open):
            is_seen = take(points)
            flat_open[points.texel[is_seen]] = False

    in_bands(fill, bands)
    whole, seen = sums.sum(0)
    return Projection(pixels, kinds, float(seen / whole) if whole else 0.0)


def _powered(score: NDArray[np.float32], power: int) -> NDArray[np.float32]:
    """Return scores to a power: `SHARP` or `EVEN`."""
    squared = score * score
    if power == EVEN:
        return squared
    found = squared * squared
    found *= found
    found *= squared
    return found.astype(np.float32, copy=False)


def _shifts(texels: Texels, sources: Sequence[_Source]) -> list[NDArray[np.float32]]:
    """Return by how much each view differs from what all show, over large areas: (cells, cells, 4) each."""
    step = max(1, min(_COARSE_STEP, min(texels.width, texels.height) // 64))
    sums = np.zeros((len(sources), _CELLS * _CELLS, 5))
    parts: list[NDArray[np.float64]] = []

    def compare(rows: slice) -> None:
        found = np.zeros_like(sums)
        for points in texels.points(rows, step=step):
            seen: list[tuple[NDArray[np.intp], Looks, NDArray[np.float32], NDArray[np.float32]]] = []
            total = np.zeros((len(points.texel), 4), np.float32)
            weights = np.zeros(len(points.texel), np.float32)
            for source in sources:
                some, looks, score = source.seen(points)
                weight = score**SOFT
                colours = source.colours(looks)
                total[some] += colours * weight[:, np.newaxis]
                weights[some] += weight
                seen.append((some, looks, weight, colours))
            total /= np.maximum(weights, np.float32(1e-30))[:, np.newaxis]
            for number, (some, looks, weight, colours) in enumerate(seen):
                camera = sources[number].view.camera
                column = (looks.x * np.float32(_CELLS / camera.width)).astype(np.int32)
                row = (looks.y * np.float32(_CELLS / camera.height)).astype(np.int32)
                cell = np.minimum(row, _CELLS - 1) * _CELLS + np.minimum(column, _CELLS - 1)
                apart = (colours - total[some]) * weight[:, np.newaxis]
                for channel in range(3):
                    found[number, :, channel] += np.bincount(cell, apart[:, channel], _CELLS * _CELLS)
                found[number, :, 4] += np.bincount(cell, weight, _CELLS * _CELLS)
        parts.append(found)

    in_bands(compare, texels.bands())
    for part in parts:
        sums += part
    return [_smoothed(one.reshape(_CELLS, _CELLS, 5)) for one in sums]


def _smoothed(sums: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the means of cells, smoothed over their neighbours; of empty ones what is around them."""
    for _ in range(2):
        for axis in (0, 1):
            wide = np.pad(sums, [(1, 1) if at == axis else (0, 0) for at in range(3)])
            low, middle, high = (
                np.take(wide, range(start, start + sums.shape[axis]), axis) for start in range(3)
            )
            sums = low / 4 + middle / 2 + high / 4
    means: NDArray[np.float64] = sums[..., :4] / np.maximum(sums[..., 4:], 1e-12)
    return means.astype(np.float32)
