# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask's areas and markers over the picture in Image Editors, and the current drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ...client.edit_mask import MaskKind
from .. import live
from .masks import Points, areas_of, markers_of, unpacked_points

_MAGENTA = (1.0, 0.1, 0.65, 1.0)
_SHADE = (0.0, 0.0, 0.0, 0.6)
_WHITE = (1.0, 1.0, 1.0, 1.0)
_LINE_WIDTH, _SHADE_WIDTH = 2.0, 4.0  # pixels at interface scale 1
_RADIUS = 11.0  # pixels at interface scale 1, of a marker
_CORNERS = 24  # of a circle


@dataclass(kw_only=True)
class _Overlay:
    handle: Any = None
    draft: Points = ()
    """UVs of the current drawing."""
    draft_editor: int = 0
    """`as_pointer` of the space it is drawn in."""


def _overlay() -> _Overlay:
    return live.part(_Overlay)


def start() -> None:
    """Draw over Image Editors from now on; does nothing if there is no window."""
    if _overlay().handle is None and not bpy.app.background:
        _overlay().handle = bpy.types.SpaceImageEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def stop() -> None:
    """Draw no more. Idempotent."""
    handle, _overlay().handle = _overlay().handle, None
    if handle is not None:
        bpy.types.SpaceImageEditor.draw_handler_remove(handle, "WINDOW")
    clear_draft()


def show_draft(space: Any, points: Points) -> None:
    """Show the current drawing in an Image Editor."""
    _overlay().draft, _overlay().draft_editor = points, space.as_pointer()


def clear_draft() -> None:
    """Nothing is being drawn any more."""
    _overlay().draft, _overlay().draft_editor = (), 0


def box(first: tuple[float, float], second: tuple[float, float]) -> Points:
    """Return the corners of a box between two opposite ones."""
    return (first, (second[0], first[1]), second, (first[0], second[1]))


def redraw() -> None:
    """Redraw all Image Editors."""
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                area.tag_redraw()


def _draw() -> None:
    """Be the draw handler. Blender gives it no arguments: the context is the region's."""
    context = bpy.context
    space, region, form = context.space_data, context.region, context.scene.easel
    if form.mode != "EDIT" or not space.overlay.show_overlays:
        return
    scale = context.preferences.system.ui_scale
    to_region = region.view2d.view_to_region
    if _overlay().draft_editor == space.as_pointer() and len(_overlay().draft) > 1:
        _draw_outline(_on_region(_overlay().draft, to_region), scale)
    match form.mask.mask_kind:
        case MaskKind.AREA:
            for area in areas_of(form.mask, space.image):
                _draw_outline(_on_region(unpacked_points(area.points), to_region), scale)
        case MaskKind.MARKERS:
            for number, marker in enumerate(markers_of(form.mask, space.image), start=1):
                ((x, y),) = _on_region([tuple(marker.place)], to_region)
                _draw_badge(x, y, str(number), scale)
        case _:
            pass


def _on_region(
    points: Sequence[tuple[float, ...]], to_region: Callable[..., tuple[float, float]]
) -> list[tuple[float, float]]:
    return [to_region(point[0], point[1], clip=False) for point in points]


def _draw_outline(points: list[tuple[float, float]], scale: float) -> None:
    """Draw a closed line that is seen on any picture."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    corners = [(x, y, 0.0) for x, y in [*points, points[0]]]
    batch = batch_for_shader(shader, "LINE_STRIP", {"pos": corners})
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    for colour, width in ((_SHADE, _SHADE_WIDTH), (_MAGENTA, _LINE_WIDTH)):
        shader.uniform_float("lineWidth", width * scale)
        shader.uniform_float("color", colour)
        batch.draw(shader)
    gpu.state.blend_set("NONE")


def _draw_badge(x: float, y: float, number: str, scale: float) -> None:
    import blf
    import gpu
    from gpu_extras.batch import batch_for_shader

    gpu.state.blend_set("ALPHA")
    for colour, radius in ((_WHITE, (_RADIUS + 1.5) * scale), (_MAGENTA, _RADIUS * scale)):
        angles = [2 * math.pi * step / _CORNERS for step in range(_CORNERS)]
        circle = [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
        shader = gpu.shader.from_builtin("UNIFORM_COLOR")
        triangles = [(0, corner, corner + 1) for corner in range(1, _CORNERS - 1)]
        batch = batch_for_shader(shader, "TRIS", {"pos": [(*at, 0.0) for at in circle]}, indices=triangles)
        shader.uniform_float("color", colour)
        batch.draw(shader)
    gpu.state.blend_set("NONE")
    font = 0
    blf.size(font, 13 * scale)
    width, height = blf.dimensions(font, number)
    blf.color(font, *_WHITE)
    blf.position(font, x - width / 2, y - height / 2, 0)
    blf.draw(font, number)
