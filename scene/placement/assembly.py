# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a tiled image. A thread writes its files, beside the .blend or (to be packed) to a temporary folder.

Then the main thread loads them, without decoding.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...client.errors import DEFECT
from ...imaging.errors import ImagingError
from ...imaging.files import HeldFolder
from ...imaging.snapshot import FileSnapshot
from ...threads.task import Task
from ..pictures.colours import set_colour_space
from ..pictures.packing import from_blend, name_packed
from .reused import JOB_KEY
from .reused_tiles import BATCH_KEY, TILES_KEY, Pictures, note_of

if TYPE_CHECKING:
    from ...imaging.tiles import TileSet

_one_at_a_time = threading.Lock()
"""So that no two threads choose the same free name."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TilesLook:
    """How Blender must read all tiles of an image."""

    alpha_mode: str
    colour_space: str


@dataclass(kw_only=True)
class Assembly:
    """A tiled image that is being made."""

    tiles: TileSet
    look: TilesLook
    labels: Mapping[int, str]
    folder: Path | None
    """The folder for its files; None if they will be packed."""
    stem: str
    job_id: str
    batch: str
    name: str
    pictures: Pictures
    """The results among its tiles."""
    remark: str = ""
    """A text for the artist: why it is another image than the existing one."""
    held: Sequence[FileSnapshot] = ()
    """Painted tiles that Blender wrote, also for other assemblies: released once they are read."""
    paths: dict[int, Path] = field(default_factory=dict)
    note: str = ""
    """The note about its `pictures` that the image stores."""
    failure: str = ""
    """Why there will be no tiled image, in words for the artist."""
    _packing: HeldFolder | None = None
    _task: Task | None = None

    def start(self) -> None:
        """Write the files in the background. Main thread."""
        folder = self.folder
        if folder is None:
            self._packing = HeldFolder(Path(bpy.app.tempdir))
            folder = self._packing.path
        self._task = Task("tiles", lambda stop: self._write(folder, stop))

    @property
    def is_ready(self) -> bool:
        """Whether the files are written, or will not be."""
        return self._task is None or self._task.is_over

    def wait(self, ends_at: float = math.inf) -> bool:
        """Block until `is_ready`; False if `time.monotonic()` reaches `ends_at` first."""
        return self._task is None or self._task.wait_until(ends_at)

    def forget_contents(self) -> None:
        """Keep only what `load` needs: packed tiles are in memory."""
        self.tiles = replace(self.tiles, kept={}, edited={})

    def load(self) -> bpy.types.Image:
        """Make the datablock from the files, any number of times. Main thread; decodes nothing."""
        first = min(self.paths)
        pattern = self.paths[first].name.replace(f".{first}.", ".<UDIM>.")
        image = bpy.data.images.load(str(self.paths[first]))
        image.source = "TILED"
        image.filepath_raw = str(self.paths[first].with_name(pattern))  # Blender looks for the tiles there
        for tile in image.tiles:
            tile.label = self.labels.get(tile.number, "")
        image.alpha_mode = self.look.alpha_mode
        set_colour_space(image, self.look.colour_space)
        if self.folder is None:
            image.pack()  # the files' own bytes
            name_packed(image, pattern)
        else:
            image.filepath_raw = from_blend(str(self.folder / pattern))
        image.name = self.name
        image[JOB_KEY] = self.job_id
        image[BATCH_KEY] = self.batch
        image[TILES_KEY] = self.note
        return image

    def discard(self) -> Task:
        """Remove the files, because the image will not be made. Paid images are in the library.

        Returns the removing task at once. A thread that is writing stops before its next tile.
        """
        if self._task is not None:
            self._task.stop.set()
        return Task("tiles-removal", lambda _stop: self._remove())

    def _remove(self) -> None:
        self.wait()
        for path in self.paths.values():
            try:
                path.unlink(missing_ok=True)
            except OSError:
                logger.exception("A tile that nobody wants stays where it is")
        self._packing = None

    def _write(self, folder: Path, stop: threading.Event) -> None:
        from ...imaging.tiles import tile_paths, write_tiles  # here, because it needs numpy

        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time:
                paths = tile_paths(folder, self.stem, self.tiles)
                write_tiles(self.tiles, paths, stop)
            self.note = note_of(self.pictures, paths)
            self.paths = paths
        except (ImagingError, OSError) as error:
            self.failure = str(error)
        except Exception:
            logger.exception("The tiled image can't be written")
            self.failure = DEFECT
        finally:
            self.held = ()
