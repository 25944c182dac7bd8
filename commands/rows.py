# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a batch as a request, as things are now: its object, its sources, its place in the open file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ..batches.feed import Prepared
from ..batches.requests import request_of
from ..batches.row import Row
from ..jobs.placement import OfBatch
from ..scene.placement.row_targets import plan_row
from ..scene.prompts.prompt_context import value_about
from ..scene.session import session, spend
from ..scene.sources.chosen_sources import named_sources, note_sent, take


def make_request(row: Row, batch: OfBatch, count: int) -> Prepared:
    """Make the request of a row, for so many images. They are placed where a .blend is open.

    Raises:
        Refusal: a source or an object is gone.
    """
    scene = bpy.context.scene
    is_open = bool(bpy.data.filepath)
    placement = plan_row(row, scene, batch.rows[0], session.session_id() if is_open else "")
    chosen = named_sources(row.sources, "", "")
    first = chosen[0].picture if chosen else None
    image = first if isinstance(first, bpy.types.Image) else None
    request = request_of(
        row,
        lambda token: value_about(scene, row.object, row.material, token),
        count=count,
        holds_data=image is not None and image.colorspace_settings.is_data,
        alpha_mode=image.alpha_mode if image is not None else "",
    )
    placement = replace(
        note_sent(placement, chosen, None),
        batch=batch,
        project=Path(bpy.data.filepath).name,
        budget=spend.budget(),
    )
    return request, placement, take(chosen, scene)
