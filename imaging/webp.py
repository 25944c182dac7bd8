# SPDX-License-Identifier: GPL-3.0-or-later
"""Decode WebP files with the libwebp that Pillow has loaded, directly into an array, on two threads.

Worker threads only. Pillow copies all pixels with the interpreter lock held (30 ms at 4096 × 4096), and takes
three times as long. On Windows, Pillow hides libwebp's functions: there it decodes as before.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

_CHANNELS: Final = {"RGB": 3, "RGBA": 4}
_COLOURS: Final = {"RGB": 0, "RGBA": 1}  # MODE_RGB and MODE_RGBA of libwebp's decode.h
_VERSION: Final = 0x0200  # of the structures below; libwebp refuses any that are not its own


def decode_webp(
    data: bytes, image: ImageFile, size: tuple[int, int] | None = None
) -> NDArray[np.uint8] | None:
    """Return the pixels of a still WebP: (height, width, channels), top row first.

    Returns None for other files, if libwebp can't be reached, and if anything is wrong: Pillow then decides.
    Raises MemoryError.

    Args:
        data: the file.
        image: the same file, opened with Pillow, which has checked its form and size.
        size: width and height to reduce the picture to while it is decoded; it is decoded whole all the same.
    """
    if image.format != "WEBP" or getattr(image, "is_animated", True) or image.mode not in _CHANNELS:
        return None
    try:
        prepare, features, decode = _functions()
    except (ImportError, OSError, AttributeError):
        return None
    config = _Config()
    if not prepare(ctypes.byref(config), _VERSION):
        return None
    if features(data, len(data), ctypes.byref(config.input), _VERSION):
        return None
    if (config.input.width, config.input.height) != image.size:
        return None
    width, height = size or image.size
    pixels = np.empty((height, width, _CHANNELS[image.mode]), np.uint8)
    config.output.colours, config.output.is_ours = _COLOURS[image.mode], 1
    config.output.place.rgba = _Rgba(pixels.ctypes.data, pixels.strides[0], pixels.nbytes)
    config.options.is_scaled = int(size is not None)
    config.options.width, config.options.height = width, height
    config.options.uses_threads = 1
    return None if decode(data, len(data), ctypes.byref(config)) else pixels


class _Rgba(ctypes.Structure):
    """WebPRGBABuffer: where the pixels are to be written."""

    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("row_bytes", ctypes.c_int),
        ("byte_count", ctypes.c_size_t),
    )


class _Planes(ctypes.Structure):
    """WebPYUVABuffer, which is not used, but larger."""

    _fields_ = (
        ("planes", ctypes.c_void_p * 4),
        ("row_bytes", ctypes.c_int * 4),
        ("byte_counts", ctypes.c_size_t * 4),
    )


class _Place(ctypes.Union):
    _fields_ = (("rgba", _Rgba), ("planes", _Planes))


class _Output(ctypes.Structure):
    """WebPDecBuffer."""

    _fields_ = (
        ("colours", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("is_ours", ctypes.c_int),
        ("place", _Place),
        ("later", ctypes.c_uint32 * 4),
        ("memory", ctypes.c_void_p),
    )


class _Features(ctypes.Structure):
    """WebPBitstreamFeatures: what the header says."""

    _fields_ = (
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("other", ctypes.c_int * 3),
        ("later", ctypes.c_uint32 * 5),
    )


class _Options(ctypes.Structure):
    """WebPDecoderOptions."""

    _fields_ = (
        ("quality_and_crop", ctypes.c_int * 7),
        ("is_scaled", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("uses_threads", ctypes.c_int),
        ("dithering_and_flip", ctypes.c_int * 3),
        ("later", ctypes.c_uint32 * 5),
    )


class _Config(ctypes.Structure):
    """WebPDecoderConfig."""

    _fields_ = (
        ("input", _Features),
        ("output", _Output),
        ("options", _Options),
    )


def _functions() -> tuple[Callable[..., int], Callable[..., int], Callable[..., int]]:
    """Return what prepares a config, reads a header, and decodes. They let go of the lock.

    The system finds them in Pillow's module or in the libraries that it has loaded. Raises ImportError,
    OSError, AttributeError.
    """
    from PIL import _webp

    library = ctypes.CDLL(str(_webp.__file__))
    prepare, features = library["WebPInitDecoderConfigInternal"], library["WebPGetFeaturesInternal"]
    decode = library["WebPDecode"]
    config, data, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    prepare.argtypes = (config, ctypes.c_int)  # returns 0 if its version is another one
    features.argtypes = (data, size, ctypes.c_void_p, ctypes.c_int)  # returns a status; 0 is well
    decode.argtypes = (data, size, config)
    return prepare, features, decode
