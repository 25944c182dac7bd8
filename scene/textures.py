# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images an object's materials use."""

from __future__ import annotations

import bpy


def textures_of(obj: bpy.types.Object) -> list[bpy.types.Image]:
    """List the images of an object's materials, node groups included: base colour first, active material
    first, none twice."""
    raise NotImplementedError
