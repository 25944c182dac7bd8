# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of models that no view sees, shown in 3D Views. Nothing of it is in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import live

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLOUR: Final = (1.0, 0.3, 0.1, 0.75)


@dataclass(kw_only=True)
class _Shown:
    handle: Any = None
    squares: NDArray[np.float32] | None = None
    batch: Any = None
    """What the GPU has of them; None until they are drawn."""


def show(squares: NDArray[np.float32]) -> None:
    """Show squares (count, 4 corners, 3; world space) until `end`, in place of those before. Main thread."""
    state = live.part(_Shown)
    if squares is state.squares:
        return
    if state.handle is None and not bpy.app.background:
        state.handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")
    state.squares, state.batch = squares, None
    _redraw()


def end() -> None:
    """Show none any more. Idempotent."""
    state = live.part(_Shown)
    if state.handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(state.handle, "WINDOW")
    state.handle, state.squares, state.batch = None, None, None
    _redraw()


def count() -> int:
    """Say how many squares are shown."""
    squares = live.part(_Shown).squares
    return len(squares) if squares is not None else 0


def _redraw() -> None:
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _draw() -> None:
    """Be the draw handler. Blender gives it no arguments: the context is the region's."""
    state, space = live.part(_Shown), bpy.context.space_data
    if state.squares is None or not len(state.squares) or not space.overlay.show_overlays:
        return
    import gpu

    if state.batch is None:
        state.batch = _batch(state.squares)
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("LESS_EQUAL")
    try:
        shader.bind()
        shader.uniform_float("color", _COLOUR)
        state.batch.draw(shader)
    finally:
        gpu.state.depth_test_set("NONE")
        gpu.state.blend_set("NONE")


def _batch(squares: NDArray[np.float32]) -> Any:
    import gpu
    import numpy as np
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    first = np.arange(len(squares), dtype=np.int32)[:, np.newaxis] * 4
    indices = (first + np.array((0, 1, 2, 0, 2, 3), np.int32)).reshape(-1, 3)
    corners = np.ascontiguousarray(squares.reshape(-1, 3))
    return batch_for_shader(shader, "TRIS", {"pos": corners}, indices=indices)
