# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the batch for a farm: its rows need no .blend, because tokens have values and sources are files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...batches.row import Row
from ...farms import bundle
from ...jobs.chores import Outcome
from ...prompting.templates import NO_TEMPLATE, compose
from ...prompting.tokens import escape
from ...texts.phrases import phrase
from ...texts.refusal import Refusal
from ..prompts.prompt_context import value_about
from ..sources.chosen_sources import check_may_leave, named_sources
from ..sources.snapshots import path_of
from . import batch, session

if TYPE_CHECKING:
    from ...jobs.chores import Chore
    from ...threads.pace import Pace


def begin(scene: bpy.types.Scene, folder: Path, *, per_task: int, tells: bool) -> Chore:
    """Have a thread write the batch for a farm.

    Args:
        folder, per_task: as in `farms.bundle.write`.

    Raises:
        Refusal: there is no batch, a token has no value, or a source is not a file with the shown pixels.
    """
    run = batch.run()
    if run is None:
        raise Refusal(phrase("There is no batch"))
    wanted = wanted_of(run.rows, scene, name=run.batch.name, per_task=per_task)

    def work(pace: Pace) -> Outcome:
        bundle.write(folder, wanted, pace)
        return Outcome(text=phrase("The batch for a farm is in {folder}", folder=folder))

    return session.engine().gallery.do("farm", phrase("Writing the batch for a farm"), work, tells=tells)


def wanted_of(rows: Iterable[Row], scene: bpy.types.Scene, *, name: str, per_task: int) -> bundle.Wanted:
    """Return what to write for a farm. Main thread.

    Raises:
        Refusal: a token has no value, or a source is not a file with the shown pixels.
    """
    return bundle.Wanted(name=name, rows=tuple(_alone(row, scene) for row in rows), per_task=per_task)


def _alone(row: Row, scene: bpy.types.Scene) -> Row:
    """Return a row that means the same without the open file."""
    prompt = compose(
        row.prompt, row.template, lambda token: value_about(scene, row.object, row.material, token)
    )
    return replace(
        row,
        prompt=escape(prompt),
        template=NO_TEMPLATE,
        sources=tuple(str(path) for path in _files_of(row)),
        name=row.name or row.object or row.material,
        object="",
        material="",
    )


def _files_of(row: Row) -> list[Path]:
    chosen = named_sources(row.sources, "", "")
    check_may_leave(chosen)
    return [it.picture if isinstance(it.picture, Path) else _file_of(it.picture) for it in chosen]


def _file_of(image: bpy.types.Image) -> Path:
    if image.source != "FILE" or image.is_dirty or image.packed_file is not None:
        raise Refusal(
            phrase("“{image}” is packed or painted: save it as a file first, for a farm.", image=image.name)
        )
    return path_of(image)
