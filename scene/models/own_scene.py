# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of Blender's operators in a scene that no window shows: importing, joining, exporting. Main thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import bpy


@contextlib.contextmanager
def in_scene(scene: bpy.types.Scene, **members: object) -> Iterator[None]:
    """Have operators work in a scene that no window shows.

    Window and scene are two steps: named in one, Blender goes on with the window's own scene and crashes.
    Blender's glTF exporter leaves the window at the scene that it exports: each window gets its own back.
    """
    windows = bpy.data.window_managers[0].windows
    shown = [(window, window.scene.name, window.view_layer.name) for window in windows]
    try:
        with contextlib.ExitStack() as stack:
            if windows:
                stack.enter_context(bpy.context.temp_override(window=windows[0]))
            layer = scene.view_layers[0]
            stack.enter_context(bpy.context.temp_override(scene=scene, view_layer=layer, **members))
            yield
    finally:
        for window, name, layer_name in shown:
            _show_again(window, name, layer_name)


def _show_again(window: bpy.types.Window, name: str, layer_name: str) -> None:
    """Let a window show a scene and a view layer if it shows others and these still exist."""
    scene = bpy.data.scenes.get(name)
    if scene is None or (window.scene == scene and window.view_layer.name == layer_name):
        return
    window.scene = scene
    if (layer := scene.view_layers.get(layer_name)) is not None:
        window.view_layer = layer
