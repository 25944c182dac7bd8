# SPDX-License-Identifier: GPL-3.0-or-later
"""A stencil of the pixels that an edit has changed: strokes that paint the edit then reach nothing else.

Blender knows two kinds of stencil. A brush's own texture in Stencil mapping lies on the screen, so what it
paints lands where the view happens to be. The stencil layer of Texture Paint lies on the mesh by its UVs, as
the Clone brush's source does; it only lets through or holds back, so the two work together: the edit is
painted by UVs, and the original stays bit by bit where the edit equals it.
"""

from __future__ import annotations

import io
import logging
import threading
from typing import Any, Final

import bpy

from ...client.errors import DEFECT
from ...imaging.errors import SnapshotFailed
from ...imaging.files import slug
from ...imaging.snapshot import PixelsSnapshot
from ...texts.phrases import phrase
from ...threads.task import Task
from ..errors import PlacementImpossible
from ..notes import is_noted
from ..pictures.colours import set_colour_space
from ..pictures.packing import name_packed
from ..sources import pixels

STENCIL_KEY: Final = "easel_stencil"
"""Custom property of an image: it is such a stencil, and may be written again."""
_TURN_S: Final = 0.01
_VEIL: Final = 0.5
"""Opacity of the veil that a 3D View draws where the stencil holds back."""

logger = logging.getLogger(__name__)


class Comparison:
    """Where an edit differs from what it is painted into, on its way to a stencil.

    The main thread reads each image's pixels, in turns of about 50 ms at 4K; a thread compares them.
    """

    def __init__(self, canvas: bpy.types.Image, edit: bpy.types.Image) -> None:
        """Begin. Raises PlacementImpossible."""
        if "TILED" in (canvas.source, edit.source):
            raise PlacementImpossible(
                phrase("A tiled image has no stencil in Blender: use Paint with This Edit instead.")
            )
        self._uids: Final = (canvas.session_uid, edit.session_uid)
        self._pending = pixels.promise(canvas), pixels.promise(edit)
        self._mask = b""
        self._is_same = False
        self._failure = ""
        self._task = Task("stencil", self._run)

    def is_of(self, canvas: bpy.types.Image, edit: bpy.types.Image) -> bool:
        """Tell whether these two are compared."""
        return self._uids == (canvas.session_uid, edit.session_uid)

    def advance(self) -> bool:
        """Read the next image. True once all is done. Main thread."""
        pixels.read_next()
        return self._task.is_over

    def run(self) -> None:
        """Do all of it now. Main thread."""
        while not self.advance():
            self._task.wait(_TURN_S)

    def stop(self) -> None:
        """Want it no more."""
        self._task.stop.set()

    def stencil(self, canvas: bpy.types.Image, edit: bpy.types.Image) -> bpy.types.Image:
        """Make the image that is white where the edit differs; packed. When done, on the main thread.

        Raises:
            PlacementImpossible: there is nothing to paint in, or the images can't be read or compared.
        """
        if self._failure:
            raise PlacementImpossible(self._failure)
        if self._is_same:
            raise PlacementImpossible(
                phrase(
                    "“{edit}” looks the same as “{canvas}” everywhere.", edit=edit.name, canvas=canvas.name
                )
            )
        return _stencil_image(f"{edit.name} Stencil", self._mask)

    def _run(self, stop: threading.Event) -> None:
        try:
            self._compare(stop)
        except SnapshotFailed as error:
            self._failure = str(error)
        except MemoryError:
            self._failure = phrase("There is not enough memory to read the pixels of a source.")
        except Exception:
            logger.exception("What an edit has changed can't be found out")
            self._failure = DEFECT
        finally:
            for pending in self._pending:
                pending.released.set()

    def _compare(self, stop: threading.Event) -> None:
        from ...imaging.changes import changed_areas, mask_size, sampled

        size: tuple[int, int] | None = None
        seen: list[Any] = []
        for pending in self._pending:
            read = pending.wait(stop)
            if not isinstance(read, PixelsSnapshot):
                return
            size = size or mask_size(read.width, read.height)
            seen.append(sampled(read, size))
            pending.released.set()
        mask = changed_areas(*seen)
        if mask.any():
            self._mask = _png(mask)
        else:
            self._is_same = True


def set_stencil(scene: bpy.types.Scene, mesh: bpy.types.Mesh, stencil: bpy.types.Image) -> None:
    """Let strokes on a mesh go through a stencil: they pass where it is white."""
    paint: Any = scene.tool_settings.image_paint
    paint.stencil_image = stencil
    paint.invert_stencil = True  # else white holds back
    paint.use_stencil_layer = True
    if mesh.library is None and mesh.uv_layers.active is not None:
        mesh.uv_layer_stencil = mesh.uv_layers.active


def has_stencil(scene: bpy.types.Scene) -> bool:
    """Tell whether a stencil of ours is laid on, be it switched on or off."""
    image = scene.tool_settings.image_paint.stencil_image
    return image is not None and is_noted(image, STENCIL_KEY)


def thin_veil(space: Any) -> None:
    """Have a 3D View show what a stencil holds back under a thin veil: Blender's own covers it in black."""
    overlay = space.overlay
    overlay.texture_paint_mode_opacity = min(overlay.texture_paint_mode_opacity, _VEIL)


def lift_stencil(scene: bpy.types.Scene) -> None:
    """Take our own stencil off; one of the artist's stays."""
    if has_stencil(scene):
        paint: Any = scene.tool_settings.image_paint
        paint.use_stencil_layer = False
        paint.stencil_image = None


def lift_lost_stencils() -> None:
    """Switch stencils off whose image undo has taken.

    Undo leaves the settings of brushes as they are, and with a stencil that is missing Blender refuses to
    paint at all.
    """
    for scene in bpy.data.scenes:
        paint: Any = scene.tool_settings.image_paint
        if paint is not None and paint.use_stencil_layer and paint.stencil_image is None:
            paint.use_stencil_layer = False


def _stencil_image(name: str, content: bytes) -> bpy.types.Image:
    image = bpy.data.images.get(name)
    if image is None or not is_noted(image, STENCIL_KEY) or image.library is not None:
        image = bpy.data.images.new(name, 1, 1)
        image[STENCIL_KEY] = True
    image.pack(data=content, data_len=len(content))
    image.source = "FILE"
    name_packed(image, slug(name) + ".png")
    set_colour_space(image, "Non-Color")
    image.buffers_free()  # of the content before; `reload` would look for a file, and miss it on the console
    return image


def _png(mask: Any) -> bytes:
    from ...imaging.png import ArrayRows, write_png

    file = io.BytesIO()
    write_png(file, ArrayRows(mask))
    return file.getvalue()
