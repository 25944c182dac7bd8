# SPDX-License-Identifier: GPL-3.0-or-later
"""From the file of a sheet to a file of each view. Worker threads only."""

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
"""Around the object, in its heights: views are looked at, and edges that end with it are hard to see."""
_ONE_HEIGHT: Final = 0.12
"""Views that differ by less in height are of one object, drawn a little larger or smaller."""


@dataclass(frozen=True, kw_only=True)
class CutView:
    """The file of one view."""

    path: Path
    width: int  # pixels
    height: int  # pixels
    figure: Box
    """What the object takes of it, in pixels."""
    unit: float
    """Pixels of one height of the object: of its own height, or of the others' where that differs much."""


@dataclass(frozen=True, kw_only=True)
class CutSheet:
    """A sheet and the files of its views."""

    sheet: Sheet
    views: tuple[CutView, ...]
    has_alpha: bool
    """Something of it is seen through."""


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
    """Return for each view how many pixels are one height of the object.

    What a model has drawn differs a little from view to view, so each is brought to one height; but one that
    differs much (from above, a hand that is raised) keeps the scale of the others.
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
