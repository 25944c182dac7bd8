# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the comparison over its Image Editor, on an even grey, with numbers, stars and the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...texts.wrapping import first_line
from .. import live
from ..language import said
from ..windows import drawn
from ..windows.drawn import PAD as _PAD, SHADE as _SHADE
from . import pictures, shown
from .geometry import Box, left_part
from .shown import Cell

_BACK: Final = (0.13, 0.13, 0.13, 1.0)
"""Even, whatever the theme: colours are judged on it."""
_EMPTY: Final = (0.2, 0.2, 0.2, 1.0)
_RING: Final = (1.0, 0.62, 0.15, 1.0)
_LINE: Final = (1.0, 1.0, 1.0, 0.9)
_STAR: Final = "★"
_CHARACTER: Final = 7.0  # pixels at interface scale 1


@dataclass(kw_only=True)
class _Drawing:
    handle: Any = None


def start() -> None:
    """Draw over Image Editors from now on; does nothing if there is no window."""
    state = live.part(_Drawing)
    if state.handle is None and not bpy.app.background:
        state.handle = bpy.types.SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def stop() -> None:
    """Draw no more. Idempotent."""
    state = live.part(_Drawing)
    handle, state.handle = state.handle, None
    if handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(handle, "WINDOW")


def _draw() -> None:
    """Be the draw handler. Blender gives it no arguments: the context is the region's."""
    context = bpy.context
    if not shown.is_in(context.space_data):
        return
    import gpu

    area, region = context.area, context.region
    scale = context.preferences.system.ui_scale
    try:
        _fill(Box(0.0, 0.0, region.width, region.height), _BACK)
        boxes = shown.boxes(area)
        compared = shown.pair() if shown.wipes() else None
        if compared is not None:
            _draw_wipe(compared, boxes[0], context.window_manager.easel.gallery.split, scale)
        else:
            for number, (cell, box) in enumerate(zip(shown.cells(), boxes, strict=True), start=1):
                _draw_cell(cell, box, number, scale)
        _draw_keys(shown.room_of(area), scale)
    finally:
        gpu.state.blend_set("NONE")


def _draw_cell(cell: Cell, box: Box, number: int, scale: float) -> None:
    place = shown.picture_box(cell, box)
    if shown.is_chosen(cell):
        rim = 3.0 * scale
        _fill(Box(place.x - rim, place.y - rim, place.width + 2 * rim, place.height + 2 * rim), _RING)
    _fill(place, _EMPTY)
    _draw_picture(cell, place)
    text = f"{number} {_STAR}" if cell.is_starred else str(number)
    _draw_tag(text, place.x, place.y + place.height, scale, is_below=True)
    if cell.caption:
        room = int((place.width / scale - 2 * _PAD) / _CHARACTER)
        _draw_tag(first_line(cell.caption, max(room, 4)), place.x, place.y, scale)


def _draw_wipe(compared: tuple[Cell, Cell], box: Box, split: float, scale: float) -> None:
    """Draw the second, and the first over it as far as the split."""
    first, second = compared
    x = box.x + box.width * split
    _fill(box, _EMPTY)
    _draw_picture(second, shown.picture_box(second, box))
    left, _share = left_part(box, x)
    _fill(left, _EMPTY)
    place = shown.picture_box(first, box)
    _part, share = left_part(place, x)
    _draw_picture(first, place, share)
    width = max(1.0, 1.5 * scale)
    _fill(Box(x - width, box.y, 2 * width, box.height), _SHADE)
    _fill(Box(x - width / 2, box.y, width, box.height), _LINE)
    grip = 9.0 * scale
    _fill(Box(x - grip / 2, box.y + box.height / 2 - 2 * grip, grip, 4 * grip), _LINE)
    numbers = {cell.id: number for number, cell in enumerate(shown.cells(), start=1)}
    room = int((box.width / 2 / scale - 4 * _PAD) / _CHARACTER)
    for cell, is_right in ((first, False), (second, True)):
        parts = (str(numbers.get(cell.id, "")), _STAR if cell.is_starred else "", cell.caption)
        text = first_line(" ".join(filter(None, parts)), max(room, 6))
        edge = box.x + box.width if is_right else box.x
        _draw_tag(text, edge, box.y + box.height, scale, is_below=True, is_left=is_right)


def _draw_keys(room: Box, scale: float) -> None:
    if not shown.cells():
        text = said("Looking for the images…")
    elif shown.wipes():
        text = said("Drag: move the split   ·   1–9: star   ·   Esc: end")
    else:
        text = said("Click: choose   ·   Ctrl: another one, for A | B   ·   1–9: star   ·   Esc: end")
    drawn.text(text, room.x + shown.GAP * scale, room.y - 20.0 * scale, scale)


def _draw_picture(cell: Cell, place: Box, share: float = 1.0) -> None:
    """Draw a picture, or the left share of it."""
    for piece in pictures.pieces_of(cell.key):
        seen = min(max((share - piece.x) / piece.width, 0.0), 1.0)
        if piece.texture is None or not seen:
            continue
        at = Box(
            place.x + piece.x * place.width,
            place.y + piece.y * place.height,
            piece.width * seen * place.width,
            piece.height * place.height,
        )
        _draw_texture(piece.texture, at, seen)
    if pictures.has_failed(cell.key):
        scale = bpy.context.preferences.system.ui_scale
        drawn.text(said("Its file can't be read"), place.x + _PAD * scale, place.y + place.height / 2, scale)


def _draw_texture(texture: Any, at: Box, seen: float) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    gpu.state.blend_set("ALPHA")
    shader = gpu.shader.from_builtin("IMAGE")
    batch = batch_for_shader(
        shader, "TRI_FAN", {"pos": _corners(at), "texCoord": [(0, 0), (seen, 0), (seen, 1), (0, 1)]}
    )
    shader.bind()
    shader.uniform_sampler("image", texture)
    batch.draw(shader)


def _fill(box: Box, colour: Sequence[float]) -> None:
    drawn.fill(box.x, box.y, box.width, box.height, colour)


def _corners(box: Box) -> list[tuple[float, float]]:
    right, above = box.x + box.width, box.y + box.height
    return [(box.x, box.y), (right, box.y), (right, above), (box.x, above)]


def _draw_tag(
    text: str, x: float, y: float, scale: float, *, is_below: bool = False, is_left: bool = False
) -> None:
    """Draw a text in a corner, on a shade that is seen on any picture: above `y` and to the right of `x`."""
    across, down = drawn.tag_size(text, scale)
    drawn.tag(text, x - across if is_left else x, y - down if is_below else y, scale)
