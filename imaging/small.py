# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a small picture band by band, like Pillow's `thumbnail`. Worker threads only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .bands import at_once, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image

_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}
_KEPT_SCALE: Final = 2  # it is resized from a picture that is twice as large, like Pillow's thumbnails
_BAND_BYTES: Final = 1 << 19


@dataclass(frozen=True, kw_only=True)
class Small:
    """How a small picture is made of bands. All but the last have a multiple of `factor` rows."""

    factor: int
    """By how much each band is reduced."""
    size: tuple[int, int]
    box: tuple[float, float, float, float]
    """The part of the reduced picture that is seen: all, but for what rounding up added."""

    @classmethod
    def of(cls, size: tuple[int, int], longest: int) -> Small:
        """Prepare one of a picture of `size`, whose longer side has at most so many pixels."""
        scale = max(1.0, max(size) / longest)
        factor = max(1, int(scale / _KEPT_SCALE))
        return cls(
            factor=factor,
            size=(max(1, round(size[0] / scale)), max(1, round(size[1] / scale))),
            box=(0, 0, size[0] / factor, size[1] / factor),
        )

    def reduced(self, image: Image, box: tuple[int, int, int, int] | None = None) -> Image:
        """Reduce an image, or what is in a box of it."""
        mode = _PREMULTIPLIED.get(image.mode)
        return (image.convert(mode) if mode is not None else image).reduce(self.factor, box)

    def joined(self, parts: Sequence[tuple[tuple[int, int], Image]]) -> Image:
        """Return the small picture that reduced parts make at their places (column, row)."""
        import PIL.Image

        mode = parts[0][1].mode
        size = math.ceil(self.box[2]), math.ceil(self.box[3])
        reduced = PIL.Image.new(mode, size)
        for place, part in parts:
            reduced.paste(part, place)
        small = reduced.resize(self.size, PIL.Image.Resampling.BICUBIC, self.box)
        return small.convert(mode.upper())


def small_picture(pixels: NDArray[Any], longest: int) -> Image:
    """Return a small picture of 8-bit pixels (height, width, channels), made on all cores."""
    import PIL.Image

    height, width = pixels.shape[:2]
    small = Small.of((width, height), longest)

    def part(rows: slice) -> tuple[tuple[int, int], Image]:
        band = pixels[rows.start * small.factor : rows.stop * small.factor]
        return (0, rows.start), small.reduced(PIL.Image.fromarray(band))

    steps = rows_of(math.ceil(height / small.factor), pixels.strides[0] * small.factor, _BAND_BYTES)
    return small.joined(at_once(part, steps))
