# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's list of sources, as operators change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..pictures.tiles import chosen_tiles, numbers_of, ticked_text


def add_image(form: Any, image: bpy.types.Image) -> bool:
    """Add an image at the end, once. True if it was not in the list."""
    index = _index_of(form, image)
    is_new = index < 0
    if is_new:
        form.sources.add().image = image
        index = len(form.sources) - 1
    form.active_source = index
    return is_new


def add_file(form: Any, path: Path, *, shown_scene: bpy.types.Scene | None = None) -> bool:
    """Add a file at the end, once. True if it was not in the list.

    Args:
        shown_scene: what it is a picture of.
    """
    for index, source in enumerate(form.sources):
        if source.image is None and source.filepath == str(path):
            form.active_source = index
            return False
    source = form.sources.add()
    source.filepath = str(path)
    source.shows_scene, source.shown_scene = shown_scene is not None, shown_scene
    form.active_source = len(form.sources) - 1
    return True


def edit_image(form: Any, image: bpy.types.Image) -> None:
    """Make an image the one that is edited: the first of the list."""
    add_image(form, image)
    form.sources.move(form.active_source, 0)
    form.active_source = 0
    form.mode = "EDIT"


def edit_only(form: Any, image: bpy.types.Image) -> None:
    """Make an image the one source of an edit."""
    form.sources.clear()
    form.is_following = False
    edit_image(form, image)


def edit_version(form: Any, image: bpy.types.Image) -> None:
    """Make another version of the edited image the one that is edited. It goes on following the object."""
    source = form.sources[0]
    if form.followed_image == source.image:
        form.followed_image = image
    source.image = image


def tick_tile(source: Any, number: int, *, several: bool) -> None:
    """Turn the tick of a tile; one stays ticked at least.

    Args:
        number: 0 for all tiles.
        several: more than one may be ticked.
    """
    if number == 0:
        source.tiles = ticked_text(numbers_of(source.image))
        return
    ticked = set(chosen_tiles(source.image, source.tiles))
    source.tiles = ticked_text((ticked ^ {number}) or ticked if several else {number})


def tile_count(form: Any) -> int:
    """Return how many tiles of the first source will be edited, each in a separate request; else 1."""
    if form.mode != "EDIT" or not form.sources:
        return 1
    source = form.sources[0]
    return max(1, len(chosen_tiles(source.image, source.tiles)))


def _index_of(form: Any, image: bpy.types.Image) -> int:
    return next((index for index, source in enumerate(form.sources) if source.image == image), -1)
