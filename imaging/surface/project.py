# SPDX-License-Identifier: GPL-3.0-or-later
"""Project pictures of views onto a texture. Worker threads only.

Views are blended in two bands. Fine detail comes from the view that sees a place best, so that it stays
sharp. Coarse colour (tint, light) comes from all of them: each view is compared with the mean of all where
they see the same, and differences over a large area are removed from it. Views that agree stay unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import at_once, in_bands
from .sampling import colours_at, take_off, without_backdrop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .texels import Points, Texels
    from .views import View

SOFT: Final = 2
"""The power of a view's score for averaging views, and …"""
SHARP: Final = 10
"""… for choosing the best one: of two similar views, one that scores 10 % more gets 70 %."""
EVEN: Final = 2
"""… for letting all views of a place contribute: softer, and without transitions."""
_NEGLIGIBLE: Final = 0.006
"""A view with less than this fraction of the best one's weight is left out."""
_CELLS: Final = 32
"""Cells along a view's side. A difference as large as a cell is coarse."""
_COARSE_STEP: Final = 4
"""Views are compared at every so many-th texel each way, and …"""
_COARSE_SIDE: Final = 512
"""… on larger textures at so many each way."""


class Kind:
    """The kinds of texels, in a map of bytes."""

    EMPTY: Final = 0
    UNSEEN: Final = 1
    SEEN: Final = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewPicture:
    """The current picture of a view."""

    view: View
    pixels: NDArray[np.uint8]
    """(height, width, 3), aligned with the view's depth."""
    confidence: float = 1.0
    """0–1: how certain its alignment is."""


class Projection(NamedTuple):
    """The visible part of a texture."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    """(height, width, 3); black where nothing is seen."""
    kinds: NDArray[np.uint8]
    """Of `Kind`, (height, width)."""
    coverage: float
    """The visible share of the surface, by area, 0–1."""


class _Look(NamedTuple):
    """What a view shows of some points, in arrays of equal length."""

    some: NDArray[np.intp]
    """The numbers of the points."""
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    score: NDArray[np.float32]

    def chosen(self, kept: NDArray[np.bool_]) -> _Look:
        """Return the entries of fewer points."""
        numbers = np.flatnonzero(kept)
        return _Look(self.some[numbers], self.x[numbers], self.y[numbers], self.score[numbers])


class _Source(NamedTuple):
    view: View
    packed: NDArray[np.uint32]
    confidence: float

    def most(self, points: Points) -> NDArray[np.float32]:
        """Return the highest score 0–1 that the view can have for each point; 0 if it can't see it."""
        return self.view.facing(points.place, points.triangle) * np.float32(self.confidence)

    def seen(self, points: Points, most: NDArray[np.float32], some: NDArray[np.intp]) -> _Look:
        """Return how some of the points are seen, and the view's score for each: 0 if it is not seen."""
        x, y, inside = self.view.glance(points.place.take(some, 0), points.triangle[some])
        score = np.float32(3) - np.float32(2) * inside
        score *= inside
        score *= inside
        score *= most[some]
        return _Look(some, x, y, score)

    def colours(self, look: _Look) -> NDArray[np.float32]:
        """Return the colours (3, count) of the seen points."""
        return colours_at(self.packed, look.x, look.y)


def project(
    texels: Texels, pictures: Sequence[ViewPicture], *, is_deep: bool = False, power: int = SHARP
) -> Projection:
    """Return the texture made from all views.

    Args:
        texels: of the texture.
        pictures: of at least one view.
        is_deep: 16 bits instead of 8.
        power: the exponent of the views' scores in blending fine detail: `SHARP` or `EVEN`.
    """
    sources = at_once(_source, [one for one in pictures if one.confidence > 0])
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
    most = 65535 if is_deep else 255

    def take(points: Points) -> NDArray[np.bool_]:
        """Write the seen points; return which they are."""
        colours, is_seen = _blended(sources, points, power)
        colours *= np.float32(most / 255)
        colours += np.float32(0.5)
        np.minimum(colours, np.float32(most), out=colours)
        for channel, values in enumerate(colours.astype(pixels.dtype)):
            flat_pixels[points.texel, channel] = values  # black if it is not seen, as before
        flat_kinds[points.texel] = is_seen.view(np.uint8) + np.uint8(Kind.UNSEEN)
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


def _source(picture: ViewPicture) -> _Source:
    """Remove the backdrop from a picture."""
    packed = without_backdrop(picture.pixels, picture.view.steps)
    return _Source(picture.view, packed, picture.confidence)


def _blended(
    sources: Sequence[_Source], points: Points, power: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the views' colours 0–255 (3, count) of points, and which points are seen."""
    least = np.float32(_NEGLIGIBLE ** (1 / power))
    seen, best = _best_looks(sources, points, least)
    total = np.zeros((4, len(points.texel)), np.float32)
    for source, look in zip(sources, seen, strict=True):
        kept = look.chosen(look.score > best[look.some] * least)
        weight = _powered(kept.score, power)
        for sums, colour in zip(total, (*source.colours(kept), np.float32(1)), strict=True):
            sums[kept.some] += colour * weight
    is_seen = total[3] > 0
    total[:3] /= np.where(is_seen, total[3], np.float32(1))
    return total[:3], is_seen


def _best_looks(
    sources: Sequence[_Source], points: Points, least: np.float32
) -> tuple[list[_Look], NDArray[np.float32]]:
    """Return what each relevant view sees, and the best score of each point.

    First each point is looked up in the view that faces it best. Then only views are used that may see it not
    much worse: at `least` of the best score so far.
    """
    most = [source.most(points) for source in sources]
    highest = np.maximum.reduce(most)
    best = np.zeros(len(points.texel), np.float32)
    parts: list[list[_Look]] = []
    for is_first in (True, False):
        parts.append([])
        needed = best * least
        for each, source in zip(most, sources, strict=True):
            is_best = each == highest  # `argmax` takes ten times as long
            wanted = is_best & (each > 0) if is_first else ~is_best & (each > needed)
            look = source.seen(points, each, np.flatnonzero(wanted))
            best[look.some] = np.maximum(best[look.some], look.score)
            parts[-1].append(look)
    return [_both(*looks) for looks in zip(*parts, strict=True)], best


def _both(one: _Look, other: _Look) -> _Look:
    return _Look(
        np.concatenate((one.some, other.some)),
        np.concatenate((one.x, other.x)),
        np.concatenate((one.y, other.y)),
        np.concatenate((one.score, other.score)),
    )


def _powered(score: NDArray[np.float32], power: int) -> NDArray[np.float32]:
    """Return scores raised to a power: `SHARP` or `EVEN`."""
    squared = score * score
    if power == EVEN:
        return squared
    found = squared * squared
    found *= found
    found *= squared
    return found.astype(np.float32, copy=False)


def _shifts(texels: Texels, sources: Sequence[_Source]) -> list[NDArray[np.float32]]:
    """Return how much each view differs from the common picture over large areas: (cells, cells, 3) each."""
    side = min(texels.width, texels.height)
    step = max(1, min(_COARSE_STEP, side // 64), side // _COARSE_SIDE)

    def compare(rows: slice) -> NDArray[np.float64]:
        found = np.zeros((len(sources), 4, _CELLS * _CELLS))
        for points in texels.points(rows, step=step):
            _compare(sources, points, found)
        return found

    sums = sum(at_once(compare, texels.bands(step)), np.zeros((len(sources), 4, _CELLS * _CELLS)))
    return [_smoothed(one.reshape(4, _CELLS, _CELLS)) for one in sums]


def _compare(sources: Sequence[_Source], points: Points, found: NDArray[np.float64]) -> None:
    """Add each view's difference from the mean to the sums of its cells, (views, 4, cells)."""
    seen: list[_Look] = []
    for source in sources:
        most = source.most(points)
        look = source.seen(points, most, np.flatnonzero(most > 0))
        seen.append(look.chosen(look.score > 0))
    colours = [source.colours(look) for source, look in zip(sources, seen, strict=True)]
    total = np.zeros((4, len(points.texel)), np.float32)
    for look, shown in zip(seen, colours, strict=True):
        for sums, colour in zip(total, (*shown, np.float32(1)), strict=True):
            sums[look.some] += colour * look.score**SOFT
    total[:3] /= np.maximum(total[3], np.float32(1e-30))
    for number, (look, shown) in enumerate(zip(seen, colours, strict=True)):
        _add_apart(found[number], sources[number].view, look, shown - total[:3].take(look.some, 1))


def _add_apart(sums: NDArray[np.float64], view: View, look: _Look, apart: NDArray[np.float32]) -> None:
    """Add a view's weighted differences of colour (3, count) to the sums of its cells (4, cells)."""
    column = (look.x * np.float32(_CELLS / view.camera.width)).astype(np.int32)
    row = (look.y * np.float32(_CELLS / view.camera.height)).astype(np.int32)
    cell = np.minimum(row, _CELLS - 1) * _CELLS + np.minimum(column, _CELLS - 1)
    weight = look.score**SOFT
    for channel, values in enumerate((*apart, np.float32(1))):
        sums[channel] += np.bincount(cell, values * weight, _CELLS * _CELLS)


def _smoothed(sums: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the means (cells, cells, 3) of sums (4, cells, cells), smoothed over their neighbours."""
    for _ in range(2):
        for axis in (1, 2):
            wide = np.pad(sums, [(1, 1) if at == axis else (0, 0) for at in range(3)])
            low, middle, high = (
                np.take(wide, range(start, start + sums.shape[axis]), axis) for start in range(3)
            )
            sums = low / 4 + middle / 2 + high / 4
    means: NDArray[np.float64] = sums[:3] / np.maximum(sums[3], 1e-12)
    return np.moveaxis(means, 0, -1).astype(np.float32)
