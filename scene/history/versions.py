# SPDX-License-Identifier: GPL-3.0-or-later
"""Showing another version of an image instead: for good, or while the two are compared.

"In its place" is everything of the file that shows it (`image_uses.py`), and every Image Editor. A comparison
is kept in the .blend: each place remembers the image that belongs in it, and that image what stands in for
it. So it can be ended after saving and reopening, and by undo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy

from ...texts.phrases import joined, phrase
from ..errors import PlacementImpossible
from ..pictures.surface_images import shown_image
from ..pictures.textures import image_nodes, materials_of
from ..refs import obstacle_to_editing
from ..windows.editors import image_of
from .image_uses import ImageUse, changeable, left_text, places_text, uses_in, uses_of
from .lineage import (
    ancestors_of,
    family_of,
    is_edit,
    keep_for_good,
    label_of,
    original_of,
    stands_in_for,
    versioned_uids,
)


@dataclass(kw_only=True)
class Shown:
    """The places where an image is seen."""

    uses: list[ImageUse] = field(default_factory=list)
    editors: list[bpy.types.SpaceImageEditor] = field(default_factory=list)
    left: list[bpy.types.ID] = field(default_factory=list)
    """The users that show it and can't be changed."""


def find_shown(image: bpy.types.Image) -> Shown:
    """Find everything that shows an image by now, and the Image Editors that do."""
    uses, left = changeable(use for use in uses_of(image) if use.image == image)
    return Shown(uses=uses, editors=[space for space in _image_editors() if space.image == image], left=left)


def show_version(image: bpy.types.Image, wanted: bpy.types.Image) -> str:
    """Show a version wherever another one is shown. Both stay in the file.

    Returns:
        what was done, for the report.

    Raises:
        PlacementImpossible: nothing shows `image`, or it can't be changed there.
    """
    image = end_comparison(image.easel_edit.compared_with or image) or image
    if image == wanted:
        return phrase("“{image}” is shown again", image=label_of(wanted))
    shown = _find_changeable(image)
    for use in shown.uses:
        use.compared = None
    _swap(shown, wanted)
    for version in (image, wanted):
        keep_for_good(version)
    text = phrase("“{wanted}” is shown in {places}", wanted=label_of(wanted), places=_places(shown))
    return joined(text, left_text(shown.left, image), by=". ")


def compare(image: bpy.types.Image, other: bpy.types.Image) -> str:
    """Show another version in an image's place until `end_comparison`.

    Raises:
        PlacementImpossible: as of `show_version`.
    """
    shown = _find_changeable(image)
    for use in shown.uses:
        use.compared = image
    image.easel_edit.compared_with = other
    _swap(shown, other)
    for version in (image, other):
        keep_for_good(version)
    text = phrase("“{other}” is shown in place of “{image}”", other=label_of(other), image=label_of(image))
    return joined(text, left_text(shown.left, image), by=". ")


def end_comparison(image: bpy.types.Image) -> bpy.types.Image | None:
    """Show again the version that `image` replaces; return that, or None if nothing is compared with it.

    Changes that the artist has made in the meantime stay.
    """
    hidden = stands_in_for(image)
    if hidden is None:
        return None
    shown = find_shown(image)
    shown.uses = [use for use in shown.uses if use.compared == hidden]
    waiting, _linked = changeable(use for use in uses_of(hidden) if use.compared == hidden)
    _swap(shown, hidden)
    for use in waiting:
        use.compared = None
    hidden.easel_edit.compared_with = None
    return hidden


def forget_comparison(use: ImageUse) -> None:
    """A place is about to show something new: its comparison ends."""
    hidden = use.compared
    if hidden is not None:
        use.compared = None
        if not any(other.compared == hidden for other in uses_of(hidden)):
            hidden.easel_edit.compared_with = None


def counterpart_of(image: bpy.types.Image) -> bpy.types.Image | None:
    """Return what an image is compared with: of an edit its original, of an original its newest edit."""
    if is_edit(image):
        return next(reversed(ancestors_of(image)), None)
    return next((version for version in family_of(image) if version != image), None)


def is_shown(image: bpy.types.Image) -> bool:
    """Tell whether an image is shown anywhere that can be changed."""
    shown = find_shown(image)
    return bool(shown.uses or shown.editors)


def step_from(image: bpy.types.Image, step: int) -> bpy.types.Image | None:
    """Return the version this many steps older (newer if negative); None past the ends."""
    family = family_of(image)
    index = family.index(image) + step
    return family[index] if 0 <= index < len(family) else None


def image_at_hand(context: bpy.types.Context) -> bpy.types.Image | None:
    """Return the artist's current image: the editor's, or the active object's in a 3D View.

    An object's image is the first one that has a history, beginning with the active node's.
    """
    space = getattr(context, "space_data", None)
    if isinstance(space, bpy.types.SpaceNodeEditor):
        return image_of(space) or _image_of_active_node(space)
    if isinstance(space, bpy.types.SpaceImageEditor):
        return image_of(space)
    obj = getattr(context, "object", None)
    return image_of_object(obj) if obj is not None else None


def shown_version(context: bpy.types.Context, form: Any) -> bpy.types.Image | None:
    """Return the version of the image to edit that the active object shows instead of it, if it does.

    Also during a comparison, which shows another one for a moment: the panel keeps its buttons in place.

    Args:
        form: `Scene.easel`, in the mode EDIT.
    """
    image = form.sources[0].image if form.sources else None
    obj = getattr(context, "object", None)
    if image is None or obj is None:
        return None
    shown = shown_image(obj, context.scene.render.engine)
    if shown is None:
        return None
    shown = stands_in_for(shown) or shown
    is_version = shown != image and (original_of(shown) or shown) == (original_of(image) or image)
    return shown if is_version else None


def image_of_object(obj: bpy.types.Object) -> bpy.types.Image | None:
    """Return the image with a history that an object shows, its materials' first; None if there is none."""
    versioned = versioned_uids()
    return (
        next((image for image in _images_of(obj) if image.session_uid in versioned), None)
        if versioned
        else None
    )


def _images_of(obj: bpy.types.Object) -> Iterator[bpy.types.Image]:
    for material in materials_of(obj):
        active = material.node_tree.nodes.active
        nodes = [active] if isinstance(active, bpy.types.ShaderNodeTexImage) else []
        nodes += [node for _tree, node in image_nodes(material.node_tree)]
        yield from (node.image for node in nodes if node.image is not None)
    for owner in (obj, obj.data):
        if isinstance(owner, (bpy.types.Object, bpy.types.Camera)):
            yield from (use.image for use in uses_in(owner) if use.image is not None)


def _image_of_active_node(space: bpy.types.SpaceNodeEditor) -> bpy.types.Image | None:
    """Return the image of a node that is no Image Texture: of an environment, a compositor."""
    node = space.edit_tree.nodes.active if space.edit_tree is not None else None
    image = getattr(node, "image", None)
    return image if isinstance(image, bpy.types.Image) else None


def _find_changeable(image: bpy.types.Image) -> Shown:
    shown = find_shown(image)
    if shown.uses or shown.editors:
        return shown
    if shown.left:
        raise PlacementImpossible(
            phrase(
                "“{image}” can't be replaced: {obstacle}.",
                image=image.name,
                obstacle=obstacle_to_editing(shown.left[0]),
            )
        )
    raise PlacementImpossible(
        phrase("Neither this file nor an Image Editor shows “{image}”.", image=image.name)
    )


def _swap(shown: Shown, wanted: bpy.types.Image) -> None:
    for use in shown.uses:
        use.image = wanted
    for space in shown.editors:
        space.image = wanted


def _places(shown: Shown) -> str:
    return places_text(shown.uses) or phrase("the Image Editor")


def _image_editors() -> Iterator[bpy.types.SpaceImageEditor]:
    for window in bpy.data.window_managers[0].windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if isinstance(space, bpy.types.SpaceImageEditor):
                yield space
