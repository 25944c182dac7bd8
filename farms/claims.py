# SPDX-License-Identifier: GPL-3.0-or-later
"""Which worker has which row, in a folder that all workers of a farm share. Any thread, process or machine.

A farm tries a failed task again, on another machine too, whose ledger does not know the first try. So a
row is claimed before it is sent, by a file that only one can make. Whoever finds a claim that has neither a
task ID nor an end can't know whether it was paid for, and sends nothing; only what ended without any cost can
be claimed again.

    000007.claim   made with O_EXCL: who claimed it, and for what
    000007.task    the task ID, as soon as it is known: anybody with the key can collect it, free
000007.end     how it ended
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from ..imaging.errors import FileNotWritten
from ..imaging.files import write_atomically
from ..jobs.plain import record_of
from ..texts.phrases import phrase
from ..texts.refusal import Refusal

FOLDER: Final = "claims"
"""Inside the folder that the images go to."""

_EXCLUSIVE: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
"""Atomic on local disks, on NFS from version 3 on, and on SMB (open(2); RFC 1813, EXCLUSIVE)."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is known about a claimed row."""

    digest: str = ""
    """A digest of what the row asks for (`batches.row.Row.digest`); empty if the claim is not whole."""
    worker: str = ""
    """Who claimed it, for people."""
    claimed_at: float = 0.0
    """Epoch seconds."""
    task_id: str = ""
    first: int = 0
    """The first of the task's images that is this row's, from 0."""
    count: int = 1


class State(Enum):
    """What became of a row."""

    DONE = "DONE"
    FAILED = "FAILED"
    """Refused, or failed at the service: it cost nothing."""
    UNSENT = "UNSENT"
    """Its worker was stopped before sending: the next worker may have it."""
    UNCERTAIN = "UNCERTAIN"
    """It may have been paid for; a person decides."""


@dataclass(frozen=True, kw_only=True)
class End:
    """What became of a row. `DONE` is for good; `UNSENT` and `FAILED` can be claimed again."""

    state: State
    files: tuple[str, ...] = ()
    """Names of its images in the shared folder."""
    credits: int = 0
    note: str = ""
    of: str = ""
    """ID of the job that ended, in the ledger of its machine; empty if there was none."""

    def can_be_claimed(self, *, unsent_alone: bool) -> bool:
        """Whether the row may be claimed again."""
        return self.state is State.UNSENT or (self.state is State.FAILED and not unsent_alone)


class Claims:
    """The claims of a batch.

    Args:
        out: the folder that the images go to; created if it is missing.
        worker: the name of this machine or process, for people.

    Raises:
        OSError: the folder can't be made.
    """

    def __init__(self, out: Path, worker: str) -> None:
        self.folder = out / FOLDER
        self.worker = worker
        self.folder.mkdir(parents=True, exist_ok=True)

    def claim(self, row: int, digest: str) -> bool:
        """Claim a row. True: it is this worker's, and was nobody's before.

        Args:
            row: its number in the table, from 1.

        Raises:
            Refusal: it was claimed for something else: the table has changed.
            OSError: the folder can't be written to. Nothing may be sent then.
        """
        path = self._path(row, "claim")
        try:
            descriptor = os.open(path, _EXCLUSIVE, 0o666)
        except FileExistsError:
            self._check_same(row, digest)
            return False
        except PermissionError:  # Windows, where another process has just that file open
            if not path.exists():
                raise
            return False
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._claim_of(digest))
                file.flush()
                os.fsync(file.fileno())
        except OSError:  # nothing is sent, so the row is free again
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return True

    def _check_same(self, row: int, digest: str) -> None:
        known = self.read(row)
        if known is not None and known.digest and known.digest != digest:
            raise Refusal(
                phrase(
                    "Row {row} was claimed for another picture: the table changed. Choose a new folder.",
                    row=row,
                )
            )

    def read(self, row: int) -> Claim | None:
        """Return what is known about a row; None if nobody has claimed it."""
        path = self._path(row, "claim")
        known = self._values(path)
        if known is None:
            if not path.exists():
                return None
            known = {}
        known |= self._values(self._path(row, "task")) or {}
        try:
            return record_of(Claim, known)
        except (KeyError, TypeError, ValueError):
            return Claim()

    def claim_again(self, row: int, digest: str, *, unsent_alone: bool = False) -> bool:
        """Claim a row again that was never sent or has failed, and so cost nothing.

        True: it is this worker's now.

        If many try at once, one gets it: only one can remove the file that says how it ended. That file is
        read again afterwards, because a network drive may still show a file that somebody else removed.

        Raises:
            OSError, FileNotWritten: the folder can't be written to. Nothing may be sent then.
        """
        end = self.end_of(row)
        if end is None or not end.can_be_claimed(unsent_alone=unsent_alone):
            return False
        self._given_up(row, end.of).touch()
        path, taken = self._path(row, "end"), self._path(row, f"{secrets.token_hex(4)}.failed")
        try:
            path.rename(taken)
        except FileNotFoundError:
            return False
        if self._end_in(taken) != end:
            with contextlib.suppress(FileExistsError):
                taken.rename(path)
            return False
        try:
            self._path(row, "task").unlink(missing_ok=True)
            with write_atomically(self._path(row, "claim"), shared=True) as file:
                file.write(self._claim_of(digest))
        except (OSError, FileNotWritten):  # nothing is sent, so it has ended as before
            with contextlib.suppress(OSError):
                taken.rename(path)
            raise
        return True

    def is_given_up(self, row: int, of: str) -> bool:
        """Whether a row was claimed again after this job had failed: it is no longer that one's."""
        return bool(of) and self._given_up(row, of).exists()

    def note_task(self, row: int, task_id: str, *, first: int = 0, count: int = 1) -> None:
        """Note the task of a row. Call it as soon as the ID is known."""
        self._write(row, "task", {"task_id": task_id, "first": first, "count": count})

    def end(self, row: int, end: End) -> None:
        """Note how a row ended. A done row stays done, whatever a job notes that was given up."""
        known = self.end_of(row)
        if known is not None and (
            known.state is State.DONE or (end.of and (known.of, known.state) == (end.of, end.state))
        ):
            return
        if not self.is_given_up(row, end.of):  # asked last: whoever removes an end says so first
            self._write(row, "end", asdict(replace(end, files=tuple(end.files))) | {"state": end.state.value})

    def end_of(self, row: int) -> End | None:
        """Return how a row ended; None if that is not known yet."""
        return self._end_in(self._path(row, "end"))

    def _end_in(self, path: Path) -> End | None:
        values = self._values(path)
        if values is None:
            return None
        try:
            return record_of(End, values)
        except (KeyError, TypeError, ValueError):
            return None

    def _claim_of(self, digest: str) -> bytes:
        values = {"digest": digest, "worker": self.worker, "claimed_at": time.time()}
        return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")

    def _given_up(self, row: int, of: str) -> Path:
        """The file that exists if somebody has taken the row from this job, or is about to."""
        return self._path(row, f"{hashlib.sha256(of.encode('utf-8', 'replace')).hexdigest()[:16]}.given-up")

    def _path(self, row: int, kind: str) -> Path:
        return self.folder / f"{row:06}.{kind}"

    def _write(self, row: int, kind: str, values: dict[str, Any]) -> None:
        with write_atomically(self._path(row, kind), shared=True) as file:
            file.write(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))

    @staticmethod
    def _values(path: Path) -> dict[str, Any] | None:
        """Read a file; None if it is missing or not whole."""
        try:
            values = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return values if isinstance(values, dict) else None
