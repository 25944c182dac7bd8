# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the batch's rows from tables, and write them back. Main thread; slow parts run on threads."""

from __future__ import annotations

import errno
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...batches.check import Checker, Known, Problem
from ...batches.csv_in import MOST_BYTES, Table, read_table
from ...batches.csv_out import write_table
from ...batches.run import SPENDS
from ...batches.stored import stored_rows
from ...imaging.files import open_regular, write_atomically
from ...jobs.batch import Batch
from ...jobs.chores import Outcome
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from .. import settings
from ..language import say
from .batch_state import engine, find_job, on_thread, state, tell

if TYPE_CHECKING:
    from ...batches.row import Row
    from ...batches.run import Run
    from ...jobs.batch import BatchRow
    from ...jobs.chores import Chore
    from ...jobs.job import Job
    from ...threads.pace import Pace


# -- in ---------------------------------------------------------------------------------------------


def problems() -> tuple[Problem, ...]:
    """Return what is wrong with the table that was chosen last."""
    return state().problems


def good_count() -> int:
    """Return how many of its rows are valid."""
    return len(state().good)


def problem_text() -> str:
    """Return the table's problems, one a line, for a Text datablock."""
    return "\n".join(say(problem.told) for problem in problems())


def known_here(folder: Path | None = None) -> Known:
    """Return the names that rows may use in the open file.

    Args:
        folder: for sources that are files.
    """
    return Known(
        objects=frozenset(bpy.data.objects.keys()),
        materials=frozenset(bpy.data.materials.keys()),
        images=frozenset(bpy.data.images.keys()),
        folder=folder,
    )


def fill(rows: Sequence[Row], name: str, *, skips: bool) -> None:
    """Make a batch of these rows, replacing the current one. Raises Refusal."""
    ours = engine()
    if not rows:
        raise Refusal(phrase("This makes no rows"))
    it = state()
    if it.run is not None and it.run.is_going:
        raise Refusal(phrase("A batch is running: pause it first"))
    it.waits, it.message = True, ""
    batch = Batch(id=uuid.uuid4().hex, server=ours.server.name, name=name, created_at=time.time())
    checker = Checker(policy=settings.read().policy)

    def make() -> Callable[[], None]:
        wrong = [
            Problem(line=number, column=column, text=text)
            for number, row in enumerate(rows, start=1)
            for column, text in checker.problems(row)
        ]
        if wrong:
            return lambda: _take_table(Table(rows=(), lines=(), problems=tuple(wrong)), name, skips=skips)
        stored = stored_rows(rows)
        return lambda: ours.batches.add(batch, stored, skips=skips)

    on_thread(make)


def read_file(path: Path, defaults: Row, *, skips: bool) -> None:
    """Make a batch from a table.

    If it has problems, they are reported and nothing is made. Raises Refusal.
    """
    engine()
    it = state()
    it.waits, it.message = True, ""
    policy, known = settings.read().policy, known_here(path.parent)

    def make() -> Callable[[], None]:
        try:
            table = read_table(_bytes_of(path), defaults, known, policy)
        except OSError as error:
            text = phrase("{path} can't be read: {error}.", path=path.name, error=error.strerror or error)
            return lambda: tell(text)
        return lambda: _take_table(table, path.stem, skips=skips)

    on_thread(make)


def _bytes_of(path: Path) -> bytes:
    """Read a table's file. Raises OSError: its `strerror` may be a phrase."""
    with open_regular(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, phrase("the file is too large"), str(path))
    return data


def take_good(*, skips: bool) -> None:
    """Make a batch from the valid rows of a table with problems. Raises Refusal."""
    it = state()
    fill(it.good, it.name, skips=skips)
    it.problems, it.good = (), ()


def _take_table(table: Table, name: str, *, skips: bool) -> None:
    it = state()
    if not table.problems:
        try:
            fill(table.rows, name, skips=skips)
        except Refusal as refusal:  # a batch was started meanwhile
            tell(str(refusal))
        return
    it.problems, it.good, it.name = table.problems, table.rows, name
    tell(
        phrase(
            "{count} problems in {name}: nothing was made. They are listed in the panel Batch",
            count=len(table.problems),
            name=name,
        )
    )


# -- out --------------------------------------------------------------------------------------------


def write(run: Run, path: Path, *, tells: bool) -> Chore:
    """Have a thread write a batch as a table that can be read again, with the outcome of each row.

    Raises:
        Refusal: there is no engine.
    """
    ours = engine()
    rows, told = tuple(run.rows), tuple(run.told)
    notes = {text: say(text) for text in {each.message for each in told}}

    def work(pace: Pace) -> Outcome:
        records = [
            _record(row, each, find_job(ours, each.job_id), notes)
            for row, each in zip(rows, told, strict=True)
        ]
        data = write_table(rows, records)
        if pace():
            return Outcome(text="", is_whole=False)
        with write_atomically(path, shared=True) as file:
            file.write(data)
        return Outcome(text=phrase("The batch is in {path}", path=path))

    return ours.gallery.do("batch-table", phrase("Writing the batch as a table"), work, tells=tells)


def _record(row: Row, told: BatchRow, job: Job | None, notes: dict[str, str]) -> dict[str, Any]:
    """Return the outcome of a row, for a table (`batches.csv_in.TOLD`)."""
    results = job.results[told.first : told.first + told.count] if job is not None else ()
    return {
        "state": told.state.value.lower(),
        "images": told.images or "",
        "credits": row.price if told.state in SPENDS else "",
        "files": "; ".join(str(result.path) for result in results),
        "note": notes[told.message],
        "job": told.job_id,
    }
