# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut the file of a sheet into a file for each view. Worker threads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..check import translated_errors
from ..eight_bit import eight_bit
from ..opening import open_picture
from ..png import ArrayRows, write_png
from .gutters import Box, Sheet, View, find_views

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MARGIN: Final = 0.03
"""The margin around the object, in its heights, because edges at the border of a picture are hard to see."""
_ONE_HEIGHT: Final = 0.12
"""Views whose heights differ by less show one object, drawn a little larger or smaller."""


@dataclass(frozen=True, kw_only=True)
class CutView:
    """The file of one view."""

    path: Path
    width: int  # pixels
    height: int  # pixels
    figure: Box
    """The object's extent in it, in pixels."""
    unit: float
    """Pixels of one height of the object: its own height, or the others' if that differs much."""


@dataclass(frozen=True, kw_only=True)
class CutSheet:
    """A sheet and the files of its views."""

    sheet: Sheet
    views: tuple[CutView, ...]
    has_alpha: bool
    """Some pixels are transparent."""


def cut_sheet(
    path: Path, folder: Path, stem: str, *, count: int = 0, borders: Sequence[float] = ()
) -> CutSheet:
    """Cut a sheet into its views, as PNG files `stem-1.png` … in a folder. Nothing is scaled.

    Args:
        count, borders: as for `find_views`.

    Raises:
        ImagingError, OSError: it can't be read, no views are found, or a file can't be written.
    """
    with translated_errors("source"), open_picture(path) as image:
        pixels = eight_bit(image)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    sheet = find_views(pixels, count, borders)
    units = units_of(sheet)
    cut: list[CutView] = []
    for number, (view, unit) in enumerate(zip(sheet.views, units, strict=True), start=1):
        crop = _with_margin(view, sheet)
        target = folder / f"{stem}-{number}.png"
        with target.open("wb") as file:
            write_png(file, ArrayRows(pixels[crop.top : crop.bottom, crop.left : crop.right]))
        figure = Box(
            left=view.figure.left - crop.left,
            top=view.figure.top - crop.top,
            right=view.figure.right - crop.left,
            bottom=view.figure.bottom - crop.top,
        )
        cut.append(CutView(path=target, width=crop.width, height=crop.height, figure=figure, unit=unit))
    has_alpha = pixels.shape[2] in (2, 4) and bool((pixels[..., -1] < 255).any())
    return CutSheet(sheet=sheet, views=tuple(cut), has_alpha=has_alpha)


def units_of(sheet: Sheet) -> list[float]:
    """Return how many pixels are one height of the object, for each view.

    A model's drawings differ a little from view to view, so each is scaled to one height. A view that differs
    much (from above, a raised hand) keeps the scale of the others.
    """
    heights = [view.figure.height for view in sheet.views]
    middle = sorted(heights)[len(heights) // 2]
    return [float(height if abs(height - middle) <= _ONE_HEIGHT * middle else middle) for height in heights]


def _with_margin(view: View, sheet: Sheet) -> Box:
    margin = round(view.figure.height * _MARGIN)
    return Box(
        left=max(view.slot.left, view.figure.left - margin),
        top=max(0, view.figure.top - margin),
        right=min(view.slot.right, view.figure.right + margin),
        bottom=min(sheet.height, view.figure.bottom + margin),
    )
