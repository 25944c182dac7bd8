# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that no datablock of the scene has by itself: a frame's file, a movie's frame, a tile.

Blender decodes them in a datablock that is there for one read, on the main thread, and gone in the same turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy

from ...imaging.exr_layers import Layer
from ...imaging.files import HeldFolder
from ...texts.phrases import phrase
from ..errors import SourceUnusable
from ..pictures.colours import name_of_working_space, set_colour_space
from .saving import save_combined


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What is to be decoded, and how it is to be read."""

    name: str
    """What the artist calls the image."""
    content: Path | bytes
    alpha_mode: str = ""
    """Empty for the one that Blender gives it; so of the colour space."""
    colour_space: str = ""
    movie_frame: int = 0
    """From 1; 0 where it is no movie."""
    layer: Layer | None = None
    """The layer to read of an OpenEXR file with several. First `layers.LayerFile` must make a file of it."""
    is_layered: bool = False
    """Blender takes the file for one of several layers, and is to give the combined picture."""
    folder: HeldFolder | None = field(default=None, compare=False, repr=False)
    """Keeps the file there, where it was made for this."""

    @classmethod
    def of(
        cls,
        image: bpy.types.Image,
        content: Path | bytes,
        *,
        movie_frame: int = 0,
        layer: Layer | None = None,
    ) -> Stored:
        """Say that a content is to be read as an image of the scene is."""
        return cls(
            name=image.name,
            content=content,
            alpha_mode=image.alpha_mode,
            colour_space=image.colorspace_settings.name,
            movie_frame=movie_frame,
            layer=layer,
        )


@contextmanager
def opened(stored: Stored) -> Iterator[bpy.types.Image]:
    """Lend a datablock of it. The image that it belongs to is not touched.

    Raises:
        SourceUnusable: there is no such file any more.
    """
    with ExitStack() as stack:
        image = _lent(stored, stack)
        if stored.is_layered:
            folder = HeldFolder(Path(bpy.app.tempdir))
            path = folder.path / "combined.exr"
            save_combined(image, path)
            space = name_of_working_space() or stored.colour_space
            image = _lent(replace(stored, content=path, colour_space=space, folder=folder), stack)
        if stored.movie_frame:
            _wind(image, stored.movie_frame)
        yield image


def _lent(stored: Stored, stack: ExitStack) -> bpy.types.Image:
    image = _new_image(stored)
    stack.callback(bpy.data.images.remove, image)
    if stored.alpha_mode:
        image.alpha_mode = stored.alpha_mode
    if stored.colour_space:
        set_colour_space(image, stored.colour_space)
    return image


def _new_image(stored: Stored) -> bpy.types.Image:
    if isinstance(stored.content, Path):
        missing = phrase("“{image}”: the file is missing: {path}", image=stored.name, path=stored.content)
        if not stored.content.is_file():  # Blender would wait at a named pipe for ever
            raise SourceUnusable(missing)
        try:
            return bpy.data.images.load(str(stored.content))
        except RuntimeError as error:
            raise SourceUnusable(missing) from error
    image = bpy.data.images.new(stored.name, 1, 1)
    image.pack(data=stored.content, data_len=len(stored.content))
    image.source = "FILE"
    return image


def _wind(image: bpy.types.Image, frame: int) -> None:
    """Make a movie's `pixels` those of a frame.

    They are always those of the frame that was decoded last, and there is no function that decodes another;
    but a texture does when it is evaluated. Measured on 4.2 and 5.2; without a window `gl_load` crashes.
    """
    texture = bpy.data.textures.new("", "IMAGE")
    try:
        texture.image = image
        texture.image_user.frame_current = frame
        texture.evaluate((0.0, 0.0, 0.0))
    finally:
        bpy.data.textures.remove(texture)
