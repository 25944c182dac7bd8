# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of Blender's operators in a scene that no window shows: importing, joining, exporting. Main thread."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

import bpy

_OVERRIDES_RACE: Final = sys.version_info < (3, 12)
"""Blender then reads overridden members without the interpreter lock while an operator works, and dies if
another thread allocates at that moment (`docs/design/what-bites.md`). The window's own scene is safe."""


@contextlib.contextmanager
def in_scene(scene: bpy.types.Scene, **members: object) -> Iterator[None]:
    """Have operators work in a scene that no window shows.

    Window and scene are overridden in two steps: in one, Blender uses the window's own scene and crashes.
    Blender's glTF exporter leaves the window at the scene that it exports: each window gets its own back.
    """
    windows = bpy.data.window_managers[0].windows
    shown = [(window, window.scene.name, window.view_layer.name) for window in windows]
    try:
        with contextlib.ExitStack() as stack:
            if _OVERRIDES_RACE and bpy.context.window is not None and not members:
                bpy.context.window.scene = scene
            else:
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
