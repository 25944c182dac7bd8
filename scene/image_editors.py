# SPDX-License-Identifier: GPL-3.0-or-later
"""Image Editors that show the result of the edit that was asked for in them."""

from __future__ import annotations

import bpy

from ..jobs.placement import Placement


def open_in_editors(placement: Placement, image: bpy.types.Image) -> None:
    """Show an image in the Image Editors that still show the one it was made of.

    An editor in Paint or Mask mode is left alone: the artist is at work in it.
    """
    if placement.open_for is None:
        return
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if not isinstance(space, bpy.types.SpaceImageEditor) or space.ui_mode != "VIEW":
                continue
            if space.image is not None and space.image.session_uid == placement.open_for.session_uid:
                space.image = image
                area.tag_redraw()
