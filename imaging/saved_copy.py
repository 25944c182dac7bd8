# SPDX-License-Identifier: GPL-3.0-or-later
"""Save a copy of an image's file elsewhere: byte for byte, or in another format. Worker only."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from ..texts.phrases import phrase
from .bands import as_image, in_bands, rows_of
from .depth import read_deep
from .errors import FileNotWritten, ImagingError
from .exr import read_exr, write_exr
from .files import COPY_FORMATS, FLOAT_SUFFIX, AtomicFile, sha256_of, write_atomically
from .inscription import GENERATED, SOURCE_TYPE, NotInscribed, inscribe, read_told
from .png import ArrayRows, write_png
from .resample import has_alpha, light_of
from .restore import storable_in_png

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .resample import Pixels

_QUALITY: Final = 95
_WHITE: Final = 255


def save_copy(source: Path, target: Path, *, is_data: bool = False) -> str:
    """Save a copy. An existing file is replaced in one step, or stays.

    The same format is copied byte for byte. Another format gets the pixels and Easel's recipe. Content
    credentials are then lost, because they are about the bytes.

    Args:
        target: its suffix, one of `COPY_FORMATS`, selects the format.
        is_data: the values are no colours: floats keep their numbers.

    Returns:
        what the format could not hold; empty if it holds everything.

    Raises:
        ImagingError, FileNotWritten, OSError: an existing file is unchanged.
    """
    name = COPY_FORMATS[target.suffix.lower()]
    if COPY_FORMATS.get(source.suffix.lower()) == name:
        with source.open("rb") as original, write_atomically(target, shared=True) as file:
            shutil.copyfileobj(original, file, 1 << 20)
        return ""
    pixels = read_exr(source) if source.suffix.lower() == FLOAT_SUFFIX else read_deep(source)
    with write_atomically(target, shared=True) as file:
        if name == "OpenEXR":
            write_exr(file, _as_light(pixels, is_data))
            return ""
        return _write_told(file, pixels, name, source, is_data)


def _write_told(file: AtomicFile, pixels: Pixels, name: str, source: Path, is_data: bool) -> str:
    """Write a copy with the source's recipe, if there is one and it fits."""
    try:
        told = read_told(source)
    except ImagingError:  # an OpenEXR has none
        return _write(file, pixels, name, is_data)
    if not told.recipe:
        return _write(file, pixels, name, is_data)
    part = file.path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("w+b") as plain:
            loss = _write(plain, pixels, name, is_data)
        try:
            kind = told.packet.text(*SOURCE_TYPE) or GENERATED
            inscribe(part, file, told.recipe, source_type=kind, content=sha256_of(part))
        except NotInscribed:
            file.seek(0)
            file.truncate()
            with part.open("rb") as plain:
                shutil.copyfileobj(plain, file, 1 << 20)
        return loss
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _write(file: BinaryIO, pixels: Pixels, name: str, is_data: bool) -> str:
    """Write pixels as PNG, JPEG or WebP. Returns what the format could not hold."""
    losses: list[str] = []
    if pixels.dtype == np.float32 and float(np.nanmax(pixels, initial=0.0)) > 1.0:
        losses.append(phrase("Values brighter than white become white."))
    stored = storable_in_png(_straight(pixels), is_data)
    if name == "PNG":
        write_png(file, ArrayRows(stored))
        return " ".join(losses)
    if stored.dtype == np.uint16:
        stored = _eight_bits(stored)
    if name == "JPEG" and has_alpha(stored):
        if int(stored[..., -1].min()) < _WHITE:
            losses.append(phrase("JPEG has no transparency: it lies on white."))
        stored = _on_white(stored)
    if stored.ndim == 3 and stored.shape[2] == 1:
        stored = stored[..., 0]
    image = as_image(stored)
    try:
        if name == "JPEG":
            image.save(file, "JPEG", quality=_QUALITY, subsampling=0)
        else:
            image.save(file, "WEBP", quality=_QUALITY, method=2)
    except (ValueError, OSError) as error:  # the format does not allow this size
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FileNotWritten(phrase("This image can't be saved as {format}.", format=name)) from error
    return " ".join(losses)


def _as_light(pixels: Pixels, is_data: bool) -> NDArray[np.float32]:
    """Return scene-linear floats with premultiplied alpha, as OpenEXR stores them."""
    if pixels.dtype == np.float32:
        return pixels
    picture = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
    light = np.empty(picture.shape, np.float32)
    with_alpha = has_alpha(picture)

    def convert(rows: slice) -> None:
        light[rows] = light_of(picture[rows], is_data)
        if with_alpha:
            light[rows, ..., -1] = light_of(picture[rows, ..., -1], is_data=True)
            light[rows, ..., :-1] *= light[rows, ..., -1:]

    in_bands(convert, rows_of(len(picture), light.nbytes // max(1, len(picture))))
    return light


def _straight(pixels: Pixels) -> Pixels:
    """Return floats with their colours divided by alpha, as integers store them."""
    if pixels.dtype != np.float32 or not has_alpha(pixels):
        return pixels
    straight = pixels.copy()
    alpha = pixels[..., -1:]
    np.divide(pixels[..., :-1], alpha, out=straight[..., :-1], where=alpha > 0)
    return straight


def _eight_bits(pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    stored = np.empty(pixels.shape, np.uint8)

    def convert(rows: slice) -> None:
        stored[rows] = (pixels[rows].astype(np.uint32) + 128) // 257

    in_bands(convert, rows_of(len(pixels), pixels.nbytes // max(1, len(pixels))))
    return stored


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    laid = np.empty((*pixels.shape[:2], pixels.shape[2] - 1), np.uint8)

    def convert(rows: slice) -> None:
        alpha = pixels[rows, ..., -1:].astype(np.uint32)
        colours = pixels[rows, ..., :-1].astype(np.uint32)
        laid[rows] = (colours * alpha + _WHITE * (_WHITE - alpha) + _WHITE // 2) // _WHITE

    in_bands(convert, rows_of(len(pixels), pixels.nbytes // max(1, len(pixels))))
    return laid
