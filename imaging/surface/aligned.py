# SPDX-License-Identifier: GPL-3.0-or-later
"""The views on a sheet that a model gave back, lined up with what was sent. Worker threads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ..bands import at_once
from ..lineup.registration import register
from ..resample import Box, resample

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..lineup.registration import Registration
    from ..sheets import Cell, Layout

_AS_IT_CAME: Final = 0.4
"""Confidence of a view that is not found, should it be taken as it is."""
_ENOUGH: Final = 3
"""Views that tell a shift and scale of all together."""
_TOGETHER: Final = 1.0  # pixels of the sheet: what lies within is where all are
_ROUNDS: Final = 3
_ALIKE: Final = 0.5
"""Of the likeness of views that were found: from which on one that was not found is where they are."""
_LIKELY: Final = 0.7
"""Confidence of a view that is taken from there."""
_SURE: Final = 0.6
"""Share of blocks that agree, from which on a view is as sure as can be."""


class AlignedView(NamedTuple):
    """A view off the answer, at the place and size of what was sent."""

    pixels: NDArray[np.uint8]
    """(height, width, 3), as large as its cell."""
    is_found: bool
    """Whether it lies right. If not it was framed anew or is another: to be left out, or taken as it is."""
    confidence: float
    """0–1, for `ViewPicture`."""
    drift: tuple[float, float, float]
    """What was undone: right, down (pixels of the sheet) and scale, at the cell's middle."""


def views_off(answer: NDArray[np.uint8], sent: NDArray[np.uint8], layout: Layout) -> list[AlignedView]:
    """Return the views of an answer, of any size of the sheet's shape, in the sheet's order.

    The sheet is found as a whole first, then each view by itself: models move single views too. Takes about
    half a second a view and core.
    """
    answer = np.ascontiguousarray(answer[..., :3])
    whole = register(sent, answer)
    places = at_once(lambda cell: _place_of(answer, sent, layout, cell, whole), layout.cells)
    found = _agreed(
        places,
        layout.cells,
        lambda number, box: _likeness(answer, sent, layout, layout.cells[number], box),
    )
    factors = answer.shape[1] / layout.width, answer.shape[0] / layout.height
    return [
        AlignedView(
            resample(answer, _times(place.box, factors), (cell.width, cell.height), is_data=False),
            place.is_found,
            place.confidence,
            _drift(place.box, cell),
        )
        for place, cell in zip(found, layout.cells, strict=True)
    ]


class _Place(NamedTuple):
    box: Box
    """On the answer, in pixels of the sheet."""
    is_found: bool
    confidence: float
    is_own: bool
    """Whether the view itself tells it."""


def _place_of(
    answer: NDArray[np.uint8], sent: NDArray[np.uint8], layout: Layout, cell: Cell, whole: Registration
) -> _Place:
    box = _box(cell)
    if whole.is_trusted:
        box = _moved(box, whole, layout.width / 2, layout.height / 2)
    before = sent[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width]
    factors = answer.shape[1] / layout.width, answer.shape[0] / layout.height
    found = register(before, resample(answer, _times(box, factors), (cell.width, cell.height), is_data=False))
    if not found.is_trusted:
        # A mesh has its outline at least to be found by: no view is too plain.
        return _Place(box, False, _AS_IT_CAME, False)
    step = (box.right - box.left) / cell.width, (box.bottom - box.top) / cell.height
    inner = _moved(Box(0, 0, cell.width, cell.height), found, cell.width / 2, cell.height / 2)
    box = Box(
        box.left + inner.left * step[0],
        box.top + inner.top * step[1],
        box.left + inner.right * step[0],
        box.top + inner.bottom * step[1],
    )
    return _Place(box, True, min(1.0, found.confidence / _SURE), True)


def _agreed(
    places: list[_Place], cells: tuple[Cell, ...], likeness: Callable[[int, Box], float]
) -> list[_Place]:
    """Return the places with those that lie on one shift and scale laid exactly on it.

    From the middles of several views the scale is known ten times better than from one view alone.

    Args:
        places: of the cells.
        cells: in their order.
        likeness: tells how much a view, by its number, looks like what was sent if it is in a box.
    """
    own = [number for number, place in enumerate(places) if place.is_own]
    if len(own) < _ENOUGH:
        return places
    before = np.array([_middle(_box(cells[number])) for number in own])
    after = np.array([_middle(places[number].box) for number in own])
    kept = np.ones(len(own), np.bool_)
    scale, shift, apart = 1.0, np.zeros(2), np.zeros(len(own))
    for _ in range(_ROUNDS):
        if kept.sum() < _ENOUGH:
            return places
        start, end = before[kept].mean(0), after[kept].mean(0)
        spread = before[kept] - start
        scale = float((spread * (after[kept] - end)).sum() / max(float((spread**2).sum()), 1e-9))
        shift = end - scale * start
        apart = np.abs(before * scale + shift - after).max(1)
        kept = apart <= max(_TOGETHER, float(np.median(apart)))
    common = [
        Box(
            left * scale + shift[0],
            top * scale + shift[1],
            right * scale + shift[0],
            bottom * scale + shift[1],
        )
        for left, top, right, bottom in map(_box, cells)
    ]
    is_there = np.zeros(len(places), np.bool_)
    is_there[own] = apart <= _TOGETHER
    agreed = [
        place._replace(box=box) if there else place
        for place, box, there in zip(places, common, is_there, strict=True)
    ]
    if is_there.all() or is_there.sum() * 2 <= len(places):
        return agreed
    return _reviewed(agreed, common, is_there, likeness)


def _reviewed(
    places: list[_Place],
    common: list[Box],
    is_there: NDArray[np.bool_],
    likeness: Callable[[int, Box], float],
) -> list[_Place]:
    """Return the places, with those apart from most of them moved there if they look more alike there.

    What repeats (the slats of a chair) may be found beside its place, and what is plain may not be found.
    """
    usual = float(
        np.median([likeness(number, places[number].box) for number in np.flatnonzero(is_there).tolist()])
    )
    found = list(places)
    for number in np.flatnonzero(~is_there).tolist():
        place, there = places[number], likeness(number, common[number])
        least = likeness(number, place.box) if place.is_own else _ALIKE * usual
        if there > least:
            found[number] = _Place(common[number], True, max(place.confidence, _LIKELY), place.is_own)
    return found


def _likeness(
    answer: NDArray[np.uint8], sent: NDArray[np.uint8], layout: Layout, cell: Cell, box: Box
) -> float:
    """Return how far the edges of a view lie where they lay before, -1 to 1, whatever its colours are."""
    factors = answer.shape[1] / layout.width, answer.shape[0] / layout.height
    shown = resample(answer, _times(box, factors), (cell.width, cell.height), is_data=False)
    before = sent[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width]
    first, second = (_edges(view) for view in (before, shown))
    length = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / length if length else 0.0


def _edges(view: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
    grey = view[..., :3].mean(2, dtype=np.float32)
    steps = np.abs(np.diff(grey, axis=0))[:, 1:] + np.abs(np.diff(grey, axis=1))[1:]
    return steps - steps.mean()


def _box(cell: Cell) -> Box:
    return Box(cell.left, cell.top, cell.left + cell.width, cell.top + cell.height)


def _middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _drift(box: Box, cell: Cell) -> tuple[float, float, float]:
    (x, y), (was_x, was_y) = _middle(box), _middle(_box(cell))
    return x - was_x, y - was_y, (box.right - box.left) / cell.width


def _moved(box: Box, drift: Registration, middle_x: float, middle_y: float) -> Box:
    """Return where a box of a picture has drifted to; the picture's middle is given."""
    return Box(
        middle_x + drift.dx + (box.left - middle_x) * drift.scale_x,
        middle_y + drift.dy + (box.top - middle_y) * drift.scale_y,
        middle_x + drift.dx + (box.right - middle_x) * drift.scale_x,
        middle_y + drift.dy + (box.bottom - middle_y) * drift.scale_y,
    )


def _times(box: Box, factors: tuple[float, float]) -> Box:
    return Box(box.left * factors[0], box.top * factors[1], box.right * factors[0], box.bottom * factors[1])
