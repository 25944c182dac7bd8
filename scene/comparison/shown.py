# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison: its images, its Image Editor, and where each picture is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy

from .. import live
from . import pictures
from .geometry import Box, View, common_ratio, contained, sheet, shrunk

GAP: Final = 14.0  # pixels at interface scale 1
FOOT: Final = 30.0
"""Pixels at interface scale 1 below the pictures, for the line with the keys."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One picture that is compared."""

    id: int
    """`ImageRow.id`."""
    job_id: str
    number: int
    """The image's number in its job, from 1."""
    width: int  # pixels of the image itself
    height: int  # pixels
    thumbnail: Path
    path: Path
    caption: str
    """The text that distinguishes it from the others; empty if it has only its number."""
    is_starred: bool

    @property
    def key(self) -> str:
        return f"{self.job_id}/{self.number}"


@dataclass(frozen=True)
class _Begun:
    """How the editor's content was seen when the comparison began."""

    editor: tuple[int, int, int]
    """Its width, height and image: of another one, all is seen again."""
    unit: float
    """How many pixels the width of the image, which is 1 in the editor's coordinates, has taken."""
    view: tuple[float, float]
    """The point of these coordinates that was in the middle."""
    middle: tuple[float, float]
    """The place of that point, in pixels of the region."""


@dataclass(kw_only=True)
class _Shown:
    space: int = 0
    """`as_pointer` of the Image Editor; 0 while nothing is compared."""
    cells: tuple[Cell, ...] = ()
    chosen: tuple[int, ...] = ()
    """Ids of those that were clicked, the last one last."""
    wipes: bool = False
    """The two that are chosen, or the only two, are seen one over the other."""
    begun: _Begun | None = None


def _shown() -> _Shown:
    return live.part(_Shown)


def open_in(space: Any) -> None:
    """Compare in an Image Editor from now on. `show` brings the images."""
    end()
    _shown().space = space.as_pointer()


def show(cells: Sequence[Cell], *, wipes: bool | None = None) -> None:
    """Compare these images. Those that were chosen before stay chosen.

    Args:
        wipes: whether two images lie one over the other; None keeps the current way.
    """
    state = _shown()
    here = {cell.id for cell in cells}
    state.cells = tuple(cells)
    state.chosen = tuple(chosen for chosen in state.chosen if chosen in here)
    if wipes is not None:
        state.wipes = wipes
    state.wipes = state.wipes and pair() is not None
    compared = pair() if state.wipes else None
    for cell in compared or cells:
        pictures.want(cell.key, cell.thumbnail, cell.path, pictures.side_for(2 if compared else len(cells)))


def end() -> None:
    """Compare no more. Idempotent."""
    redraw()
    live.forget(_Shown)
    pictures.let_go()


def is_open() -> bool:
    """True while something is compared, or will be in a moment."""
    return bool(_shown().space)


def is_in(space: Any) -> bool:
    """Whether it is this editor that something is compared in."""
    return bool(_shown().space) and space is not None and space.as_pointer() == _shown().space


def cells() -> tuple[Cell, ...]:
    """All that is compared."""
    return _shown().cells


def wipes() -> bool:
    """Whether two are seen one over the other."""
    return _shown().wipes


def is_chosen(cell: Cell) -> bool:
    """Whether an image was clicked."""
    return cell.id in _shown().chosen


def pair() -> tuple[Cell, Cell] | None:
    """The two that would be seen one over the other, in the order of their numbers."""
    state = _shown()
    ids = set(state.chosen[-2:]) if len(state.cells) != 2 else {cell.id for cell in state.cells}
    found = [cell for cell in state.cells if cell.id in ids]
    return (found[0], found[1]) if len(found) == 2 else None


def choose(cell: Cell, *, adds: bool) -> None:
    """Choose an image as a click does, or beside those that are chosen."""
    others = tuple(chosen for chosen in _shown().chosen if adds and chosen != cell.id)
    _shown().chosen = (*others, cell.id)


def area() -> bpy.types.Area | None:
    """The area that something is compared in; None if it is closed, or shows another editor by now."""
    for window in bpy.data.window_managers[0].windows:
        for found in window.screen.areas:
            space = found.spaces.active
            if isinstance(space, bpy.types.SpaceImageEditor) and is_in(space):
                return found
    return None


def redraw() -> None:
    """Have the comparison drawn again."""
    found = area() if _shown().space else None
    if found is not None:
        found.tag_redraw()


def boxes(found: bpy.types.Area) -> list[Box]:
    """Where the pictures are in an area's main region: of each cell, or one for the two of a wipe."""
    room, scale = room_of(found), bpy.context.preferences.system.ui_scale
    view = _view_of(found, room)
    compared = pair() if wipes() else None
    sizes = [(cell.width, cell.height) for cell in compared or cells()]
    if compared is not None:
        (box,) = sheet(1, room, common_ratio(sizes[:1]), GAP * scale)
        return [view.of(box)]
    return [view.of(box) for box in sheet(len(sizes), room, common_ratio(sizes), GAP * scale)]


def cell_at(found: bpy.types.Area, x: float, y: float) -> Cell | None:
    """The picture at a place of the area's main region."""
    if wipes():
        return None
    return next((cell for cell, box in zip(cells(), boxes(found), strict=True) if box.has(x, y)), None)


def picture_box(cell: Cell, box: Box) -> Box:
    """Where a picture is in its box: in its own shape."""
    return contained(cell.width, cell.height, box)


def room_of(found: bpy.types.Area) -> Box:
    """The part of an area's main region that nothing covers, without the line below."""
    main = main_region(found)
    whole = Box(0.0, 0.0, main.width, main.height)
    left = right = above = below = 0.0
    for region in found.regions:
        is_over = (
            region.type != "WINDOW"
            and region.width > 1
            and region.height > 1
            and region.x < main.x + main.width
            and region.x + region.width > main.x
            and region.y < main.y + main.height
            and region.y + region.height > main.y
        )
        if is_over and region.type == "UI":
            right = max(right, main.x + main.width - region.x)
        elif is_over and region.type == "TOOLS":
            left = max(left, region.x + region.width - main.x)
        elif is_over and region.y > main.y + main.height / 2:
            above = max(above, main.y + main.height - region.y)
        elif is_over:
            below = max(below, region.y + region.height - main.y)
    foot = FOOT * bpy.context.preferences.system.ui_scale
    return shrunk(whole, left, right, below + foot, above)


def main_region(found: bpy.types.Area) -> bpy.types.Region:
    """The region that an editor's content is in."""
    return next(region for region in found.regions if region.type == "WINDOW")


def _view_of(found: bpy.types.Area, room: Box) -> View:
    """How the artist has moved and scaled the content: Blender's own navigation moves the pictures below."""
    main, image = main_region(found), found.spaces.active.image
    left, _below = main.view2d.view_to_region(0.0, 0.0, clip=False)
    right, _above = main.view2d.view_to_region(16.0, 0.0, clip=False)  # it gives whole pixels
    unit = max((right - left) / 16.0, 1e-3)
    x, y = room.x + room.width / 2, room.y + room.height / 2
    editor = (main.width, main.height, image.session_uid if image is not None else 0)
    begun = _shown().begun
    if begun is None or begun.editor != editor:
        begun = _shown().begun = _Begun(editor, unit, main.view2d.region_to_view(x, y), (x, y))
    scale = unit / begun.unit
    across, up = main.view2d.view_to_region(*begun.view, clip=False)
    # If a sidebar was opened since, the pictures move too: they stay in the middle of the free part.
    return View(scale, across - begun.middle[0] + x * (1 - scale), up - begun.middle[1] + y * (1 - scale))
