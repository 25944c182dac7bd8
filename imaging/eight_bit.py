# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert Pillow's many modes to four."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .bands import as_array
from .files import open_regular
from .pixels import linear_to_srgb

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile


def eight_bit(image: Image) -> NDArray[np.uint8]:
    """Return the pixels as 8-bit grey, grey and alpha, RGB or RGBA, decoded if needed."""
    if image.mode.startswith("I"):
        return _from_integers(as_array(image))
    if image.mode == "F":
        # Like Blender, treat floating-point files as scene-linear.
        values = np.nan_to_num(as_array(image).astype(np.float64))
        return (linear_to_srgb(values) * 255 + 0.5).astype(np.uint8)
    mode = _target_mode(image)
    return as_array(image if image.mode == mode else image.convert(mode))


def read_eight_bit(path: Path, image: ImageFile) -> NDArray[np.uint8]:
    """Return the same pixels of a file that Pillow has opened as `image`, faster if it is a PNG or WebP."""
    from .png_streams import decode_stream  # not when Easel is enabled, which imports this module
    from .webp import decode_webp

    if image.format in ("PNG", "WEBP"):
        with open_regular(path) as file:
            data = file.read()
        streamed = decode_stream(data)
        pixels = decode_webp(data, image) if streamed is None else streamed.pixels
        if pixels is not None:
            return pixels
    return eight_bit(image)


def _target_mode(image: Image) -> str:
    has_colour_key = "transparency" in image.info
    has_alpha = has_colour_key or bool({"A", "a"} & set(image.getbands()))
    if image.mode in ("1", "L", "LA", "La") and not has_colour_key:
        return "LA" if has_alpha else "L"
    return "RGBA" if has_alpha else "RGB"


def _from_integers(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale 16-bit grey (also stored in 32 bits) to 8 bits; 65535 is white."""
    return ((np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257).astype(np.uint8)
