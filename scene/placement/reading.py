# SPDX-License-Identifier: GPL-3.0-or-later
"""How Blender must read a result: with the alpha mode and colour space of the edited image.

The form in which the source was sent decides. If its stored values were sent unchanged, the result's values
are of the same kind. If Blender's scene-linear floats were converted to sRGB, the result is sRGB, and looks
alike.
"""

from __future__ import annotations

import io
from typing import Final

import bpy

from ...imaging.deep_headers import becomes_floats
from ...imaging.files import open_regular
from ...imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels, Snapshot
from ...jobs.placement import ImageLook
from ..pictures.colours import set_colour_space
from ..sources.snapshots import packed_file_of, path_of

_ALPHA_OF_ITS_OWN: Final = ("CHANNEL_PACKED", "NONE")
_LINEAR: Final = ("Linear", "ACES", "scene_linear")
"""Beginnings of colour spaces' names that float files mostly have, if nothing else tells."""


def look_of(image: bpy.types.Image, sent: Snapshot | PendingPixels) -> ImageLook | None:
    """Return how the result of an edit must be read; None if in the usual way. Decodes nothing.

    Premultiplied alpha is divided out before an image is sent. A result that is put into its source is
    multiplied again, so that both files have the same values. Blender ignores that mode in Non-Color images.
    Straight alpha is used for floats that were converted to sRGB, because it keeps more of the colours in 8
    bits. It is also used for tiles, and for unsaved paint, because premultiplied 8 bits can't hold all of it.

    Args:
        sent: the snapshot of the image.
    """
    if image.source == "VIEWER":  # sent as viewed; Blender complains if asked for its name
        return None
    settings = image.colorspace_settings
    was_made_srgb = _was_made_srgb(image, sent)
    is_premultiplied = image.alpha_mode == "PREMUL" and not (
        was_made_srgb or settings.is_data or image.is_dirty or image.source in ("GENERATED", "TILED")
    )
    is_taken_over = is_premultiplied or image.alpha_mode in _ALPHA_OF_ITS_OWN
    return ImageLook(
        colour_space="" if was_made_srgb else settings.name,
        alpha_mode=image.alpha_mode if is_taken_over else "STRAIGHT",
        use_view_as_render=image.use_view_as_render,
    )


def apply_look(image: bpy.types.Image, look: ImageLook | None) -> None:
    """Set how an image is read, before anything decodes it."""
    image.alpha_mode = look.alpha_mode if look is not None else "STRAIGHT"
    set_colour_space(image, "sRGB")  # also if the other name is of another OCIO configuration
    if look is not None and look.colour_space:
        set_colour_space(image, look.colour_space)
        image.use_view_as_render = look.use_view_as_render


def _was_made_srgb(image: bpy.types.Image, sent: Snapshot | PendingPixels) -> bool:
    settings = image.colorspace_settings
    if settings.is_data or isinstance(sent, FileSnapshot):
        return False
    if isinstance(sent, BytesSnapshot):  # packed unchanged
        return False
    if isinstance(sent, PendingPixels) and sent.is_srgb:
        return True
    if image.source == "GENERATED":
        return image.use_generated_float
    is_float = None if image.source == "MOVIE" else _becomes_floats(image)
    if is_float is None and image.has_data and image.source == "FILE":
        return image.is_float
    return settings.name.startswith(_LINEAR) if is_float is None else is_float


def _becomes_floats(image: bpy.types.Image) -> bool | None:
    """Return whether Blender will decode an image to floats, by its file; None if the file does not tell."""
    packed = packed_file_of(image)
    try:
        with io.BytesIO(packed.data) if packed is not None else open_regular(path_of(image)) as file:
            return becomes_floats(file)
    except OSError:  # this is reported when the image is read
        return None
