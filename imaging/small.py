# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a small picture band by band, like Pillow's `thumbnail`. Worker threads only."""

from __future__ import annotations

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

    def reduced(self, band: Image, start: int = 0) -> Image:
        """Reduce a band without its first `start` rows."""
        mode = _PREMULTIPLIED.get(band.mode)
        rows = (0, start, band.width, band.height)
        return (band.convert(mode) if mode is not None else band).reduce(self.factor, rows)

    def joined(self, bands: Sequence[Image]) -> Image:
        """Return the small picture that reduced bands make, the top one first."""
        import PIL.Image

        mode = bands[0].mode
        reduced = PIL.Image.new(mode, (bands[0].width, sum(band.height for band in bands)))
        row = 0
        for band in bands:
            reduced.paste(band, (0, row))
            row += band.height
        small = reduced.resize(self.size, PIL.Image.Resampling.BICUBIC, self.box)
        return small.convert(mode.upper())


def reduced_size(size: tuple[int, int], longest: int) -> tuple[int, int] | None:
    """Return the size from which Pillow would make a good thumbnail, or None if `size` is not larger."""
    scale = max(size) / (_KEPT_SCALE * longest)
    return None if scale <= 1 else (max(1, round(size[0] / scale)), max(1, round(size[1] / scale)))


def small_picture(pixels: NDArray[Any], longest: int) -> Image:
    """Return a small picture of 8-bit pixels (height, width, channels), made on all cores."""
    import PIL.Image

    height, width = pixels.shape[:2]
    small = Small.of((width, height), longest)
    steps = rows_of(-(-height // small.factor), pixels.strides[0] * small.factor, _BAND_BYTES)
    bands = [pixels[step.start * small.factor : step.stop * small.factor] for step in steps]
    return small.joined(at_once(lambda band: small.reduced(PIL.Image.fromarray(band)), bands))
