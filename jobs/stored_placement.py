# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a placement from the ledger, also one of an older or newer Easel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .placement import Placement
from .plain import record_of
from .targets import TARGETS, PlacementKind


def placement_from_dict(values: Mapping[str, Any]) -> Placement:
    """Build a placement from `to_dict`'s values, also those of an older or newer Easel.

    Raises:
        ValueError, KeyError, TypeError: the values are not a placement's.
    """
    kind = _kind_of(values["kind"])
    target = values["target"] if "target" in values else _target_of_before(kind, values)
    common = {name: value for name, value in values.items() if name not in ("kind", "target")}
    return replace(
        record_of(Placement, common),
        kind=kind,
        target=record_of(TARGETS[kind], target) if target and kind in TARGETS else None,
    )


def _kind_of(name: str) -> PlacementKind:
    try:
        return PlacementKind(name)
    except ValueError:
        return PlacementKind.UNKNOWN


def _target_of_before(kind: PlacementKind, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the target in a placement that was written before that field existed."""
    match kind:
        case PlacementKind.TEXTURE:
            told = {
                "objects": values.get("textures"),
                **{name: values.get(name) for name in ("nodes", "scope")},
            }
            return {name: value for name, value in told.items() if value is not None}
        case PlacementKind.PLANE:
            return values.get("plane")
        case PlacementKind.NODE:
            return values.get("new_node")
        case _:
            return None
