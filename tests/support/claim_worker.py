# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm's worker that makes rows one after the other, and dies at its n-th file operation.

Each payment is a line in the file `posts`, written to the disk before it continues. The file replaces the
service.
"""

import os
import signal
import sys
from pathlib import Path

from easel.farms.claims import Claims, End, State

_WATCHED = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir"})
"""Audit events (https://docs.python.org/3/library/audit_events.html) that change files."""


def run(folder: str, name: str, rows: list[int], fatal: int) -> None:
    """Make rows like a farm's task: claim, pay, note the task, end. `fatal` 0: it survives."""
    out = Path(folder)
    claims = Claims(out, name)
    _die_at(fatal, out)
    for row in rows:
        if claims.end_of(row) is not None:
            continue
        if claims.claim(row, f"digest {row}"):
            task_id = _pay(out, row)
            claims.note_task(row, task_id)
        known = claims.read(row)
        assert known is not None
        if known.task_id:
            claims.end(row, End(state=State.DONE, files=(f"{row}.png",), credits=5))
        else:
            claims.end(row, End(state=State.UNCERTAIN, note=known.worker))


def _pay(out: Path, row: int) -> str:
    with (out / "posts").open("a") as posts:
        posts.write(f"{row}\n")
        posts.flush()
        os.fsync(posts.fileno())
    return f"task-{row}"


def _die_at(fatal: int, out: Path) -> None:
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in _WATCHED and str(arguments[0]).startswith(str(out)):
            count += 1
            if count == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    if fatal:
        sys.addaudithook(watch)
