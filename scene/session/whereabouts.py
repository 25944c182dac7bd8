# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a job's images are in the open file, as it is now: undo takes them away, artists rename them."""

from __future__ import annotations

import bpy

from ...texts.wording import images_text
from ..notes import text_note
from ..placement.reused import JOB_KEY


def jobs_here() -> frozenset[str]:
    """Return the ids of the jobs that have images in the open file."""
    return frozenset(filter(None, (text_note(image, JOB_KEY) for image in bpy.data.images)))


def whereabouts(job_id: str) -> str:
    """Name a job's images in the open file; empty if none is there."""
    names = [image.name for image in bpy.data.images if text_note(image, JOB_KEY) == job_id]
    return images_text(names) if names else ""
