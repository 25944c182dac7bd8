# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a request from a batch's row, with the current object, sources, and place in the open file."""

from __future__ import annotations

from dataclasses import replace

import bpy

from ...batches.feed import Prepared
from ...batches.requests import request_of
from ...batches.row import Row
from ...jobs.placement import OfBatch
from ..placement.row_targets import plan_row
from ..project import made_here
from ..prompts.prompt_context import value_about
from ..sources.chosen_sources import named_sources, note_sent, take


def make_request(
    row: Row, batch: OfBatch, count: int, *, scene: bpy.types.Scene, session_id: str
) -> Prepared:
    """Make the request of a row, for so many images. Main thread.

    Args:
        scene: the target of its results.
        session_id: of the file that they are placed in; empty: they only go to the library.

    Raises:
        Refusal: a source or an object is gone.
    """
    placement = plan_row(row, scene, batch.rows[0], session_id)
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
    placement = replace(made_here(note_sent(placement, chosen, None)), batch=batch)
    return request, placement, take(chosen, scene)
