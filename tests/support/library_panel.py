# SPDX-License-Identifier: GPL-3.0-or-later
"""Use the library's panel in tests with bpy."""

import bpy
from pumping import pump_until
from recording_layout import RecordingLayout, draw

from easel.panels.gallery import EASEL_PT_gallery
from easel.scene.session import mirror, wall


def look() -> RecordingLayout:
    """Draw the panel, and wait until its requests are answered."""
    draw(EASEL_PT_gallery)
    pump_until(lambda: not wall.is_expecting())
    return draw(EASEL_PT_gallery)


def prompts() -> list[str]:
    return [row.written for row in wall.rows()]


def click(prompt: str) -> bool:
    """Click an image. True if that was a double-click."""
    return wall.choose(next(row.id for row in wall.rows() if row.written == prompt))


def take_out_of_list(*prompts: str) -> None:
    """Hide jobs that no search has brought yet."""
    jobs = [row.name for row in mirror.mirror().jobs if row.prompt in prompts]
    for job_id in jobs:
        assert bpy.ops.easel.hide(job_id=job_id) == {"FINISHED"}
    pump_until(lambda: mirror.mirror().hidden_count == len(jobs))


def choose_all() -> None:
    for row in wall.rows():
        if not wall.is_chosen(row.id):
            wall.choose(row.id, adds=True)
