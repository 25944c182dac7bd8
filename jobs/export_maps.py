# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a material's images to a folder, with the names that other programs expect. Worker only."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..imaging.files import open_regular, write_atomically
from ..imaging.formats import sniff
from ..imaging.snapshot import BytesSnapshot, FileSnapshot, PendingPixels, release
from ..imaging.tiling.settings import BASE_COLOR, Map
from ..texts.phrases import joined, phrase
from ..texts.refusal import Refusal
from .chores import Outcome
from .local_edit import SUFFIXES
from .materialx import SUFFIX as MTLX, document
from .taken import settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..imaging.resample import Pixels
    from ..imaging.snapshot import Snapshot
    from ..threads.pace import Pace

ORM: Final = "ORM"
"""Name of the packed map: red is occlusion, green roughness, blue metallic, as in glTF."""
_PACKED: Final = (Map.OCCLUSION.value, Map.ROUGHNESS.value, Map.METALLIC.value)
_WITHOUT: Final = (255, 255, 0)
"""Values in the packed map for a missing map: unoccluded, rough, not metallic."""
_LOOK_S: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class MapsWanted:
    """The maps to write."""

    folder: Path
    name: str
    """The beginning of the files' names."""
    parts: Mapping[str, Snapshot | PendingPixels]
    """The images, by `BASE_COLOR` and the names of maps."""
    is_packed: bool
    """Also write occlusion, roughness and metallic into one file."""
    has_materialx: bool = False
    """Also write a MaterialX document."""
    is_directx: bool = False
    """In the normal map, green points down."""


def export_maps(wanted: MapsWanted, pace: Pace) -> Outcome:
    """Write the files. Existing files are never overwritten.

    Returns:
        how many were written, and why it stopped after the first.

    Raises:
        Refusal, OSError: none was written.
    """
    planes: dict[str, Pixels] = {}
    names: dict[str, str] = {}
    count, total = 0, len(wanted.parts) + wanted.is_packed + wanted.has_materialx
    problem = ""
    try:
        wanted.folder.mkdir(parents=True, exist_ok=True)
        for part, taken in wanted.parts.items():
            snapshot = settled(taken, pace)
            names[part] = _write(wanted, part, snapshot).name
            if wanted.is_packed and part in _PACKED:
                planes[part] = _grey(snapshot)
            release([taken])
            count += 1
            pace.tell(count, total)
        if wanted.is_packed:
            _write_packed(wanted, planes)
            count += 1
        if wanted.has_materialx:
            _write_materialx(wanted, names)
            count += 1
    except (Refusal, OSError) as error:
        if not count:
            raise
        problem = str(error)
    finally:
        release(wanted.parts.values())
    text = (
        phrase("1 file is in {folder}", folder=wanted.folder)
        if count == 1
        else phrase("{count} files are in {folder}", count=count, folder=wanted.folder)
    )
    return Outcome(text=joined(text, problem, by=". "), is_whole=not problem)


def _write_materialx(wanted: MapsWanted, names: Mapping[str, str]) -> None:
    data = document(wanted.name, names, is_directx=wanted.is_directx)
    path = wanted.folder / f"{wanted.name}{MTLX}"
    with write_atomically(path, exclusive=True, shared=True) as file:
        file.write(data)


def _write(wanted: MapsWanted, part: str, snapshot: Snapshot) -> Path:
    """Write one image: its file's own bytes if it has a file, else a PNG. Returns the path."""
    stem = f"{wanted.name}_{SUFFIXES[part]}"
    if isinstance(snapshot, FileSnapshot):
        path = wanted.folder / f"{stem}{snapshot.path.suffix.lower()}"
        with (
            open_regular(snapshot.path) as source,
            write_atomically(path, exclusive=True, shared=True) as file,
        ):
            shutil.copyfileobj(source, file)
        return file.path
    if isinstance(snapshot, BytesSnapshot):
        found = sniff(snapshot.data[:64])
        suffix = found.suffix if found is not None else ".png"
        with write_atomically(wanted.folder / f"{stem}{suffix}", exclusive=True, shared=True) as file:
            file.write(snapshot.data)
        return file.path
    from ..imaging.restore import storable_in_png
    from ..imaging.whole import whole_of

    whole = whole_of(snapshot)
    return _write_png(
        wanted.folder / f"{stem}.png", storable_in_png(whole.pixels, part != BASE_COLOR, whole.space)
    )


def _write_png(path: Path, pixels: Pixels) -> Path:
    import numpy as np

    from ..imaging.png import ArrayRows, write_png

    with write_atomically(path, exclusive=True, shared=True) as file:
        write_png(file, ArrayRows(np.ascontiguousarray(pixels)))
    return file.path


def _grey(snapshot: Snapshot) -> NDArray[np.uint8]:
    """Return a map's first channel in 8 bits."""
    import numpy as np

    from ..imaging.whole import whole_of

    pixels = whole_of(snapshot).pixels
    plane = pixels if pixels.ndim == 2 else pixels[..., 0]
    if plane.dtype == np.uint16:
        return (plane >> 8).astype(np.uint8)
    if plane.dtype == np.float32:
        return (np.clip(np.nan_to_num(plane), 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return np.ascontiguousarray(plane)


def _write_packed(wanted: MapsWanted, planes: Mapping[str, Pixels]) -> None:
    import numpy as np

    shapes = {plane.shape for plane in planes.values()}
    if not shapes:
        raise Refusal(phrase("There is no AO, roughness or metallic map to pack."))
    if len(shapes) > 1:
        raise Refusal(phrase("The maps have different sizes, and can't be packed into one."))
    (shape,) = shapes
    packed = np.empty((*shape, 3), np.uint8)
    for channel, (part, value) in enumerate(zip(_PACKED, _WITHOUT, strict=True)):
        packed[..., channel] = planes.get(part, value)
    _write_png(wanted.folder / f"{wanted.name}_{ORM}.png", packed)
