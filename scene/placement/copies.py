# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of results beside a saved .blend, made by a thread: an image of 4K has tens of megabytes.

A file that is there is never overwritten. No fsync: the library keeps what was paid for.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...imaging.files import sha256_of

_CHUNK: Final = 1 << 20


@dataclass(eq=False)
class _Copying:
    folder: Path
    names: Mapping[Path, str]
    made: dict[Path, Path] = field(default_factory=dict)
    """Files of the library and their copies."""
    is_done: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    """Set once nobody wants the copies any more. Those that are whole stay: a job that is placed there after
    all takes them."""


_copying: dict[str, _Copying] = {}
"""By job id."""
_given_up: list[_Copying] = []
"""Those that nobody wants any more, as long as their threads are at it."""


def is_ready(job_id: str, folder: Path | None, names: Mapping[Path, str]) -> bool:
    """Have a job's files copied, and say whether that is over: all are there, or it was given up.

    Args:
        folder: where to; None where nothing is to be copied.
        names: the files of the library, and what their copies are to be called.
    """
    if folder is None:
        return True
    work = _copying.get(job_id)
    if work is None or work.folder != folder or work.names != names:
        if work is not None:
            _give_up(work)
        work = _copying[job_id] = _Copying(folder, names)
        threading.Thread(target=_run, args=(work,), name="easel-copies", daemon=True).start()
    return work.is_done.is_set()


def take(job_id: str, folder: Path | None) -> dict[Path, Path]:
    """Return a job's copies, which are the caller's from now on. Waits for those that are being made.

    Args:
        folder: where they are wanted; those that were made elsewhere are not.
    """
    work = _copying.pop(job_id, None)
    if work is None:
        return {}
    if work.folder != folder:
        _give_up(work)
        return {}
    work.is_done.wait()
    return work.made


def forget() -> None:
    """Another file is open: what is being copied is nobody's concern. Returns at once."""
    for work in _copying.values():
        _give_up(work)
    _copying.clear()


def finish(timeout_s: float) -> None:
    """Stand still until nothing is half copied of what was given up, but no longer than that."""
    deadline = time.monotonic() + timeout_s
    for work in _given_up:
        work.is_done.wait(max(deadline - time.monotonic(), 0.0))


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


def _give_up(work: _Copying) -> None:
    work.stop.set()
    _given_up[:] = [known for known in (*_given_up, work) if not known.is_done.is_set()]


def _run(work: _Copying) -> None:
    # What can't be copied is tried once more when it is placed, where the reason can be told.
    try:
        with contextlib.suppress(OSError):
            for source, name in work.names.items():
                work.made[source] = copy(source, work.folder / name, work.stop)
    finally:
        work.is_done.set()


def _is_same(path: Path, original: Path) -> bool:
    is_as_long = path.is_file() and path.stat().st_size == original.stat().st_size
    return is_as_long and sha256_of(path) == sha256_of(original)
