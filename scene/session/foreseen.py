# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict how the form's way to place would change the selection. Panels show it before the click."""

from __future__ import annotations

from typing import Any

import bpy

from ...jobs.targets import EditScope
from ..placement.way import Click, Foreseen
from ..placement.ways import CHOICES


def foresee(window: bpy.types.Window) -> Foreseen:
    """Predict the effect of a click in a window's 3D View. Main thread; takes a few ms at most."""
    form: Any = window.scene.easel
    way = CHOICES.get(form.placement)
    if way is None:  # a way of a newer Easel
        return Foreseen()
    image = form.sources[0].image if form.mode == "EDIT" and form.sources else None
    area = next((area for area in window.screen.areas if area.type == "VIEW_3D"), None)
    where = {"window": window, "area": area} if area is not None else {"window": window}
    with bpy.context.temp_override(**where):
        return way.foresee(Click(context=bpy.context, image=image, scope=EditScope(form.edit_scope)))
