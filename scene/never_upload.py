# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist has marked never to leave this computer: an image, or all that objects of a collection use.

The mark is a property of the datablock, so it is saved, appended and linked with it. Asked at the click, for
every source of whatever kind, and for pictures of a scene in which marked objects are seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy
from bpy.props import BoolProperty

from ..languages import CONTEXT
from ..phrases import phrase
from .errors import SourceUnusable
from .textures import textures_of

PROPERTY: Final = "easel_never_upload"
"""On `bpy.types.Image` and `bpy.types.Collection`."""

_OWNERS: Final = (bpy.types.Image, bpy.types.Collection)
_SHARED: Final = {
    "name": phrase("Never Upload"),
    "translation_context": CONTEXT,
    "override": {"LIBRARY_OVERRIDABLE"},
}


def register() -> None:
    """Give images and collections their mark."""
    bpy.types.Image.easel_never_upload = BoolProperty(
        description="Easel never sends this image to the service", **_SHARED
    )
    bpy.types.Collection.easel_never_upload = BoolProperty(
        description="Easel never sends the textures of this collection's objects, nor a picture of them",
        **_SHARED,
    )


def unregister() -> None:
    """Take the mark away; what is marked is remembered by the datablocks."""
    for owner in _OWNERS:
        if hasattr(owner, PROPERTY):
            delattr(owner, PROPERTY)


def refusal(image: bpy.types.Image) -> str:
    """Say why an image must not leave; empty where it may. Reads marks and materials, no pixels."""
    if getattr(image, PROPERTY):
        return phrase("“{image}” is marked Never Upload.", image=image.name)
    for collection in _marked_collections():
        if any(image in textures_of(obj) for obj in collection.all_objects):
            return phrase(
                "“{image}” is used in the collection {collection}, which is marked Never Upload.",
                image=image.name,
                collection=collection.name,
            )
    if image.source == "VIEWER":  # it shows a scene
        return next(filter(None, map(refusal_of_scene, bpy.data.scenes)), "")
    return ""


def refusal_of_file(path: Path) -> str:
    """Say why a file must not leave: it is that of a marked image."""
    for image in bpy.data.images:
        if bpy.path.basename(image.filepath) != path.name:
            continue
        own = Path(bpy.path.abspath(image.filepath, library=image.library))
        if (own == path or own.resolve() == path.resolve()) and (problem := refusal(image)):
            return problem
    return ""


def refusal_of_scene(scene: bpy.types.Scene) -> str:
    """Say why no picture of a scene must leave: objects of a marked collection are visible in it."""
    for collection in _marked_collections():
        if any(_is_visible(obj, scene) for obj in collection.all_objects):
            return phrase(
                "The collection {collection} is marked Never Upload: hide it first.",
                collection=collection.name,
            )
    return ""


def check_scene(scene: bpy.types.Scene) -> None:
    """Raise SourceUnusable where no picture of the scene must leave."""
    if problem := refusal_of_scene(scene):
        raise SourceUnusable(problem)


def _marked_collections() -> list[bpy.types.Collection]:
    scenes = [scene.collection for scene in bpy.data.scenes]
    return [collection for collection in (*bpy.data.collections, *scenes) if getattr(collection, PROPERTY)]


def _is_visible(obj: bpy.types.Object, scene: bpy.types.Scene) -> bool:
    layers = [layer for layer in scene.view_layers if layer.objects.get(obj.name) == obj]
    return any(obj.visible_get(view_layer=layer) for layer in layers)
