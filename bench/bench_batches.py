# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: how fast a large table is read, checked, planned, recorded and drawn."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.extension import enabled  # noqa: E402
from bench.table import Row  # noqa: E402

ROWS: Final = 10_000
TINY: Final = {"rows_": 50}
PLANNED_MS: Final = 500.0
WRITTEN_MS: Final = 2000.0
DRAWN_MS: Final = 1.0


def rows(rows_: int = ROWS) -> Iterator[Row]:
    """Measure with a table of `rows_` rows."""
    data = table_of(rows_)
    with enabled() as folder:
        yield _planned(data, rows_)
        yield _written(folder / "ledger", data, rows_)
        yield _drawn(folder, rows_)


def table_of(count: int) -> bytes:
    """Return a table like a studio's: three models, tokens, some equal rows."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["prompt", "model", "resolution", "aspect_ratio", "object", "count", "place", "template"])
    models = [("gemini 2.5 flash", ""), ("Gemini 3 Pro", "2K"), ("GEMINI_3_1_FLASH", "1K")]
    for number in range(count):
        model, resolution = models[number % 3]
        prompt = f"a worn {{object}} of the year {1900 + number // 4}, studio light"
        cells = (model, resolution, "16:9", f"Prop.{number // 4:03}", 1, "texture", "Seamless Texture")
        writer.writerow([prompt, *cells])
    return file.getvalue().encode()


def _planned(data: bytes, count: int) -> Row:
    """Measure from the bytes of a table to its plan."""
    from easel.batches.check import Known
    from easel.batches.csv_in import read_table
    from easel.batches.packing import pack
    from easel.batches.plan import Terms, plan_batch
    from easel.batches.row import Row as BatchRow, Settings
    from easel.client.models import ModelId

    defaults = BatchRow(prompt="", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
    known = Known(objects={f"Prop.{number:03}" for number in range(count)})

    def ours() -> None:
        table = read_table(data, defaults, known)
        assert not table.problems
        assert plan_batch(pack(table.rows), Terms(balance=10.0)).rows == count

    return Row(
        what=f"{count:,} rows read, checked, planned",
        naive=_best_ms(lambda: _naive(data)),
        ours=_best_ms(ours),
        unit="ms",
        promised=PLANNED_MS,
        note="naive: a dictionary and a checked request for each row",
    )


def _written(folder: Path, data: bytes, count: int) -> Row:
    """Measure writing rows to the ledger, and reading them."""
    from easel.batches.csv_in import read_table
    from easel.batches.row import Row as BatchRow, Settings
    from easel.batches.run import Run
    from easel.batches.stored import stored_rows
    from easel.client.models import ModelId
    from easel.jobs.batch import Batch
    from easel.jobs.ledger import Ledger

    defaults = BatchRow(prompt="", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
    table = read_table(data, defaults)
    folder.mkdir()
    ledger = Ledger(folder / "ledger.sqlite3")
    names = iter(range(1000))

    def ours() -> None:
        batch = Batch(id=str(next(names)), server="bench", name="Props", created_at=0.0)
        ledger.add_batch(batch, stored_rows(table.rows))

    def naive() -> None:
        batch = Batch(id=str(next(names)), server="bench", name="Props", created_at=0.0)
        for row in stored_rows(table.rows[: count // 50]):
            ledger.add_batch(batch, [row])

    ours_ms = min(_wall_ms(ours) for _ in range(3))
    begun = time.perf_counter()
    Run(Batch(id="0", server="bench", name="Props", created_at=0.0), ledger.batch_rows("0"))
    read_ms = 1000 * (time.perf_counter() - begun)
    naive_ms = 50 * _wall_ms(naive)
    ledger.close()
    return Row(
        what=f"{count:,} rows into the ledger",
        naive=naive_ms,
        ours=ours_ms,
        unit="ms",
        promised=WRITTEN_MS,
        note=f"and back in {read_ms:.0f} ms; naive: a transaction for each, of a part of them",
    )


class _SilentLayout:
    """A layout that draws nothing, so that only our own code is measured."""

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        return lambda *_values, **_settings: self


def _drawn(folder: Path, count: int) -> Row:
    """Measure the panel with its visible rows."""
    import bpy

    from easel.panels.batch import EASEL_PT_batch, EASEL_UL_batch
    from easel.scene.session import batch_plan

    path = folder / "props.csv"
    path.write_text("prompt\n" + "\n".join(f"a worn prop {number}" for number in range(count)))
    bpy.ops.easel.batch_read(filepath=str(path))
    group = bpy.context.window_manager.easel.batch
    context = SimpleNamespace(
        window_manager=bpy.context.window_manager,
        region=SimpleNamespace(width=280),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        scene=bpy.context.scene,
    )

    def draw() -> None:
        EASEL_PT_batch.draw(SimpleNamespace(layout=_SilentLayout()), context)
        for index, item in enumerate(group.rows):
            EASEL_UL_batch.draw_item(None, context, _SilentLayout(), group, item, 0, group, "active", index)

    def naive() -> None:
        item = group.rows[0]
        for _ in range(count):
            EASEL_UL_batch.draw_item(None, context, _SilentLayout(), group, item, 0, group, "active", 0)

    batch_plan.reckon()
    return Row(
        what=f"panel with a window on {count:,} rows",
        naive=_best_ms(naive, 1),
        ours=_best_ms(draw, 50),
        unit="ms",
        promised=DRAWN_MS,
        note="naive: all rows",
    )


def _naive(data: bytes) -> int:
    from easel.client.models import ModelId
    from easel.client.requests import GenerateRequest, validate
    from easel.prompting.templates import compose

    ids = {"gemini 2.5 flash": "GEMINI_2_5_FLASH", "Gemini 3 Pro": "GEMINI_3_PRO"}
    price = 0
    for row in csv.DictReader(io.StringIO(data.decode())):
        request = GenerateRequest(
            model=ModelId(ids.get(row["model"], row["model"])),
            prompt=compose(row["prompt"], "SEAMLESS_TEXTURE", lambda _token, row=row: row["object"]),
            count=int(row["count"]),
            resolution=row["resolution"],
            aspect_ratio=row["aspect_ratio"],
        )
        validate(request)
        price += request.price
    return price


def _wall_ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begun)


def _best_ms(act: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        begun = time.thread_time()  # nothing here waits, and other load must not count
        act()
        best = min(best, 1000 * (time.thread_time() - begun))
    return best


if __name__ == "__main__":
    from bench.table import print_table

    print_table("Batches", rows())
