# SPDX-License-Identifier: GPL-3.0-or-later
"""Where compared images lie in an editor: rows and columns, or one over the other. Pixels, y up. No bpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels of the editor's region."""

    x: float
    y: float
    width: float
    height: float

    def has(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True)
class View:
    """How the artist has moved and scaled the editor's content since the comparison began."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def of(self, box: Box) -> Box:
        """Where a box of the beginning is now."""
        return Box(
            self.x + box.x * self.scale,
            self.y + box.y * self.scale,
            box.width * self.scale,
            box.height * self.scale,
        )


def sheet(count: int, room: Box, ratio: float, gap: float) -> list[Box]:
    """Lay out a contact sheet: as many equal boxes, in rows from the top, as large as they can be.

    Args:
        ratio: width by height of most pictures.
        gap: pixels between two boxes, and at the edges.
    """
    if count < 1:
        return []
    columns = max(range(1, count + 1), key=lambda columns: _cell_width(count, columns, room, ratio, gap))
    rows = math.ceil(count / columns)
    width = _cell_width(count, columns, room, ratio, gap)
    height = width / ratio
    left = room.x + (room.width - columns * width - (columns - 1) * gap) / 2
    top = room.y + (room.height + rows * height + (rows - 1) * gap) / 2
    return [
        Box(
            left + (index % columns) * (width + gap),
            top - height - (index // columns) * (height + gap),
            width,
            height,
        )
        for index in range(count)
    ]


def _cell_width(count: int, columns: int, room: Box, ratio: float, gap: float) -> float:
    rows = math.ceil(count / columns)
    across = (room.width - (columns + 1) * gap) / columns
    down = (room.height - (rows + 1) * gap) / rows
    return max(1.0, min(across, down * ratio))


def contained(width: float, height: float, room: Box) -> Box:
    """The largest box of a picture's shape in another one, in its middle."""
    scale = min(room.width / max(width, 1.0), room.height / max(height, 1.0))
    across, down = max(width, 1.0) * scale, max(height, 1.0) * scale
    return Box(room.x + (room.width - across) / 2, room.y + (room.height - down) / 2, across, down)


def common_ratio(sizes: Sequence[tuple[int, int]]) -> float:
    """Width by height of boxes that suit pictures of these sizes: the middle one of theirs."""
    ratios = sorted(width / height for width, height in sizes if width > 0 and height > 0)
    return min(max(ratios[len(ratios) // 2], 1 / 4), 4.0) if ratios else 1.0


def shrunk(box: Box, left: float, right: float, below: float, above: float) -> Box:
    """Return the part of a box that nothing at its edges covers; a pixel at least."""
    return Box(
        box.x + left, box.y + below, max(box.width - left - right, 1.0), max(box.height - below - above, 1.0)
    )


def left_part(box: Box, x: float) -> tuple[Box, float]:
    """Return the part of a box to the left of `x`, and its share of the width."""
    width = min(max(x - box.x, 0.0), box.width)
    return Box(box.x, box.y, width, box.height), width / box.width if box.width else 0.0
