# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiles of UDIM images: which there are, which the artist has ticked, where they are kept."""

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
    """Return the tiles that are meant: those that are ticked and still there, else the active one.

    Empty where the image has no tiles.

    Args:
        ticked: what `ticked_text` made.
    """
    if image is None or image.source != "TILED":
        return ()
    wanted = {int(word) for word in ticked.split(",") if word.isdecimal() and len(word) < 9}
    return tuple(number for number in numbers_of(image) if number in wanted) or (active_tile(image),)


def ticked_text(numbers: Iterable[int]) -> str:
    """Return what a source of the form keeps of its ticked tiles."""
    return ",".join(str(number) for number in sorted(numbers))


def corner_of(number: int) -> tuple[int, int]:
    """Return the UV of a tile's lower left corner."""
    return (number - 1001) % 10, (number - 1001) // 10


def tile_name(path: str, number: int) -> str:
    """Put a tile's number into a path with `<UDIM>` or `<UVTILE>`."""
    column, row = corner_of(number)
    return path.replace("<UDIM>", str(number)).replace("<UVTILE>", f"u{column + 1}_v{row + 1}")
