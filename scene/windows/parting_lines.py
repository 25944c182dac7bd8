# SPDX-License-Identifier: GPL-3.0-or-later
"""The borders between the views of a sheet, drawn over the Image Editor that they are moved in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import bpy

from ...imaging.turnaround.borders import Parting
from ...imaging.turnaround.sides import Side
from ...texts.phrases import phrase
from ...texts.wrapping import wrap
from .. import live
from ..language import said, say
from . import drawn

SIDE_NAMES: Final[Mapping[Side, str]] = MappingProxyType(
    {
        Side.FRONT: phrase("Front"),
        Side.THREE_QUARTER: phrase("Three-Quarter"),
        Side.RIGHT: phrase("Right"),
        Side.BACK: phrase("Back"),
        Side.LEFT: phrase("Left"),
        Side.TOP: phrase("Top"),
    }
)
KEYS: Final = phrase(
    "Drag a line · A: part here · X: remove the line · click a name: other side · Ctrl Z: one back"
)
REACH: Final = 9.0
"""Pixels at interface scale 1 to both sides of a line where it is under the mouse."""
_LINE: Final = (1.0, 0.62, 0.15, 1.0)
_HOT: Final = (1.0, 0.9, 0.6, 1.0)
_BUTTON: Final = (0.16, 0.42, 0.72, 1.0)
_NAME: Final = (0.0, 0.0, 0.0, 0.8)
_GAP: Final = 8.0  # pixels at interface scale 1
_FOOT: Final = 16.0  # pixels at interface scale 1, under the buttons
_HEAD: Final = 70.0
"""Pixels at interface scale 1 that the editor's headers take of its picture, where they lie over that."""
_CHARACTER: Final = 7.5  # pixels at interface scale 1


@dataclass(frozen=True)
class Rect:
    """A rectangle in pixels of the region, from its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    def has(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(kw_only=True)
class _Shown:
    handle: Any = None
    space: int = 0
    """`as_pointer` of the Image Editor; 0 while none is shown."""
    parting: Parting = field(default_factory=lambda: Parting(borders=(), sides=()))
    hot: int | None = None
    """The border under the mouse."""


def _shown() -> _Shown:
    return live.part(_Shown)


def show(space: Any, parting: Parting, hot: int | None = None) -> None:
    """Show borders in an Image Editor, until `end`. Main thread."""
    state = _shown()
    if state.handle is None and not bpy.app.background:
        state.handle = bpy.types.SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")
    state.space, state.parting, state.hot = space.as_pointer(), parting, hot


def end() -> None:
    """Show none any more. Idempotent."""
    state = _shown()
    handle, state.handle, state.space = state.handle, None, 0
    if handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(handle, "WINDOW")


def label_at(region: bpy.types.Region, parting: Parting, x: float, y: float) -> int | None:
    """Return the view whose name is at a place of the region; None if none is."""
    rects = _labels(region, parting, bpy.context.preferences.system.ui_scale)
    return next((number for number, rect in enumerate(rects) if rect.has(x, y)), None)


def button_at(region: bpy.types.Region, x: float, y: float) -> str:
    """Return what the button at a place of the region does: "CUT" or "CANCEL"; empty if none is."""
    rects = _buttons(region, bpy.context.preferences.system.ui_scale)
    return next((name for name, (_text, rect) in rects.items() if rect.has(x, y)), "")


def reach(region: bpy.types.Region) -> float:
    """Return how near to a border the mouse must be, as a part of the sheet's width."""
    left, _below = region.view2d.view_to_region(0.0, 0.0, clip=False)
    right, _above = region.view2d.view_to_region(1.0, 0.0, clip=False)
    return REACH * bpy.context.preferences.system.ui_scale / max(right - left, 1.0)


def _labels(region: bpy.types.Region, parting: Parting, scale: float) -> list[Rect]:
    """Return where the names of the views are: over them, within the region."""
    to_region = region.view2d.view_to_region
    rects = list[Rect]()
    for (left, right), side in zip(parting.slots, parting.sides, strict=True):
        width, height = drawn.tag_size(say(SIDE_NAMES[side]), scale)
        middle, top = to_region((left + right) / 2, 1.0, clip=False)
        y = min(top - height, region.height - _HEAD * scale - height)
        rects.append(Rect(middle - width / 2, y, width, height))
    for number in range(1, len(rects)):  # names of narrow views go one over the other
        here, before = rects[number], rects[number - 1]
        if here.x < before.x + before.width and here.y == before.y:
            rects[number] = Rect(here.x, here.y - here.height - 2 * scale, here.width, here.height)
    return rects


def _buttons(region: bpy.types.Region, scale: float) -> dict[str, tuple[str, Rect]]:
    texts = {"CUT": said("Cut Here"), "CANCEL": said("Cancel")}
    sizes = {name: drawn.tag_size(text, scale) for name, text in texts.items()}
    whole = sum(width for width, _height in sizes.values()) + _GAP * scale
    x = (region.width - whole) / 2
    found = dict[str, tuple[str, Rect]]()
    for name, (width, height) in sizes.items():
        found[name] = texts[name], Rect(x, _FOOT * scale, width, height)
        x += width + _GAP * scale
    return found


def _draw() -> None:
    """Be the draw handler. Blender gives it no arguments: the context is the region's."""
    context, state = bpy.context, _shown()
    if context.space_data.as_pointer() != state.space:
        return
    import gpu

    region, parting = context.region, state.parting
    scale = context.preferences.system.ui_scale
    try:
        _draw_lines(region, parting, state.hot, scale)
        for side, rect in zip(parting.sides, _labels(region, parting, scale), strict=True):
            drawn.tag(say(SIDE_NAMES[side]), rect.x, rect.y, scale, _NAME)
        for name, (text, rect) in _buttons(region, scale).items():
            drawn.tag(text, rect.x, rect.y, scale, _BUTTON if name == "CUT" else drawn.SHADE)
        _draw_keys(region, scale)
    finally:
        gpu.state.blend_set("NONE")


def _draw_lines(region: bpy.types.Region, parting: Parting, hot: int | None, scale: float) -> None:
    for number, border in enumerate(parting.borders):
        x, below = region.view2d.view_to_region(border, 0.0, clip=False)
        _x, above = region.view2d.view_to_region(border, 1.0, clip=False)
        width = (3.0 if number == hot else 2.0) * scale
        colour = _HOT if number == hot else _LINE
        drawn.fill(x - width, below, 2 * width, above - below, drawn.SHADE)
        drawn.fill(x - width / 2, below, width, above - below, colour)
        grip = 10.0 * scale
        drawn.fill(x - grip / 2, (below + above) / 2 - 1.5 * grip, grip, 3 * grip, colour)


def _draw_keys(region: bpy.types.Region, scale: float) -> None:
    lines = wrap(say(KEYS), int(region.width / scale / _CHARACTER) - 4)
    height = drawn.tag_size("", scale)[1]
    for number, line in enumerate(reversed(lines), start=1):
        width = drawn.tag_size(line, scale)[0]
        drawn.tag(line, (region.width - width) / 2, (_FOOT + 2.0) * scale + number * height, scale)
