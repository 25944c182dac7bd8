# SPDX-License-Identifier: GPL-3.0-or-later
"""`easel batch`: makes the images of a table's rows in a folder, with a table of results.

A call for the same table and folder is the same batch: rows that are done, on their way or uncertain are not
sent again, whatever ended the call before. The ledger holds that (`jobs/ledger_batches.py`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..batches.check import Known
from ..batches.csv_in import MOST_BYTES, Table, read_table
from ..batches.ranges import read_ranges
from ..batches.row import Row, Settings
from ..client.models import DEFAULT_MODEL
from ..client.options import OPTIONS
from ..farms import bundle
from ..jobs.batch import Batch
from ..jobs.ledger import Ledger
from ..scene import settings
from ..scene.language import say
from ..scene.session import batch_table, farm_export
from ..terminal.exits import Exit
from ..terminal.told import plan_lines, plan_record
from ..texts.phrases import joined
from ..texts.refusal import Refusal
from ..texts.wording import credits_text
from .batch_out import Folder
from .batch_work import Work
from .call import Call, check_ready
from .farm import Shared, is_shared, report_farm
from .waiting import ready_engine

if TYPE_CHECKING:
    from ..jobs.engine import Engine


def batch(call: Call) -> int:
    """Make the images of a table, or say the price."""
    asked = call.arguments
    path = Path(asked.table).expanduser().absolute()
    table = _read(call, path)
    if table.problems:
        for problem in table.problems:
            values = {"line": problem.line, "column": problem.column, "message": say(problem.text)}
            call.output.record("problem", values, say(problem.told))
        raise Refusal(f"{len(table.problems)} problems in {path.name}: nothing was sent.")
    chosen = read_ranges(asked.rows or "", len(table.rows))
    if asked.export:
        return _export(call, [table.rows[number] for number in chosen], path.stem)
    folder = Folder(Path(asked.out).expanduser().absolute(), path.stem, asked.rows or "")
    is_farm = bool(asked.farm) and not (asked.report or asked.dry_run)

    def find_shared() -> Shared | None:
        return Shared.find(folder.path, table.rows, is_farm=is_farm, retries=asked.retry)

    if asked.report:
        return report_farm(call, folder, table.rows, find_shared())
    check_ready()
    engine = ready_engine()
    this = _batch_of(engine, table, folder, path.stem)
    with contextlib.closing(Ledger(engine.library.ledger_path)) as ledger:
        is_new = not ledger.batch_rows(this.id)
        if is_new and is_farm and not asked.again:
            _check_nobody_alone(folder)
        shared = find_shared()
        work = Work(call, engine, folder, this, shared)
        work.open(ledger, table, chosen, retries=asked.retry)
        plan = work.plan()
        call.output.record("plan", plan_record(plan), *map(say, plan_lines(plan)))
        if asked.dry_run:
            return Exit.DONE
        if asked.max_credits is not None and plan.credits > asked.max_credits:
            allowed = credits_text(asked.max_credits)
            raise Refusal(
                f"This costs {credits_text(plan.credits)}, and {allowed} are allowed. Nothing was sent."
            )
        stop = joined(plan.stop, plan.advice, by=". ") if plan.requests and not plan.fitting else ""
        if stop and not work.has_sent:
            raise Refusal(stop)
        if is_new and shared is None and not asked.again:
            _check_not_made(call, folder, [table.rows[number] for number in chosen])
        try:
            work.go_on(ledger, stop)
            work.collect(chosen)
        finally:
            code = work.report(ledger)
    return _farm_code(code) if asked.farm else code


def _export(call: Call, rows: Sequence[Row], name: str) -> int:
    """Write what a farm needs to make these rows. Raises Refusal."""
    folder = Path(call.arguments.export).expanduser().absolute()
    per_task = call.arguments.per_task or bundle.PER_TASK
    wanted = farm_export.wanted_of(rows, bpy.context.scene, name=name, per_task=per_task)
    bundle.write(folder, wanted)
    call.output.record("export", {"rows": len(rows), "folder": str(folder)}, f"{len(rows)} rows: {folder}")
    return Exit.DONE


def _check_not_made(call: Call, folder: Folder, rows: Sequence[Row]) -> None:
    """Raise Refusal if another version of the table has put images of these rows into the folder."""
    made = folder.made_before(lambda data: _parsed(call, data, Known()))
    count = sum(min(many, made[digest]) for digest, many in Counter(row.digest for row in rows).items())
    if count:
        raise Refusal(
            f"{count} of these {len(rows)} rows were made in {folder.path} before, by another table."
            " Nothing was sent. Name the new rows with --rows, or say --again to make all of them."
        )


def _check_nobody_alone(folder: Folder) -> None:
    """Raise Refusal if somebody works, or has worked, in the folder without claims."""
    if folder.has_tables and not is_shared(folder.path):
        raise Refusal(
            f"{folder.path} was used without --farm before, by this machine for another table or by another"
            " machine. Nothing was sent. Run the same command with --farm where it was used: that claims its"
            " rows. Or choose a new folder, or say --again to make all rows."
        )


def _farm_code(code: Exit) -> int:
    """Count recorded failures as done: an engine ends the whole job at its first failed task."""
    return Exit.DONE if code in (Exit.FAILED, Exit.UNCERTAIN) else code


def _read(call: Call, path: Path) -> Table:
    """Read and check the table. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refusal(f"{path.name} is too large for a table.")
    return _parsed(call, data, batch_table.known_here(path.parent))


def _parsed(call: Call, data: bytes, known: Known) -> Table:
    """Read the bytes of a table, with the call's values for empty cells."""
    asked = call.arguments
    model = asked.model or DEFAULT_MODEL
    given = {option.name: getattr(asked, option.name) for option in OPTIONS if option.name != "count"}
    options = {name: value for name, value in given.items() if value is not None}
    defaults = Row(prompt="", settings=Settings(model=model, **options), count=asked.count or 1)
    return read_table(data, defaults, known, settings.read().policy)


def _batch_of(engine: Engine, table: Table, folder: Folder, name: str) -> Batch:
    """The batch of a table in a folder. The next call gets the same one."""
    path = os.path.normcase(os.path.realpath(folder.path))  # by whichever way it was named
    words = [engine.server.name, path, *(f"{row.digest}:{row.count}" for row in table.rows)]
    digest = hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Batch(id=digest, server=engine.server.name, name=name, created_at=time.time())
