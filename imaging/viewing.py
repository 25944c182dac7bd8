# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert pictures to what viewers show, rotated and in their colours, and to what Blender shows.

Worker threads only. Viewers are what the artist knows a file from that never was in Blender.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .bands import as_array, in_bands, rows_of
from .eight_bit import eight_bit
from .files import open_regular
from .formats import sniff
from .metadata import UPRIGHT, Viewing, read_viewing, viewing_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

_UPSIDE_DOWN: Final = (3, 4, 6, 7)
_MIRRORED: Final = (2, 3, 7, 8)
_WAY_BACK: Final = {6: 8, 8: 6}
"""Orientations whose inverse is another one."""
_SPACE: Final = slice(16, 20)  # bytes of a profile that name its colours
_SAME: Final = 3  # levels of 255: differences of profiles that all mean sRGB
_SAMPLE: Final = np.array(np.meshgrid(*3 * [[0, 64, 128, 192, 255]]), np.uint8).T.reshape(1, -1, 3)


def viewed(source: Path | bytes, image: ImageFile) -> NDArray[np.uint8]:
    """Return the pixels of an image that was opened, 8 bits, as viewers show them."""
    viewing = _viewing(source, image)
    change = _colour_change(viewing.profile, image.mode)
    if change is not None and image.mode == "CMYK":
        pixels = _changed(as_array(image), change)
    else:
        pixels = eight_bit(image)
        if change is not None:
            pixels[..., :3] = _changed(pixels[..., :3], change)
    # Pillow rotates a TIFF by itself.
    return pixels if image.format == "TIFF" else _turned(pixels, viewing.orientation)


def as_in_blender(image: ImageFile) -> NDArray[np.uint8]:
    """Return an opened image's pixels, 8 bits, as Blender shows them: only AVIF is rotated."""
    orientation = viewing_of(image).orientation
    pixels = eight_bit(image)
    if image.format == "TIFF":  # which Pillow has turned
        return _turned(pixels, _WAY_BACK.get(orientation, orientation))
    return _turned(pixels, orientation) if image.format == "AVIF" else pixels


def is_viewed_as_stored(viewing: Viewing) -> bool:
    """Return whether viewers show the pixels of an RGB or grey picture unchanged."""
    return viewing.orientation == UPRIGHT and _colour_change(viewing.profile, "RGB") is None


def _colour_change(profile: bytes, mode: str) -> Any | None:
    """Return a conversion from a profile's colours to sRGB; None if none is needed or possible.

    Args:
        mode: Pillow's, of the image that has the profile.
    """
    from PIL import ImageCms

    wanted = "CMYK" if mode == "CMYK" else "RGB"
    if not profile or mode not in ("RGB", "RGBA", "P", "CMYK"):
        return None
    if profile[_SPACE].strip() != wanted.encode():
        return None
    cms: Any = ImageCms  # of which Pillow tells types in part
    try:
        found = cms.ImageCmsProfile(io.BytesIO(profile))
        change = cms.buildTransform(found, cms.createProfile("sRGB"), wanted, "RGB")
    except (cms.PyCMSError, OSError, ValueError, TypeError):  # Pillow's exceptions for a broken profile
        return None
    if wanted == "RGB" and np.abs(_changed(_SAMPLE, change).astype(int) - _SAMPLE).max() <= _SAME:
        return None
    return change


def _viewing(source: Path | bytes, image: ImageFile) -> Viewing:
    with io.BytesIO(source) if isinstance(source, bytes) else open_regular(source) as file:
        found = sniff(file.read(16))
        if found is None:
            return viewing_of(image)
        file.seek(0)
        return read_viewing(file, found)


def _changed(pixels: NDArray[np.uint8], change: Any) -> NDArray[np.uint8]:
    """Return pixels in sRGB, band by band, because each conversion keeps the interpreter lock."""
    import PIL.Image
    from PIL import ImageCms

    changed = np.empty((*pixels.shape[:2], 3), np.uint8)
    mode = "CMYK" if pixels.shape[2] == 4 else "RGB"

    def work(rows: slice) -> None:
        size = pixels.shape[1], rows.stop - rows.start
        band = PIL.Image.frombytes(mode, size, pixels[rows].tobytes())
        changed[rows] = np.asarray(ImageCms.applyTransform(band, change))

    in_bands(work, rows_of(len(pixels), pixels.shape[1] * pixels.shape[2], 1 << 17))
    return changed


def _turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation == UPRIGHT:
        return pixels
    if orientation in _UPSIDE_DOWN:
        pixels = pixels[::-1]
    if orientation in _MIRRORED:
        pixels = pixels[:, ::-1]
    if Viewing(orientation=orientation).is_lying:
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels)
