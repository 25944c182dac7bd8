# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of results beside a saved .blend. A thread makes them: an image of 4K has tens of megabytes.

A file that is there is never overwritten. No fsync: the library keeps what was paid for.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ...imaging.files import sha256_of
from ...threads.task import Task

_CHUNK: Final = 1 << 20


class Copies:
    """Copies of a job's files, on their way. Once they are ready they are whose who has waited for them.

    Args:
        folder: where to.
        names: the files of the library, and what their copies are to be called.
    """

    def __init__(self, folder: Path, names: Mapping[Path, str]) -> None:
        self.folder = folder
        self.names = names
        self.made: dict[Path, Path] = {}
        """Files of the library and their copies."""
        self._task = Task("copies", self._run)

    @property
    def is_ready(self) -> bool:
        """True when all are there, or it was given up."""
        return self._task.is_over

    def wait(self, ends_at: float) -> bool:
        """Stand still until they are ready; False if `time.monotonic()` reaches `ends_at` before."""
        return self._task.wait_until(ends_at)

    def discard(self) -> list[Task]:
        """Give up, and return what is still at it.

        Copies that are whole stay: a job that is placed there after all takes them.
        """
        self._task.stop.set()
        return [self._task]

    def _run(self, stop: threading.Event) -> None:
        # What can't be copied is tried once more when it is placed, where the reason can be told.
        with contextlib.suppress(OSError):
            for source, name in self.names.items():
                self.made[source] = copy(source, self.folder / name, stop)


def copy(source: Path, wanted: Path, stop: threading.Event | None = None) -> Path:
    """Copy a file under the first free name, and return it; a copy that is there already is taken.

    Args:
        stop: given up once it is set.

    Raises OSError; no half file is left then.
    """
    wanted.parent.mkdir(exist_ok=True)
    for number in itertools.count(1):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        try:
            target = path.open("xb")
        except FileExistsError:
            if _is_same(path, source):
                return path
            continue
        try:
            with target, source.open("rb") as original:
                while chunk := original.read(_CHUNK):
                    if stop is not None and stop.is_set():
                        raise InterruptedError(errno.EINTR, "nobody wants the copy any more")
                    target.write(chunk)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise AssertionError("unreachable: there is always a next number")


def write_free(content: bytes, wanted: Path) -> Path:
    """Write a file under the first free name, and return it; one that has the same in it is taken.

    Raises OSError; no half file is left then.
    """
    wanted.parent.mkdir(exist_ok=True)
    for number in itertools.count(1):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        try:
            with path.open("xb") as target:
                target.write(content)
        except FileExistsError:
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return path
        except OSError:
            path.unlink(missing_ok=True)
            raise
        else:
            return path
    raise AssertionError("unreachable: there is always a next number")


def _is_same(path: Path, original: Path) -> bool:
    is_as_long = path.is_file() and path.stat().st_size == original.stat().st_size
    return is_as_long and sha256_of(path) == sha256_of(original)
