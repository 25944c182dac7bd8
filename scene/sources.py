# SPDX-License-Identifier: GPL-3.0-or-later
"""Image datablocks as sources of an edit: the cheapest way to their true pixels, and what they are."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels


class SourceUnusable(Exception):
    """An image can't be a source; `str(error)` says why and what to do, for the artist."""


@dataclass(frozen=True, kw_only=True)
class SourceInfo:
    """What panels show of a source; reading it never decodes an image."""

    width: int = 0  # pixels, 0 = not known without decoding
    height: int = 0  # pixels
    byte_count: int = 0
    """Size of the file or packed file; 0 where pixels are read."""
    state: str = ""
    """In words: "File", "Packed", "Painted", "Generated"."""
    problem: str = ""
    """Why it can't be sent and what to do; empty where it can."""


def snapshot(image: bpy.types.Image) -> FileSnapshot | BytesSnapshot | PendingPixels:
    """Take the cheapest correct snapshot of an image, without decoding it. Main thread.

    A `PendingPixels` is queued: `pixels.read_next` (called by the pump) reads one per tick.

    Raises:
        SourceUnusable: missing, corrupt, or of a kind that has no pixels of its own.
    """
    raise NotImplementedError


def describe(image: bpy.types.Image) -> SourceInfo:
    """Describe an image for the panels. Cheap enough for `draw`: nothing is decoded, headers are cached."""
    raise NotImplementedError
