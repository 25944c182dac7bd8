# SPDX-License-Identifier: GPL-3.0-or-later
"""Read headers of any image format, also of those that the service refuses: TIFF, OpenEXR, Radiance HDR …

`check.read_header` is for files from or to the service, and raises; here nothing is an error.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .deep_headers import HEAD_BYTES, has_floats, size_of, tiff_size
from .errors import ImageDamaged
from .exr_layers import EXR_MAGIC, Layer, layers_of
from .files import open_regular
from .formats import Format, kind_of, sniff
from .metadata import read_viewing, viewing_of
from .pillow import REFUSALS, TIFF_BITS, has_alpha, refuse_misread
from .plain import is_plain
from .png_chunks import walk
from .unread import dds_size, unread_form

if TYPE_CHECKING:
    from PIL.Image import Image

_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257  # tags


@dataclass(frozen=True, kw_only=True)
class AnyHeader:
    """The content of a header; all empty if it can't be read as an image."""

    magic: Format | None = None
    """By the first bytes only."""
    format: str = ""
    """Pillow's name for it, empty if Pillow does not know it."""
    kind: str = ""
    """Name of a format (`formats.kind_of`), or of a form of one (`unread`), that not every Blender version
    reads."""
    width: int = 0  # pixels as Blender shows it, 0 = not told
    height: int = 0  # pixels
    has_alpha: bool = False
    is_alpha_unsure: bool = False
    """Blender and Pillow may disagree whether there is an alpha channel."""
    is_float: bool = False
    is_still: bool = True
    """It contains only one picture."""
    is_plain: bool = True
    """For a PNG, JPEG or WebP: it can be sent unchanged, as far as its beginning tells."""
    is_viewed_as_stored: bool = True
    """Viewers show its pixels unchanged, as Blender does."""
    layers: tuple[Layer, ...] = ()
    """The layers of an OpenEXR if Blender reads several; the combined picture comes first."""
    is_lying: bool = False
    """Viewers exchange its width and height."""

    @property
    def viewed_size(self) -> tuple[int, int]:
        """Width and height in pixels, as viewers show it."""
        return (self.height, self.width) if self.is_lying else (self.width, self.height)


def read_any_header(source: Path | io.BytesIO) -> AnyHeader:
    """Read only the header, with Pillow, or with our own code for formats that Pillow does not know."""
    try:
        with source if isinstance(source, io.BytesIO) else open_regular(source) as file:
            return _read(file)
    except OSError:
        return AnyHeader()


def _read(file: BinaryIO) -> AnyHeader:
    head = file.read(HEAD_BYTES)
    magic, deep = sniff(head), size_of(head)
    file.seek(0)
    form = unread_form(file)
    file.seek(0)
    if deep is not None:
        layers = tuple(layers_of(file)) if head.startswith(EXR_MAGIC) else ()
        width, height = (layers[0].width, layers[0].height) if layers else deep
        return AnyHeader(width=width, height=height, is_float=has_floats(head), layers=layers, kind=form)
    header = _read_png(file) if magic is Format.PNG else _read_by_pillow(file)
    if magic is None or not header.format:
        return replace(header, magic=magic, kind=form or kind_of(head))
    file.seek(0)
    viewing = read_viewing(file, magic)
    file.seek(0)
    from .viewing import is_viewed_as_stored  # and with it numpy

    return replace(
        header,
        magic=magic,
        kind=form,
        is_plain=is_plain(file, magic),
        is_viewed_as_stored=is_viewed_as_stored(viewing),
        is_lying=viewing.is_lying,
    )


def _read_png(file: BinaryIO) -> AnyHeader:
    """Read the header of a PNG, which may contain more texts than Pillow reads."""
    width, height, colour, has_clear_colour = 0, 0, 0, False
    try:
        for kind, _length in walk(file):
            if kind == b"IHDR":
                width, height, _depth, colour = struct.unpack(">IIBB", file.read(10))
            elif kind == b"tRNS":
                has_clear_colour = True
            elif kind == b"IDAT":
                break
    except (ImageDamaged, struct.error):
        return AnyHeader()
    if not width or not height:
        return AnyHeader()
    is_clear = has_clear_colour or colour in (4, 6)
    return AnyHeader(format=Format.PNG.value, width=width, height=height, has_alpha=is_clear)


def _read_by_pillow(file: BinaryIO) -> AnyHeader:
    import PIL.Image  # here, because enabling the extension must not import Pillow

    try:
        with PIL.Image.open(file) as image:
            refuse_misread(image)
            name = "JPEG" if image.format == "MPO" else image.format or ""
            viewing, (width, height) = viewing_of(image), image.size
            if name == "TIFF":  # turned by Pillow, here or when it is decoded, but not by Blender
                tags = getattr(image, "tag_v2", {})
                width, height = tags.get(_TIFF_WIDTH, width), tags.get(_TIFF_HEIGHT, height)
            elif name == "AVIF" and viewing.is_lying:  # turned by Blender
                width, height = height, width
            return AnyHeader(
                format=name,
                width=width,
                height=height,
                has_alpha=has_alpha(image),
                is_alpha_unsure=_is_alpha_unsure(image),
                is_still=name != "GIF" or getattr(image, "n_frames", 1) == 1,
                is_lying=viewing.is_lying and name != "AVIF",
            )
    except PIL.Image.DecompressionBombError:
        return AnyHeader()
    except REFUSALS:
        file.seek(0)
        width, height = dds_size(file.read(HEAD_BYTES))
        if not width:
            width, height = tiff_size(file)
        return AnyHeader(width=width, height=height, is_alpha_unsure=True)


def _is_alpha_unsure(image: Image) -> bool:
    match image.format:
        case "PSD":
            return has_alpha(image)
        case "TIFF":
            bits = getattr(image, "tag_v2", {}).get(TIFF_BITS, ())
            return len(image.getbands()) < len(bits) or image.mode == "RGBX"  # in older Pillows
        case "BMP":
            return any(tile[3][0] == "BGRX" for tile in getattr(image, "tile", ()))
        case _:
            return False
