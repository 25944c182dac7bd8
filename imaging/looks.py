# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of pictures of a 3D View. Names only: Blender's settings for them are `scene.views.looks`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Look(StrEnum):
    """What a picture of a view shows."""

    SHOWN = "SHOWN"
    SOLID = "SOLID"
    FLAT = "FLAT"
    MATERIAL = "MATERIAL"
    RENDERED = "RENDERED"
    DEPTH = "DEPTH"
    NORMALS = "NORMALS"
    CLAY = "CLAY"

    @property
    def in_names(self) -> str:
        """The look's part of a file's name: " Depth"; empty for a view as displayed."""
        return "" if self is Look.SHOWN else f" {self.value.title()}"

    @property
    def needs_depth(self) -> bool:
        """Whether the picture also needs the depth buffer, which only Solid shading has."""
        return self in (Look.DEPTH, Look.NORMALS)


LOOK_ITEMS: Final = (
    (Look.SHOWN.value, "As Shown", "As the view is shaded now, light included", "VIEW3D", 0),
    (Look.SOLID.value, "Solid", "Solid shading, as it is set up in this view", "SHADING_SOLID", 1),
    (Look.FLAT.value, "Flat Colours", "The textures' own colours, without any light", "SHADING_TEXTURE", 2),
    (Look.MATERIAL.value, "Material Preview", "Materials under preview light", "SHADING_RENDERED", 3),
    (Look.RENDERED.value, "Rendered", "With the scene's lights, by EEVEE or Workbench", "SCENE", 4),
    (Look.DEPTH.value, "Depth", "Near is white, far is dark", "EMPTY_SINGLE_ARROW", 5),
    (Look.NORMALS.value, "Normals", "Which way surfaces face, as colours", "NORMALS_FACE", 6),
    (Look.CLAY.value, "Clay", "One grey for everything, under a neutral studio light", "MESH_UVSPHERE", 7),
)
COLOUR_LOOK_ITEMS: Final = tuple(
    item for item in LOOK_ITEMS if item[0] not in (Look.DEPTH, Look.NORMALS, Look.CLAY)
)
"""Looks whose colours may become a texture."""
