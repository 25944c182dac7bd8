# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder for a farm: the table, the files that its rows name, and what starts it. Any thread.

rows.csv         the rows
sources/         copies of the files that they edit
template.yaml    the bundle of Open Job Description
easel.js         the job type of Flamenco
READ ME.txt      how to start it
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..batches.csv_out import write_table
from ..batches.row import Row
from ..imaging.files import write_atomically
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from . import flamenco
from .chunks import chunks
from .open_jd import template

TABLE: Final = "rows.csv"
TEMPLATE: Final = "template.yaml"
READ_ME: Final = "READ ME.txt"
SOURCES: Final = "sources"
PER_TASK: Final = 10
"""The default number of rows for a task: about four minutes at three requests a minute."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to export."""

    name: str
    rows: tuple[Row, ...]
    """Without tokens, and with files as sources: no .blend goes to the farm."""
    per_task: int = PER_TASK


def write(folder: Path, wanted: Wanted, stops: Callable[[], bool] = lambda: False) -> None:
    """Write the folder.

    Args:
        folder: a new or an empty one; created if it is missing.
        stops: asked between files whether to end.

    Raises:
        Refusal: there are no rows, the folder is not empty, a source can't be read, or it was to stop.
        OSError, DiskFull, FileNotWritten: it can't be written.
    """
    if not wanted.rows:
        raise Refusal(phrase("There are no rows to export."))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Refusal(phrase("{folder} is not empty: choose a new folder.", folder=folder))
    names = _copy_sources(folder, wanted.rows, stops)
    rows = [replace(row, sources=tuple(names.get(it, it) for it in row.sources)) for row in wanted.rows]
    tasks = chunks(range(1, len(rows) + 1), wanted.per_task)
    for name, data in {
        flamenco.NAME: flamenco.job_type(),
        TEMPLATE: template(wanted.name, tasks, table=TABLE).encode(),
        READ_ME: _read_me(len(rows)).encode(),
        TABLE: write_table(rows),
    }.items():
        _check(stops, folder)
        with write_atomically(folder / name, shared=True) as file:
            file.write(data)


def _copy_sources(folder: Path, rows: Sequence[Row], stops: Callable[[], bool]) -> dict[str, str]:
    """Copy the files that rows edit; return what each is called from the table's folder."""
    names: dict[str, str] = {}
    for row in rows:
        for source in row.sources:
            path = Path(source)
            if source in names or not path.is_absolute():
                continue
            _check(stops, folder)
            target = folder / SOURCES / f"{len(names) + 1:04} {path.name}"
            target.parent.mkdir(exist_ok=True)
            try:
                shutil.copyfile(path, target)
            except OSError as error:
                raise Refusal(
                    phrase("{path} can't be read: {reason}", path=path, reason=error.strerror or str(error))
                ) from error
            names[source] = f"{SOURCES}/{target.name}"
    return names


def _check(stops: Callable[[], bool], folder: Path) -> None:
    if stops():
        raise Refusal(phrase("It was stopped. What is in {folder} is not complete.", folder=folder))


def _read_me(count: int) -> str:
    """How to start it, in plain English for whoever runs the farm."""
    return f"""A batch of images by Easel: {count} rows. Every row costs credits.

Every worker needs Blender with Easel enabled, and in its own environment
  EASEL_API_KEY      the key. Never write it into a job: jobs are shown to everybody
  EASEL_RATE_LIMIT   its part of the requests a minute that the key has, such as 1 of 3

Open Job Description
  openjd run template.yaml -p Out=/shared/folder
AWS Deadline Cloud
  deadline bundle submit . -p Out=/shared/folder
Flamenco
  Copy easel.js to the folder "scripts" of the Manager.
  Add "easel" to the task_types of the workers that may spend.
  Submit a job of the type Easel Batch:
  Table   {TABLE}, where all workers can read it
  Rows    1-{count}
  Out     the folder for the images, shared by all workers

Images, and how each row ended, come to Out. A task can be started again at any time: no row is sent twice.
"""
