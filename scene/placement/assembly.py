# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiled image in the making: a thread writes its files, beside the .blend or (to be packed) to a temporary
folder; then the main thread loads them, which decodes nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import bpy

from ...client.errors import DEFECT
from ...imaging.errors import ImagingError
from ...imaging.files import HeldFolder
from ...imaging.snapshot import FileSnapshot
from ...imaging.tiles import TileSet, tile_paths, write_tiles
from ..pictures.colours import set_colour_space
from ..pictures.packing import FOLDER, name_packed
from .images import JOB_KEY

BATCH_KEY = "easel_batch"
"""Custom property of a tiled image: of which click it is, and which of its variations."""

_one_at_a_time = threading.Lock()
"""So that no two find the same name free."""
_removals: list[threading.Thread] = []
"""Threads that remove what is not wanted any more."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TilesLook:
    """How Blender is to read all tiles of an image."""

    alpha_mode: str
    colour_space: str


@dataclass(kw_only=True)
class Assembly:
    """A tiled image in the making."""

    tiles: TileSet
    look: TilesLook
    labels: Mapping[int, str]
    folder: Path | None
    """Where its files are to lie; None where they are to be packed."""
    stem: str
    job_id: str
    batch: str
    name: str
    held: Sequence[FileSnapshot] = ()
    """What Blender has written of painted tiles, for other assemblies too: let go once it is read."""
    paths: dict[int, Path] = field(default_factory=dict)
    failure: str = ""
    """Why there will be no tiled image, in words for the artist."""
    _packing: HeldFolder | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Write the files in the background. Main thread."""
        folder = self.folder
        if folder is None:
            self._packing = HeldFolder(Path(bpy.app.tempdir))
            folder = self._packing.path
        self._thread = threading.Thread(target=self._write, args=(folder,), name="easel-tiles", daemon=True)
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
        image.filepath_raw = str(self.paths[first].with_name(pattern))  # Blender looks for the tiles there
        for tile in image.tiles:
            tile.label = self.labels.get(tile.number, "")
        image.alpha_mode = self.look.alpha_mode
        set_colour_space(image, self.look.colour_space)
        if self.folder is None:
            image.pack()  # the files' own bytes
            name_packed(image, pattern)
        else:
            image.filepath_raw = f"//{FOLDER}/{pattern}"
        image.name = self.name
        image[JOB_KEY] = self.job_id
        image[BATCH_KEY] = self.batch
        return image

    def discard(self) -> None:
        """Have the files removed: the image will not be made. What was paid for lies in the library.

        Returns at once; a thread that is writing gives up before its next tile.
        """
        self._stop.set()
        thread = threading.Thread(target=self._remove, name="easel-tiles-removal", daemon=True)
        _removals[:] = [known for known in _removals if known.is_alive()]
        _removals.append(thread)
        thread.start()

    def _remove(self) -> None:
        self.wait()
        for path in self.paths.values():
            try:
                path.unlink(missing_ok=True)
            except OSError:
                logger.exception("A tile that nobody wants stays where it is")
        self._packing = None

    def _write(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time:
                paths = tile_paths(folder, self.stem, self.tiles)
                write_tiles(self.tiles, paths, self._stop)
                self.paths = paths
        except (ImagingError, OSError) as error:
            self.failure = str(error)
        except Exception:
            logger.exception("The tiled image can't be written")
            self.failure = DEFECT
        finally:
            self.held = ()


def finish(timeout_s: float) -> None:
    """Stand still until nothing is left of what was discarded, but no longer than that."""
    deadline = time.monotonic() + timeout_s
    for thread in _removals:
        thread.join(max(deadline - time.monotonic(), 0.0))
