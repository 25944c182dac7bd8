# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert rows to the ledger's form and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..client.models import DEFAULT_MODEL
from ..jobs.batch import BatchRow, RowState
from ..texts.phrases import phrase
from .row import Row, RowReader, Settings, values_of


def stored_rows(rows: Sequence[Row]) -> list[BatchRow]:
    """Return rows as the ledger stores them, numbered in their order."""
    known: dict[Row, str] = {}
    stored: list[BatchRow] = []
    for number, row in enumerate(rows):
        digest = known.get(row) or known.setdefault(row, row.digest)
        stored.append(BatchRow(number=number, values=values_of(row), digest=digest, count=row.count))
    return stored


def read_stored(stored: BatchRow, reader: RowReader) -> tuple[Row, BatchRow]:
    """Return a row and its state. A newer Easel's row must not be sent."""
    try:
        return reader.read(stored.values), stored
    except (ValueError, KeyError, TypeError):
        row = Row(prompt="", settings=Settings(model=DEFAULT_MODEL))
        if stored.state is RowState.WAITING:
            text = phrase("A newer Easel wrote this row: update this one.")
            stored = replace(stored, state=RowState.REFUSED, message=text)
        return row, stored
