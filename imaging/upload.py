# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn snapshots into files that the service accepts: PNG, JPEG or WebP. Worker threads only.

Files in such a format are sent byte for byte; everything else becomes PNG, without loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from ..texts.phrases import joined, phrase
from .check import read_header
from .errors import FileNotWritten, ImageEmpty, ImageTooLarge, ImagingError
from .files import open_regular, write_atomically
from .formats import HEAD_BYTES, Format, read_head, sniff
from .snapshot import BytesSnapshot, FileSnapshot, PixelsSnapshot, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

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
    is_ours: bool
    """Easel has encoded it; else it has the original's bytes, with anything else in the file."""


def prepare_upload(snapshot: Snapshot, folder: Path, stem: str) -> Upload:
    """Turn a snapshot into a file: the original if it can be sent, else `stem.*` in `folder`.

    The original is neither copied nor decoded. Raises ImagingError with a text for the artist: missing or
    unreadable file, no pixels, too many of them, disk full.
    """
    match snapshot:
        case FileSnapshot(path=path, as_viewed=as_viewed):
            return _from_file(path, folder, stem, as_viewed=as_viewed)
        case BytesSnapshot(data=data):
            return _from_bytes(data, folder, stem)
        case PixelsSnapshot():
            # Here and below: numpy is imported when the first image needs it, not when Easel is enabled.
            from .pixels import PixelRows

            _check_pixel_count(snapshot.width, snapshot.height)
            return _written(PixelRows(snapshot), folder, stem)
        case _:
            assert_never(snapshot)


def _from_file(path: Path, folder: Path, stem: str, *, as_viewed: bool) -> Upload:
    head = read_head(path)
    try:
        found = sniff(head)
        if found is not None and (not as_viewed or _is_viewed_as_stored(path, found)):
            return _sent_as_it_is(path)
        return _converted(path, head, folder, stem, as_viewed=as_viewed)
    except FileNotWritten:
        raise
    except ImagingError as error:  # one of up to 14 sources: say which
        raise type(error)(joined(path.name, str(error), by=": ")) from error


def _is_viewed_as_stored(path: Path, found: Format) -> bool:
    from .metadata import read_viewing
    from .viewing import is_viewed_as_stored

    with open_regular(path) as file:
        return is_viewed_as_stored(read_viewing(file, found))


def _from_bytes(data: bytes, folder: Path, stem: str) -> Upload:
    head = data[:HEAD_BYTES]
    found = sniff(head)
    if found is None:
        return _converted(data, head, folder, stem)
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
        is_ours=False,
    )


def _converted(
    source: Path | bytes, head: bytes, folder: Path, stem: str, *, as_viewed: bool = False
) -> Upload:
    if not head:
        raise ImageEmpty(phrase("The file is empty."))
    from .convert import decode

    return _written(decode(source, head, MAX_SOURCE_PIXELS, as_viewed=as_viewed), folder, stem)


def _written(rows: Rows, folder: Path, stem: str) -> Upload:
    from .png import write_png

    path = folder / f"{stem}{Format.PNG.suffix}"
    with write_atomically(path) as file:
        write_png(file, rows)
    return Upload(
        path=path,
        media_type=Format.PNG.media_type,
        width=rows.width,
        height=rows.height,
        byte_count=path.stat().st_size,
        is_ours=True,
    )


def _check_pixel_count(width: int, height: int) -> None:
    if width * height > MAX_SOURCE_PIXELS:
        raise ImageTooLarge(
            phrase(
                "The image is too large to be sent: {width:,} × {height:,} pixels. Scale it down.",
                width=width,
                height=height,
            )
        )
