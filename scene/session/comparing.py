# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare images of the library: the current rows of the ledger, and what distinguishes the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ...client.every_model import EVERY_MODEL
from ...jobs.image_rows import RowsWanted
from ...texts.names import shortened
from .. import live
from ..comparison import pictures, shown
from ..comparison.shown import Cell
from . import mirror, session

if TYPE_CHECKING:
    from ...jobs.events import RowsRead
    from ...jobs.image_rows import ImageRow

MOST: Final = 36
"""The most images at once: with more, each is too small."""
_CAPTION: Final = 60  # columns


@dataclass(kw_only=True)
class _Comparing:
    wanted: RowsWanted | None = None
    """The last requested images."""
    rows: tuple[ImageRow, ...] = ()
    is_read: bool = False
    """The requested images have arrived."""


def _comparing() -> _Comparing:
    return live.part(_Comparing)


def begin(space: Any, wanted: RowsWanted) -> None:
    """Compare images in an Image Editor: two with a wipe, more side by side. They arrive later."""
    end()
    shown.open_in(space)
    _comparing().wanted = wanted
    look_again()


def look_again() -> None:
    """Read the compared images again, because some may be starred or deleted."""
    wanted = _comparing().wanted
    if wanted is not None and shown.is_open():
        session.engine().gallery.look_up(wanted)


def end() -> None:
    """End the comparison. Idempotent."""
    shown.end()
    live.forget(_Comparing)


def take_read(read: RowsRead) -> bool:
    """Show the requested images, unless others are wanted meanwhile. True if panels look different."""
    state = _comparing()
    if read.wanted is not state.wanted:
        return False
    if not read.rows:  # all were deleted, or none can be read
        end()
        return True
    state.rows = read.rows[:MOST]
    is_first, state.is_read = not state.is_read, True
    shown.show(cells_of(state.rows), wipes=len(state.rows) == 2 if is_first else None)
    shown.redraw()
    return True


def jobs_of_click(job_id: str) -> tuple[str, ...]:
    """Return ids of the jobs of the same click, in their order; a single job's own id."""
    engine = session.engine()
    try:
        click = engine.job(job_id).placement.click
    except KeyError:  # an unknown job
        return (job_id,)
    jobs = [job for job in engine.jobs(mirror.MAX_JOBS) if click and job.placement.click == click]
    return tuple(job.id for job in sorted(jobs, key=lambda job: job.created_at)) or (job_id,)


def row_of(cell: Cell) -> ImageRow | None:
    """Return the library's image that a cell shows."""
    return next((row for row in _comparing().rows if row.id == cell.id), None)


def job_of_all() -> str:
    """Return the id of a job whose click made all compared images; empty if several clicks did."""
    jobs = {row.job_id for row in _comparing().rows}
    first = next(iter(jobs), "")
    is_one = first and len(_comparing().rows) > 1 and jobs <= set(jobs_of_click(first))
    return first if is_one else ""


def show_as(*, wipes: bool) -> None:
    """Show two of them with a wipe, or all side by side."""
    shown.show(shown.cells(), wipes=wipes)
    shown.redraw()


def is_expecting() -> bool:
    """Return whether images or their pictures are still being read."""
    return shown.is_open() and (not _comparing().is_read or pictures.is_expecting())


def show(deadline: float) -> bool:
    """Take pictures that were read; end if the editor is gone. For the pump. The deadline is monotonic."""
    if not shown.is_open():
        return False
    if shown.area() is None:
        end()
        return True
    if pictures.take_next(deadline):
        shown.redraw()
    return False


def cells_of(rows: Sequence[ImageRow]) -> list[Cell]:
    """Return each image's cell, with a caption that distinguishes it: model and prompt."""
    models, prompts = {row.model for row in rows}, tuple({row.written for row in rows})
    return [
        Cell(
            id=row.id,
            job_id=row.job_id,
            number=row.index + 1,
            width=row.width,
            height=row.height,
            thumbnail=row.thumbnail_files()[0],
            path=row.fitted if row.fitted is not None else row.path,
            caption=_caption(row, prompts, by_model=len(models) > 1),
            is_starred=row.is_starred,
        )
        for row in rows
    ]


def _caption(row: ImageRow, prompts: tuple[str, ...], *, by_model: bool) -> str:
    parts: list[str] = []
    if by_model and row.model:  # a tool's image has no model
        parts.append(next((it.label for it in EVERY_MODEL.values() if it.id == row.model), row.model))
    if len(prompts) > 1:
        parts.append(shortened(row.written, prompts, _CAPTION))
    return " · ".join(parts)
