# SPDX-License-Identifier: GPL-3.0-or-later
"""Let an edit's sources follow the active object, until the artist changes them."""

from __future__ import annotations

from typing import Any

import bpy

from ..pictures.surface_images import shown_image


def follow_active(window: bpy.types.Window) -> bool:
    """Make the texture of a window's active object the form's source. True if anything changed.

    It only does so while the list is empty or has only the image from here. Once a second at most; it reads
    no file. It does nothing during a render, which reads the same data.
    """
    scene = window.scene
    form: Any = scene.easel
    if form.mode != "EDIT" or not form.is_following or scene.library is not None:
        return False
    if bpy.app.is_job_running("RENDER"):
        return False
    if not _is_untouched(form):
        form.is_following = False
        return False
    obj = window.view_layer.objects.active
    if obj is None or (obj.name_full == form.followed_object and form.sources):
        return False
    image = shown_image(obj, scene.render.engine)
    if image is None and not form.sources:
        return False
    form.followed_object, form.followed_image = obj.name_full, image
    form.sources.clear()
    if image is not None:
        form.sources.add().image = image
    form.active_source = 0
    return True


def _is_untouched(form: Any) -> bool:
    if not form.sources:
        return True
    only = form.sources[0]
    is_ours = only.image is not None and only.image == form.followed_image
    is_plain = not (only.role or only.filepath or only.tiles or form.mask.is_set)
    return len(form.sources) == 1 and is_ours and is_plain
