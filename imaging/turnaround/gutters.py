# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where one view of a sheet ends and the next one begins. Worker threads only.

Views mostly have a gutter between them: one or more empty columns. Where they touch, a sheet is cut at the
columns with the least of the object. The lowest part is ignored for that, because shadows merge there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ...texts.phrases import phrase
from ..errors import NoViews
from .backdrop import object_mask
from .sides import MOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SMALL: Final = 1024
"""Pixels of the longer side at which views are searched."""
_LOWEST: Final = 0.12
"""The fraction of the height, at the feet, that is ignored when gutters are searched."""
_EMPTY: Final = 0.004
"""The most content of a gutter's column, as a fraction of the height."""
_LINE: Final = 0.006
"""The largest width of a line drawn between the views, as a fraction of the picture's width."""
_PART: Final = 0.12
"""Anything smaller than this fraction of the largest view is part of one: a hand, a label."""
_NEAR: Final = 0.06
"""A part within this distance of a view, as a fraction of the width, belongs to it."""
_PEAK: Final = 0.5
"""Touching views are divided if the dip between them is this deep, as a fraction of the highest column."""
_FLAT: Final = 0.03
"""The floor of a dip is flat within this fraction of the highest column."""
_TOO_WIDE: Final = 1.6
"""A view may be two touching ones if it is this many times as wide as any other."""
_ROW_GAP: Final = 0.02
"""Content farther below or above than this fraction of the height is not the object, but a label."""
_BUSY: Final = 0.3
"""If more than this fraction of the picture's border differs from the backdrop, the backdrop is not plain."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A part of a picture in pixels, from its upper left corner; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of a sheet."""

    slot: Box
    """The view's part of the sheet: from gutter to gutter."""
    figure: Box
    """The object's extent in it, from its top to its feet."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The views of a picture, from left to right."""

    width: int
    height: int
    views: tuple[View, ...]

    @property
    def borders(self) -> tuple[float, ...]:
        """Where the views are divided, as fractions of the width: one fewer than views."""
        return tuple(view.slot.left / self.width for view in self.views[1:])


def find_views(pixels: NDArray[np.uint8], count: int = 0, borders: Sequence[float] = ()) -> Sheet:
    """Find the views of a sheet.

    Args:
        pixels: (height, width, 1 to 4), sRGB, straight alpha, top row first.
        count: the number of views, 2 to 6; 0 if it must be found too.
        borders: of the views, as fractions of the width; if they are given, they are not searched.

    Raises:
        NoViews: the picture is empty, has only one view, or has no plain backdrop, and the number of views is
            unknown.
    """
    step = -(-max(pixels.shape[:2]) // _SMALL)
    small = _smaller(pixels, step)
    mask = object_mask(small)
    mask[:, _drawn_lines(mask)] = False
    width = mask.shape[1]
    is_plain = bool(mask.any() and _border(mask).mean() < _BUSY)
    if borders:
        cuts = [round(border * width) for border in sorted(borders)]
    elif not is_plain:
        if not count:
            raise NoViews(
                phrase(
                    "No views are found: the picture has no plain backdrop. Set them yourself:"
                    " Adjust Borders, in the Image Editor's menu Image."
                )
            )
        cuts = [round(width * number / count) for number in range(1, count)]
    else:
        cuts = _cuts(mask, count)
    edges = [0, *cuts, width]
    slots = [(left, right) for left, right in itertools.pairwise(edges) if right > left]
    sheet = Sheet(
        width=width,
        height=mask.shape[0],
        views=tuple(_view(mask, *slot, is_plain=is_plain) for slot in slots),
    )
    return _enlarged(sheet, step, pixels.shape[1], pixels.shape[0])


def _border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the sides and the top, without the bottom on which objects stand."""
    return np.concatenate((mask[:, 0], mask[:, -1], mask[0]))


def _smaller(pixels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Reduce a picture by `step`: four pixels of each square count."""
    if step == 1:
        return pixels
    height, width = (length // step * step for length in pixels.shape[:2])
    first, second = step // 4, step - 1 - step // 4
    total = np.zeros((height // step, width // step, pixels.shape[2]), np.uint16)
    for down in (first, second):
        for across in (first, second):
            total += pixels[down:height:step, across:width:step]
    return (total // 4).astype(np.uint8)


def _enlarged(sheet: Sheet, step: int, width: int, height: int) -> Sheet:
    """Return the same in pixels of the whole picture."""

    def scaled(box: Box) -> Box:
        return Box(
            left=box.left * step,
            top=box.top * step,
            right=width if box.right == sheet.width else box.right * step,
            bottom=height if box.bottom == sheet.height else box.bottom * step,
        )

    views = tuple(replace(view, slot=scaled(view.slot), figure=scaled(view.figure)) for view in sheet.views)
    return Sheet(width=width, height=height, views=views)


def _drawn_lines(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which columns are lines between the views: thin, and from top to bottom."""
    is_full = mask.mean(0) > 0.97
    lines = np.zeros_like(is_full)
    most = max(2, round(len(is_full) * _LINE))
    for left, right in _runs(is_full):
        if right - left <= most:
            lines[max(0, left - 1) : right + 1] = True
    return lines


def _runs(is_on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the runs of true values, as (first, end)."""
    padded = np.concatenate(([False], is_on, [False])).astype(np.int8)
    changes = np.diff(padded)
    starts, ends = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _cuts(mask: NDArray[np.bool_], count: int) -> list[int]:
    """Return the columns at which the views are divided."""
    rows = np.flatnonzero(mask.any(1))
    feet = int(rows[-1] - _LOWEST * (rows[-1] - rows[0]))
    amounts = mask[: feet + 1].sum(0).astype(np.float64)
    runs = _joined(_runs(amounts > max(1.0, _EMPTY * len(mask))), amounts)
    cuts = [(left[1] + right[0]) // 2 for left, right in itertools.pairwise(runs)]
    smooth = _smooth(amounts)
    if not count:
        cuts = sorted([*cuts, *_dips_of_wide(runs, smooth)])
        if len(cuts) + 1 > MOST:
            cuts = _widest(cuts, runs, MOST - 1)
        if not cuts:
            raise NoViews(
                phrase(
                    "One view is found, and no others. Set them yourself:"
                    " Adjust Borders, in the Image Editor's menu Image."
                )
            )
        return cuts
    if len(cuts) >= count:
        return _widest(cuts, runs, count - 1)
    while len(cuts) + 1 < count:
        cuts = sorted([*cuts, _next_cut(cuts, smooth)])
    return cuts


def _joined(runs: list[tuple[int, int]], amounts: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Assign small parts to the views near them; others are dropped."""
    near = _NEAR * len(amounts)
    while len(runs) > 1:
        masses = [amounts[left:right].sum() for left, right in runs]
        least = int(np.argmin(masses))
        if masses[least] >= _PART * max(masses):
            break
        left, right = runs.pop(least)
        before = runs[least - 1] if least else None
        after = runs[least] if least < len(runs) else None
        to_left = left - before[1] if before is not None else np.inf
        to_right = after[0] - right if after is not None else np.inf
        if min(to_left, to_right) > near:
            continue
        if before is not None and to_left <= to_right:
            runs[least - 1] = (before[0], right)
        elif after is not None:
            runs[least] = (left, after[1])
    return runs


def _smooth(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    window = max(3, len(amounts) // 100) | 1
    padded = np.pad(amounts, window // 2, mode="edge")
    return np.convolve(padded, np.full(window, 1 / window), mode="valid")


def _dips_of_wide(runs: list[tuple[int, int]], smooth: NDArray[np.float64]) -> list[int]:
    """Return where touching views are divided: in a single one, or one much wider than all others."""
    cuts: list[int] = []
    for run in runs:
        others = [right - left for left, right in runs if (left, right) != run]
        if not others or run[1] - run[0] > _TOO_WIDE * max(others):
            cuts += _deep_dips(smooth, *run)
    return cuts


def _deep_dips(smooth: NDArray[np.float64], first: int, end: int) -> list[int]:
    """Return the lowest columns between peaks that are high enough to be views."""
    least = _PEAK * float(smooth[first:end].max())
    dips: list[int] = []
    peak = low = float(smooth[first])
    at = first
    for column in range(first, end):
        value = float(smooth[column])
        if value < low:
            low, at = value, column
        if peak - low >= least and value - low >= least:  # down from one peak, and up to the next
            dips.append(_middle(smooth, at, first, end))
            peak = low = value
        elif value > peak and peak - low < least:
            peak = low = value
    return dips


def _middle(smooth: NDArray[np.float64], at: int, first: int, end: int) -> int:
    """Return the middle of a dip's floor."""
    floor = smooth[at] + _FLAT * float(smooth[first:end].max())
    left = right = at
    while right + 1 < end and smooth[right + 1] <= floor:
        right += 1
    while left > first and smooth[left - 1] <= floor:
        left -= 1
    return (left + right) // 2


def _widest(cuts: list[int], runs: list[tuple[int, int]], count: int) -> list[int]:
    """Keep this many cuts: those in the widest gutters."""

    def room(cut: int) -> int:
        before = max((right for _left, right in runs if right <= cut), default=0)
        after = min((left for left, _right in runs if left >= cut), default=before)
        return after - before

    return sorted(sorted(cuts, key=room, reverse=True)[:count])


def _next_cut(cuts: list[int], smooth: NDArray[np.float64]) -> int:
    """Return the best place to divide one more view: the least content between two high parts."""
    occupied = np.flatnonzero(smooth > 0)
    edges = [int(occupied[0]), *cuts, int(occupied[-1]) + 1] if occupied.size else [0, *cuts, len(smooth)]
    best, at = -1.0, len(smooth) // 2
    widths = [right - left for left, right in itertools.pairwise(edges)]
    for left, right in itertools.pairwise(edges):
        width = right - left
        inner = np.arange(left + max(1, width // 5), right - max(1, width // 5))
        if not inner.size:
            continue
        before = np.maximum.accumulate(smooth[left:right])[inner - left]
        after = np.maximum.accumulate(smooth[left:right][::-1])[::-1][inner - left]
        # Divide a wide view rather than a narrow one.
        gain = (np.minimum(before, after) - smooth[inner] + 1) * (width / max(widths)) ** 2
        top = float(gain.max())
        if top > best:
            best = top
            at = _middle(smooth, int(inner[int(gain.argmax())]), left, right)
    return at


def _view(mask: NDArray[np.bool_], left: int, right: int, *, is_plain: bool) -> View:
    """Find the object in a slot. Labels above and below it are ignored."""
    height = len(mask)
    slot = Box(left=left, top=0, right=right, bottom=height)
    part = mask[:, left:right]
    if not is_plain or not part.any():
        return View(slot=slot, figure=slot)
    top, bottom = _main_run(part.sum(1), max(2, round(height * _ROW_GAP)))
    amounts = part[top:bottom].sum(0)
    first, end = _main_run(amounts, max(2, round(mask.shape[1] * _NEAR)))
    figure = Box(left=left + first, top=top, right=left + end, bottom=bottom)
    return View(slot=slot, figure=figure)


def _main_run(amounts: NDArray[np.int_], gap: int) -> tuple[int, int]:
    """Return the largest run, with other large ones within `gap` of it."""
    runs = _runs(amounts > 1) or _runs(amounts > 0)
    joined = [runs[0]]
    for left, right in runs[1:]:
        if left - joined[-1][1] <= gap:
            joined[-1] = joined[-1][0], right
        else:
            joined.append((left, right))
    masses = [int(amounts[left:right].sum()) for left, right in joined]
    kept = [run for run, mass in zip(joined, masses, strict=True) if mass >= _PART * max(masses)]
    return kept[0][0], kept[-1][1]
