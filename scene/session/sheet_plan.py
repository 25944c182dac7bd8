# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the form's sheet of views before it is drawn. For `draw`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...imaging.surface.viewpoints import SheetPlan
from ..models.viewpoints import region_3d, viewpoints_of
from . import sheets

if TYPE_CHECKING:
    import bpy

_BYTES_A_PIXEL: Final = {"CLAY": 0.35, "TEXTURE": 1.0, "LIT": 1.3}
"""Bytes per pixel of a sheet's PNG, empty pixels included."""
_OF_FURTHER: Final = 0.5  # normals and depth


def plan_of(context: bpy.types.Context) -> SheetPlan:
    """Return the plan of the sheet. Raises Refusal if there are no such views."""
    form = context.scene.easel
    chosen = form.to_paint
    viewpoints = viewpoints_of(
        chosen.views,
        context.scene,
        region_3d(context),
        is_perspective=chosen.is_perspective,
        more=[added.towards[:] for added in chosen.more],
    )
    options = {"model": form.model_id, "resolution": getattr(form.options(form.model_id), "resolution", "")}
    side = sheets.side_of_sheet(options)
    return SheetPlan(viewpoints=viewpoints, side=side, look=chosen.look)


def bytes_of(plan: SheetPlan, further: int) -> int:
    """Estimate the bytes of a sheet with so many further ones."""
    width, height = plan.size
    return round(width * height * (_BYTES_A_PIXEL.get(plan.look, 1.0) + _OF_FURTHER * further))
