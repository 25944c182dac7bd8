# SPDX-License-Identifier: GPL-3.0-or-later
"""Edited tiles become a new tiled image: a copy of the one that was edited, with those tiles replaced.

The main thread says what goes in; a thread writes the files, beside the .blend or (to be packed) to a
temporary folder; then the main thread loads them, which decodes nothing.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ..imaging.errors import ImagingError
from ..imaging.files import slug
from ..imaging.tiles import Content, TileSet, tile_paths, write_tiles
from ..jobs.job import Job
from ..jobs.placement import TileTarget
from ..phrases import phrase
from .colours import set_colour_space
from .errors import PlacementImpossible, SourceUnusable
from .images import FLOAT_SUFFIX, FOLDER, JOB_KEY, Keeper, short_name
from .refs import find_image
from .saving import bytes_of_tiles
from .sources import packed_file_of, path_of
from .tiles import numbers_of

BATCH_KEY = "easel_batch"
"""Custom property of a tiled image: of which click it is, and which of its variations."""

_one_at_a_time = threading.Lock()
"""So that no two find the same name free."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Look:
    alpha_mode: str
    colour_space: str


@dataclass(kw_only=True)
class Assembly:
    """A tiled image in the making."""

    tiles: TileSet
    look: _Look
    labels: Mapping[int, str]
    folder: Path
    is_packed: bool
    stem: str
    job_id: str
    batch: str
    name: str
    paths: dict[int, Path] = field(default_factory=dict)
    failure: str = ""
    """Why there will be no tiled image, in words for the artist."""
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Write the files in the background."""
        self._thread = threading.Thread(target=self._write, name="easel-tiles", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """True when the files are there, or will not be."""
        return self._thread is None or not self._thread.is_alive()

    def wait(self) -> None:
        """Stand still until `is_ready`."""
        if self._thread is not None:
            self._thread.join()

    def load(self) -> bpy.types.Image:
        """Make the datablock of the files. Main thread; decodes nothing."""
        first = min(self.paths)
        pattern = self.paths[first].name.replace(f".{first}.", ".<UDIM>.")
        image = bpy.data.images.load(str(self.paths[first]))
        image.source = "TILED"
        image.filepath_raw = str(self.folder / pattern)  # Blender looks for the tiles that are there
        for tile in image.tiles:
            tile.label = self.labels.get(tile.number, "")
        image.alpha_mode = self.look.alpha_mode
        set_colour_space(image, self.look.colour_space)
        if self.is_packed:
            image.pack()  # the files' own bytes
            for packed in image.packed_files:
                packed.filepath = f"//{FOLDER}/{pattern.replace('<UDIM>', str(packed.tile_number))}"
        image.filepath_raw = f"//{FOLDER}/{pattern}"
        image.name = self.name
        image[JOB_KEY] = self.job_id
        image[BATCH_KEY] = self.batch
        return image

    def clear_up(self) -> None:
        """Remove what is not needed any more: the temporary folder."""
        if self.is_packed:
            shutil.rmtree(self.folder, ignore_errors=True)

    def discard(self) -> None:
        """Remove the files: the image will not be made. What was paid for lies in the library."""
        self.wait()
        for path in self.paths.values():
            path.unlink(missing_ok=True)
        self.clear_up()

    def _write(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time:
                self.paths = tile_paths(self.folder, self.stem, self.tiles)
                write_tiles(self.tiles, self.paths)
        except (ImagingError, OSError) as error:
            self.paths, self.failure = {}, str(error)
        except Exception:
            logger.exception("The tiled image can't be written")
            self.paths, self.failure = {}, phrase("Its files can't be written: see the system console.")


def assemble(jobs: Sequence[Job], keeper: Keeper) -> list[Assembly]:
    """Start on the tiled images of jobs that are of one click: one for each variation of their results.

    Main thread. What is painted and not saved of the other tiles is read here.

    Raises:
        PlacementImpossible: the image that was edited is gone.
    """
    target = _target(jobs[0])
    variations = max(len(job.results) for job in jobs)
    return [_begin(jobs, target, index, keeper) for index in range(variations)]


def _begin(jobs: Sequence[Job], target: TileTarget, index: int, keeper: Keeper) -> Assembly:
    batch = f"{target.batch}:{index}"
    base = _base(target, batch)
    edited = {
        _target(job).number: job.results_to_place[index].path for job in jobs if index < len(job.results)
    }
    others = [number for number in numbers_of(base) if number not in edited]
    kept, look = _kept(base, others) if others else ({}, _look_of_all(jobs[0]))
    folder = keeper.folder or Path(tempfile.mkdtemp(prefix="easel-"))
    title = jobs[0].request.title
    assembly = Assembly(
        tiles=TileSet(
            kept=kept,
            edited=edited,
            is_data=base.colorspace_settings.is_data,
            is_premultiplied=look.alpha_mode == "PREMUL",
        ),
        look=look,
        labels={tile.number: tile.label for tile in base.tiles},
        folder=folder,
        is_packed=keeper.folder is None,
        stem=slug(title),
        job_id=jobs[0].id,
        batch=batch,
        name=short_name(title),
    )
    assembly.start()
    return assembly


def _base(target: TileTarget, batch: str) -> bpy.types.Image:
    """Return the image to copy: what an earlier job of the same click has made, else the source."""
    made = [image for image in bpy.data.images if image.source == "TILED" and image.get(BATCH_KEY) == batch]
    base = made[-1] if made else find_image(target.image)
    if base is None or base.source != "TILED":
        raise PlacementImpossible(
            phrase("The tiled image {image} is gone. Place the image by hand.", image=target.image.name)
        )
    return base


def _kept(base: bpy.types.Image, numbers: Sequence[int]) -> tuple[Mapping[int, Content], _Look]:
    """Say where the other tiles' pixels are, and how Blender is to read them."""
    settings = base.colorspace_settings
    stored = {} if base.is_dirty else {number: _stored(base, number) for number in numbers}
    kept = {number: content for number, content in stored.items() if content is not None}
    if base.has_data and len(kept) < len(numbers):  # painted or generated: no file has them
        deep = base.is_float
        try:
            painted = bytes_of_tiles(base, numbers, deep=deep)
        except SourceUnusable as error:
            raise PlacementImpossible(str(error)) from error
        if settings.is_data or base.alpha_mode == "CHANNEL_PACKED":
            alpha_mode = "CHANNEL_PACKED"
        else:
            alpha_mode = "PREMUL" if deep else "STRAIGHT"
        usual = "Linear Rec.709" if deep else "sRGB"
        return painted, _Look(
            alpha_mode=alpha_mode, colour_space=settings.name if settings.is_data else usual
        )
    return kept, _Look(alpha_mode=base.alpha_mode, colour_space=settings.name)


def _look_of_all(job: Job) -> _Look:
    """Say how to read results alone: there is no other tile that they must be like."""
    if job.results_to_place[0].path.suffix == FLOAT_SUFFIX:
        is_data = getattr(job.request, "holds_data", False)
        return _Look(alpha_mode="PREMUL", colour_space="Non-Color" if is_data else "Linear Rec.709")
    look = job.placement.look
    if look is None:
        return _Look(alpha_mode="STRAIGHT", colour_space="sRGB")
    return _Look(alpha_mode=look.alpha_mode, colour_space=look.colour_space or "sRGB")


def _stored(base: bpy.types.Image, number: int) -> Content | None:
    packed = packed_file_of(base, tile=number)
    if packed is not None:
        return packed.data
    path = path_of(base, tile=number)
    return path if path.is_file() else None


def _target(job: Job) -> TileTarget:
    if job.placement.tile is None:
        raise PlacementImpossible(phrase("This job knows no tile. Place the image by hand."))
    return job.placement.tile
