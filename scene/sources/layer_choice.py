# SPDX-License-Identifier: GPL-3.0-or-later
"""The artist's choice of a layer of an OpenEXR file, saved with the image."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import StringProperty

from ...languages import CONTEXT
from ...texts.phrases import phrase
from ..pictures.frames import scene_on_screen
from . import file_facts
from .layers import PROPERTY
from .snapshots import path_of


def register() -> None:
    """Add the property to images."""
    setattr(
        bpy.types.Image,
        PROPERTY,
        StringProperty(
            name=phrase("Layer"),
            description="The layer of the file to send; empty is the combined picture",
            translation_context=CONTEXT,
            search=_names,
        ),
    )


def unregister() -> None:
    """Remove the property; saved choices stay in the files."""
    if hasattr(bpy.types.Image, PROPERTY):
        delattr(bpy.types.Image, PROPERTY)


def _names(image: Any, _context: bpy.types.Context, text: str) -> list[str]:
    fact = file_facts.known(path_of(image, scene=scene_on_screen()))
    layers = fact.header.layers if fact is not None else ()
    return [layer.name for layer in layers if text.lower() in layer.name.lower()]
