# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy results beside a saved .blend, on a thread, because a 4K image has tens of megabytes.

Existing files are never overwritten. No fsync is needed, because the library keeps the paid files.
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
    """Copies of a job's files that are being made.

    Once ready, they belong to the caller that waited for them.

    Args:
        folder: the target.
        names: the library's files, and the names of their copies.
    """

    def __init__(self, folder: Path, names: Mapping[Path, str]) -> None:
        self.folder = folder
        self.names = names
        self.made: dict[Path, Path] = {}
        """Files of the library and their copies."""
        self._task = Task("copies", self._run)

    @property
    def is_ready(self) -> bool:
        """Whether all are copied, or copying was stopped."""
        return self._task.is_over

    def wait(self, ends_at: float) -> bool:
        """Block until they are ready; False if `time.monotonic()` reaches `ends_at` first."""
        return self._task.wait_until(ends_at)

    def discard(self) -> list[Task]:
        """Stop, and return the task that is still running.

        Complete copies stay: a job that is placed there later uses them.
        """
        self._task.stop.set()
        return [self._task]

    def _run(self, stop: threading.Event) -> None:
        # Failed copies are tried again when the job is placed, where the reason can be shown.
        with contextlib.suppress(OSError):
            for source, name in self.names.items():
                self.made[source] = copy(source, self.folder / name, stop)


def copy(source: Path, wanted: Path, stop: threading.Event | None = None) -> Path:
    """Copy a file under the first free name, and return the path; an existing copy is used.

    Args:
        stop: stops the copying once it is set.

    Raises OSError; then no partial file is left.
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
    """Write a file under the first free name, and return the path; a file with the same content is used.

    Raises OSError; then no partial file is left.
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
