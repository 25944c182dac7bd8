# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of what Blender shows: a 3D View, the camera's view, the last render. As files of the library.

They need a window (aside from the render), and change nothing of the scene.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Matrix

from ..phrases import phrase
from . import settings
from .errors import SourceUnusable
from .saving import lent_settings

MAX_SIDE: Final = 4096
"""Pixels. What models take in is smaller still, and software GPUs end here."""

View3D = tuple[bpy.types.Window, bpy.types.Area, bpy.types.Region]


def find_view(context: bpy.types.Context) -> View3D | None:
    """Return the 3D View that is meant: the one of the click, else the largest of its window."""
    window = context.window
    if window is None:
        return None
    area = context.area
    if area is None or area.type != "VIEW_3D":
        areas = [area for area in window.screen.areas if area.type == "VIEW_3D"]
        area = max(areas, key=lambda area: area.width * area.height, default=None)
    if area is None:
        return None
    region = next(region for region in area.regions if region.type == "WINDOW")
    return window, area, region


def capture_viewport(context: bpy.types.Context, view: View3D) -> Path:
    """Take a picture of a 3D View as it is shaded, without overlays. Main thread, with a window.

    Raises:
        SourceUnusable: the GPU refuses.
        ImagingError: the file can't be written.
    """
    _window, area, region = view
    seen = area.spaces.active.region_3d
    size = (region.width, region.height)
    return _capture(context, view, size, seen.view_matrix, seen.window_matrix, "Viewport")


def capture_camera(context: bpy.types.Context, view: View3D) -> Path:
    """Take a picture of what the scene's camera sees, as large as a render, shaded as a 3D View is.

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
    return _capture(context, view, size, camera.matrix_world.normalized().inverted(), lens, "Camera")


def save_render(scene: bpy.types.Scene) -> Path:
    """Write the last render of a scene as a PNG, looking as the scene's view transform shows it.

    Raises:
        SourceUnusable: nothing was rendered.
    """
    image = bpy.data.images.get("Render Result")
    if image is None:
        raise SourceUnusable(phrase("Nothing was rendered yet."))
    path = _new_path("Render")
    path.parent.mkdir(parents=True, exist_ok=True)
    with lent_settings(scene, "PNG", "RGBA" if scene.render.film_transparent else "RGB"):
        try:
            image.save_render(str(path), scene=scene)
        except RuntimeError as error:
            raise SourceUnusable(phrase("Nothing was rendered yet.")) from error
    if not path.is_file():
        raise SourceUnusable(phrase("Nothing was rendered yet."))
    return path


def _capture(
    context: bpy.types.Context,
    view: View3D,
    size: tuple[int, int],
    view_matrix: Matrix,
    window_matrix: Matrix,
    name: str,
) -> Path:
    import gpu  # not there without a window
    import numpy as np

    from ..imaging.files import write_atomically
    from ..imaging.png import ArrayRows, write_png

    _window, area, region = view
    space = area.spaces.active
    width, height = size
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
        with _without_overlays(space), offscreen.bind():
            offscreen.draw_view3d(
                context.scene,
                context.view_layer,
                space,
                region,
                view_matrix,
                window_matrix,
                do_color_management=True,
            )
            drawn = gpu.state.active_framebuffer_get().read_color(0, 0, width, height, 4, 0, "UBYTE")
    finally:
        offscreen.free()
    drawn.dimensions = width * height * 4
    rows = np.array(drawn, np.uint8).reshape(height, width, 4)[::-1, :, :3]
    path = _new_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as file:
        write_png(file, ArrayRows(np.ascontiguousarray(rows)))
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


@contextmanager
def _without_overlays(space: Any) -> Iterator[None]:
    before = space.overlay.show_overlays
    space.overlay.show_overlays = False
    try:
        yield
    finally:
        space.overlay.show_overlays = before
