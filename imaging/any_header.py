# SPDX-License-Identifier: GPL-3.0-or-later
"""What the header of any image says, also of what the service does not take: TIFF, OpenEXR, Radiance HDR …

`check.read_header` is for what comes from the service or goes there, and raises; here nothing is an error.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .deep_headers import HEAD_BYTES, size_of
from .files import open_regular
from .formats import Format, sniff


@dataclass(frozen=True, kw_only=True)
class AnyHeader:
    """What a header says; all empty where it is no image that can be read."""

    magic: Format | None = None
    """By the first bytes alone."""
    format: str = ""
    """Pillow's name of it, empty where Pillow does not know it."""
    width: int = 0  # pixels, 0 = not told
    height: int = 0  # pixels
    has_alpha: bool = False
    is_float: bool = False


def read_any_header(source: Path | io.BytesIO) -> AnyHeader:
    """Read no more than the header: as Pillow does, or of a format of floats ourselves. Any thread."""
    try:
        with source if isinstance(source, io.BytesIO) else open_regular(source) as file:
            return _read(file)
    except OSError:
        return AnyHeader()


def _read(file: BinaryIO) -> AnyHeader:
    import PIL.Image  # here, because enabling the extension must not import Pillow

    head = file.read(HEAD_BYTES)
    magic = sniff(head)
    deep = size_of(head)
    if deep is not None:
        return AnyHeader(width=deep[0], height=deep[1], is_float=True)
    try:
        file.seek(0)
        with PIL.Image.open(file) as image:
            return AnyHeader(
                magic=magic,
                format="JPEG" if image.format == "MPO" else image.format or "",
                width=image.width,
                height=image.height,
                has_alpha=image.has_transparency_data,
            )
    except PIL.Image.DecompressionBombError:
        return AnyHeader(magic=magic)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error):  # what Pillow expects
        return AnyHeader(magic=magic)
