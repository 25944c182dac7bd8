# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of a material, estimated from one picture: height, normal, roughness, ambient occlusion, metallic.

They repeat if the picture does: all filters wrap around in the directions in which it wraps. Worker threads
only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ...texts.phrases import phrase
from ..bands import in_bands, rows_of
from ..errors import ImagingError
from ..resample import has_alpha
from .seams import measure_seams, require_size
from .settings import HeightFrom, Map, MapSettings
from .smooth import Smooth, Wraps
from .views import seen

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from ..resample import Pixels

_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)  # Rec. 709, of encoded values: the lightness that the eye sees
_BAND_BYTES: Final = 1 << 20
_MIDDLE: Final = np.float32(128 + 1 / 128)
"""A level normal, with a half for rounding and a little more, so that it does not waver between 127 and
128."""
_FULL: Final = np.float32(65535)
_SAMPLES: Final = 1 << 20  # values that the range of heights is estimated from
_TAIL: Final = 0.3
"""Percent of the heights at each end that may be cut off, so that the others use the whole range."""
_FLAT: Final = 8 / 255
"""Smaller differences of lightness are noise and are not spread over all heights."""
_OCCLUDED_BY: Final = (0.004, 0.016, 0.06)
"""Distances from which higher places shade a place, as shares of the picture's side."""
_CHROMA_SAMPLES: Final = 64  # pixels each way
_CHANNELS: Final = {HeightFrom.RED: 0, HeightFrom.GREEN: 1, HeightFrom.BLUE: 2}


def make_maps(
    pixels: Pixels, maps: Collection[Map], settings: MapSettings | None = None, wraps: Wraps | None = None
) -> dict[Map, Pixels]:
    """Return the requested maps at the picture's size.

    Raises ImagingError if the picture is too small, or lacks the channel that is chosen for heights.

    Args:
        wraps: the directions in which the maps have to repeat; None: those without a visible seam.
    """
    require_size(pixels)
    chosen = settings or MapSettings()
    if wraps is None:
        seams = measure_seams(pixels)
        wraps = Wraps(across=not seams.across.is_visible, down=not seams.down.is_visible)
    result: dict[Map, Pixels] = {}
    wanted = set(maps)
    has_heights = bool(wanted & {Map.HEIGHT, Map.NORMAL, Map.OCCLUSION})
    is_estimated = has_heights and chosen.height_from is HeightFrom.SHADING
    heights: NDArray[np.float32] | None = None
    if Map.ROUGHNESS in wanted or is_estimated:
        even = _evened(lightness_of(pixels), chosen.coarsest, wraps)
        if Map.ROUGHNESS in wanted:
            result[Map.ROUGHNESS] = _roughness(even, chosen)
        if is_estimated:
            heights = _heights(even, chosen, wraps)
        del even
    if has_heights:
        if heights is None:
            heights = _stored_heights(pixels, chosen)
        if Map.HEIGHT in wanted:
            result[Map.HEIGHT] = _sixteen_bit(heights)
        if Map.NORMAL in wanted:
            pixels_deep = chosen.depth * max(heights.shape)
            result[Map.NORMAL] = normals(heights, pixels_deep, wraps, is_directx=chosen.is_directx)
        if Map.OCCLUSION in wanted:
            result[Map.OCCLUSION] = occlusion(heights, chosen.occlusion, wraps)
    if Map.METALLIC in maps:
        result[Map.METALLIC] = _metallic(pixels, chosen.metal_tolerance)
    return result


def lightness_of(pixels: Pixels) -> NDArray[np.float32]:
    """Return a picture's lightness as the eye sees it, 0 to 1: (height, width)."""
    height, width = pixels.shape[:2]
    result = np.empty((height, width), np.float32)

    def fill(rows: slice) -> None:
        values = seen(pixels[rows])
        if values.shape[2] < 3:
            result[rows] = values[..., 0]
            return
        part = values[..., 0] * np.float32(_LUMINANCE[0])
        for channel in (1, 2):
            part += values[..., channel] * np.float32(_LUMINANCE[channel])
        result[rows] = part

    in_bands(fill, rows_of(height, width * 16, _BAND_BYTES))
    return result


def normals(
    heights: NDArray[np.float32], pixels_deep: float, wraps: Wraps, *, is_directx: bool = False
) -> NDArray[np.uint8]:
    """Return tangent-space normals of heights (0 to 1) that are `pixels_deep` pixels deep.

    Red points right; green up (OpenGL), or down (DirectX).
    """
    height, width = heights.shape
    result = np.empty((height, width, 3), np.uint8)
    slope = np.float32(-0.5 * pixels_deep)
    turn = np.float32(1 if is_directx else -1)

    def fill(rows: slice) -> None:
        part = _with_neighbours(heights, rows, wraps)
        inner = part[1:-1]
        across = np.empty_like(inner)
        across[:, 1:-1] = inner[:, 2:] - inner[:, :-2]
        before, after = (-1, 0) if wraps.across else (0, -1)
        across[:, 0] = inner[:, 1] - inner[:, before]
        across[:, -1] = inner[:, after] - inner[:, -2]
        across *= slope
        down = part[2:] - part[:-2]
        down *= slope * turn
        scale = across * across
        scale += down * down
        scale += np.float32(1)
        np.sqrt(scale, out=scale)
        np.divide(np.float32(127.5), scale, out=scale)
        for channel, values in enumerate((across, down, None)):
            encoded = scale if values is None else np.multiply(values, scale, out=values)
            encoded += _MIDDLE
            np.copyto(result[rows, :, channel], encoded, casting="unsafe")

    in_bands(fill, rows_of(height, width * 16, _BAND_BYTES))
    return result


def occlusion(heights: NDArray[np.float32], strength: float, wraps: Wraps) -> NDArray[np.uint8]:
    """Return the openness of places of heights (0 to 1): dark if the surroundings are higher."""
    height, width = heights.shape
    side = max(height, width)
    around = [Smooth(heights, max(1.0, reach * side), wraps) for reach in _OCCLUDED_BY]
    result = np.empty((height, width), np.uint8)
    share = np.float32(2 * strength / len(around))

    def fill(rows: slice) -> None:
        here = heights[rows]
        open_part = np.ones_like(here)
        for one in around:
            deep = one.rows(rows)
            deep -= here
            np.maximum(deep, np.float32(0), out=deep)
            deep *= share
            open_part -= deep
        np.maximum(open_part, np.float32(0), out=open_part)
        open_part *= np.float32(255)
        open_part += np.float32(0.5)
        np.copyto(result[rows], open_part, casting="unsafe")

    in_bands(fill, rows_of(height, width * 8, _BAND_BYTES))
    return result


def _evened(lightness: NDArray[np.float32], coarsest: float, wraps: Wraps) -> NDArray[np.float32]:
    """Remove slow changes of lightness, in place, and return it."""
    height, width = lightness.shape
    slow = Smooth(lightness, max(2.0, coarsest * max(height, width)), wraps)

    def fill(rows: slice) -> None:
        lightness[rows] -= slow.rows(rows)

    in_bands(fill, rows_of(height, width * 8, _BAND_BYTES))
    return lightness


def _heights(even: NDArray[np.float32], chosen: MapSettings, wraps: Wraps) -> NDArray[np.float32]:
    """Return heights from 0 to 1."""
    height, width = even.shape
    low, high = _range(even)
    if chosen.is_inverted:
        low, high = high, low
    span = high - low
    factor = np.float32(1 / (span if abs(span) > _FLAT else _FLAT))
    offset = np.float32(0.5) - np.float32((low + high) / 2) * factor
    keep = np.float32(chosen.fineness)
    result = np.empty_like(even)

    def fill(rows: slice) -> None:
        part = _with_neighbours(even, rows, wraps)
        values = part[1:-1] * np.float32(2)
        values += part[:-2]
        values += part[2:]
        soft = values * np.float32(2)
        soft[:, 1:] += values[:, :-1]
        soft[:, :-1] += values[:, 1:]
        soft[:, 0] += values[:, -1 if wraps.across else 0]
        soft[:, -1] += values[:, 0 if wraps.across else -1]
        soft *= np.float32(1 / 16) * (1 - keep)
        soft += part[1:-1] * keep
        soft *= factor
        soft += offset
        np.clip(soft, 0, 1, out=result[rows])

    in_bands(fill, rows_of(height, width * 16, _BAND_BYTES))
    return result


def _stored_heights(pixels: Pixels, chosen: MapSettings) -> NDArray[np.float32]:
    """Return a channel of the picture as heights from 0 to 1. Raises ImagingError if it is missing."""
    picture = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    channel = picture.shape[2] - 1
    if chosen.height_from is HeightFrom.ALPHA:
        if not has_alpha(picture):
            raise ImagingError(phrase("The picture has no alpha. Choose another channel for the height."))
    else:
        channel = min(_CHANNELS[chosen.height_from], channel - has_alpha(picture))  # grey has only one
    height, width = picture.shape[:2]
    result = np.empty((height, width), np.float32)
    full = 1.0 if picture.dtype == np.float32 else float(np.iinfo(picture.dtype).max)

    def fill(rows: slice) -> None:
        values = picture[rows, :, channel].astype(np.float32)
        np.nan_to_num(values, copy=False, nan=0, posinf=1, neginf=0)
        values *= np.float32(1 / full)
        if chosen.is_inverted:
            np.subtract(np.float32(1), values, out=values)
        np.clip(values, 0, 1, out=result[rows])

    in_bands(fill, rows_of(height, width * 8, _BAND_BYTES))
    return result


def _roughness(even: NDArray[np.float32], chosen: MapSettings) -> NDArray[np.uint8]:
    height, width = even.shape
    result = np.empty((height, width), np.uint8)
    factor = np.float32(-255 * chosen.roughness_contrast)
    offset = np.float32(255 * chosen.roughness + 0.5)

    def fill(rows: slice) -> None:
        values = even[rows] * factor
        values += offset
        np.clip(values, 0, np.float32(255), out=values)
        np.copyto(result[rows], values, casting="unsafe")

    in_bands(fill, rows_of(height, width * 8, _BAND_BYTES))
    return result


def _metallic(pixels: Pixels, tolerance: float) -> NDArray[np.uint8]:
    """Return the places with the usual colour: rust, paint and dirt on metal have others."""
    height, width = pixels.shape[:2]
    result = np.full((height, width), 255, np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        return result
    down, across = (max(1, side // _CHROMA_SAMPLES) for side in (height, width))
    usual = np.median(_chroma(seen(pixels[down // 2 :: down, across // 2 :: across])), axis=(0, 1))
    usual = usual.astype(np.float32)

    def fill(rows: slice) -> None:
        apart = np.abs(_chroma(seen(pixels[rows])) - usual)
        far = apart[..., 0] + apart[..., 1] + apart[..., 2]
        far *= np.float32(-255 / max(tolerance, 1e-3))
        far += np.float32(2 * 255 + 0.5)  # full up to the tolerance, nothing from its double on
        np.clip(far, 0, np.float32(255), out=far)
        np.copyto(result[rows], far, casting="unsafe")

    in_bands(fill, rows_of(height, width * 32, _BAND_BYTES))
    return result


def _chroma(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the shares of three channels. They are about equal for near-black pixels."""
    colours = values[..., :3] + np.float32(0.02)
    total = colours[..., :1] + colours[..., 1:2]
    total += colours[..., 2:3]
    colours /= total
    return colours


def _range(even: NDArray[np.float32]) -> tuple[float, float]:
    """Return the range of nearly all values, from evenly spread samples."""
    step = max(1, round((even.size / _SAMPLES) ** 0.5))
    low, high = np.percentile(even[step // 2 :: step, step // 2 :: step], (_TAIL, 100 - _TAIL))
    return float(low), float(high)


def _with_neighbours(plane: NDArray[np.float32], rows: slice, wraps: Wraps) -> NDArray[np.float32]:
    """Return some rows with the row before and the row after them."""
    height = len(plane)
    if rows.start > 0 and rows.stop < height:
        return plane[rows.start - 1 : rows.stop + 1]
    places = np.arange(rows.start - 1, rows.stop + 1, dtype=np.intp)
    return plane.take(places, 0, mode="wrap" if wraps.down else "clip")


def _sixteen_bit(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    result = np.empty(values.shape, np.uint16)

    def fill(rows: slice) -> None:
        part = values[rows] * _FULL
        part += np.float32(0.5)
        np.copyto(result[rows], part, casting="unsafe")

    in_bands(fill, rows_of(len(values), values.shape[1] * 8, _BAND_BYTES))
    return result
