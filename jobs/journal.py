# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of tasks: plain files beside the ledger with the id of every paid task.

An id is on the disk here before it is in the ledger, so the next start finds it whatever happens to the
ledger. The journal also notes that a job is about to be sent. Otherwise an older ledger that is restored, in
which the job is queued, would have it paid twice. Each engine has its own file, with one line of JSON for
each event, and never changes a written line. The file is opened before anything is sent, so that the id can
be written even into a folder that is moved at that moment.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..texts.phrases import phrase
from .job import Job
from .ledger_file import LedgerError, identity_of
from .rows import columns_of, job_of

SUFFIX: Final = ".jsonl"

_APPEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A task that was paid for, or may have been."""

    task_id: str
    """Empty if unknown: the job was sent, and its outcome was never written."""
    job_id: str
    server: str
    at: float
    """When the service reported it, or when it was sent; epoch seconds."""
    is_sure: bool
    """False if the answer never came or was unreadable, so that this id is only likely."""
    is_unsent: bool = False
    """The service is known to have created nothing."""
    job: Job | None
    """The job as it was when it was sent; None if a newer Easel wrote it in an unreadable way."""
    begins: int = 0
    """The offset of its line in the file, in bytes."""


class Journal:
    """One engine's file. Any thread.

    Args:
        folder: `Library.tasks_folder`; created when the first job is about to be sent.
        owner: the engine's id.
    """

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._name = f"{time.strftime('%Y-%m-%d', time.gmtime())}_{owner[:12]}{SUFFIX}"
        self._lock = threading.Lock()
        self._file = -1  # descriptor
        self._identity: tuple[int, int] | None = None
        self._sent: set[str] = set()

    def get_ready(self) -> None:
        """Open the file under its name. Called before anything is sent.

        Raises:
            LedgerError: it can't be written, so nothing must be sent.
        """
        path = self._folder / self._name
        with self._lock:
            try:
                if self._file >= 0 and identity_of(path) == self._identity:
                    return
                self._folder.mkdir(0o700, exist_ok=True)  # not its parents: the library may have been moved
                file = os.open(path, _APPEND, 0o600)
                self._close()
                self._file, self._identity = file, identity_of(path)
                _sync_folder(self._folder)
            except OSError as error:
                raise self._unwritable(error) from error

    def note(self, job: Job, task_ids: Sequence[str], at: float, *, is_sure: bool = True) -> bool:
        """Write what the service reported, and wait until it is on the disk.

        Args:
            task_ids: the task's id; if not `is_sure`, all ids that it may have.

        Returns:
            False if that is impossible.
        """
        try:
            self.get_ready()
        except LedgerError:
            logger.exception("the folder may have been moved: its file is still open")
        try:
            self._write([_entry(job, task_id, at, is_sure=is_sure) for task_id in task_ids])
        except OSError:
            logger.exception("job %s: tasks %s", job.id, task_ids)
            return False
        return True

    def was_sent(self, job_id: str) -> bool:
        """Return whether this engine sent a job that was not refused.

        Such a job must not be sent again, whatever the ledger says by now.
        """
        return job_id in self._sent

    def note_sending(self, job: Job, at: float) -> None:
        """Note that a job is about to be sent, and wait until it is on the disk.

        Raises:
            LedgerError: that is impossible; the job must not be sent.
        """
        self.get_ready()
        self._sent.add(job.id)
        try:
            self._write([_entry(job, "", at, is_sure=False)])
        except OSError as error:
            raise self._unwritable(error) from error

    def note_unsent(self, job: Job, at: float) -> None:
        """Note that a job was not sent after all, or was refused: nothing was created.

        Without this line it looks as if the job may have been sent.
        """
        self._sent.discard(job.id)
        try:
            self._write([{**_entry(job, "", at, is_sure=False), "is_unsent": True}])
        except OSError:
            logger.exception("job %s", job.id)

    def close(self) -> None:
        """Close the file. A later note opens it again."""
        with self._lock:
            self._close()

    def _write(self, entries: Iterable[Mapping[str, Any]]) -> None:
        # Begin a new line, whatever a crash or a full disk left of the one before.
        view = memoryview("".join(f"\n{json.dumps(entry)}\n" for entry in entries).encode())
        with self._lock:
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)

    def _unwritable(self, error: OSError) -> LedgerError:
        path = self._folder / self._name
        return LedgerError(
            phrase("The list of paid tasks in {path} can't be written: {error}.", path=path, error=error)
        )

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def unread(folder: Path, sizes: Mapping[str, int]) -> Iterator[tuple[str, int, list[Paid]]]:
    """Yield the name of each file that has grown, the end of its complete lines, and its new tasks.

    Jobs that were sent without an answer are among them.

    Args:
        sizes: the size of each file up to which everything has been read.

    Raises:
        OSError
    """
    if not folder.is_dir():
        return
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        size, known = path.stat().st_size, sizes.get(path.name, 0)
        if size == known:
            continue
        first = known if known < size else 0
        with path.open("rb") as file:
            file.seek(first)
            data = file.read()
        whole = _whole(data)
        if whole or first != known:
            yield path.name, first + len(whole), _read(whole, first)


def _whole(data: bytes) -> bytes:
    """Return the complete lines.

    The last one may be incomplete: somebody is writing it, or died while writing.
    """
    ends = data.rfind(b"\n") + 1
    try:
        json.loads(data[ends:])
    except ValueError:
        return data[:ends]
    return data


def _read(data: bytes, first: int) -> list[Paid]:
    """Read a file's lines. A job's outcome replaces the note that it is about to be sent.

    Args:
        first: offset of the first line in the file.
    """
    told: list[Paid] = []
    sent: dict[str, Paid] = {}
    ends = first
    for line in data.splitlines(keepends=True):
        begins, ends = ends, ends + len(line)
        if (paid := _paid(line, begins)) is None:
            continue
        sent.pop(paid.job_id, None)
        if paid.task_id:
            told.append(paid)
        elif not paid.is_unsent:
            sent[paid.job_id] = paid
    return told + list(sent.values())


def _entry(job: Job, task_id: str, at: float, *, is_sure: bool) -> dict[str, Any]:
    return {"task_id": task_id, "at": at, "is_sure": is_sure, "job": columns_of(job)}


def _paid(line: bytes, begins: int) -> Paid | None:
    """Read a line; None for an empty one, and for one that a crash left incomplete."""
    if not line.strip():
        return None
    try:
        entry = json.loads(line)
        return Paid(
            task_id=str(entry["task_id"]),
            job_id=str(entry["job"]["id"]),
            server=str(entry["job"]["server"]),
            at=float(entry["at"]),
            is_sure=bool(entry["is_sure"]),
            is_unsent=bool(entry.get("is_unsent")),
            job=_job(entry["job"]),
            begins=begins,
        )
    except (ValueError, KeyError, TypeError):
        logger.warning("a line in the journal of tasks can't be read: %.200r", line)
        return None


def _job(columns: Mapping[str, Any]) -> Job | None:
    try:
        return job_of(columns, ())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sync_folder(folder: Path) -> None:
    """Sync a new file's name to the disk too, if the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
