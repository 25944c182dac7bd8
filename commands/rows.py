# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a batch as a request, as things are now: its object, its sources."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..batches.feed import Prepared
from ..batches.requests import request_of
from ..batches.row import Row
from ..jobs.placement import OfBatch, Placement
from ..prompting.tokens import PromptUnready
from ..scene.session import spend
from ..scene.sources.chosen_sources import named_sources, note_sent, take


def make_request(row: Row, batch: OfBatch, count: int) -> Prepared:
    """Make the request of a row, for so many images. They come to the library: no file is changed.

    Raises:
        Refusal: a source or an object is gone.
    """
    scene = bpy.context.scene
    chosen = named_sources(row.sources, "", "")
    first = chosen[0].picture if chosen else None
    image = first if isinstance(first, bpy.types.Image) else None

    request = request_of(
        row,
        lambda token: _value_of(row, token),
        count=count,
        holds_data=image is not None and image.colorspace_settings.is_data,
        alpha_mode=image.alpha_mode if image is not None else "",
    )
    placement = Placement(
        batch=batch,
        project=Path(bpy.data.filepath).name,
        budget=spend.budget(),
    )
    return request, note_sent(placement, chosen, None), take(chosen, scene)


def _value_of(row: Row, name: str) -> str:
    """The value of a token about the row's object, or its material. Raises PromptUnready."""
    obj = bpy.data.objects.get(row.object)
    if name == "object" and obj is not None:
        return obj.name
    if name == "material" and row.material:
        return row.material
    if name == "material" and obj is not None and obj.active_material is not None:
        return obj.active_material.name
    raise PromptUnready(f"{{{name}}} has no value here.")
