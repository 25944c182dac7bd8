# SPDX-License-Identifier: GPL-3.0-or-later
"""A small picture in several forms, and what Pillow makes of it: for `file_kinds` and `exr_kinds`."""

import io
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

WIDTH, HEIGHT = 48, 32

_DOWN, _ACROSS = np.mgrid[:HEIGHT, :WIDTH]
RGBA: Final = (
    np.dstack(
        (
            40 + 180 * _ACROSS / (WIDTH - 1),
            40 + 180 * _DOWN / (HEIGHT - 1),
            128 + 80 * np.sin(_ACROSS / 9) * np.cos(_DOWN / 7),
            64 + 191 * (_ACROSS + _DOWN) / (WIDTH + HEIGHT - 2),
        )
    )
    .round()
    .astype(np.uint8)
)
"""Smooth, so that lossy formats lose little; different in each orientation."""
RGB: Final = np.ascontiguousarray(RGBA[..., :3])
GREY: Final = np.ascontiguousarray(RGBA[..., 0])
GREY_ALPHA: Final = np.ascontiguousarray(RGBA[..., [0, 3]])
OTHER: Final = 255 - RGB
PALETTE: Final = Image.fromarray(RGB).quantize(200)
SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXCHANGED: Final = SRGB.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
"""A profile that exchanges red and blue."""

Make = Callable[[], bytes]


def linear(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return linear light of sRGB values."""
    parts = values / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4).astype(np.float32)


LIGHT: Final = linear(RGB)
GLASS: Final = np.concatenate((LIGHT * (RGBA[..., 3:] / 255), RGBA[..., 3:] / 255), 2).astype(np.float32)
"""Light premultiplied with its alpha."""
DARK: Final = (1 - LIGHT).astype(np.float32)


def wide(values: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return values.astype(np.uint16) * np.uint16(257)


def pillow(kind: str, picture: NDArray[Any] | Image.Image = RGB, **options: Any) -> Make:
    def make() -> bytes:
        target = io.BytesIO()
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        image.save(target, kind, **options)
        return target.getvalue()

    return make


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()
