# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots to files that the service takes: PNG, JPEG or WebP. Worker threads only.

What is in such a format already is sent byte for byte; everything else becomes PNG, without loss.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from .check import Format, described, read_head, read_header, sniff, translated_errors
from .errors import ImageEmpty, ImageTooLarge, ImagingError, SourceUnreadable
from .files import write_atomically
from .snapshot import BytesSnapshot, FileSnapshot, PixelsSnapshot, Snapshot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from .png import Rows

MAX_SOURCE_PIXELS = 128 << 20  # 16K × 8K, of which even RGBA fits in 512 MiB


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file ready to be sent."""

    path: Path
    media_type: str
    width: int  # pixels
    height: int  # pixels
    byte_count: int


def prepare_upload(snapshot: Snapshot, folder: Path, stem: str) -> Upload:
    """Give a snapshot the form of a file: the original where that can be sent, else `stem.*` in `folder`.

    The original is neither copied nor decoded. Raises ImagingError with a text for the artist: missing or
    unreadable file, no pixels, too many of them, disk full.
    """
    match snapshot:
        case FileSnapshot(path=path):
            try:
                return _from_file(path, folder, stem)
            except FileNotFoundError as error:
                raise SourceUnreadable(f"The file {path.name} is missing.") from error
        case BytesSnapshot(data=data):
            return _from_bytes(data, folder, stem)
        case PixelsSnapshot():
            from .pixels import PixelRows  # noqa: PLC0415 - numpy only where it is needed

            _check_pixel_count(snapshot.width, snapshot.height)
            return _written(PixelRows(snapshot), folder, stem)
        case _:
            assert_never(snapshot)


def _from_file(path: Path, folder: Path, stem: str) -> Upload:
    head = read_head(path)
    if sniff(head) is not None:
        return _sent_as_it_is(path)
    return _converted(path, path.name, head, folder, stem)


def _from_bytes(data: bytes, folder: Path, stem: str) -> Upload:
    found = sniff(data[:16])
    if found is None:
        return _converted(io.BytesIO(data), "The packed file", data[:512], folder, stem)
    path = folder / f"{stem}{found.suffix}"
    with write_atomically(path) as file:
        file.write(data)
    return _sent_as_it_is(path)


def _sent_as_it_is(path: Path) -> Upload:
    info = read_header(path)
    _check_pixel_count(info.width, info.height)
    return Upload(
        path=path,
        media_type=info.format.media_type,
        width=info.width,
        height=info.height,
        byte_count=path.stat().st_size,
    )


def _converted(source: Path | io.BytesIO, name: str, head: bytes, folder: Path, stem: str) -> Upload:
    """Convert what Pillow can read to PNG; of an animation the first frame."""
    import PIL.Image  # noqa: PLC0415 - enabling the extension must not import Pillow

    try:
        with translated_errors(name), PIL.Image.open(source) as image:
            _check_pixel_count(*image.size)
            array = _as_array(image)
    except ImageTooLarge:
        raise
    except ImagingError as error:
        if not head:
            raise ImageEmpty(f"{name} is empty.") from error
        if isinstance(error.__cause__, PIL.UnidentifiedImageError):
            raise SourceUnreadable(
                f"{name} is {described(head)}, which Easel can't read. Save it as PNG, JPEG or WebP."
            ) from error
        raise

    from .png import ArrayRows  # noqa: PLC0415

    return _written(ArrayRows(array), folder, stem)


def _as_array(image: Image) -> NDArray[np.uint8]:
    """Decode to 8-bit grey, grey and alpha, RGB or RGBA."""
    import numpy as np  # noqa: PLC0415

    if image.mode.startswith("I"):
        return _from_integers(np.asarray(image))
    if image.mode == "F":
        from .pixels import linear_to_srgb  # noqa: PLC0415

        # Blender, too, takes floating-point files for scene-linear.
        values = np.nan_to_num(np.asarray(image, np.float64))
        return (linear_to_srgb(values) * 255 + 0.5).astype(np.uint8)
    has_alpha = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    is_grey = image.mode in ("1", "L", "LA", "La") and "transparency" not in image.info
    mode = ("LA" if has_alpha else "L") if is_grey else ("RGBA" if has_alpha else "RGB")
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _from_integers(values: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    """Scale 16-bit grey (also when it comes in 32 bits) to 8 bits; 65535 is white."""
    import numpy as np  # noqa: PLC0415

    return ((np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257).astype(np.uint8)


def _written(rows: Rows, folder: Path, stem: str) -> Upload:
    from .png import write_png  # noqa: PLC0415

    path = folder / f"{stem}{Format.PNG.suffix}"
    with write_atomically(path) as file:
        write_png(file, rows)
    return Upload(
        path=path,
        media_type=Format.PNG.media_type,
        width=rows.width,
        height=rows.height,
        byte_count=path.stat().st_size,
    )


def _check_pixel_count(width: int, height: int) -> None:
    if width * height > MAX_SOURCE_PIXELS:
        raise ImageTooLarge(
            f"The image is too large to be sent: {width:,} × {height:,} pixels. Scale it down."
        )
