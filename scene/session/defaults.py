# SPDX-License-Identifier: GPL-3.0-or-later
"""First values of a scene's form, until the artist chooses."""

from __future__ import annotations

import bpy

from ...jobs.targets import PlacementKind
from .. import settings


def apply() -> None:
    """Give untouched forms the default placement of the preferences. For the pump."""
    chosen = settings.preferences().default_placement
    if chosen in (PlacementKind.IMAGE.value, ""):  # a form's own default, or unknown to this Easel
        return
    for window in bpy.data.window_managers[0].windows:
        form = window.scene.easel
        if window.scene.library is None and not form.is_property_set("placement"):
            form.placement = chosen
