# SPDX-License-Identifier: GPL-3.0-or-later
"""Find a job's images in the open file. Nothing is cached: undo removes images, artists rename them."""

from __future__ import annotations

import bpy

from ...texts.wording import images_text
from ..notes import text_note
from ..placement.reused import JOB_KEY


def jobs_here() -> frozenset[str]:
    """Return ids of the jobs with images in the open file."""
    return frozenset(filter(None, (text_note(image, JOB_KEY) for image in bpy.data.images)))


def whereabouts(job_id: str) -> str:
    """Return the names of a job's images in the open file as a text, or empty."""
    names = [image.name for image in bpy.data.images if text_note(image, JOB_KEY) == job_id]
    return images_text(names) if names else ""
