# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: how fast a large table is read, checked and planned."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]  # `bench` and `easel`

from bench.table import Row  # noqa: E402

ROWS: Final = 10_000
TINY: Final = {"rows_": 50}
PLANNED_MS: Final = 500.0


def rows(rows_: int = ROWS) -> Iterator[Row]:
    """Measure with a table of so many rows."""
    yield _planned(table_of(rows_), rows_)


def table_of(count: int) -> bytes:
    """A table as a studio might have it: three models, tokens, some equal rows."""
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
    """From the bytes of a table to its plan."""
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


def _best_ms(act: Callable[[], object], times: int = 3) -> float:
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        act()
        best = min(best, 1000 * (time.perf_counter() - begun))
    return best


if __name__ == "__main__":
    from bench.table import print_table

    print_table("Batches", rows())
