# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour spaces of placed images. Set before anything decodes them."""

from __future__ import annotations

import contextlib
from typing import Final

import bpy

INVERSE_OF_VIEW: Final = {
    "AgX": "AgX Base sRGB",
    "Filmic": "Filmic sRGB",
    "ACES 1.3": "ACES 1.3 sRGB",
    "ACES 2.0": "ACES 2.0 sRGB",
}
"""Colour space that a view transform undoes. Measured on bpy 4.2 and 5.2, of 255: under AgX an image read as
sRGB is off by 30 on average for colours of up to 60 % saturation (white becomes 197), read as "AgX Base sRGB"
by 2 to 15; greys are exact. What AgX itself can't show, pure primaries, stays off either way."""


def set_colour_space(image: bpy.types.Image, name: str) -> bool:
    """Set an image's colour space, where the studio's OCIO configuration has it; else leave its own."""
    with contextlib.suppress(TypeError):  # an enum without this name
        image.colorspace_settings.name = name
        return True
    return False


def name_of_working_space() -> str:
    """Return what Blender calls the space that it works in; empty before Blender 5.0."""
    return getattr(getattr(bpy.data, "colorspace", None), "working_space", "")


def set_scene_linear(image: bpy.types.Image, space: str = "") -> None:
    """Have floats read as they are: in a space, by its name, else in the one that Blender itself works in."""
    for name in (space, name_of_working_space(), "Linear Rec.709", "Linear"):
        if name and set_colour_space(image, name):
            return


def match_view(image: bpy.types.Image, scene: bpy.types.Scene) -> bool:
    """Let the scene's view transform give back the image's colours, in renders and in the Image Editor.

    True if there was something to match. It does not follow a view transform that is changed later.
    """
    inverse = INVERSE_OF_VIEW.get(scene.view_settings.view_transform)
    if inverse is None or not set_colour_space(image, inverse):
        return False
    image.use_view_as_render = True
    return True


def read_like(image: bpy.types.Image, before: bpy.types.Image) -> None:
    """Have an image read as the one it replaces: data (a normal map) stays data, a plane stays matched.

    Other colour spaces are not taken over: a result is sRGB also where its source was scene-linear.
    """
    settings = before.colorspace_settings
    if settings.is_data or settings.name in INVERSE_OF_VIEW.values():
        set_colour_space(image, settings.name)
        image.use_view_as_render = before.use_view_as_render
