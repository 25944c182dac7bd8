# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a model's files before it is placed: a thread reads each, and unpacks archives again if needed."""

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
    """A file that a thread has read."""

    path: Path
    contents: ModelContents | None = None
    """None if it can't be read."""
    byte_count: int = 0
    error: ImagingError | OSError | None = None
    """Why it can't be read."""


class ReadFiles:
    """All placeable files of a job, the best format first: if one fails, the next is tried."""

    def __init__(self, job: Job, results: Sequence[Result]) -> None:
        self.key = (job.id, tuple(result.index for result in results))
        self.files: Sequence[ReadFile] = ()
        """Filled once the task is over."""
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


@dataclass(kw_only=True)
class _State:
    current: list[ReadFiles] = field(default_factory=list)
    """At most one: the latest."""


def of_job(job: Job) -> ReadFiles:
    """Return a job's files; reading begins now if needed. Their task may not be over. Main thread."""
    results = models.models_of(job)
    current, key = live.part(_State).current, (job.id, tuple(result.index for result in results))
    if not current or current[0].key != key:
        current[:] = [ReadFiles(job, results)]
    return current[0]


def drop(files: ReadFiles) -> None:
    """Forget the files of a placed job, because they may have changed by the next time."""
    current = live.part(_State).current
    if files in current:
        current.remove(files)
