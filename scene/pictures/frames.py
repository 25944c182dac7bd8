# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame of a sequence or movie is seen now. The rules are those of Blender's image users."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import bpy

from .textures import image_nodes, uses_nodes

_NUMBER: Final = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)
"""The last number of a file's name, with what is before and behind it."""


def shown_frame(image: bpy.types.Image, scene: bpy.types.Scene | None = None) -> int:
    """Return the number of the frame that is seen now: of a sequence that of its file, of a movie from 1.

    Where nothing shows the image, the scene's frame is meant.

    Args:
        scene: whose time it is; None: the first window's.
    """
    now = (scene or scene_on_screen()).frame_current
    user = _find_user(image)
    if user is None:
        frame = now
    elif user.use_auto_refresh or user.frame_current < 1:
        frame = _frame_at(user, now)
    else:
        frame = user.frame_current  # it stands still
    return max(1, frame) if image.source == "MOVIE" else frame


def frame_path(path: Path, frame: int) -> Path:
    """Return the file of a frame of a sequence, by the file of any other. It may not exist."""
    match = _NUMBER.match(path.stem)
    if match is None:
        return path.with_name(f"{path.stem}{frame}{path.suffix}")
    head, number, tail = match.groups()
    return path.with_name(f"{head}{frame:0{len(number)}d}{tail}{path.suffix}")


def scene_on_screen() -> bpy.types.Scene:
    """Return the scene of the first window; without one, the first scene of the file."""
    windows = bpy.data.window_managers[0].windows
    return windows[0].scene if windows else bpy.data.scenes[0]


def _find_user(image: bpy.types.Image) -> bpy.types.ImageUser | None:
    """Find who says which frame is shown: an Image Editor, a node of a material, an empty, a camera."""
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceImageEditor) and space.image == image:
                return space.image_user
    for material in bpy.data.materials:
        if material.node_tree is None or not uses_nodes(material):
            continue
        for _tree, node in image_nodes(material.node_tree):
            if node.image == image:
                return node.image_user
    for obj in bpy.data.objects:
        if obj.data == image:
            return obj.image_user
    backgrounds = (shown for camera in bpy.data.cameras for shown in camera.background_images)
    return next((shown.image_user for shown in backgrounds if shown.image == image), None)


def _frame_at(user: bpy.types.ImageUser, now: int) -> int:
    """Do what `BKE_image_user_frame_get` does: the first and last frames are held, or it starts over."""
    length = user.frame_duration
    if length == 0:
        return 0
    frame = now - user.frame_start + 1
    frame = (frame - 1) % length + 1 if user.use_cyclic else min(max(frame, 0), length)
    return frame + user.frame_offset
