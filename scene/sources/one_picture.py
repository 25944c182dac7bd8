# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that are processed as one picture: textures that repeat or are on a sheet. Main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .snapshots import snapshot

if TYPE_CHECKING:
    import bpy

    from ...imaging.snapshot import PendingPixels, Snapshot


def one_picture(image: bpy.types.Image, scene: bpy.types.Scene) -> Snapshot | PendingPixels:
    """Take a snapshot of an image, as `snapshot`. Raises Refusal if it has tiles, or can't be read."""
    if image.source == "TILED":
        raise Refusal(
            phrase(
                "“{image}” has UDIM tiles, and a texture that repeats is one picture. "
                "Choose an image without tiles.",
                image=image.name,
            )
        )
    return snapshot(image, scene=scene)
