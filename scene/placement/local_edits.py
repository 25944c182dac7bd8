# SPDX-License-Identifier: GPL-3.0-or-later
"""The placement of edits that this computer makes of an image: they replace it, like any edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ...jobs.placement import ImageLook, Placement
from ...jobs.targets import EditScope, PlacementKind, Surfaces
from ..refs import reference
from .node_targets import is_used
from .reading import look_of

if TYPE_CHECKING:
    from ...imaging.snapshot import PendingPixels, Snapshot


def edit_placement(image: bpy.types.Image) -> Placement:
    """Return the placement of an edit: it replaces its image wherever that is shown, also in editors."""
    shown = reference(image)
    if image.source in ("FILE", "GENERATED", "TILED") and is_used(image):
        target = Surfaces(scope=EditScope.EVERYWHERE)
        return Placement(kind=PlacementKind.TEXTURE, target=target, made_from=shown, open_for=shown)
    return Placement(made_from=shown, open_for=shown)


def look_of_edit(image: bpy.types.Image, taken: Snapshot | PendingPixels) -> ImageLook | None:
    """Return how it must be read: like the image, but with straight alpha, as it is written."""
    look = look_of(image, taken)
    return replace(look, alpha_mode="STRAIGHT") if look is not None and look.alpha_mode == "PREMUL" else look
