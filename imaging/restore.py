# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a model's answer to an edit back to its source's place: file to file. Worker threads only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..texts.phrases import joined, phrase
from .bands import both, in_bands, in_three, rows_of
from .brought import brought_size
from .check import MAX_PIXELS, read_header, translated_errors
from .compositing import put_into
from .depth import read_deep, read_shallow
from .eight_bit import read_eight_bit
from .errors import ImageTooLarge, ImagingError
from .exr import write_exr
from .files import FLOAT_SUFFIX, write_atomically
from .fit import Fit, apply_fit, reduced_canvas, unfit
from .lineup.features import averaged
from .lineup.registration import Registration, register
from .opening import open_picture
from .png import ArrayRows, Bands, write_png
from .png_bands import is_in_bands, read_bands
from .png_decoding import decode_with_bands
from .premultiplied import premultiplied_file
from .resample import Border, Box, Part, has_alpha, light_of, resample, srgb_from_linear
from .seams import tiles_across, tiles_down
from .spaces import REC709, LinearSpace

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from .masks import Mask
    from .resample import Pixels

Source: TypeAlias = "Pixels | Path | bytes"
"""A source as an array (top row first), a file, or a file's bytes."""

_FINE_ENOUGH = 2048  # pixels of a canvas's side that are enough to align an answer with it
_A_FLOAT = np.zeros(1, np.float32)
_STILL_PIXELS = 0.25  # of the source; a smaller drift is ignored
_STILL_SCALE = 0.0003


class DecodedSource(NamedTuple):
    """A source's pixels, and its bands if it was decoded by them."""

    pixels: Pixels
    bands: Bands | None


@dataclass(frozen=True, kw_only=True)
class RestoredEdit:
    """A restored edit's file, and what was done to it."""

    path: Path
    size: tuple[int, int]
    """Its width and height, in pixels."""
    dx: float
    """How far the answer had drifted to the right, in pixels of the source. 0 if it was not corrected."""
    dy: float
    """How far it had drifted down, likewise."""
    scale: float
    """How much larger it had become, likewise; 1 if it had not."""
    confidence: float
    """How reliable that is, 0-1; below `registration.MIN_CONFIDENCE` nothing was corrected."""
    text: str
    """What was done, in words for the artist."""


def restore_edit(
    source: Source,
    result: Path | NDArray[np.uint8],
    to: Path,
    fit: Fit,
    *,
    is_data: bool = False,
    corrects_drift: bool = True,
    mask: Mask | None = None,
    feather: float = 0.0,
    keep_alpha: bool = True,
    deep: Source | None = None,
    is_premultiplied: bool = False,
    space: LinearSpace = REC709,
    stores_premultiplied: bool = False,
    keeps_size: bool = True,
    begun: Future[DecodedSource] | None = None,
) -> RestoredEdit:
    """Take an answer off its canvas, undo its drift, and put it into the source if there is a mask.

    Writes a file of the source's exact size, or of the answer's (`keeps_size`): an EXR if `to` is named so,
    else a PNG. It has the answer's 8 bits, or the depth of the source that the answer is put into. Floats
    (treated as scene-linear, unless `is_data`) are written unchanged to an EXR; to a PNG in 16 bits,
    sRGB-encoded and clipped to 0-1. The source's alpha goes into it unless `keep_alpha` is False. Raises
    ImagingError.

    Args:
        result: the answer's file, or its pixels as `check_and_decode` returns them.
        deep: the source at its full depth, if `source` is only the file that was sent. The answer is put into
            this, and beyond mask and feather every value of it stays.
        is_premultiplied: the colours of `deep` are multiplied by its alpha.
        space: of the floats of `deep`, and so of an EXR.
        stores_premultiplied: Blender will read the PNG as one with colours multiplied by their alpha.
        keeps_size: False keeps an answer that is larger than its source at that size
            (`brought.brought_size`), and enlarges the source's alpha for it. Not if the answer is put into a
            masked source.
        begun: `decode_source` of the source, on another thread. Its pixels are changed here.
    """
    is_deep = mask is not None and deep is None
    answer, (original, old) = both(
        lambda: _decoded_answer(result) if isinstance(result, Path) else result,
        lambda: decode_source(source, is_deep=is_deep) if begun is None else begun.result(),
    )
    if (original.shape[1], original.shape[0]) != fit.source:
        raise _changed_size()

    def aligned() -> Registration | None:
        return _registered(original, answer, fit) if corrects_drift else None

    if deep is None:
        into, found = original, aligned()
    else:
        into, found = both(lambda: _decoded(deep, is_deep=True), aligned)
    if into.shape[:2] != original.shape[:2]:
        raise _changed_size()
    drift = found if found is not None and found.is_trusted and _has_drifted(found, fit) else None
    size = fit.source
    if not keeps_size and mask is None:
        size = brought_size(fit.to_dict(), (answer.shape[1], answer.shape[0]))
    if size != fit.source and keep_alpha and has_alpha(into):
        into = resample(into, Box(0, 0, *fit.source), size, is_data=is_data, border=fit.border)
    if mask is None and keep_alpha and has_alpha(into):
        mask = np.ones(into.shape[:2], np.bool_)
    is_new: NDArray[np.bool_] | None = None
    if mask is None:
        edited = unfit(answer, fit, drift, is_data=is_data, size=size)
    else:
        under = _with_colours(into) if answer.ndim == 3 and answer.shape[2] >= 3 else into
        if old is None and is_deep and isinstance(source, Path) and not stores_premultiplied:
            old = read_bands(source, ArrayRows(under))
        edited = under.copy() if under is deep or under is source else under
        del original, into, under  # large ones

        def made(part: Part) -> Pixels:
            return unfit(answer, fit, drift, is_data=is_data, size=size, part=part)

        def adapted(part: Pixels, place: Pixels) -> Pixels:
            values = _like(part, place, is_data, space)
            return (
                _premultiplied(values, place[..., -1:]) if is_premultiplied and has_alpha(place) else values
            )

        is_new = put_into(edited, made, mask, feather, keep_alpha=keep_alpha, adapt=adapted)
    with write_atomically(to) as file:
        if to.suffix == FLOAT_SUFFIX:
            write_exr(file, _like(edited, _A_FLOAT, is_data, space), deflates=False)
        else:
            stored = storable_in_png(edited, is_data, space)
            if stores_premultiplied and has_alpha(stored):
                stored = premultiplied_file(stored)
                old = None
            write_png(file, ArrayRows(stored), old=old, is_new=is_new)
    return RestoredEdit(
        path=to,
        size=size,
        dx=drift.dx / fit.scale if drift else 0.0,
        dy=drift.dy / fit.scale if drift else 0.0,
        scale=drift.scale if drift else 1.0,
        confidence=found.confidence if found else 0.0,
        text=_told(found, drift, fit, size),
    )


def decode_source(source: Source, *, is_deep: bool) -> DecodedSource:
    """Decode a source for `restore_edit`, which does so itself if nobody did before. Raises ImagingError.

    Args:
        is_deep: at its full depth, with its bands if it has them: an answer is put into this source.
    """
    if not is_deep:
        return DecodedSource(_decoded(source), None)
    decoded = decode_with_bands(source) if isinstance(source, Path) else None
    if decoded is None:
        return DecodedSource(_decoded(source, is_deep=True), None)
    return DecodedSource(decoded.pixels, decoded.bands)


def write_canvas(source: Path, to: Path, fit: Fit, *, is_data: bool = False) -> Fit:
    """Write a source in the form that is sent: on its canvas, as PNG.

    A tiling texture continues in its padding.
    Returns the Fit that was used. Raises ImagingError.
    """
    pixels = _decoded(source)
    is_wider, is_higher = (fit.canvas[axis] > fit.content[axis] for axis in (0, 1))
    if (is_wider or is_higher) and tiles_across(pixels) >= is_wider and tiles_down(pixels) >= is_higher:
        fit = replace(fit, border=Border.WRAP)
    with write_atomically(to) as file:
        write_png(file, ArrayRows(storable_in_png(apply_fit(pixels, fit, is_data=is_data), is_data)))
    return fit


def write_ready(source: Path, to: Path, check: Callable[[], None]) -> None:
    """Write a source as a PNG in bands at its full depth, unless `to` is the source and has them.

    `restore_edit` puts an answer into it in less time, with the same values.
    Raises ImagingError.

    Args:
        check: called on any thread for each band; what it raises ends the work, and nothing is written.
    """
    if source == to and is_in_bands(source):
        return
    rows = _CheckedRows(read_deep(source), check)
    with write_atomically(to) as file:
        # As if all rows were new: that is quick, and takes no averages, which can't be decoded in bands.
        write_png(file, rows, is_new=np.ones(rows.height, np.bool_))


class _CheckedRows(ArrayRows):
    def __init__(self, array: Pixels, check: Callable[[], None]) -> None:
        super().__init__(array)
        self._check = check

    def read(self, first: int, stop: int) -> NDArray[Any]:
        self._check()
        return super().read(first, stop)


def _changed_size() -> ImagingError:
    return ImagingError(phrase("The source's size changed after it was sent."))


def _has_drifted(found: Registration, fit: Fit) -> bool:
    """Return whether a correction is worth the softness of another resampling."""
    if math.hypot(found.dx, found.dy) / fit.scale >= _STILL_PIXELS:
        return True
    grown = abs(found.scale_x - 1), abs(found.scale_y - 1)
    at_corner = math.hypot(grown[0] * fit.source[0], grown[1] * fit.source[1]) / 2
    return max(grown) >= _STILL_SCALE and at_corner >= _STILL_PIXELS


def _told(found: Registration | None, drift: Registration | None, fit: Fit, size: tuple[int, int]) -> str:
    is_larger = size != fit.source
    if found is None:
        return (
            phrase("Resized to the source's shape") if is_larger else phrase("Resized to the source's size")
        )
    if found.is_ambiguous:
        return phrase(
            "Not aligned: the pattern repeats, and the result may be a whole repeat off."
            " Compare it with the source, and edit again if it is off"
        )
    if not found.is_trusted and is_larger:
        if found.is_plain:
            return phrase("Too little texture to align it: it only has the source's shape")
        return phrase("The model re-framed the picture: it has the source's shape, but is not aligned")
    if not found.is_trusted:
        if found.is_plain:
            return phrase("Too little texture to align it: it only has the source's size")
        return phrase("The model re-framed the picture: it has the source's size, but is not aligned")
    told = _told_drift(drift, fit)
    told.append(phrase("{share:.0%} of the picture agrees", share=found.confidence))
    if found.blind is not None:
        told.append(phrase("A shift along the grain can't be measured: nothing was corrected"))
    return joined(*told, by=" · ")


def _told_drift(drift: Registration | None, fit: Fit) -> list[str]:
    if drift is None:
        return [phrase("Lines up with the source: nothing to correct")]
    told: list[str] = []
    dx, dy = abs(drift.dx) / fit.scale, abs(drift.dy) / fit.scale
    if math.hypot(dx, dy) >= _STILL_PIXELS:
        told.append(phrase("Shift undone: {dx:.1f} px, {dy:.1f} px", dx=dx, dy=dy))
    if abs(drift.scale - 1) >= _STILL_SCALE:
        amount = max(0.001, abs(1 - 1 / drift.scale))  # never "by 0.0%"
        told.append(
            phrase("Scaled down by {amount:.1%}", amount=amount)
            if drift.scale > 1
            else phrase("Scaled up by {amount:.1%}", amount=amount)
        )
    if not told:
        told.append(phrase("Stretched back to the source's proportions"))
    return told


def _decoded_answer(path: Path) -> NDArray[np.uint8]:
    info = read_header(path)
    if info.width * info.height > MAX_PIXELS:
        raise ImageTooLarge(
            phrase("The image claims {width:,} × {height:,} pixels.", width=info.width, height=info.height)
        )
    with translated_errors(info.format.value), open_picture(path) as image:
        return read_eight_bit(path, image)


def _decoded(source: Source, *, is_deep: bool = False) -> Pixels:
    """Return a source as an array: a file in 8 bits (16-bit grey keeps its depth) or at its full depth."""
    if isinstance(source, np.ndarray):
        return source
    return read_deep(source) if is_deep else read_shallow(source)


def _registered(original: Pixels, answer: Pixels, fit: Fit) -> Registration:
    """Align an answer with its canvas, in the canvas's pixels.

    Averages are precise enough for a large source.
    """
    seen = original
    factor = 1
    while min(seen.shape[:2]) >= 2 * factor * _FINE_ENOUGH and _divides(2 * factor, seen):
        factor *= 2
    if factor > 1 and seen.dtype != np.float32:
        seen = _averaged(seen, factor)
    elif seen.dtype == np.uint16:
        seen = _high_bytes(seen)
    if len(seen) == len(original):
        return register(apply_fit(seen, fit), answer)
    longest = max(fit.canvas) * seen.shape[1] // fit.content[0]
    small = replace(fit, source=(seen.shape[1], seen.shape[0]))
    canvas = reduced_canvas(seen, small, longest)
    found = register(canvas, answer)
    across, down = fit.canvas[0] / canvas.shape[1], fit.canvas[1] / canvas.shape[0]
    return replace(
        found, dx=found.dx * across, dy=found.dy * down, corner_error=found.corner_error * max(across, down)
    )


def _averaged(pixels: Pixels, factor: int) -> NDArray[np.uint8]:
    """Return a picture in 8 bits, averaged over squares. Hidden colours count, because they may be shown."""
    if pixels.ndim == 3 and pixels.shape[2] == 2:
        return np.dstack([averaged(pixels[..., channel], factor) for channel in range(2)])
    return averaged(pixels, factor, by_alpha=False)


def _divides(factor: int, pixels: Pixels) -> bool:
    return pixels.shape[0] % factor == pixels.shape[1] % factor == 0


def _high_bytes(pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    high = np.empty(pixels.shape, np.uint8)

    def convert(rows: slice) -> None:
        high[rows] = pixels[rows] >> 8

    in_bands(convert, rows_of(len(pixels), pixels.strides[0]))
    return high


def _with_colours(pixels: Pixels) -> Pixels:
    """Return a grey picture with three equal channels; any other unchanged."""
    if pixels.ndim == 2:
        return in_three(pixels)
    if pixels.shape[2] > 2:
        return pixels
    return pixels[..., [0, 0, 0, *range(1, pixels.shape[2])]]


def _premultiplied(edited: Pixels, alpha: Pixels) -> Pixels:
    """Return colours multiplied by another picture's alpha, which is clipped to 0 to 1."""
    picture = edited if edited.ndim == 3 else edited[..., np.newaxis]
    colours = picture[..., :-1] if has_alpha(picture) else picture
    return colours * np.clip(np.nan_to_num(alpha), 0, 1)


def _like(edited: Pixels, original: Pixels, is_data: bool, space: LinearSpace) -> Pixels:
    """Return pixels of fewer bits in the type of the original; pixels of that type unchanged."""
    if original.dtype == edited.dtype:
        return edited
    if original.dtype == np.uint16:
        return edited.astype(np.uint16) * np.uint16(257)
    values = np.empty(edited.shape, np.float32)

    def convert(rows: slice) -> None:
        values[rows] = light_of(edited[rows], is_data)
        if has_alpha(edited) and not is_data:
            values[rows, ..., -1] = light_of(edited[rows, ..., -1], is_data=True)
        if not is_data and space.to_rec709:
            values[rows] = space.from_rec709(values[rows])

    in_bands(convert, rows_of(len(edited), values.nbytes // max(1, len(edited))))
    return values


def storable_in_png(pixels: Pixels, is_data: bool, space: LinearSpace = REC709) -> NDArray[Any]:
    """Return pixels in a form that a PNG can hold: 8 or 16 bits."""
    if pixels.dtype != np.float32:
        return pixels
    stored = np.empty(pixels.shape, np.uint16)

    def convert(rows: slice) -> None:
        values = pixels[rows] if is_data else space.in_rec709(pixels[rows])
        values = np.clip(np.nan_to_num(values), 0, 1)
        if not is_data:
            colours = values.shape[2] - 1 if has_alpha(values) else None
            values[..., :colours] = srgb_from_linear(values[..., :colours])
        stored[rows] = values * np.float32(65535) + np.float32(0.5)

    in_bands(convert, rows_of(len(pixels), pixels.nbytes // max(1, len(pixels))))
    return stored
