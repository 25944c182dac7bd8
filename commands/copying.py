# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of jobs copied to where the caller wants them, under the names they have in the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..imaging.files import copy_once

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
    return [copy_once(result.path, folder / result.path.name) for result in job.results_to_place]
