# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch as a table (CSV) that can be read again, with the outcome of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..prompting.templates import NO_TEMPLATE
from .csv_in import COLUMNS, FORMULA, TOLD
from .row import OPTION_NAMES, Row

_ALWAYS: Final = frozenset({"prompt", "model", "count", "place"})


def write_table(rows: Sequence[Row], told: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Write rows in UTF-8 with a byte order mark, for spreadsheets.

    Columns that are empty in all rows are left out.

    Args:
        told: the outcome of each row, by the names of `csv_in.TOLD`; empty: none yet.
    """
    records = [_cells(row) for row in rows]
    for record, more in zip(records, told, strict=False):
        record.update({name: more.get(name, "") for name in TOLD})
    names = [
        name
        for name in (*COLUMNS, *TOLD)
        if name in _ALWAYS or any(record.get(name, "") != "" for record in records)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(record.get(name, "")) for name in names] for record in records)
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Any) -> Any:
    """Return a text that no spreadsheet reads as a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _cells(row: Row) -> dict[str, Any]:
    options = {name: getattr(row.settings, name) for name in OPTION_NAMES}
    checks = options["safety_checker"]
    return {
        **options,
        "seed": "" if options["seed"] is None else options["seed"],
        "safety_checker": "" if checks is None else ("yes" if checks else "no"),
        "name": row.name,
        "prompt": row.prompt,
        "template": "" if row.template == NO_TEMPLATE else row.template,
        "object": row.object,
        "material": row.material,
        "sources": "; ".join(row.sources),
        "sizing": row.sizing.value.lower() if row.sources else "",
        "model": row.settings.model.value,
        "count": row.count,
        "place": row.place.value.lower(),
    }
