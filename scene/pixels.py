# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels out of Blender: read on the main thread, one image at a time, into one reused buffer."""

from __future__ import annotations

import bpy

from ..imaging.snapshot import PendingPixels, PixelsSnapshot


def read_pixels(image: bpy.types.Image) -> PixelsSnapshot:
    """Read an image's pixels now, into a buffer of the caller's own. Main thread; 4K: tens of ms.

    Raises:
        SourceUnusable: the image has no pixels.
    """
    raise NotImplementedError


def promise(image: bpy.types.Image) -> PendingPixels:
    """Queue an image for `read_next`."""
    raise NotImplementedError


def read_next() -> bool:
    """Read at most one queued image, if the shared buffer is free; True while any is still queued.

    The pump calls it once a tick. A failure goes to the image's `PendingPixels`, never out of here.
    """
    raise NotImplementedError
