# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode WebP files with the libwebp that Pillow has loaded, directly into an array.

Worker threads only. Pillow copies all pixels with the interpreter lock held (30 ms at 4096 × 4096), and takes
twice as long. On Windows, Pillow hides libwebp's functions: there it decodes as before.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

_CHANNELS = {"RGB": 3, "RGBA": 4}


def decode_webp(data: bytes, image: ImageFile) -> NDArray[np.uint8] | None:
    """Return the pixels of a still WebP: (height, width, channels), top row first.

    Returns None for other files, if libwebp can't be reached, and if anything is wrong: Pillow then decides.
    Raises MemoryError.

    Args:
        data: the file.
        image: the same file, opened with Pillow, which has checked its form and size.
    """
    if image.format != "WEBP" or getattr(image, "is_animated", True) or image.mode not in _CHANNELS:
        return None
    try:
        decode, size_of = _functions(image.mode)
    except (ImportError, OSError, AttributeError):
        return None
    width, height = ctypes.c_int(), ctypes.c_int()
    if not size_of(data, len(data), ctypes.byref(width), ctypes.byref(height)):
        return None
    if (width.value, height.value) != image.size:
        return None
    pixels = np.empty((height.value, width.value, _CHANNELS[image.mode]), np.uint8)
    done = decode(data, len(data), pixels.ctypes.data, pixels.nbytes, pixels.strides[0])
    return pixels if done else None


def _functions(mode: str) -> tuple[Callable[..., int | None], Callable[..., int]]:
    """Return `WebPDecodeRGBInto` or `WebPDecodeRGBAInto`, and `WebPGetInfo`. Both let go of the lock.

    The system finds them in Pillow's module or in the libraries that it has loaded. Raises ImportError,
    OSError, AttributeError.
    """
    from PIL import _webp

    library = ctypes.CDLL(str(_webp.__file__))
    decode, size_of = library[f"WebPDecode{mode}Into"], library["WebPGetInfo"]
    decode.restype = ctypes.c_void_p  # of the pixels; None if anything is wrong
    decode.argtypes = (
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_void_p,  # memory for the pixels; its bytes, and those of a row
        ctypes.c_size_t,
        ctypes.c_int,
    )
    number = ctypes.POINTER(ctypes.c_int)
    size_of.argtypes = (ctypes.c_char_p, ctypes.c_size_t, number, number)
    return decode, size_of
