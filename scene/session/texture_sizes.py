# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes of new textures: those of the existing ones. Main thread; decodes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..listing.describe import describe
from ..refs import find_image
from ..sources import file_facts
from .model_reading import image_of_material

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import bpy

    from ...jobs.targets import ShownTexture
    from ..sources.file_facts import Ask, FileFact

USUAL: Final = 2048
"""The side of a new texture if there is none yet, texels."""
_LEAST, _MOST = 512, 4096
"""Limits of the longer side: a smaller texture is a swatch, a larger one needs too much memory."""


def with_sizes(shown: Iterable[ShownTexture]) -> tuple[ShownTexture, ...]:
    """Add each texture's future size. At a click: it reads the headers of unknown files."""
    return tuple(replace(one, size=_size(find_image(one.image), one.tile, _look)) for one in shown)


def largest_side(objects: Sequence[bpy.types.Object], engine: str) -> int:
    """Return the longest side of the future textures, as far as it is known. For `draw`."""
    materials = {slot.material for obj in objects for slot in obj.material_slots}
    images = {image_of_material(material, engine) for material in materials} or {None}
    return max(max(_size(image, 0, file_facts.known)) for image in images)


def _size(image: bpy.types.Image | None, tile: int, ask: Ask) -> tuple[int, int]:
    info = describe(image, tile=tile, ask=ask) if image is not None else None
    longer = max(info.width, info.height) if info is not None else 0
    if info is None or longer < _LEAST:
        return USUAL, USUAL
    scale = min(1.0, _MOST / longer)
    return max(1, round(info.width * scale)), max(1, round(info.height * scale))


def _look(path: Path) -> FileFact | None:
    return file_facts.look_for([path]).get(path)
