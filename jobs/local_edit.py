# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits that this computer makes from a picture: a texture that tiles, and its maps.

Free, nothing is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..client.models import DEFAULT_MODEL
from ..client.requests import EditRequest, Source
from ..imaging.tiling.settings import BASE_COLOR, Map, MapSettings, Size

if TYPE_CHECKING:
    from collections.abc import Mapping

VERB: Final = "local"
SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        BASE_COLOR: "BaseColor",
        Map.HEIGHT.value: "Height",
        Map.NORMAL.value: "Normal",
        Map.ROUGHNESS.value: "Roughness",
        Map.OCCLUSION.value: "AO",
        Map.METALLIC.value: "Metallic",
    }
)
"""Suffixes of the parts of a material, as other programs expect them."""


_ALONE: Final = "Seamless"
_ENDINGS: Final = (
    *(f"_{suffix}" for suffix in (*SUFFIXES.values(), _ALONE)),
    "_Color",
    "_Albedo",
    "_Diffuse",
)
_FILE_ENDING: Final = re.compile(r"\.(png|jpe?g|webp|tiff?|exr|hdr|tga|bmp)$", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[^\w\- ()]")
_BASE_LENGTH: Final = 40
"""Characters: datablock names are limited to 63 bytes before Blender 5.0."""


def base_of(name: str) -> str:
    """Return the common beginning of a picture's parts: "Copper" for "Copper_BaseColor.png"."""
    base = _FILE_ENDING.sub("", name)
    for ending in _ENDINGS:
        base = base.removesuffix(ending)
    return base.strip()[:_BASE_LENGTH] or "Texture"


def file_stem(name: str) -> str:
    """Return a name as a file name that every system allows."""
    return _UNSAFE.sub("-", name)


@dataclass(frozen=True, kw_only=True)
class TilingWork:
    """What to make from a picture."""

    seamless: bool = False
    size: Size = Size.KEEP
    flatten: float | None = None
    """How much of the uneven light to remove, 0 to 1; None: measured."""
    is_mirrored: bool = False
    maps: tuple[Map, ...] = ()
    settings: MapSettings = field(default_factory=MapSettings)

    @property
    def parts(self) -> tuple[str, ...]:
        """The results in their order: the picture, and its maps."""
        maps = tuple(each.value for each in Map if each in self.maps)
        return (BASE_COLOR, *maps) if self.seamless else maps


@dataclass(frozen=True, kw_only=True)
class LocalEdit(EditRequest):
    """An edit without a service. A recipe stores it like any other request."""

    work: TilingWork = field(default_factory=TilingWork)
    base: str = ""
    """The picture's name, with which the names of its maps begin."""
    names: tuple[str, ...] = ()
    """Names of results that are not parts of a material: textures from a sheet, in their order."""

    @property
    def verb(self) -> str:
        return VERB

    @property
    def price(self) -> int:
        return 0

    def of_names(self, names: tuple[str, ...]) -> LocalEdit:
        """Return the edit with these names of its results."""
        return replace(self, names=names, count=len(names))

    def part_of(self, index: int) -> str:
        """Return which part of a material a result is: `BASE_COLOR`, or the name of a map."""
        if self.names:
            return ""
        parts = self.work.parts
        return parts[index] if 0 <= index < len(parts) else BASE_COLOR

    def name_of(self, index: int) -> str:
        """Return a result's name. If it is too long, the base is cut, never the part."""
        if self.names:
            return self.names[index] if 0 <= index < len(self.names) else self.base
        part = self.part_of(index)
        is_alone = part == BASE_COLOR and not self.work.maps
        return f"{self.base}_{_ALONE if is_alone else SUFFIXES[part]}"


def local_edit(
    source: str, base: str, title: str, work: TilingWork, *, holds_data: bool, alpha_mode: str
) -> LocalEdit:
    """Make the request.

    Args:
        source: the picture's name.
        base: the beginning of its parts' names.
        title: its name in lists, in the artist's language.
    """
    return LocalEdit(
        model=DEFAULT_MODEL,
        prompt=title,
        written=title,
        count=len(work.parts),
        sources=(Source(name=source),),
        holds_data=holds_data,
        alpha_mode=alpha_mode,
        work=work,
        base=base,
    )
