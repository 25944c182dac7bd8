# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a 3D View, the camera's view or the last render, as files of the library.

All but the render need a window. The scene does not change. For a picture, a view temporarily gets a look
(depth, normals, clay…; `looks`).
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from mathutils import Matrix

from ...imaging.looks import Look
from ...texts.phrases import phrase
from .. import settings
from ..errors import SourceUnusable
from ..sources.saving import bytes_as_seen, lent_srgb
from ..windows import interface
from .looks import BACKGROUNDS, lent_look, obstacle_to_look

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_SIDE: Final = 4096
"""Pixels. Models take smaller pictures, and software GPUs have this limit."""

View3D = tuple[bpy.types.Window, bpy.types.Area, bpy.types.Region]


def find_view(context: bpy.types.Context) -> View3D | None:
    """Return the 3D View of the click, else the largest of its window."""
    window = context.window
    if window is None:
        return None
    area = interface.find_view(context.area, [window])
    if area is None:
        return None
    region = next(region for region in area.regions if region.type == "WINDOW")
    return window, area, region


def capture_viewport(context: bpy.types.Context, view: View3D, look: Look = Look.SHOWN) -> Path:
    """Take a picture of a 3D View, without overlays. Main thread, with a window.

    Raises:
        SourceUnusable: the GPU or the render engine refuses.
        ImagingError: the file can't be written.
    """
    _window, area, region = view
    seen = area.spaces.active.region_3d
    drawn = _draw(context, view, (region.width, region.height), seen.view_matrix, seen.window_matrix, look)
    return _save(drawn[..., :3], f"Viewport{look.in_names}")


def capture_cut_out(
    context: bpy.types.Context, view: View3D, look: Look, side: int
) -> tuple[Path, tuple[int, int]]:
    """Take a picture of the objects in a 3D View, with alpha; `side` is its longer side in pixels.

    Returns:
        the file and its size in pixels. It has the view's proportions, to half a pixel.

    Raises: as `capture_viewport`.
    """
    from ...imaging.cutout import cut_out

    _window, area, region = view
    seen = area.spaces.active.region_3d
    scale = side / max(region.width, region.height)
    size = (max(1, round(region.width * scale)), max(1, round(region.height * scale)))
    drawn = _draw(context, view, size, seen.view_matrix, seen.window_matrix, look, has_background=False)
    return _save(cut_out(drawn), f"Viewport{look.in_names}"), size


def capture_camera(context: bpy.types.Context, view: View3D, look: Look = Look.SHOWN) -> Path:
    """Take a picture of the camera's view, as large as a render, with the shading of a 3D View.

    Raises: as `capture_viewport`.
    """
    render, camera = context.scene.render, context.scene.camera
    width = render.resolution_x * render.resolution_percentage / 100
    height = render.resolution_y * render.resolution_percentage / 100
    scale = min(1.0, MAX_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    lens = camera.calc_matrix_camera(
        context.evaluated_depsgraph_get(),
        x=size[0],
        y=size[1],
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    pose = camera.matrix_world.normalized().inverted()
    return _save(_draw(context, view, size, pose, lens, look)[..., :3], f"Camera{look.in_names}")


def save_render(scene: bpy.types.Scene) -> Path:
    """Write the last render of a scene as a PNG, with the scene's view transform.

    Blender writes Targa, and our threads write the PNG: at 2K this takes a third of the time of Blender's
    PNG.

    Raises:
        SourceUnusable: nothing was rendered, or the render can't be written.
        ImagingError: the file can't be written.
    """
    import numpy as np
    import PIL.Image

    image = bpy.data.images.get("Render Result")
    if image is None:
        raise SourceUnusable(phrase("Nothing was rendered yet."))
    targa = bytes_as_seen(image, scene)
    with PIL.Image.open(io.BytesIO(targa)) as picture:
        return _save(np.asarray(picture), "Render")


def _draw(
    context: bpy.types.Context,
    view: View3D,
    size: tuple[int, int],
    view_matrix: Matrix,
    window_matrix: Matrix,
    look: Look,
    *,
    has_background: bool = True,
) -> NDArray[np.uint8]:
    """Draw a view. Returns (height, width, RGBA), top row first, with premultiplied alpha."""
    import gpu  # missing without a window
    import numpy as np

    _window, area, region = view
    space = area.spaces.active
    width, height = size
    obstacle = obstacle_to_look(context.scene, space, look)
    if obstacle:
        raise SourceUnusable(phrase("{obstacle}.", obstacle=obstacle))
    try:
        offscreen = gpu.types.GPUOffScreen(width, height)
    except RuntimeError as error:
        raise SourceUnusable(
            phrase(
                "The GPU can't draw {width} × {height} pixels: {error}",
                width=width,
                height=height,
                error=error,
            )
        ) from error
    try:
        with lent_look(space, look), lent_srgb(context.scene), offscreen.bind():
            offscreen.draw_view3d(
                context.scene,
                context.view_layer,
                space,
                region,
                view_matrix,
                window_matrix,
                do_color_management=True,
                draw_background=has_background,
            )
            framebuffer = gpu.state.active_framebuffer_get()
            colours = framebuffer.read_color(0, 0, width, height, 4, 0, "UBYTE")
            depth = framebuffer.read_depth(0, 0, width, height) if look.needs_depth else None
    finally:
        offscreen.free()
    colours.dimensions = width * height * 4
    drawn = np.array(colours, np.uint8).reshape(height, width, 4)[::-1]
    if depth is None:
        return drawn
    depth.dimensions = width * height
    return _with_depth(drawn, np.array(depth, np.float32).reshape(height, width)[::-1], window_matrix, look)


def _with_depth(
    drawn: NDArray[np.uint8], depth: NDArray[np.float32], window_matrix: Matrix, look: Look
) -> NDArray[np.uint8]:
    import numpy as np

    from ...imaging.depth_buffers import depth_picture, with_background

    if look is Look.DEPTH:
        return np.repeat(depth_picture(depth, np.array(window_matrix, np.float64))[..., None], 3, 2)
    return with_background(drawn[..., :3], depth, BACKGROUNDS[look])


def _save(pixels: NDArray[np.uint8], name: str) -> Path:
    import numpy as np

    from ...imaging.files import make_private_folder, write_atomically
    from ...imaging.png import ArrayRows, write_png

    path = _new_path(name)
    make_private_folder(path.parent)
    with write_atomically(path) as file:
        write_png(file, ArrayRows(np.ascontiguousarray(pixels)))
    return path


def _new_path(name: str) -> Path:
    stamp = time.strftime("%H.%M.%S")
    folder = settings.library_folder() / "snapshots" / time.strftime("%Y-%m-%d")
    path = folder / f"{name} {stamp}.png"
    number = 2
    while path.exists():
        path = folder / f"{name} {stamp} {number}.png"
        number += 1
    return path
