# SPDX-License-Identifier: GPL-3.0-or-later
"""Large files and lists: the time of a redraw and a turn of the pump, against processing all each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

from bench.bench_panels import SilentLayout, finished_job, median_ms, wait_until
from bench.extension import enabled
from bench.table import Row

VERSIONS = 400
SOURCES = 1500
JOBS = 10_000
TIMES = 20
PROMISED_MS = 8.0
TINY = {"versions": 5, "sources": 20, "jobs": 20, "times": 2}


def rows(
    versions: int = VERSIONS, sources: int = SOURCES, jobs: int = JOBS, times: int = TIMES
) -> Iterator[Row]:
    """Measure all three."""
    with enabled() as folder:
        yield _versions(versions, times)
        yield _sources(sources, times)
        yield from _jobs(folder, jobs, times)


def _versions(count: int, times: int) -> Row:
    from easel.panels.history import draw_history
    from easel.scene.history import lineage

    newest = bpy.data.images.new("original", 4, 4)
    for made in range(count):
        image = bpy.data.images.new("version", 4, 4)
        edit: Any = image.easel_edit
        image.easel_original, edit.title, edit.made = newest, "moss", made
        for name, noted in [
            (newest.name, newest),
            *((it.name, it.image) for it in newest.easel_edit.ancestors),
        ]:
            note = edit.ancestors.add()
            note.name, note.image = name, noted
        newest = image
    context = SimpleNamespace(**bpy.context.copy())

    def naive() -> list[Any]:
        edits = [edit for edit in bpy.data.images if lineage.is_edit(edit)]
        return [edit for edit in edits if lineage.ancestors_of(edit)]

    def draw() -> None:
        lineage.has_history(newest)
        draw_history(context, SilentLayout(), newest)

    return Row(
        what=f"redraw of the history, {count} versions",
        naive=median_ms(naive, 2),
        ours=median_ms(draw, times),
        promised=PROMISED_MS,
        unit="ms",
        note="naive: the ancestors of each version by themselves, once",
    )


def _sources(count: int, times: int) -> Row:
    from easel.scene.listing import describe, thumbnails
    from easel.scene.session import mirror

    form = bpy.context.scene.easel
    form.mode = "EDIT"
    image = bpy.data.images.new("wood", 4, 4)
    for _ in range(count):
        form.sources.add().image = image.copy()
    wait_until(thumbnails.is_ready)

    def naive() -> None:
        for source in form.sources:
            describe.describe(source.image)

    return Row(
        what=f"turn with {count} sources in the form",
        naive=median_ms(naive, 2),
        ours=median_ms(lambda: mirror.show_sources(form), times),
        promised=PROMISED_MS,
        unit="ms",
        note="naive: describe all of them",
    )


def _jobs(folder: Path, count: int, times: int) -> Iterator[Row]:
    from easel.jobs.ledger import Ledger
    from easel.jobs.library import Library
    from easel.scene.session import mirror, pump, session

    ledger = Ledger(Library(folder).ledger_path)
    for number in range(count):
        ledger.add(finished_job(number), owner="")
    ledger.close()
    engine = session.engine()
    engine.wait_until_read(60)
    pump.tick()

    def naive() -> None:
        mirror.rebuild(engine.jobs(mirror.MAX_JOBS))
        while mirror.fill():
            pass

    def first_turn() -> None:
        pump.file_loaded()
        pump.tick()

    yield Row(
        what=f"first turn after a file is opened, {count} jobs",
        naive=median_ms(naive, 2),
        ours=median_ms(first_turn, times),
        promised=PROMISED_MS,
        unit="ms",
        note="naive: all rows of the list at once",
    )
