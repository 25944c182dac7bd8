# SPDX-License-Identifier: GPL-3.0-or-later
"""Read pictures that have no datablock: a frame's file, a movie's frame, a tile.

Blender decodes them in a temporary datablock, on the main thread, for one read within one turn.
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
    """Content to decode, and how to read it."""

    name: str
    """The artist's name of the image."""
    content: Path | bytes
    alpha_mode: str = ""
    """Empty: Blender's choice; likewise for the colour space."""
    colour_space: str = ""
    movie_frame: int = 0
    """From 1; 0: no movie."""
    layer: Layer | None = None
    """The layer to read from an OpenEXR file with several. `layers.LayerFile` must first make a file of
    it."""
    is_layered: bool = False
    """Blender reads the file as one with several layers; its combined picture is wanted."""
    folder: HeldFolder | None = field(default=None, compare=False, repr=False)
    """Keeps the file, if it was made for this."""

    @classmethod
    def of(
        cls,
        image: bpy.types.Image,
        content: Path | bytes,
        *,
        movie_frame: int = 0,
        layer: Layer | None = None,
    ) -> Stored:
        """Describe content that is read with the settings of an image of the scene."""
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
    """Provide a temporary datablock of the content. Its original image is not touched.

    Raises:
        SourceUnusable: the file is gone.
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
        if not stored.content.is_file():  # Blender would wait forever at a named pipe
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
    """Make Blender decode a frame of a movie into `pixels`.

    `pixels` are those of the last decoded frame, and no function decodes another one. Evaluating a texture
    does so (measured on 4.2 and 5.2); `gl_load` crashes without a window.
    """
    texture = bpy.data.textures.new("", "IMAGE")
    try:
        texture.image = image
        texture.image_user.frame_current = frame
        texture.evaluate((0.0, 0.0, 0.0))
    finally:
        bpy.data.textures.remove(texture)
