# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an edit's mask as a file, and the marked copy that shows it to the model. Worker threads only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..texts.phrases import phrase
from .bands import as_array, as_image
from .depth import read_deep, read_shallow
from .errors import ImagingError
from .files import write_atomically
from .fit import reduced_canvas
from .lineup.features import viewed
from .masks import grown, mark, rasterise_polygons, rasterise_triangles
from .png import ArrayRows, write_png
from .resample import has_alpha

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .fit import Fit
    from .resample import Pixels
    from .snapshot import UVShapes

_MARKED_SIDE = 2048  # pixels of the longer side of a marked copy: it only shows the place
_MAGENTA, _WHITE = (255, 0, 160), (255, 255, 255)
_BADGE_SHARE = 1 / 40  # a number's radius, of the longer side


def area_of_shapes(shapes: UVShapes, size: tuple[int, int], bleed: int) -> NDArray[np.uint8]:
    """Draw triangles and polygons at a size (width, height), grown by `bleed` pixels."""
    area = rasterise_polygons(shapes.polygons, size)
    if shapes.triangles is not None and len(shapes.triangles):
        area |= rasterise_triangles(shapes.triangles, size, bleed=0, repeats=shapes.repeats)
    return grown(area, bleed).astype(np.uint8) * np.uint8(255)


def area_of_image(path: Path, size: tuple[int, int], bleed: int) -> NDArray[np.uint8]:
    """Read an image's brightness as a mask, at another size (width, height). Raises ImagingError."""
    pixels = read_shallow(path)
    own_size = pixels.shape[1], pixels.shape[0]
    seen = viewed(pixels, own_size)
    picture = as_image(seen[..., 0] if seen.shape[2] == 1 else seen)
    grey: NDArray[np.uint8] = as_array(picture.convert("L"))
    return grown(_resized(grey, size), bleed)


def area_of_alpha(source: Path, bleed: int) -> NDArray[np.uint8]:
    """Read a picture's alpha as a mask. Raises ImagingError, also if it has none."""
    pixels = read_deep(source)
    if not has_alpha(pixels):
        raise ImagingError(
            phrase("The image has no transparency that could be its mask. Choose another mask.")
        )
    alpha = pixels[..., -1]
    if alpha.dtype == np.float32:
        alpha = np.rint(np.clip(np.nan_to_num(alpha), 0, 1) * np.float32(255)).astype(np.uint8)
    elif alpha.dtype == np.uint16:
        alpha = (alpha >> 8).astype(np.uint8)
    return grown(alpha, bleed)


def write_mask(area: NDArray[np.uint8], to: Path, *, inverts: bool) -> NDArray[np.uint8]:
    """Write a mask, white where the edit goes; return it. Raises ImagingError if the mask is empty."""
    mask = np.uint8(255) - area if inverts else area
    if not mask.any():
        raise ImagingError(phrase("The mask covers no part of the image."))
    with write_atomically(to) as file:
        write_png(file, ArrayRows(mask))
    return mask


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Read a mask of `write_mask`. Raises ImagingError."""
    mask = read_shallow(path)
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ImagingError(phrase("The mask {path} can't be read.", path=path.name))
    return mask


def write_marked(
    source: Path,
    to: Path,
    fit: Fit,
    *,
    mask: NDArray[np.uint8] | None = None,
    places: Sequence[tuple[float, float]] = (),
    is_data: bool = False,
) -> None:
    """Write the canvas as the model will see it next to the source: 8-bit RGB PNG.

    Args:
        source: the source, or its smaller canvas.
        mask: of the source; tinted and outlined in magenta.
        places: UVs of the source, each marked by its number.

    Raises:
        ImagingError
    """
    pixels = read_shallow(source)
    sent = fit
    if (pixels.shape[1], pixels.shape[0]) == fit.canvas:
        sent = replace(fit, source=fit.canvas, content=fit.canvas, offset=(0, 0))
    canvas = reduced_canvas(pixels, sent, _MARKED_SIDE, is_data=is_data)
    height, width = canvas.shape[:2]
    if mask is not None:
        picture = mark(canvas, _on_canvas(mask, fit, (width, height)))
    else:
        picture = np.array(np.broadcast_to(viewed(canvas, (width, height)), (height, width, 3)))
    if places:
        picture = _numbered(picture, [_place(place, fit, width / fit.canvas[0]) for place in places])
    with write_atomically(to) as file:
        write_png(file, ArrayRows(picture))


def _on_canvas(mask: NDArray[np.uint8], fit: Fit, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a source's mask on a canvas of a size; nothing is edited around the source."""
    shrink = size[0] / fit.canvas[0]
    left, top = (round(place * shrink) for place in fit.offset)
    width, height = (max(1, round(side * shrink)) for side in fit.content)
    placed = np.zeros((size[1], size[0]), np.uint8)
    area = placed[top : top + height, left : left + width]
    area[...] = _resized(mask, (area.shape[1], area.shape[0]))
    return placed


def _resized(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a mask at another size (width, height). Lanczos would ring, but black must stay black."""
    import PIL.Image

    if (mask.shape[1], mask.shape[0]) == size:
        return mask
    return as_array(as_image(mask).resize(size, PIL.Image.Resampling.BILINEAR))


def _place(uv: tuple[float, float], fit: Fit, shrink: float) -> tuple[float, float]:
    """Return a UV of the source on the marked copy, in pixels from its upper left corner."""
    x = fit.offset[0] + uv[0] * fit.content[0]
    y = fit.offset[1] + (1 - uv[1]) * fit.content[1]
    return x * shrink, y * shrink


def _numbered(picture: Pixels, places: Sequence[tuple[float, float]]) -> NDArray[np.uint8]:
    """Draw a badge with its number at each place."""
    from PIL import ImageDraw, ImageFont

    image = as_image(picture)
    draw = ImageDraw.Draw(image)
    radius = max(8.0, max(image.size) * _BADGE_SHARE)
    font = ImageFont.load_default(size=radius * 1.3)
    for number, (x, y) in enumerate(places, start=1):
        circle = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(circle, fill=_MAGENTA, outline=_WHITE, width=max(1, round(radius / 8)))
        draw.text((x, y), str(number), fill=_WHITE, font=font, anchor="mm")
    return as_array(image)
