# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the values of a batch's row as the artist types them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..client.models import ModelId
from ..jobs.batch import RowState
from ..jobs.targets import PlacementKind
from .row import Row, settings_of

EDITABLE: Final = frozenset({RowState.WAITING, RowState.FAILED, RowState.REFUSED})
"""States of rows that may change: nothing was paid for them, and the artist wants them."""


def typed_values(row: Row) -> dict[str, Any]:
    """Return the values that the artist may change; `edited_row` reads them."""
    return {
        "prompt": row.prompt,
        "model": row.settings.model.value,
        "count": row.count,
        "object": row.object,
        "material": row.material,
        "sources": "; ".join(row.sources),
    }


def edited_row(row: Row, typed: Mapping[str, Any]) -> Row:
    """Return a row with other values.

    Options that another model lacks are dropped. A row that gets a target is placed as its texture.

    Args:
        typed: some of `typed_values`.
    """
    shown = typed_values(row)
    told = {**shown, **typed}
    names: str = told.pop("sources")
    sources = row.sources  # whose names may have semicolons
    if names != shown["sources"]:
        sources = tuple(name.strip() for name in names.split(";") if name.strip())
    model, settings = ModelId(told.pop("model")), row.settings
    if model is not settings.model:
        settings = settings_of(model, settings)
    changed = replace(row, settings=settings, sources=sources, **told)
    has_target = bool(changed.object or changed.material)
    if changed.place is PlacementKind.TEXTURE and not (has_target or sources):
        return replace(changed, place=PlacementKind.IMAGE)
    if changed.place is PlacementKind.IMAGE and has_target and not (row.object or row.material):
        return replace(changed, place=PlacementKind.TEXTURE)
    return changed
