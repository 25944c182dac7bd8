# SPDX-License-Identifier: GPL-3.0-or-later
"""All images of a batch in one picture, by their rows. For a worker, or a process without a window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

SIDE: Final = 192
"""Pixels of a thumbnail's box, and of a line of text below it."""
LINE: Final = 20
GAP: Final = 8
MOST: Final = 400
"""Images on a sheet: 20 × 20 are 4000 pixels each way. The first ones of larger batches."""
_PAPER: Final = (32, 32, 32)
_INK: Final = (220, 220, 220)


def contact_sheet(cells: Sequence[tuple[str, Path | None]]) -> Image.Image:
    """Draw a sheet, as square as it gets; 8-bit sRGB.

    Args:
        cells: a short text for each, and its file; None, or one that can't be read: the box stays empty.
    """
    shown = cells[:MOST]
    columns = max(1, round(len(shown) ** 0.5))
    rows = max(1, -(-len(shown) // columns))
    width, height = columns * (SIDE + GAP) + GAP, rows * (SIDE + LINE + GAP) + GAP
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (text, path) in enumerate(shown):
        left = GAP + number % columns * (SIDE + GAP)
        top = GAP + number // columns * (SIDE + LINE + GAP)
        picture = None if path is None else _thumbnail(path)
        if picture is None:
            draw.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), outline=_INK)
        else:
            place = (left + (SIDE - picture.width) // 2, top + (SIDE - picture.height) // 2)
            sheet.paste(picture, place, picture.getchannel("A"))
        draw.text((left, top + SIDE + 3), text, fill=_INK)
    return sheet


def _thumbnail(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as image:
            image.draft("RGB", (SIDE, SIDE))
            turned = ImageOps.exif_transpose(image)
            turned.thumbnail((SIDE, SIDE))
            return turned.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
