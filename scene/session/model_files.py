# SPDX-License-Identifier: GPL-3.0-or-later
"""A model's file before it is placed: a thread takes its archive apart again if that was tidied away, and
looks at what is in it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...imaging.errors import ImagingError
from ...imaging.model_contents import ModelContents, read_contents
from ...imaging.model_files import unpack
from ...threads.task import Task
from .. import live
from . import session

if TYPE_CHECKING:
    from pathlib import Path

    from ...jobs.job import Job, Result

logger = logging.getLogger(__name__)


class ReadFile:
    """The file of a job's result, made ready and looked at. What is wrong with it, bringing it in says."""

    def __init__(self, key: tuple[str, int], result: Result, folder: Path) -> None:
        self.key = key
        self.path = result.fitted or result.path
        self.contents: ModelContents | None = None
        """Once the task is over; None where it can't be read."""
        self._result = result
        self._folder = folder
        self.task = Task("model", self._run)

    def _run(self, _stop: threading.Event) -> None:
        try:
            if self._result.fitted is not None and not self.path.is_file():
                unpack(self._result.path, self._folder)
            self.contents = read_contents(self.path)
        except (ImagingError, OSError) as error:
            logger.info("%s can't be read: %s", self.path.name, error)


@dataclass
class _State:
    current: list[ReadFile] = field(default_factory=list)
    """At most one: the last that was begun."""


def of_result(job: Job, result: Result) -> ReadFile:
    """Return a result's file, begun now if it is not. Its task may still be under way. Main thread."""
    current, key = live.part(_State).current, (job.id, result.index)
    if not current or current[0].key != key:
        folder = session.engine().library.unpacked_folder(job.id, result.index)
        current[:] = [ReadFile(key, result, folder)]
    return current[0]


def drop(file: ReadFile) -> None:
    """Forget a file that was placed: by the next time it may be another one."""
    current = live.part(_State).current
    if file in current:
        current.remove(file)
