# SPDX-License-Identifier: GPL-3.0-or-later
"""Write spending as a table (CSV), with a line for each job, for the client's bill. On a thread."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ..imaging.files import write_atomically
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from ..threads.pace import Pace
from .chores import Outcome
from .export import cell
from .image_rows import storable
from .ledger import Ledger
from .reckoning import Reckoned
from .spend import Entry, Fate, reckon_entries

COLUMNS: Final[tuple[str, ...]] = (
    *("date", "project", "folder", "batch", "model", "size"),
    *("images", "prompt", "expected", "charged", "fate"),
)
"""`expected`: the price at the click. `charged`: 0 if nothing was charged or it was refunded; empty if
unknown."""


def write_spend(ledger: Ledger, server: str, path: Path, pace: Pace) -> Outcome:
    """Write all spending at a service, replacing an existing file.

    Raises:
        Refusal, OSError: nothing was written.
    """
    if path.suffix.lower() != ".csv":
        raise Refusal(phrase("A table's name ends with .csv: {name}.", name=path.name))
    entries = ledger.entries(server)
    reckoned = reckon_entries(entries)
    pace.tell(0, len(entries))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        if pace():
            raise Refusal(phrase("It was stopped."))
        line = _line(entry, reckoned)
        writer.writerow(cell(line[name]) for name in COLUMNS)
    with write_atomically(path, shared=True) as file:
        file.write(storable(text.getvalue()).encode("utf-8-sig"))  # with a BOM
    return Outcome(text=phrase("What was spent is in {path}.", path=storable(str(path))))


def _line(entry: Entry, reckoned: Reckoned) -> dict[str, Any]:
    charged: int | str = entry.credits
    fate = entry.fate.name.lower()
    match entry.fate:
        case Fate.GIVEN_BACK:
            charged = 0
            fate = "given back" if entry.job_id in reckoned.seen_back else "given back, not seen yet"
        case Fate.NOT_CHARGED:
            charged, fate = 0, "not charged"
        case Fate.UNCERTAIN | Fate.ON_ITS_WAY:
            charged, fate = "", "uncertain" if entry.fate is Fate.UNCERTAIN else "on its way"
        case Fate.PAID:
            pass
    return {
        "date": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds"),
        "project": entry.project,
        "folder": entry.budget,
        "batch": entry.batch,
        "model": entry.model,
        "size": entry.size,
        "images": entry.count,
        "prompt": entry.prompt,
        "expected": entry.credits,
        "charged": charged,
        "fate": fate,
    }
