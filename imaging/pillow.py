# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the Pillow in this process.

Easel ships one, but all add-ons share the one that was imported first.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from ..texts.phrases import phrase

if TYPE_CHECKING:
    from PIL.Image import Image

TIFF_BITS: Final = 258
"""The tag with the bits of each channel."""
_TIFF_PLANES: Final = 284  # the tag with 2 if the channels are stored one after the other
OLDEST: Final = (9, 5)
"""The oldest version with which the tests of this room pass."""
REFUSALS: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, RuntimeError, struct.error)
"""Pillow's exceptions for a file that it can't read: those that its own `Image.open` expects of a broken
file, OSError for a truncated one, RuntimeError for AVIFs, and its NotImplementedError for rare forms of
DDS."""


def obstacle() -> str:
    """Return why pictures can't be processed, and what to do; empty if they can. Imports Pillow."""
    import PIL

    version, folder = str(getattr(PIL, "__version__", "?")), str(next(iter(PIL.__path__), "?"))
    try:
        import PIL.Image  # fails if the compiled half is of another version

        PIL.Image.Resampling  # noqa: B018
    except (ImportError, AttributeError):
        return _in_the_way(version, folder)
    return "" if is_new_enough(version) else _in_the_way(version, folder)


def is_new_enough(version: str) -> bool:
    """Return whether Easel works with a version, such as "9.5.0"."""
    numbers = version.split(".")[:2]
    return all(number.isdecimal() for number in numbers) and tuple(map(int, numbers)) >= OLDEST


def refuse_misread(image: Image) -> None:
    """Raise UnidentifiedImageError for an opened TIFF of which Pillow would make other colours.

    These are planes of 16 bits without compression (`findings/pillow-scrambles-sixteen-bit-planes.sh`).
    """
    import PIL

    if image.format != "TIFF" or all(tile[0] != "raw" for tile in getattr(image, "tile", ())):
        return
    tags = getattr(image, "tag_v2", {})
    if tags.get(_TIFF_PLANES, 1) != 1 and max(tags.get(TIFF_BITS, (1,))) > 8:
        raise PIL.UnidentifiedImageError("Pillow misreads planes of 16 bits")


def _in_the_way(version: str, folder: str) -> str:
    return phrase(
        "Another add-on has loaded Pillow {version} from {folder}, which Easel can't work with. Disable that "
        "add-on and restart Blender. Nothing was sent.",
        version=version,
        folder=folder,
    )


def has_alpha(image: Image) -> bool:
    """Return whether some pixels may be transparent, like Pillow's `has_transparency_data` (10.1)."""
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def is_deep_grey(image: Image) -> bool:
    """Return whether an image is 16-bit grey, which Pillow before 11 stores in 32 bits for a PNG."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")
