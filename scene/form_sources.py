# SPDX-License-Identifier: GPL-3.0-or-later
"""The form's list of sources, as operators change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy


def add_image(form: Any, image: bpy.types.Image) -> bool:
    """Add an image at the end, once. True where it was not in the list."""
    index = _index_of(form, image)
    is_new = index < 0
    if is_new:
        form.sources.add().image = image
        index = len(form.sources) - 1
    form.active_source = index
    return is_new


def add_file(form: Any, path: Path) -> bool:
    """Add a file at the end, once. True where it was not in the list."""
    for index, source in enumerate(form.sources):
        if source.image is None and source.filepath == str(path):
            form.active_source = index
            return False
    form.sources.add().filepath = str(path)
    form.active_source = len(form.sources) - 1
    return True


def edit_image(form: Any, image: bpy.types.Image) -> None:
    """Make an image the one that is edited: the first of the list."""
    add_image(form, image)
    form.sources.move(form.active_source, 0)
    form.active_source = 0
    form.mode = "EDIT"


def _index_of(form: Any, image: bpy.types.Image) -> int:
    return next((index for index, source in enumerate(form.sources) if source.image == image), -1)
