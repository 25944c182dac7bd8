# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's choices for the ways to place, as a property group: those that the table of ways has."""

import bpy

from ..scene.placement.ways import OPTIONS

EASEL_PG_ways = type(
    "EASEL_PG_ways",
    (bpy.types.PropertyGroup,),
    {
        "__doc__": "The artist's choices for all ways to place.",
        "__module__": __name__,
        "__annotations__": dict(OPTIONS),
    },
)


CLASSES = (EASEL_PG_ways,)
