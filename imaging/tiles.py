# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a tiled (UDIM) image after some tiles were edited: with one pattern, in one format.

Unedited tiles keep their bytes if possible, and their pixels always. Worker threads only.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

import numpy as np

from ..texts.phrases import phrase
from .bands import as_array, in_bands, rows_of
from .check import translated_errors
from .eight_bit import eight_bit
from .errors import Abandoned, FileNotWritten, ImagingError
from .exr import read_exr, write_exr
from .files import open_regular, write_atomically
from .formats import Format, read_head, sniff
from .opening import open_picture
from .pillow import is_deep_grey
from .resample import linear_from_srgb
from .spaces import REC709, LinearSpace

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Mapping

    from numpy.typing import NDArray

    from .files import AtomicFile

Content: TypeAlias = Path | bytes
"""A file, or the bytes of one."""

_EXR: Final = ".exr"
_EXR_MAGIC: Final = b"\x76\x2f\x31\x01"
_HEAD_BYTES: Final = 16
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class TileSet:
    """The tiles of a tiled image."""

    kept: Mapping[int, Content]
    """Files or their bytes, by tile number."""
    edited: Mapping[int, Path]
    """Results: PNG, JPEG or WebP files with straight alpha, sRGB or data; EXR if a mask keeps floats."""
    is_data: bool = False
    is_premultiplied: bool = False
    """Blender reads the kept files as having colours multiplied by their alpha."""
    space: LinearSpace = REC709
    """The space in which Blender reads the kept files if they are EXR."""
    edited_spaces: Mapping[int, LinearSpace] = field(default_factory=dict[int, LinearSpace])
    """The spaces of EXR results, by tile number; other tiles have Rec.709."""


def tile_paths(folder: Path, stem: str, tiles: TileSet) -> dict[int, Path]:
    """Return the path for each tile, with a stem that no other tile in the folder has."""
    suffix = _suffix(tiles)
    number, free = 1, stem
    while any(folder.glob(f"{free}.[0-9][0-9][0-9][0-9].*")):
        number += 1
        free = f"{stem}-{number}"
    return {tile: folder / f"{free}.{tile}{suffix}" for tile in sorted([*tiles.kept, *tiles.edited])}


def write_tiles(tiles: TileSet, paths: Mapping[int, Path], stop: threading.Event | None = None) -> None:
    """Write the files: all of them or, if something is raised, none. No file is overwritten.

    Args:
        stop: once it is set, stop before the next tile.

    Raises:
        Abandoned: `stop` was set.
        ImagingError, OSError
    """
    taken = next((path for path in paths.values() if path.exists()), None)
    if taken is not None:
        raise FileNotWritten(phrase("{path} is there already.", path=taken.name))
    written: list[Path] = []
    try:
        for number, path in paths.items():
            _check(stop)
            with write_atomically(path, shared=True) as file:
                if number in tiles.edited:
                    _write_edited(file, number, tiles)
                else:
                    _write_kept(file, tiles.kept[number], is_exr=path.suffix == _EXR)
            written.append(path)
    except BaseException:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _check(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise Abandoned


def _suffix(tiles: TileSet) -> str:
    """Choose the format: EXR if all kept tiles are EXR (or without any, the edited ones), else PNG.

    Raises:
        ImagingError: some are EXR and some are not.
    """
    others = tiles.kept.values() or tiles.edited.values()
    deep = [_head(content).startswith(_EXR_MAGIC) for content in others]
    if not any(deep):
        return Format.PNG.suffix
    if not all(deep):
        raise ImagingError(phrase("Some of its tiles have float pixels and some do not."))
    return _EXR


def _write_kept(file: BinaryIO, content: Content, *, is_exr: bool) -> None:
    from .png import ArrayRows, write_png

    if is_exr or sniff(_head(content)) is Format.PNG:
        with _opened(content) as source:
            shutil.copyfileobj(source, file, _CHUNK)
    else:
        write_png(file, ArrayRows(_same_pixels(content)))


def _write_edited(file: AtomicFile, number: int, tiles: TileSet) -> None:
    from .png import ArrayRows, write_png

    result = tiles.edited[number]
    is_exr = file.path.suffix == _EXR
    if _head(result).startswith(_EXR_MAGIC):
        if not is_exr:
            raise ImagingError(phrase("Some of its tiles have float pixels and some do not."))
        space = tiles.edited_spaces.get(number, REC709)
        if tiles.is_data or space.is_like(tiles.space):
            _write_kept(file, result, is_exr=True)
        else:
            floats = read_exr(result)
            _in_place(floats, lambda part: tiles.space.from_rec709(space.in_rec709(part)))
            write_exr(file, floats)
        return
    if not is_exr and not tiles.is_premultiplied and sniff(_head(result)) is Format.PNG:
        _write_kept(file, result, is_exr=False)
        return
    pixels = _same_pixels(result)
    if not is_exr:
        write_png(file, ArrayRows(_premultiplied(pixels) if tiles.is_premultiplied else pixels))
        return
    values = _with_colours(pixels).astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    if not tiles.is_data:
        _in_place(values[..., :3], lambda part: tiles.space.from_rec709(linear_from_srgb(part)))
    if tiles.is_premultiplied and not tiles.is_data and values.shape[2] == 4:
        values[..., :3] *= values[..., 3:]
    write_exr(file, values)


def _in_place(
    values: NDArray[np.float32], change: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> None:
    """Change pixels in place, band by band, because copies of a whole tile would take gigabytes."""

    def work(rows: slice) -> None:
        values[rows] = change(values[rows])

    in_bands(work, rows_of(len(values), values.nbytes // max(1, len(values))))


def _same_pixels(content: Content) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Decode without loss.

    Raises:
        ImagingError: not readable, or deeper than a PNG can hold.
    """
    with translated_errors("source"), open_picture(content) as image:
        if is_deep_grey(image):
            return as_array(image).astype(np.uint16)
        if image.mode in ("I", "F"):
            raise ImagingError(phrase("One of its tiles has values that a PNG can't hold."))
        return eight_bit(image)


def _premultiplied(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == 2 or pixels.shape[2] not in (2, 4):
        return pixels
    full = int(np.iinfo(pixels.dtype).max)
    wide = pixels.astype(np.uint64)
    colours = (wide[..., :-1] * wide[..., -1:] + full // 2) // full
    return np.concatenate([colours, wide[..., -1:]], axis=2).astype(pixels.dtype)


def _with_colours(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return RGB or RGBA, also for grey."""
    values = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    return values if values.shape[2] > 2 else values[..., [0, 0, 0, *range(1, values.shape[2])]]


def _head(content: Content) -> bytes:
    return content[:_HEAD_BYTES] if isinstance(content, bytes) else read_head(content)


@contextlib.contextmanager
def _opened(content: Content) -> Generator[BinaryIO]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
        return
    with open_regular(content) as file:
        yield file
