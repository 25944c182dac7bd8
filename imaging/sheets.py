# SPDX-License-Identifier: GPL-3.0-or-later
"""Put several textures on one sheet, and take them off again. Worker threads only.

Each texture has its own cell, and repeats for a few pixels around it, so that a model's changes at the edge
of a cell stay off the texture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .bands import in_three
from .lineup.registration import register
from .resample import Border, Box, has_alpha, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .resample import Pixels

_MARGIN_PART: Final = 48
"""A margin is a cell's side divided by this."""
_LEAST_MARGIN: Final = 4
_GROUND: Final = 128
"""Grey between the textures."""
_STILL: Final = 0.25  # pixels of the sheet; a smaller drift is ignored
_MOST: Final = 0.03
"""The largest drift, as a fraction of a cell: anything beyond was moved on purpose, or not found."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where a texture lies on a sheet, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of textures on a sheet."""

    width: int
    height: int
    cells: tuple[Cell, ...]


def layout_of(sizes: Sequence[tuple[int, int]], side: int) -> Layout:
    """Arrange textures of some sizes (width, height) on a sheet with this many pixels on its longer side."""
    columns = math.ceil(math.sqrt(len(sizes)))
    rows = math.ceil(len(sizes) / columns)
    cell = side // columns
    margin = max(_LEAST_MARGIN, cell // _MARGIN_PART)
    room = cell - 2 * margin
    cells: list[Cell] = []
    for number, (width, height) in enumerate(sizes):
        factor = room / max(width, height)
        across, down = max(1, round(width * factor)), max(1, round(height * factor))
        left = number % columns * cell + (cell - across) // 2
        top = number // columns * cell + (cell - down) // 2
        cells.append(Cell(left=left, top=top, width=across, height=down))
    return Layout(width=columns * cell, height=rows * cell, cells=tuple(cells))


def compose(pictures: Sequence[Pixels], layout: Layout) -> NDArray[np.uint8]:
    """Return the sheet, 8 bits RGB. Alpha is ignored: transparent pixels show their colour."""
    sheet = np.full((layout.height, layout.width, 3), _GROUND, np.uint8)
    for picture, cell in zip(pictures, layout.cells, strict=True):
        height, width = picture.shape[:2]
        small = resample(
            picture, Box(0, 0, width, height), (cell.width, cell.height), is_data=False, border=Border.WRAP
        )
        colours = _rgb(small)
        margin = max(_LEAST_MARGIN, max(cell.width, cell.height) // _MARGIN_PART)
        rows = np.arange(max(0, cell.top - margin), min(layout.height, cell.top + cell.height + margin))
        columns = np.arange(max(0, cell.left - margin), min(layout.width, cell.left + cell.width + margin))
        wide = colours[(rows - cell.top) % cell.height][:, (columns - cell.left) % cell.width]
        sheet[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = wide
    return sheet


def taken_off(
    answer: NDArray[np.uint8], sent: NDArray[np.uint8], layout: Layout, number: int, source: Pixels
) -> NDArray[np.uint8]:
    """Return one texture of an edited sheet, aligned, at its own size, with its own alpha.

    Args:
        answer: the edited sheet, of any size of the same shape.
        sent: the sheet as it was.
        source: the texture as it was.
    """
    cell = layout.cells[number]
    scale_x, scale_y = answer.shape[1] / layout.width, answer.shape[0] / layout.height
    box = Box(
        cell.left * scale_x,
        cell.top * scale_y,
        (cell.left + cell.width) * scale_x,
        (cell.top + cell.height) * scale_y,
    )
    before = sent[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width]
    rows = slice(round(box.top), max(round(box.top) + 1, round(box.bottom)))
    found = register(before, answer[rows, round(box.left) : max(round(box.left) + 1, round(box.right))])
    if found.is_trusted and _STILL <= math.hypot(found.dx, found.dy) <= _MOST * max(cell.width, cell.height):
        dx, dy = found.dx * scale_x, found.dy * scale_y
        box = Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)
    height, width = source.shape[:2]
    edited = resample(np.ascontiguousarray(answer[..., :3]), box, (width, height), is_data=False)
    if not has_alpha(source):
        return edited
    alpha = source[..., -1:]
    if alpha.dtype != np.uint8:
        full = 1.0 if alpha.dtype == np.float32 else float(np.iinfo(alpha.dtype).max)
        alpha = np.nan_to_num(alpha.astype(np.float32))  # of a float image: no number is transparent
        alpha = np.clip(alpha * np.float32(255 / full) + np.float32(0.5), 0, 255)
    return np.concatenate((edited, alpha.astype(np.uint8)), axis=2)


def _rgb(pixels: Pixels) -> NDArray[np.uint8]:
    """Return colours in 8 bits."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        return in_three(pixels)
    return in_three(pixels[..., 0]) if pixels.shape[2] < 3 else pixels[..., :3]
