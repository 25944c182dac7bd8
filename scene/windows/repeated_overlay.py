# SPDX-License-Identifier: GPL-3.0-or-later
"""An image repeated on an object, drawn over it in 3D Views. Nothing of it is in the file.

It lies by the object's UVs, so often each way as is wanted and moved by an offset: unlit, as it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy

from .. import live
from ..refs import image_by_uid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHADER: Final = "IMAGE_SCENE_LINEAR_TO_REC709_SRGB"  # textures for the GPU are scene-linear
_NEARER: Final = -0.0004
"""Of the depth: the surface itself lies at the same place."""


@dataclass(kw_only=True)
class _Shown:
    handle: Any = None
    object_uid: int = 0
    image_uid: int = 0
    count: int = 0
    """Repeats each way; 0 shows nothing."""
    corners: NDArray[np.float32] | None = None
    """Of triangles, (corners, 3), in the object's space."""
    uvs: NDArray[np.float32] | None = None
    """Of the same, (corners, 2)."""
    batch: Any = None
    """What the GPU has of them; None until they are drawn."""
    offset: tuple[float, float] = (0.0, 0.0)
    """By which the batch was made."""


def show(
    obj: bpy.types.Object,
    image: bpy.types.Image,
    count: int,
    corners: NDArray[np.float32],
    uvs: NDArray[np.float32],
) -> None:
    """Show an image repeated on an object until `end`, in place of what was shown before. Main thread.

    Args:
        corners: of triangles, (corners, 3), in the object's space.
        uvs: of the same, (corners, 2).
    """
    state = live.part(_Shown)
    if state.handle is None and not bpy.app.background:
        state.handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")
    state.object_uid, state.image_uid, state.count = obj.session_uid, image.session_uid, count
    state.corners, state.uvs, state.batch = corners, uvs, None
    redraw()


def end() -> None:
    """Show none any more. Idempotent."""
    state = live.part(_Shown)
    if state.handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(state.handle, "WINDOW")
    live.forget(_Shown)
    redraw()


def count_on(obj: bpy.types.Object, image: bpy.types.Image) -> int:
    """Return how often an image is shown each way on an object; 0 if it is not shown. For `draw`."""
    state = live.part(_Shown)
    is_it = (state.object_uid, state.image_uid) == (obj.session_uid, image.session_uid)
    return state.count if is_it else 0


def redraw() -> None:
    """Have all 3D Views drawn again."""
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def repeated(uvs: NDArray[np.float32], count: int, offset: tuple[float, float]) -> NDArray[np.float32]:
    """Return UVs by which an image lies so often each way, moved by parts of it."""
    import numpy as np

    return np.ascontiguousarray(uvs * np.float32(count) - np.array(offset, np.float32))


def _draw() -> None:
    """Be the draw handler. Blender gives it no arguments: the context is the region's."""
    state, context = live.part(_Shown), bpy.context
    if state.corners is None or state.uvs is None:
        return
    objects = context.view_layer.objects
    obj = next((one for one in objects if one.session_uid == state.object_uid), None)
    image = image_by_uid(state.image_uid)
    if obj is None or image is None or not obj.visible_get():
        return
    import gpu

    offset = tuple(context.window_manager.easel.repeat_offset)
    if state.batch is None or state.offset != offset:
        state.batch = _batch(state.corners, repeated(state.uvs, state.count, offset))
        state.offset = offset
    shader = gpu.shader.from_builtin(_SHADER)
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.multiply_matrix(obj.matrix_world)
        projection = gpu.matrix.get_projection_matrix()
        projection[2] = projection[2] + projection[3] * _NEARER
        gpu.matrix.load_projection_matrix(projection)
        gpu.state.depth_test_set("LESS_EQUAL")
        try:
            shader.bind()
            shader.uniform_sampler("image", gpu.texture.from_image(image))
            state.batch.draw(shader)
        finally:
            gpu.state.depth_test_set("NONE")


def _batch(corners: NDArray[np.float32], uvs: NDArray[np.float32]) -> Any:
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin(_SHADER)
    return batch_for_shader(shader, "TRIS", {"pos": corners, "texCoord": uvs})
