# SPDX-License-Identifier: GPL-3.0-or-later
"""Align the views on a model's returned sheet with the sheet that was sent. Worker threads only."""

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
"""Confidence of a view that was not found, if it is taken from its original place."""
_ENOUGH: Final = 3
"""The fewest views from which a common shift and scale are computed."""
_TOGETHER: Final = 1.0  # pixels of the sheet: views within this distance agree with the others
_ROUNDS: Final = 3
_ALIKE: Final = 0.5
"""A fraction of the found views' likeness. A view that was not found is accepted at the common place above
it."""
_LIKELY: Final = 0.7
"""Confidence of a view taken from the common place."""
_SURE: Final = 0.6
"""The share of agreeing blocks at which a view has full confidence."""


class AlignedView(NamedTuple):
    """A view of the answer, at the place and size of the one that was sent."""

    pixels: NDArray[np.uint8]
    """(height, width, 3), as large as its cell."""
    is_found: bool
    """Whether it is aligned. If not, it was reframed or is another view: leave it out, or take it
    unaligned."""
    confidence: float
    """0–1, for `ViewPicture`."""
    drift: tuple[float, float, float]
    """The correction: right, down (pixels of the sheet) and scale, at the cell's middle."""


def views_off(answer: NDArray[np.uint8], sent: NDArray[np.uint8], layout: Layout) -> list[AlignedView]:
    """Return the views of an answer, which may have any size of the sheet's shape, in the sheet's order.

    The whole sheet is aligned first, then each view by itself, because models move single views too. Takes
    about half a second for each view and core.
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
    """The view's place on the answer, in pixels of the sheet."""
    is_found: bool
    confidence: float
    is_own: bool
    """Whether aligning the view itself gave the place."""


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
        # No view is too plain, because each mesh at least has an outline to find it by.
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
    """Move the places that fit one common shift and scale exactly onto it.

    The middles of several views give the scale ten times more precisely than one view.

    Args:
        places: of the cells.
        cells: in their order.
        likeness: returns how similar the view with a number is to the one sent, if it lies in a box.
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
    """Move the places that differ from most others to the common place, if they look more similar there.

    Repeating parts (the slats of a chair) may be found beside their place, and plain views may not be found.
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
    """Return how well the edges of a view match those that were sent, -1 to 1, regardless of its colours."""
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
    """Return the box of a picture after a drift that is given for the picture's middle."""
    return Box(
        middle_x + drift.dx + (box.left - middle_x) * drift.scale_x,
        middle_y + drift.dy + (box.top - middle_y) * drift.scale_y,
        middle_x + drift.dx + (box.right - middle_x) * drift.scale_x,
        middle_y + drift.dy + (box.bottom - middle_y) * drift.scale_y,
    )


def _times(box: Box, factors: tuple[float, float]) -> Box:
    return Box(box.left * factors[0], box.top * factors[1], box.right * factors[0], box.bottom * factors[1])
