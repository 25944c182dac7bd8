# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a batch: images named by their rows, a recipe for each, and the table of results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..batches.csv_in import Table, read_states
from ..batches.csv_out import write_table
from ..batches.row import Row
from ..batches.run import SPENDS
from ..imaging.files import copy_once, slug, write_atomically
from ..jobs.batch import BatchRow, RowState
from ..jobs.recipe import recipe_text
from ..terminal.exits import Exit
from ..texts.refusal import Refusal

if TYPE_CHECKING:
    from ..jobs.job import Job

EXITS: Final = {
    RowState.DONE: Exit.DONE,
    RowState.SKIPPED: Exit.DONE,
    RowState.WAITING: Exit.RUNNING,
    RowState.SENT: Exit.RUNNING,
    RowState.LEFT: Exit.RUNNING,
    RowState.UNCERTAIN: Exit.UNCERTAIN,
    RowState.FAILED: Exit.FAILED,
    RowState.SHORT: Exit.FAILED,
    RowState.REFUSED: Exit.FAILED,
    RowState.CANCELLED: Exit.FAILED,
}
"""The exit code for rows in these states."""


@dataclass
class Folder:
    """The folder of a batch's results; created with the first file if it is missing.

    Args:
        name: of the table.
        rows: which of its rows are meant, as it was asked for: each call has its own table of results.
    """

    path: Path
    name: str
    rows: str = ""
    _files: dict[int, list[Path]] = field(default_factory=dict[int, list[Path]])
    """By the rows' numbers."""

    def deliver(self, row: Row, told: BatchRow, job: Job) -> list[Path]:
        """Copy the images of a row. What is there already, byte by byte, stays; nothing is written over.

        Raises:
            Refusal, OSError: not all could be copied; all of it is in the library.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        stem = slug(row.name or row.prompt)
        stem = stem if row.name else f"{told.number + 1:04}_{stem}"
        results = job.results_to_place[told.first : told.first + told.count]
        files: list[Path] = []
        for number, result in enumerate(results, start=1):
            name = stem if len(results) == 1 else f"{stem}_{number}"
            path = copy_once(result.path, self.path / f"{name}{result.path.suffix}")
            files.append(path)
            recipe = path.with_name(f"{path.name}.json")
            if not recipe.exists():
                with write_atomically(recipe, exclusive=True, shared=True) as file:
                    file.write(recipe_text(job, result.index, result.content).encode("utf-8", "replace"))
        self._files[told.number] = files
        return files

    @property
    def has_tables(self) -> bool:
        """Whether anybody has begun here: the table of results is written before anything is sent."""
        return any(self.path.glob("*.result.csv"))

    def made_before(self, read: Callable[[bytes], Table]) -> Counter[str]:
        """Count the digests of rows that are done by the tables of results in this folder.

        Args:
            read: reads a table.

        Raises:
            Refusal: one can't be read, so that nobody knows what was made.
        """
        made: Counter[str] = Counter()
        for path in sorted(self.path.glob("*.result.csv")):
            data = path.read_bytes()
            try:
                states = read_states(data)
            except UnicodeDecodeError as error:
                raise Refusal(
                    f"{path} is not UTF-8, so what was made here before is unknown. Save it as CSV UTF-8, or"
                    " say --again to make all rows. Nothing was sent."
                ) from error
            table = read(data)
            lines = zip(table.rows, table.lines, strict=True)
            made |= Counter(row.digest for row, line in lines if states.get(line) == "done")
        return made

    def files_of(self, number: int) -> list[Path]:
        """The files of a row that this call has delivered."""
        return self._files.get(number, [])

    def write_table(self, rows: Sequence[tuple[Row, BatchRow]], say: Callable[[str], str]) -> Path:
        """Write the outcome of each row, replacing the table of an earlier call. Returns the path."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = f".{self.rows.replace(',', '_').replace(':', 'x').replace(' ', '')}" if self.rows else ""
        path = self.path / f"{self.name}{part}.result.csv"
        told = [
            {
                "state": each.state.value.lower(),
                "images": each.images,
                "credits": row.price if each.state in SPENDS else 0,
                "files": "; ".join(file.name for file in self._files.get(each.number, [])),
                "note": say(each.message),
                "job": each.job_id,
            }
            for row, each in rows
        ]
        return _write(path, [row for row, _each in rows], told)

    def write_report(self, rows: Sequence[Row], told: Sequence[Mapping[str, Any]]) -> Path:
        """Write the outcome of all rows, whoever made them. Returns the path."""
        return _write(self.path / f"{self.name}.result.csv", rows, told)


def _write(path: Path, rows: Sequence[Row], told: Sequence[Mapping[str, Any]]) -> Path:
    with write_atomically(path, shared=True) as file:
        file.write(write_table(rows, told))
    return path
