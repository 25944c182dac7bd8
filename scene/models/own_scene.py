# SPDX-License-Identifier: GPL-3.0-or-later
"""Work of Blender's operators in a scene that no window shows: importing, joining, exporting. Main thread."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpy

from . import unkeyed

_OVERRIDES_RACE: Final = sys.version_info < (3, 12)
"""Blender then reads overridden members without the interpreter lock while an operator works, and dies if
another thread allocates at that moment (`docs/design/what-bites.md`). The window's own scene is safe."""


@contextlib.contextmanager
def in_scene(scene: bpy.types.Scene, *, selected: Sequence[bpy.types.Object] = ()) -> Iterator[None]:
    """Have operators work in a scene that no window shows.

    Where overriding is dangerous, the window of the context shows the scene meanwhile. Blender's glTF
    exporter does so on all versions.

    Args:
        selected: objects of the scene to work on, even hidden ones. The first becomes the active one.
    """
    layer = scene.view_layers[0]
    if selected:
        _select(selected, scene, layer)
    windows = bpy.data.window_managers[0].windows
    shown = [_Shown.of(window) for window in windows]
    with unkeyed.kept():
        try:
            with contextlib.ExitStack() as stack:
                if _OVERRIDES_RACE and bpy.context.window is not None:
                    bpy.context.window.scene = scene
                else:
                    # In one step, Blender would use the window's own scene and crash.
                    if windows:
                        stack.enter_context(bpy.context.temp_override(window=windows[0]))
                    members = _members(selected)
                    stack.enter_context(bpy.context.temp_override(scene=scene, view_layer=layer, **members))
                yield
        finally:
            for each in shown:
                each.show_again()


def _select(objects: Sequence[bpy.types.Object], scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> None:
    """Select objects alone in their scene. What is hidden there can't be selected: it appears."""
    for obj in objects:
        if obj.name not in scene.collection.objects:  # its own collection may be hidden
            scene.collection.objects.link(obj)
        obj.hide_viewport = obj.hide_select = False
        obj.hide_set(False, view_layer=layer)
        obj.select_set(True, view_layer=layer)
    chosen = {obj.session_uid for obj in objects}
    for obj in layer.objects:  # after the others: setting them has updated this list
        if obj.session_uid not in chosen:
            obj.select_set(False, view_layer=layer)
    layer.objects.active = objects[0]


def _members(selected: Sequence[bpy.types.Object]) -> dict[str, Any]:
    """Return what an override needs as well: these members come from the window's own scene."""
    if not selected:
        return {}
    objects = list(selected)
    return {
        "object": objects[0],
        "active_object": objects[0],
        "selected_objects": objects,
        "selected_editable_objects": objects,
    }


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What a window shows, to be shown again. For the moment of an operator."""

    window: bpy.types.Window
    scene: str
    layer: str
    cameras: list[tuple[bpy.types.SpaceView3D, bpy.types.Object | None, list[bpy.types.RegionView3D]]]
    """The 3D Views with their cameras, and with their regions that look through those. A scene without a
    camera takes a view its own one, and in Blender 4.2 the look through it."""

    @classmethod
    def of(cls, window: bpy.types.Window) -> _Shown:
        spaces = [space for area in window.screen.areas for space in area.spaces]
        cameras = [
            (space, space.camera, [region for region in _regions(space) if _is_through_camera(region)])
            for space in spaces
            if isinstance(space, bpy.types.SpaceView3D)
        ]
        return cls(window=window, scene=window.scene.name, layer=window.view_layer.name, cameras=cameras)

    def show_again(self) -> None:
        """Let the window show it, if it shows something else and this still exists."""
        scene = bpy.data.scenes.get(self.scene)
        if scene is None:
            return
        if self.window.scene != scene:
            self.window.scene = scene
        layer = scene.view_layers.get(self.layer)
        if layer is not None and self.window.view_layer != layer:
            self.window.view_layer = layer
        for space, camera, regions in self.cameras:
            if space.use_local_camera and space.camera != camera:  # else it would become the scene's
                space.camera = camera
            for region in regions:
                if not _is_through_camera(region):
                    region.view_perspective = "CAMERA"


def _regions(space: bpy.types.SpaceView3D) -> list[bpy.types.RegionView3D]:
    return [region for region in (space.region_3d, *space.region_quadviews) if region is not None]


def _is_through_camera(region: bpy.types.RegionView3D) -> bool:
    return region.view_perspective == "CAMERA"
