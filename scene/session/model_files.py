# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's files before it is placed: a thread takes an archive apart again if that was tidied away, and
looks at what is in each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...imaging.errors import ImagingError
from ...imaging.model_contents import ModelContents, read_contents
from ...imaging.model_files import unpack
from ...jobs import models
from ...threads.task import Task
from .. import live
from . import session

if TYPE_CHECKING:
    from pathlib import Path

    from ...jobs.job import Job, Result

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """One file, as a thread has found it."""

    path: Path
    contents: ModelContents | None = None
    """None if it can't be read."""
    byte_count: int = 0
    error: ImagingError | OSError | None = None
    """Why it can't be read."""


class ReadFiles:
    """All files of a job that can be placed, the best kind first: where one fails, the next is tried."""

    def __init__(self, job: Job, results: Sequence[Result]) -> None:
        self.key = (job.id, tuple(result.index for result in results))
        self.files: Sequence[ReadFile] = ()
        """Once the task is over."""
        library = session.engine().library
        self._wanted = [(result, library.unpacked_folder(job.id, result.index)) for result in results]
        self.task = Task("model", self._run)

    def _run(self, _stop: threading.Event) -> None:
        self.files = [_read(result, folder) for result, folder in self._wanted]


def _read(result: Result, folder: Path) -> ReadFile:
    path = result.fitted or result.path
    try:
        if result.fitted is not None and not path.is_file():
            unpack(result.path, folder)
        return ReadFile(path=path, contents=read_contents(path), byte_count=path.stat().st_size)
    except (ImagingError, OSError) as error:
        logger.info("%s can't be read: %s", path.name, error)
        return ReadFile(path=path, error=error)


@dataclass
class _State:
    current: list[ReadFiles] = field(default_factory=list)
    """At most one: the last that was begun."""


def of_job(job: Job) -> ReadFiles:
    """Return a job's files, begun now if they are not. Their task may still be under way. Main thread."""
    results = models.models_of(job)
    current, key = live.part(_State).current, (job.id, tuple(result.index for result in results))
    if not current or current[0].key != key:
        current[:] = [ReadFiles(job, results)]
    return current[0]


def drop(files: ReadFiles) -> None:
    """Forget files of a job that was placed: by the next time they may be others."""
    current = live.part(_State).current
    if files in current:
        current.remove(files)
