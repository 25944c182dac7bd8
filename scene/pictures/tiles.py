# SPDX-License-Identifier: GPL-3.0-or-later
"""The tiles of UDIM images: their numbers, which the artist has ticked, and their files."""

from __future__ import annotations

from collections.abc import Iterable

import bpy


def numbers_of(image: bpy.types.Image) -> list[int]:
    """List the tiles of an image by their numbers (1001 …); empty if it has none. Decodes nothing."""
    return sorted(tile.number for tile in image.tiles) if image.source == "TILED" else []


def active_tile(image: bpy.types.Image) -> int:
    """Return the tile that is active in the Image Editor's list, else the first one."""
    tile = image.tiles.active or image.tiles[0]
    return tile.number


def chosen_tiles(image: bpy.types.Image | None, ticked: str) -> tuple[int, ...]:
    """Return the chosen tiles: those that are ticked and still exist, else the active one.

    Empty for an image without tiles.

    Args:
        ticked: the text of `ticked_text`.
    """
    if image is None or image.source != "TILED":
        return ()
    wanted = {int(word) for word in ticked.split(",") if word.isdecimal() and len(word) < 9}
    return tuple(number for number in numbers_of(image) if number in wanted) or (active_tile(image),)


def ticked_text(numbers: Iterable[int]) -> str:
    """Return the form's text for a source's ticked tiles."""
    return ",".join(str(number) for number in sorted(numbers))


def corner_of(number: int) -> tuple[int, int]:
    """Return the UV of a tile's lower left corner."""
    return (number - 1001) % 10, (number - 1001) // 10


def tile_name(path: str, number: int) -> str:
    """Replace `<UDIM>` or `<UVTILE>` in a path by a tile's number."""
    column, row = corner_of(number)
    return path.replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
