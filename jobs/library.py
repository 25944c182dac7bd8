# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths in the library folder, which holds the ledger and everything that was paid for."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..imaging.files import FLOAT_SUFFIX
from .job import Job

IMAGE_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)_.*_([0-9a-f]{8})_(\d{1,6})(?:-\d+)?\.\w+")
"""Names that `Library.image_path` makes: the day, the beginning of the job's id, the number of the image; and
another number if the name was taken."""

_ODD: Final = re.compile(r"[^\w-]", re.ASCII)
_LONGEST_ID: Final = 64

IMPORTED: Final = "imported"
"""Name of the folder, among the images, for imported ones: their files may hold no recipe."""


@dataclass(frozen=True)
class Library:
    """Paths below one root. A folder is created when something is about to be written into it."""

    root: Path

    @property
    def ledger_path(self) -> Path:
        return self.root / "ledger.sqlite3"

    @property
    def tasks_folder(self) -> Path:
        """The folder of the journal of tasks."""
        return self.root / "tasks"

    @property
    def prompts_path(self) -> Path:
        """The file of the artist's saved prompts."""
        return self.root / "prompts.json"

    @property
    def marks_path(self) -> Path:
        """The file of the artist's marks, in case the ledger is lost."""
        return self.root / "marks.jsonl"

    @property
    def images_folder(self) -> Path:
        return self.root / "images"

    def sources_folder(self, job_id: str) -> Path:
        """The folder of uploads made for one job: painted pixels, packed files, converted formats."""
        return self.root / "sources" / _plain(job_id)

    def is_upload(self, path: Path) -> bool:
        """Whether a file was made to be sent with a job."""
        return self.root / "sources" in path.parents

    def thumbnail_path(self, job_id: str, index: int) -> Path:
        return self.root / "thumbnails" / f"{_plain(job_id)}_{index}.png"

    def fitted_thumbnail_path(self, job_id: str, index: int) -> Path:
        """Return the path of the thumbnail of an image's fitted file; whoever needs it first makes it."""
        return self.root / "thumbnails" / f"{_plain(job_id)}_{index}_fitted.png"

    def thumbnail_files(self, job_id: str, index: int, path: Path, fitted: Path | None) -> tuple[Path, ...]:
        """Return where an image's thumbnail is read, in this order: as it is placed, else as it came."""
        as_it_came = (self.thumbnail_path(job_id, index), path)
        if fitted is None or fitted.suffix == FLOAT_SUFFIX:  # which only Blender shows in the right colours
            return as_it_came
        return (self.fitted_thumbnail_path(job_id, index), fitted, *as_it_came)

    def new_incoming_path(self, suffix: str = "") -> Path:
        """Return a new path for a download, used until it is known to be a complete image.

        Args:
            suffix: with the dot, for a file that the caller writes.
        """
        return self.root / "incoming" / f".{secrets.token_hex(8)}.part{suffix}"

    def fitted_path(self, job_id: str, index: int) -> Path:
        """Return the path of an image's fitted file; `suffix` is another one for floats."""
        return self.root / "fitted" / f"{_plain(job_id)}_{index + 1}.png"

    def unpacked_folder(self, job_id: str, index: int) -> Path:
        """Return the folder of an unpacked archive; it can be unpacked again."""
        return self.root / "unpacked" / f"{_plain(job_id)}_{index + 1}"

    def sweep(
        self, older_than_s: float = 24 * 3600.0, should_stop: Callable[[], bool] = lambda: False
    ) -> None:
        """Remove what a crash left: incomplete files, and images that are only an empty name.

        Never removes an image, a finished upload, or somebody else's empty file. It looks at every file,
        which takes minutes on a slow share.
        """
        for folder in ("images", "thumbnails", "sources", "fitted", "incoming"):
            for path in (self.root / folder).rglob("*"):
                if should_stop():
                    return
                is_image = folder == "images" and IMAGE_NAME.fullmatch(path.name) is not None
                # Another Blender may be writing or removing it now.
                with contextlib.suppress(OSError):
                    if (is_image and _is_empty(path)) or path.match(".*.part") or path.match(".*.part.*"):
                        _remove_if_older(path, older_than_s)

    def image_path(self, job: Job, index: int, suffix: str) -> Path:
        """Return a free path for a job's image.

        Args:
            suffix: with the dot, for the file's true format.
        """
        from ..imaging.files import slug

        day = _day_of(job)
        name = f"{day}_{slug(job.request.title)}_{_plain(job.id)[:8]}_{index + 1}{suffix}"
        return self.images_folder / day[:7] / name

    def imported_path(self, job: Job, suffix: str) -> Path:
        """Return a free path for an imported image, as `image_path`."""
        return self.images_folder / IMPORTED / self.image_path(job, 0, suffix).name

    def images_of(self, job: Job) -> list[Path]:
        """List the files that are named like a job's images, whether the ledger knows them or not."""
        day = _day_of(job)
        return sorted((self.images_folder / day[:7]).glob(f"{day}_*_{_plain(job.id)[:8]}_*"))


def _plain(job_id: str) -> str:
    """Return a job's id as part of a name. One from a file's recipe may hold anything, a path too."""
    return job_id if job_id.isalnum() and len(job_id) <= _LONGEST_ID else _ODD.sub("_", job_id)[:_LONGEST_ID]


def _is_empty(path: Path) -> bool:
    """Return whether a file is empty, so only reserves its name. Raises OSError."""
    return path.is_file() and not path.stat().st_size


def _remove_if_older(path: Path, older_than_s: float) -> None:
    if time.time() - path.stat().st_mtime > older_than_s:
        path.unlink()


def _day_of(job: Job) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(job.created_at))
