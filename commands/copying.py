# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of jobs copied to where the caller wants them, under the names they have in the library."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ..imaging.files import open_regular, write_atomically

if TYPE_CHECKING:
    from ..jobs.job import Job


def folder_of(text: str) -> Path:
    """Return a typed folder, relative to where the command was started. Made if missing."""
    folder = Path(text).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def copies_of(job: Job, out: str) -> list[Path]:
    """Copy a job's results as they would be placed. Nothing is overwritten, and nothing is copied twice.

    Raises:
        Refusal, OSError: not all could be copied; all of it is in the library.
    """
    folder = folder_of(out)
    paths: list[Path] = []
    for result in job.results_to_place:
        there = folder / result.path.name
        if there.is_file() and filecmp.cmp(there, result.path, shallow=False):
            paths.append(there)
            continue
        with open_regular(result.path) as file, write_atomically(there, exclusive=True, shared=True) as to:
            shutil.copyfileobj(file, to)
        paths.append(to.path)
    return paths
