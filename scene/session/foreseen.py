# SPDX-License-Identifier: GPL-3.0-or-later
"""Foresee how the form's way to place would change the selection. Panels say it before the click."""

from __future__ import annotations

from typing import Any

import bpy

from ...jobs.targets import EditScope
from ..placement.way import Click, Foreseen
from ..placement.ways import CHOICES


def foresee(window: bpy.types.Window) -> Foreseen:
    """Look at a window's selection as a click in its 3D View would. A few ms at most. Main thread."""
    form: Any = window.scene.easel
    way = CHOICES.get(form.placement)
    if way is None:  # of a newer Easel
        return Foreseen()
    image = form.sources[0].image if form.mode == "EDIT" and form.sources else None
    area = next((area for area in window.screen.areas if area.type == "VIEW_3D"), None)
    where = {"window": window, "area": area} if area is not None else {"window": window}
    with bpy.context.temp_override(**where):
        return way.foresee(Click(context=bpy.context, image=image, scope=EditScope(form.edit_scope)))
